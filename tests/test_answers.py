"""What each answer to a PUT means, for each dialect: the README's table, held against a server that answers so."""

import dataclasses
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from fake_scim import ERROR, FakeScim, Fault

import scimrecon as sr
from scimrecon.dialects import DIALECTS, RFC7644, Authentication

README = Path(__file__).parents[1] / "README.md"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
SAYS_SO = {
    "rfc7644": {"schemas": [ERROR], "detail": "no"},
    "twilio": {"schemas": [ERROR], "detail": "no", "code": 20001, "moreInfo": "https://www.twilio.com/docs/errors/20001"},
    "twilio_current": {"schemas": [ERROR], "detail": "no", "code": 20001},
    "huawei": {"schema": ERROR, "schemas": [ERROR], "detail": "no", "timeStamp": "2026-11-22 10:00:00.000"},
    "descope": {"errorCode": "E011003", "errorDescription": "no", "errorMessage": "no"},
}


def ann(user_id):
    login = f"ann{user_id}@example.com"
    return {
        "id": user_id, "schemas": [CORE], "userName": login, "displayName": "Ann O'Brien", "active": True,
        "name": {"givenName": "Ann", "familyName": "O'Brien"}, "emails": [{"value": login, "type": "work", "primary": True}],
    }  # fmt: skip


def refusal(dialect, status, **members):
    body = {**SAYS_SO[dialect], "status": str(status), **members}
    return Fault(status=status, body=json.dumps(body).encode(), content_type="application/json")


def answers(dialect):
    """By the name the README gives it: the fault that answers so."""
    html = b"<html><h1>Welcome</h1></html>"
    return {
        "200": Fault(done=True),
        "201": Fault(done=True, status=201),
        "204": Fault(done=True, status=204),
        **{str(status): refusal(dialect, status) for status in (400, 401, 403, 404, 409, 412, 429, 500)},
        "409, taken by another user": refusal(dialect, 409, code=25022),
        "409, busy": Fault(status=409, body=b'{"error_code": "IIC.1006", "error_msg": "busy"}', content_type="application/json"),
        "500, and done": dataclasses.replace(refusal(dialect, 500), done=True),
        "200 with an error inside": Fault(body=b'{"user": {"id": "0", "status": 404, "detail": "gone"}}'),
        "HTML, not done": Fault(body=html, content_type="text/html"),
        "HTML, and done": Fault(body=html, content_type="text/html", done=True),
        "empty, and done": Fault(body=b"", done=True),
        "cut off, and done": Fault(truncates=True, done=True),
        "cut off, not done": Fault(truncates=True, body=json.dumps(ann("0")).encode()),
    }


def documented():
    """The README's table: an answer, and the outcome by dialect."""
    text = README.read_text(encoding="utf-8")
    block = re.search(r"\| the PUT is answered \|.*?\n\n", text, re.DOTALL)
    lines = [[cell.strip().strip("`") for cell in line.strip("|\n ").split("|")] for line in block[0].splitlines() if line]
    names = lines[0][1:]
    return {(name, row[0]): cell for row in lines[2:] for name, cell in zip(names, row[1:], strict=True)}


def user_id_of(dialect, answer):
    return str(list(answers(dialect)).index(answer))


@pytest.fixture(scope="module", params=list(DIALECTS))
def asked(request):
    """A dialect, a server that answers each user otherwise, and the plan that renames them all."""
    quick = dataclasses.replace(
        DIALECTS[request.param], authentication=Authentication.TOKEN, credentials=RFC7644.credentials, base_url="",
        backoff_s=0.01, penalty_s=0.01, attempts=3, window=None,
    )  # fmt: skip
    faults = {user_id_of(request.param, answer): fault for answer, fault in answers(request.param).items()}
    with FakeScim([ann(user_id) for user_id in faults]) as server:
        target = sr.connect(server, dialect=quick)
        desired = pd.DataFrame({"id": list(faults), "displayName": ["Ann Byrne"] * len(faults)}, dtype="str")
        diff = sr.compare(desired, sr.fetch_users(target), on="id")
        yield request.param, server, target, sr.plan_puts(diff.select(diff.changes.index), target, accept=["lost:profileUrl"])


@pytest.mark.parametrize("answer", answers("rfc7644"))
def test_an_answer_has_the_outcome_the_readme_says(asked, answer, tmp_path):
    dialect, server, target, plan = asked
    user_id = user_id_of(dialect, answer)
    server.faults[user_id] = answers(dialect)[answer]
    # Without canaries: what the answer itself is worth is the question here.
    results = sr.apply_plan(
        plan.select([user_id]), target, dry_run=False, run=tmp_path / "x.run", progress=False, canary=False
    )  # fmt: skip
    row = results.frame.iloc[0]
    assert (row["outcome"] == "applied") == (server.users[user_id]["displayName"] == "Ann Byrne"), row["reason"]
    assert row["outcome"] == documented()[dialect, answer]
    if answer == "403":
        assert (row["http_status"], row["detail"]) == (403, "no")
        assert results.frame["vendor_code"].fillna("").item() == str(
            SAYS_SO[dialect].get("code", SAYS_SO[dialect].get("errorCode", ""))
        )


def test_the_readme_tells_of_every_answer():
    assert set(documented()) == {(dialect, answer) for dialect in DIALECTS for answer in answers(dialect)}
