"""A token is in no repr, log, exception, plan, run or notebook.

One is planted and taken through everything a session does, errors too; then all that was said and written is searched for it.
"""

import copy
import dataclasses
import json
import logging
import pickle
import traceback

import nbformat
import pytest
from fake_scim import TOKEN, FakeScim, Fault, analyst, html, scim_error
from nbclient import NotebookClient
from stop_button import pressed_once

from scimrecon import sandbox
from scimrecon.apply import apply_plan
from scimrecon.client import Connection, connect
from scimrecon.dialects import RFC7644
from scimrecon.diff import compare
from scimrecon.errors import ConnectError, ScimReconError
from scimrecon.exports import read_export
from scimrecon.mapping import map_users
from scimrecon.plan import plan_puts
from scimrecon.results import open_run
from scimrecon.users import fetch_users

pytestmark = pytest.mark.usefixtures("folder")

QUICK = dataclasses.replace(RFC7644, name="quick", timeout_s=0.5, backoff_s=0.01)
STAFF = ["alvarez", "brand", "obrien", "zhang"]
PART = TOKEN[:12]
"""No shortened form of the token may show either."""


@pytest.fixture
def server():
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        yield server


@pytest.fixture
def target(server):
    return connect(server, dialect=QUICK)


def planned(target):
    with open("hr.csv", "w", encoding="utf-8") as file:  # noqa: PTH123 - in the test's own folder
        file.write("Mail,Title\n" + "".join(f"{user_id}@example.com,Lead Analyst\n" for user_id in STAFF))
    desired = map_users(read_export("hr.csv"), {"userName": "Mail", "title": "Title"})
    users = fetch_users(target)
    diff = compare(desired, users, on="userName")
    selection = diff.select(diff.changes.index)
    return users, diff, selection, plan_puts(selection, target)


def misbehave(server):
    """Every sort of error in one run; each but the first says the token back."""
    echo = f"Authorization: Bearer {TOKEN}"
    server.faults |= {
        "alvarez": Fault(hangs=True),
        "brand": scim_error(400, echo, scimType=TOKEN),
        "obrien": Fault(status=502, body=f"<pre>{echo}</pre>".encode(), content_type="text/html"),
        "zhang": Fault(status=302, body=b"", headers={"Location": f"https://idp.example/?access_token={TOKEN}"}),
    }


def shown(value):
    """Everything a notebook, a log or a debugger would print of a value."""
    html_of = getattr(value, "_repr_html_", None)
    return "\n".join([repr(value), str(value), f"{value}", html_of() if html_of else "", repr(getattr(value, "__dict__", ""))])


def told(error):
    """All a traceback can show of an error, with local variables, and what is in its fields."""
    plain = traceback.TracebackException.from_exception(error)
    verbose = traceback.TracebackException.from_exception(error, capture_locals=True, compact=True)
    # A test's own frame holds what it planted.
    verbose.stack = traceback.StackSummary.from_list([frame for frame in verbose.stack if frame.filename != __file__])
    return "\n".join([*plain.format(), *verbose.format(), repr(error), repr(vars(error)), repr(error.args)])


def test_no_value_of_a_session_shows_the_token(server, target):
    values = [target, target.token, *planned(target)]
    plan = values[-1]
    misbehave(server)
    values += [apply_plan(plan, target), apply_plan(plan, target, dry_run=False)]
    values += [values[-1].frame.to_string(), values[-1].steps.to_string(), values[-1].changes.to_string(), plan.body("obrien")]

    for value in values:
        assert PART not in shown(value), type(value)


def test_no_file_of_a_session_holds_the_token(server, target, folder):
    users, *_, plan = planned(target)
    users.save("before.users")
    misbehave(server)
    results = apply_plan(plan, target, dry_run=False)

    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"before.users", results.path.name, "hr.csv"} <= {path.name for path in files}
    assert set(results.frame["outcome"]) == {"unknown", "rejected", "failed"}
    for path in files:
        assert PART.encode() not in path.read_bytes(), path
    assert PART not in open_run(results.path).steps.to_string()


def test_no_logger_at_any_level_says_the_token(server, target, caplog):
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    *_, plan = planned(target)
    misbehave(server)
    del server.faults["zhang"]  # httpcore logs the headers of answers as they are
    apply_plan(plan, target, dry_run=False)

    said = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    assert "httpcore.http11" in {record.name for record in caplog.records}
    assert PART not in said


@pytest.mark.parametrize("dump", [pickle.dumps, copy.deepcopy, copy.copy, dataclasses.asdict], ids=lambda dump: dump.__name__)
def test_a_token_is_not_copied_out_of_its_target(target, dump):
    with pytest.raises((ConnectError, TypeError)):
        dump(target.token if dump is copy.copy else target)


def test_a_plan_and_its_results_pickle_without_the_token(target):
    *_, plan = planned(target)

    for value in (plan, apply_plan(plan, target)):
        assert PART.encode() not in pickle.dumps(value)


def test_json_shows_no_token_of_a_target(target):
    assert PART not in json.dumps(vars(target), default=str)


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("https://idp.example/scim", {"token": f"{TOKEN}\n{TOKEN}"}),
        ("https://idp.example/scim", {"token": f"Bearer {TOKEN}"}),
        ("https://idp.example/scim", {"token": f"ü{TOKEN}"}),
        ("https://idp.example/scim", {"password": TOKEN}),
        ("https://idp.example/scim", {"token": "", "client_secret": TOKEN}),
        ("http://idp.example/scim", {"token": TOKEN}),
        ("idp.example", {"token": TOKEN}),
        ("https://idp.example:scim", {"token": TOKEN}),
    ],
)
def test_no_traceback_of_connect_shows_a_credential_even_with_local_variables(url, credentials):
    with pytest.raises(ConnectError) as caught:
        connect(url, **credentials)

    assert PART not in told(caught.value)


def test_no_traceback_of_an_unknown_dialect_shows_a_credential():
    with pytest.raises(ConnectError) as caught:
        connect("https://idp.example/scim", dialect="okta", token=TOKEN)

    assert PART not in told(caught.value)


@pytest.mark.parametrize(
    "fault",
    [
        scim_error(401, f"Bearer {TOKEN} has expired"),
        scim_error(403, "no", scimType=f"Bearer {TOKEN}"),
        Fault(status=400, body=json.dumps({"error_code": TOKEN, "error_msg": TOKEN, "moreInfo": TOKEN}).encode()),
        Fault(status=500, body=b"x" * 50 + TOKEN.encode()),
        Fault(status=307, body=b"", headers={"Location": f"https://idp.example/{TOKEN}"}),
        Fault(status=400, body=b"", headers={"X-Request-Id": f"Bearer {TOKEN}"}),
        html(502),
        Fault(hangs=True),
        Fault(closes=True),
        Fault(truncates=True),
        Fault(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
        Fault(body=b"A" * 2000),
        Fault(body=b"A" * 500),
    ],
    ids=["401", "403", "vendor", "500", "307", "request-id", "502", "hangs", "closes", "truncated", "gzip", "large", "no-json"],
)
def test_no_traceback_of_a_request_shows_the_token_even_with_local_variables(server, fault):
    target = connect(server, dialect=dataclasses.replace(QUICK, max_answer_bytes=1000))
    server.faults |= {"obrien": dataclasses.replace(fault, method="any"), "": fault}
    asked = [
        lambda connection: connection.list_users(1),
        lambda connection: connection.put_user("obrien", b"{}"),
        lambda connection: fetch_users(target, ids=["obrien"]),
    ]
    caught = []
    with Connection(target) as connection:
        for ask in asked:
            try:
                ask(connection)
            except ScimReconError as error:
                caught.append(error)

    assert len(caught) >= 2
    for error in caught:
        assert PART not in told(error)


def test_no_traceback_of_a_target_that_is_gone_shows_the_token():
    with FakeScim([]) as server:
        target = connect(server, dialect=QUICK)
    with pytest.raises(ScimReconError) as caught:
        fetch_users(target)

    assert PART not in told(caught.value)


def test_no_traceback_of_an_interrupted_request_shows_the_token(server, target):
    server.faults[""] = Fault(hangs=True)
    with pytest.raises(KeyboardInterrupt) as caught, pressed_once(lambda: server.log):
        fetch_users(connect(server))

    assert PART not in told(caught.value)


def test_a_refusal_that_says_the_token_back_is_quoted_without_it(server, target):
    server.faults["obrien"] = scim_error(400, f"cannot parse header Authorization: Bearer {TOKEN}")
    *_, plan = planned(target)

    results = apply_plan(plan, target, dry_run=False)

    refused = results.frame.set_index("user_id").loc["obrien"]
    assert refused["detail"] == "cannot parse header Authorization: Bearer [hidden]"


def test_a_practice_servers_token_is_shown_by_its_credentials_alone(folder):
    with sandbox.start("rfc7644", users=[analyst(user_id) for user_id in STAFF]) as server:
        token = server.credentials["token"]
        target = connect(server)
        users, *_, plan = planned(target)
        users.save("before.users")
        values = [target, target.token, users, plan, apply_plan(plan, target, dry_run=False)]

        assert token not in repr(server) + str(server)
        assert not any(token in shown(value) for value in values)
    with pytest.raises(ScimReconError) as caught:
        fetch_users(target)  # it has ended
    assert token not in told(caught.value)
    assert not any(token.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


CELLS = [
    """
import logging, os, pathlib, traceback
import scimrecon as sr
logging.basicConfig(level=logging.DEBUG)
%xmode Verbose
""",
    'target = sr.connect(os.environ["SCIM_URL"], token=os.environ["SCIM_TOKEN"]); target',
    'server = sr.sandbox.start("rfc7644", users=[{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "obrien", '
    '"userName": "obrien@example.com", "title": "Analyst", "active": True}]); server',
    'pathlib.Path("practice-token").write_text(server.credentials["token"]);',
    """
import pandas as pd
desired = pd.DataFrame({"userName": ["obrien@example.com"], "title": ["Lead Analyst"]}, dtype="str")
def reconcile(target):
    users = sr.fetch_users(target)
    diff = sr.compare(desired, users, on="userName")
    plan = sr.plan_puts(diff.select(diff.changes.index), target)
    results = sr.apply_plan(plan, target, dry_run=False)
    display(target, users, diff, plan, results, results.frame, results.steps)
reconcile(target)
""",
    "practised = sr.connect(server); display(server, practised)",
    "reconcile(practised)",
    'sr.connect(server.url, token=os.environ["SCIM_TOKEN"] + "\\n" + server.credentials["token"])',
    'sr.fetch_users(sr.connect(server.url, token=os.environ["SCIM_TOKEN"]))',
    'sr.fetch_users(target, ids=["zhang"])',
    "server.stop(); sr.fetch_users(practised)",
]
"""The last four fail, and IPython shows their variables."""


def test_an_executed_notebook_holds_no_token_though_it_shows_everything(server, folder, monkeypatch):
    monkeypatch.setenv("SCIM_URL", server.url)
    monkeypatch.setenv("SCIM_TOKEN", TOKEN)
    server.faults["zhang"] = dataclasses.replace(scim_error(400, f"Bearer {TOKEN}?"), method="GET")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in CELLS])

    NotebookClient(notebook, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()

    saved = nbformat.writes(notebook)
    errors = [output.ename for cell in notebook.cells for output in cell.outputs if output.output_type == "error"]
    assert errors == ["ConnectError", "Refused", "Refused", "Unreachable"]
    assert "applied" in saved
    assert "httpcore" in saved
    assert PART not in saved
    assert (folder / "practice-token").read_text() not in saved
