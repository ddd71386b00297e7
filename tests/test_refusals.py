"""Bad plans, bad runs and wrong arguments: each is refused in words, before anything is sent, and no file is touched."""

import contextlib
import copy
import dataclasses
import hashlib
import json
import os
import re
import resource
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_scim import FakeScim, analyst, scim_error

import scimrecon as sr
from scimrecon.dialects import RFC7644, ClearAs
from scimrecon.errors import PlanError, RunError
from scimrecon.journal import TargetLock

pytestmark = pytest.mark.usefixtures("folder")

BRISK = dataclasses.replace(RFC7644, backoff_s=0.01)
ACME = dataclasses.replace(BRISK, name="acme")
OMITS = dataclasses.replace(BRISK, clear_as=ClearAs.OMIT)
STAFF = ["alvarez", "obrien", "okonkwo", "zhang"]
EXPORT = "Mail,Job\n" + "".join(f"{user_id}@example.com,Lead\n" for user_id in STAFF)
FRAMES = ["requests", "changes", "blocked", "warnings", "thresholds", "statuses"]


@dataclass
class World:
    """A target, its users, and a plan for them that nobody objects to."""

    server: FakeScim
    target: sr.Target
    other: sr.Target
    """Another service with the same users."""
    selection: sr.Selection
    plan: sr.Plan

    def send(self, plan=None, target=None, **options):
        given = {"dry_run": False, "canary": False, "progress": False, "run": "one.run", **options}
        return sr.apply_plan(plan or self.plan, target or self.target, **given)

    def save(self, edit=None, *, mask=()):
        """Write a file of the plan, perhaps edited by somebody who knows how its checksum is made."""
        self.plan.save("change.plan", mask=mask)
        if edit is not None:
            rewrite(Path("change.plan"), edit)

    def save_masked(self):
        self.save(mask=["title"])
        return sr.open_plan("change.plan")

    def run(self, *statements):
        """Carry out the plan so that O'Brien is left undone, and perhaps edit the run file."""
        self.server.faults["obrien"] = scim_error(429, "slow down")
        results = self.send()
        self.server.faults.clear()
        with closing(sqlite3.connect("one.run")) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return results

    def resume(self, path="one.run", target=None, **options):
        return sr.resume(path, target or self.target, **{"progress": False, **options})


@pytest.fixture(scope="module")
def shared():
    """What no refusal changes: the services, and a plan made of an export that lay in the working directory."""
    people = [analyst(user_id) for user_id in STAFF]
    with FakeScim(people) as server, FakeScim(people) as other, tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        Path("hr.csv").write_text(EXPORT)
        target = sr.connect(server, dialect=BRISK)
        desired = sr.map_users(sr.read_export("hr.csv"), {"userName": "Mail", "title": "Job"})
        diff = sr.compare(desired, sr.fetch_users(target), on="userName")
        selection = diff.select(diff.changes.index)
        plan = sr.plan_puts(selection, target, allow={"users": 12})
        yield World(server, target, sr.connect(other, dialect=BRISK), selection, plan), copy.deepcopy(server.users)


@pytest.fixture
def world(shared, folder):
    """The services as they were when the plan was made, in a working directory with the export."""
    made, users = shared
    made.server.users = copy.deepcopy(users)
    (folder / "hr.csv").write_text(EXPORT)
    frames = {name: getattr(made.plan, name).copy() for name in FRAMES}
    return dataclasses.replace(made, plan=dataclasses.replace(made.plan, **frames))


def rewrite(path, edit):
    document = json.loads(path.read_text())
    document.pop("checksum")
    edit(document)
    body = json.dumps(document, ensure_ascii=False).removesuffix("}").encode()
    path.write_bytes(body + b',\n"checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n')


def held_in(folder):
    """Every file as it is: permissions and bytes."""
    return {path.name: (path.stat().st_mode, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True, kw_only=True)
class Bad:
    """Something that must not go through."""

    named: str
    prepare: Callable[[World], Callable[[], object]]
    """Brings it about, and gives the call that is refused."""
    words: str
    """How the message begins; ``…`` is anything."""
    error: type[Exception] = PlanError


# Ways to bring a refusal about


def call(named, words, calls, error=PlanError):
    """A call that needs no preparation."""
    return Bad(named=named, words=words, error=error, prepare=lambda world: lambda: calls(world))


def given(named, words, make, calls, error=PlanError):
    """A call with something that is made before."""

    def prepare(world):
        made = make(world)
        return lambda: calls(world, made)

    return Bad(named=named, words=words, error=error, prepare=prepare)


def plan_file(named, words, make):
    """A file that is made, then opened as a plan."""
    return given(named, words, make, lambda world, name: sr.open_plan(name or "change.plan"))


def edited_plan(named, words, edit):
    """A plan's file that was edited."""
    return plan_file(named, words, lambda world: world.save(edit))


def other_plan(named, words, make, **options):
    """What somebody made of the plan, sent."""
    return given(named, words, make, lambda world, plan: world.send(plan, **options))


def sending(named, words, error=PlanError, **options):
    """The plan itself, sent with options."""
    return call(named, words, lambda world: world.send(**options), error)


def planning(named, words, **options):
    """The selection, planned with options."""
    return call(named, words, lambda world: sr.plan_puts(world.selection, world.target, **options))


def run_file(named, words, *statements):
    """A run file that was edited, resumed."""
    return given(named, words, lambda world: world.run(*statements), lambda world, _: world.resume(), RunError)


def resumed(named, words, make, error=RunError):
    """Something else that is given to `resume`."""
    return given(named, words, make, lambda world, name: world.resume(name), error)


def member(name, value):
    return lambda document: document.update({name: value})


def cell(frame, column, value):
    def edit(document):
        held = document[frame]
        held["rows"][0][held["columns"].index(column)] = value

    return edit


def fact(name, value):
    return f"UPDATE run SET value = '{json.dumps(value)}' WHERE name = '{name}'"  # noqa: S608 - our own words


def obrien(column, text):
    return f"UPDATE changes SET {column} = '{text}' WHERE user_id = 'obrien'"  # noqa: S608 - our own words


def cut(path, share):
    """Leave a part of a file, or all but some bytes."""
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[: share if share < 0 else int(share * len(whole))])


def change_export(change):
    """Do something to the export the plan was made of."""

    def make(world):
        change(Path("hr.csv"))
        return world.plan

    return make


def written_into(frame, column, value):
    def make(world):
        held = getattr(world.plan, frame)
        held.loc[held.index[0], column] = value
        return world.plan

    return make


def theirs():
    """A database of another program."""
    with closing(sqlite3.connect("theirs.run")) as connection, connection:
        connection.execute("CREATE TABLE marathon (runner TEXT)")
    return "theirs.run"


def beside_another_writer(world, calls):
    with TargetLock(world.target.fingerprint, world.target.host, Path("theirs.run")):
        calls()


# Files of plans

EDITED = "change.plan: what it says is not what the hash '…' is of: it was changed after it was saved. Save the plan again, or"
MISSHAPEN = "change.plan: what it says has not the shape of a plan (…). Save the plan again, or ask for the file as it was."
DAMAGED_FILE = "change.plan: the file ends early, or was damaged. Copy it again, or save the plan again."
NO_PLAN = "not a plan. open_plan takes a file that Plan.save wrote."
SHORTER = "1 user changes, 0 clears, 0 deactivations on idp.example, 3 requests, about 0 s"
HASHED = {
    "changes": cell("changes", "after", "Chief"),
    "requests": cell("requests", "user_id", "root"),
    "thresholds": cell("thresholds", "limit", 1_000),
    "blocked users": lambda document: document["blocked"]["rows"].append(["root", None, None, None, "title", "none"]),
    "warnings": lambda document: document["warnings"]["rows"].append([None, None, "all is well"]),
    "resources": lambda document: document["resources"].update({"zhang": "{}"}),
    "types": member("types", {"title": "boolean"}),
    "allowances": member("allow", {"users": 99}),
    "acceptances": member("accept", ["absent:active"]),
    "matched users": member("matched", 99_999),
    "export": member("source", None),
    "host": member("host", "idp.example"),
    "target": member("fingerprint", "0123456789abcdef"),
    "hash": member("hash", "00" * 32),
    "first line": member("plan", SHORTER),
}
MISSHAPED = {
    "statuses": cell("statuses", "status", "fine"),
    "changes": cell("changes", "kind", "improve"),
    "thresholds": member("thresholds", {"columns": [], "rows": []}),
    "blocked users": member("blocked", None),
    "completeness": member("complete", ["perfect", ""]),
    "dialect": member("dialect", {}),
    "first line": member("plan", None),
}
PLAN_FILES = [
    *(edited_plan(f"the {part} of a plan file edited", EDITED, edit) for part, edit in HASHED.items()),
    *(edited_plan(f"the {part} of a plan file damaged", MISSHAPEN, edit) for part, edit in MISSHAPED.items()),
    edited_plan(
        "a plan file of another dialect",
        "change.plan: dialect 'acme' is not shipped (…). Pass it: open_plan(path, dialect=target.dialect).",
        lambda document: document["dialect"].update({"name": "acme"}),
    ),
    edited_plan(
        "a plan file where clearing is done otherwise",
        "change.plan: the plan was made where clear_as of dialect 'rfc7644' is 'omit', and here it is 'null'. Pass the target's",
        lambda document: document["dialect"].update({"clear_as": "omit"}),
    ),
    edited_plan(
        "a plan file of another format",
        "change.plan: format 7 of a plan, where this scimrecon knows 1. Open it with the version that saved it ('…'), or plan",
        member("format", 7),
    ),
    edited_plan(
        "a plan file of another version",
        "change.plan: saved by scimrecon '9.9', and this is …. Open it with that version, or plan again.",
        member("version", "9.9"),
    ),
    plan_file(
        "a masked copy that lost its mark",
        EDITED,
        lambda world: (world.save(mask=["title"]), rewrite(Path("change.plan"), member("masked", [])))[1],
    ),
    *(
        plan_file(
            f"a plan file cut off at {share}", words, lambda world, share=share: (world.save(), cut("change.plan", share))[1]
        )
        for words, shares in {
            f"change.plan: {NO_PLAN}": [0.0, 0.001],
            DAMAGED_FILE: [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, -3, -50, -96, -200],
            "change.plan: the file was changed after it was saved. Save the plan again, or ask for the file as it was.": [-1],
        }.items()
        for share in shares
    ),
    plan_file(
        "a plan file edited in an editor",
        "change.plan: the file was changed after it was saved. Save the plan again, or ask for the file as it was.",
        lambda world: (world.save(), Path("change.plan").write_text(Path("change.plan").read_text().replace("Lead", "Boss")))[0],
    ),
    *(
        plan_file(
            f"a plan file of mode {mode:o}",
            "change.plan: others may write to this file, so it may not be what was saved. If you trust …: chmod 600 change.plan",
            lambda world, mode=mode: (world.save(), Path("change.plan").chmod(mode))[1],
        )
        for mode in (0o620, 0o660, 0o602, 0o666, 0o777)
    ),
    plan_file("a run opened as a plan", f"one.run: {NO_PLAN}", lambda world: str(world.run().path)),
    plan_file(
        "saved users opened as a plan",
        f"before.users: {NO_PLAN}",
        lambda world: (sr.fetch_users(world.target).save("before.users"), "before.users")[1],
    ),
    plan_file("the export opened as a plan", f"hr.csv: {NO_PLAN}", lambda world: "hr.csv"),
    plan_file("a folder opened as a plan", ".: Is a directory. open_plan takes a file that Plan.save wrote.", lambda world: "."),
    plan_file("no file opened as a plan", "none.plan: No such file or directory. open_plan takes a", lambda world: "none.plan"),
    plan_file("a name no file can have, opened as a plan", "…: embedded null byte. open_plan takes", lambda world: "a\0b.plan"),
    call(
        "a plan opened as a plan",
        "open_plan takes the path of a file that Plan.save wrote, not Plan.",
        lambda world: sr.open_plan(world.plan),
    ),
    call(
        "a plan saved to a number",
        "a plan is saved to a path, not int: plan.save('change.plan').",
        lambda world: world.plan.save(7),
    ),
    given(
        "a plan saved over another",
        "change.plan: there is such a file; a saved plan is kept, not overwritten. Save under another name.",
        lambda world: world.save(),
        lambda world, _: world.plan.save("change.plan"),
    ),
]

# Plans

CHANGED = "the plan's frames were changed after it was made. Edit the diff (Diff.edit) and plan again."
MASKED = "this is a masked copy, made to be reviewed; apply the plan itself, with approved= this copy's hash."
ANOTHER = "the plan is for 127.0.0.1:…, and this target is another: http://127.0.0.1:…/scim/v2. Plan again for it."
NOT_APPROVED = "approved was …, and the plan's hash is …. Have this plan approved, or open that one."
RUN_ALREADY = "this plan was run already: ….run. resume('….run', target) goes on with what is left of it; or fetch the users and"
EXPORT_CHANGED = "hr.csv: the export changed since the plan was made. Read, compare and plan again."
NO_FOLDER = "the folder cannot be searched for run files: …. Nothing was sent; give run=… elsewhere."
NO_FILE = "the run file cannot be made: …. Nothing was sent; give run=… elsewhere."
THERE = "one.run: there is such a file already. If it is a run, open_run shows it and resume(path, target) goes on with it; for"
SOMEBODY = "127.0.0.1:…: process … on … is writing to it since … (run …theirs.run). Wait for it to end, or stop it. Nothing was"
WRITTEN_INTO = [
    ("changes", "after", "Chief"), ("changes", "user_id", "root"), ("requests", "user_id", "root"), ("requests", "version", "7"),
    ("thresholds", "exceeded", True), ("statuses", "status", "fine"),
]  # fmt: skip
OTHERWISE = [
    {"allow": {"users": 99}}, {"accept": ("absent:active",)}, {"accept": None}, {"host": "idp.example"}, {"types": {}},
    {"matched": 9_999}, {"source": None}, {"dialect": OMITS}, {"dialect": None}, {"current": None}, {"statuses": None},
    {"requests": None}, {"hash": "00" * 32},
]  # fmt: skip
APPROVALS = {
    "another hash": lambda said: "00" * 32,
    "the beginning of its hash": lambda said: said[:12],
    "nothing": lambda said: "",
    "its hash in capitals": str.upper,
    "its hash and a blank": lambda said: said + " ",
    "its hash in bytes": str.encode,
    "a number": lambda said: 7,
}
AGAIN = {
    "to another file": {},
    "to the same file": {"run": "one.run"},
    "under another note": {"note": "CHG0041234"},
    "with the hash approved": {"approved": True},
}


def sent_again(world, options):
    approved = {"approved": world.plan.hash} if options.get("approved") else {}
    return world.send(**{"run": "two.run", **options, **approved})


PLANS = [
    other_plan("a masked copy", MASKED, lambda world: world.save_masked()),
    other_plan("a masked copy, its hash approved", MASKED, lambda world: world.save_masked(), approved="00" * 32),
    other_plan(
        "a masked copy under another name",
        MASKED,
        lambda world: (world.save_masked(), sr.open_plan(Path("change.plan").rename("approved.plan")))[1],
    ),
    other_plan(
        "a plan made by hand of a masked copy", CHANGED, lambda world: dataclasses.replace(world.save_masked(), masked=())
    ),
    *(
        other_plan(f"a plan whose {frame} had {column} written into", CHANGED, written_into(frame, column, value))
        for frame, column, value in WRITTEN_INTO
    ),
    *(
        other_plan(
            f"a plan whose {name} lost a column",
            CHANGED,
            lambda world, name=name: dataclasses.replace(world.plan, **{name: getattr(world.plan, name).iloc[:, 1:]}),
        )
        for name in FRAMES
    ),
    *(
        other_plan(f"a plan with {parts}"[:60], CHANGED, lambda world, parts=parts: dataclasses.replace(world.plan, **parts))
        for parts in OTHERWISE
    ),
    call("a plan for another target", ANOTHER, lambda world: world.send(target=world.other)),
    call("a plan for another dialect", ANOTHER, lambda world: world.send(target=sr.connect(world.server, dialect=ACME))),
    call(
        "a plan for a target that clears otherwise",
        "the plan was made where clear_as of dialect 'rfc7644' is 'null', and here it is 'omit': other bodies would go out than",
        lambda world: world.send(target=sr.connect(world.server, dialect=OMITS)),
    ),
    *(
        call(f"a plan approved as {how}", NOT_APPROVED, lambda world, text=text: world.send(approved=text(world.plan.hash)))
        for how, text in APPROVALS.items()
    ),
    call(
        "a plan narrowed after it was approved",
        NOT_APPROVED,
        lambda world: world.send(world.plan.select(["obrien"]), approved=world.plan.hash),
    ),
    *(
        given(
            f"a plan run already, {how}",
            RUN_ALREADY,
            lambda world: world.send(),
            lambda world, _, options=options: sent_again(world, options),
        )
        for how, options in AGAIN.items()
    ),
    given(
        "a plan run already, opened from its file",
        RUN_ALREADY,
        lambda world: (world.save(), world.send(), sr.open_plan("change.plan"))[2],
        lambda world, plan: world.send(plan, run="two.run"),
    ),
    given(
        "a plan run already in this folder, to another",
        RUN_ALREADY,
        lambda world: (world.send(run=None), Path("elsewhere").mkdir()),
        lambda world, _: world.send(run="elsewhere/two.run"),
    ),
    given(
        "a plan run already in another folder, to that folder",
        RUN_ALREADY,
        lambda world: (Path("elsewhere").mkdir(), world.send(run="elsewhere/one.run")),
        lambda world, _: world.send(run="elsewhere/two.run"),
    ),
    *(
        other_plan(f"an export that was {how}", EXPORT_CHANGED, change_export(change))
        for how, change in {
            "edited": lambda path: path.write_text(EXPORT.replace("Lead", "Chief")),
            "appended to": lambda path: path.write_text(EXPORT + "late@example.com,Lead\n"),
            "cut off": lambda path: os.truncate(path, 20),
            "emptied": lambda path: os.truncate(path, 0),
            "replaced by one of the same size": lambda path: path.write_text(EXPORT.replace("Lead", "Boss")),
        }.items()
    ),
    *(
        sending(f"a run file named {name!r}", f"run='{shown}': name it ….run, so that it is found before this plan is", run=name)
        for name, shown in {"change.db": "change.db", "change.RUN": "change.RUN", ".run": ".run", "": ".", ".": "."}.items()
    ),
    sending("a run file in no folder", f"none: {NO_FOLDER}", RunError, run="none/one.run"),
    sending("a run file in a file", f"hr.csv: {NO_FOLDER}", RunError, run="hr.csv/one.run"),
    sending("a run file of a name no file can have", f"…one.run: {NO_FILE}", RunError, run="\0one.run"),
    sending("a run file of too long a name", f"x…x.run: {NO_FILE}", RunError, run="x" * 300 + ".run"),
    *(
        given(
            f"a run file that is there, {what}", THERE, lambda world, make=make: make(), lambda world, _: world.send(), RunError
        )
        for what, make in {
            "a shopping list": lambda: Path("one.run").write_text("bread, milk"),
            "empty": lambda: Path("one.run").touch(),
            "a folder": lambda: Path("one.run").mkdir(),
            "a link to nowhere": lambda: Path("one.run").symlink_to("nowhere"),
        }.items()
    ),
    call(
        "a plan sent while somebody writes to the target",
        SOMEBODY,
        lambda world: beside_another_writer(world, world.send),
        RunError,
    ),
]

# Runs

TAMPERED = "one.run: what the run was to ask for, or was allowed, was changed after it began. Fetch and compare again."
AS_IT_WAS = "Take a copy of the file as it was, or fetch the users and compare again."
NOT_A_RUN = "not a run file, or damaged: …"
TICKED = {
    "after": "Chief", "before": "Clerk", "path": "nickName", "user_id": "root", "kind": "set", "flags": "deactivation",
    "type": "boolean", "change_id": "root:title",
}  # fmt: skip
SEALED = {
    "accept": ["absent:active"],
    "allow": {"users": 99},
    "matched": 9_999,
    "plan": "00",
    "url": "https://idp.example/scim/v2",
    "host": "idp.example",
    "version": "9.9",
    "source": None,
    "fingerprint": "0123456789abcdef",
    "dialect": {"name": "rfc7644", "clear_as": "omit", "id_member": ""},
    "deltas": None,
}
ILL_SAID = {
    "accept": None, "allow": 7, "matched": "all", "host": None, "note": [], "started": 7, "fingerprint": None, "dialect": "acme",
}  # fmt: skip
OUTLANDISH = {
    "an unknown outcome": "UPDATE users SET outcome = 'fine' WHERE user_id = 'obrien'",
    "an unknown status": "UPDATE people SET status = 'fine'",
    "an unknown step": "UPDATE steps SET step = 'dance'",
    "a user taken out": "DELETE FROM users WHERE user_id = 'obrien'",
    "another user": "UPDATE users SET user_id = 'root' WHERE user_id = 'obrien'",
}
UNREADABLE = {
    "words for numbers": "UPDATE users SET attempts = 'many'",
    "bytes for text": "UPDATE changes SET after = x'ff' WHERE user_id = 'obrien'",
}
HOLDER = {"host": "build-7", "pid": 4711, "since": "2026-11-21T10:00:00+00:00"}
RUNS = [
    *(run_file(f"the {column} of a change edited", TAMPERED, obrien(column, text)) for column, text in TICKED.items()),
    run_file("a change taken out", TAMPERED, "DELETE FROM changes WHERE user_id = 'obrien'"),
    *(run_file(f"the {name} of a run edited", TAMPERED, fact(name, value)) for name, value in SEALED.items()),
    *(
        run_file(f"the {name} of a run damaged", f"one.run: damaged: its '{name}' is …. {AS_IT_WAS}", fact(name, value))
        for name, value in ILL_SAID.items()
    ),
    run_file(
        "what a run accepts taken out",
        f"one.run: damaged: its 'accept' is None. {AS_IT_WAS}",
        "DELETE FROM run WHERE name = 'accept'",
    ),
    run_file(
        "a run of another format",
        "one.run: a run of format 1, which this version (…) does not read; open it with scimrecon …",
        fact("format", 1),
    ),
    run_file("a run that says nothing", "one.run: a run of format None, which this version (…) does not read", "DELETE FROM run"),
    run_file("a run that says no JSON", f"one.run: {NOT_A_RUN}", "UPDATE run SET value = '{' WHERE name = 'note'"),
    run_file("a run without facts", f"one.run: {NOT_A_RUN}no such table: run", "DROP TABLE run"),
    *(
        run_file(f"a run without {table}", f"one.run: damaged: no such table: {table}. {AS_IT_WAS}", f"DROP TABLE {table}")
        for table in ("users", "changes", "resources", "bodies", "steps", "people")
    ),
    *(
        run_file(f"a run with {what}", f"one.run: damaged, or changed by hand (…). {AS_IT_WAS}", statement)
        for what, statement in OUTLANDISH.items()
    ),
    *(
        run_file(f"a run with {what}", "one.run: the run file cannot be read, or is damaged: …", statement)
        for what, statement in UNREADABLE.items()
    ),
    run_file(
        "a run another machine is at work on",
        "one.run: process 4711 on build-7 is at work on this run, since 2026-11-21T10:00:00+00:00. If that machine is down, …",
        fact("holder", HOLDER),
    ),
    *(
        resumed(
            f"a run file cut off at {share:.1%}",
            "one.run: …",
            lambda world, share=share: (world.run().path, cut("one.run", share))[0],
        )
        for share in (0.0, 0.001, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)
    ),
    resumed(
        "a plan file resumed",
        f"change.plan: {NOT_A_RUN}file is not a database",
        lambda world: (world.save(), "change.plan")[1],
    ),
    resumed("the export resumed", f"hr.csv: {NOT_A_RUN}file is not a database", lambda world: "hr.csv"),
    resumed("another program's database resumed", f"theirs.run: {NOT_A_RUN}no such table: run", lambda world: theirs()),
    resumed("a folder resumed", ".: there is no such file; this is a folder.", lambda world: "."),
    resumed("nothing resumed", "none.run: there is no such file.", lambda world: "none.run"),
    resumed("a plan resumed", "resume takes a run file and a target, not Plan and Target", lambda world: world.plan, PlanError),
    resumed(
        "results resumed", "resume takes a run file and a target, not Results and Target", lambda world: world.run(), PlanError
    ),
    resumed("bytes resumed", "resume takes a run file and a target, not bytes and Target", lambda world: b"one.run", PlanError),
    resumed(
        "a dry run resumed",
        "resume takes a run file and a target, not NoneType and Target: resume(results.path, target); a dry run has no path.",
        lambda world: sr.apply_plan(world.plan, world.target, progress=False).path,
        PlanError,
    ),
    given(
        "a run resumed on a URL",
        "resume takes a run file and a target, not str and str",
        lambda world: world.run(),
        lambda world, _: sr.resume("one.run", world.target.url),
    ),
    given(
        "a run of another target",
        "one.run: the run is of 127.0.0.1:…, and this target is another: http://…. Resume it with its own target.",
        lambda world: world.run(),
        lambda world, _: world.resume(target=world.other),
    ),
    given(
        "a run resumed where clearing is done otherwise",
        "one.run: the run was begun where clear_as of dialect 'rfc7644' is 'null', and here it is 'omit'. Connect with the",
        lambda world: world.run(),
        lambda world, _: world.resume(target=sr.connect(world.server, dialect=OMITS)),
    ),
    given(
        "a run resumed while somebody writes to the target",
        SOMEBODY,
        lambda world: world.run(),
        lambda world, _: beside_another_writer(world, world.resume),
        RunError,
    ),
]

# Arguments

WHOLE = "give a whole number, 1 or more."
RATE = "give requests a second, such as rate=10, or leave it out."
OPTIONS = [
    *(("batch_size", value, WHOLE) for value in (0, -1, "4", True, None, 2.5, float("nan"), float("inf"), [4])),
    *(("concurrency", value, WHOLE) for value in (0, -1, "4", True, 2.5, float("nan"), float("inf"), [4])),
    *(("rate", value, RATE) for value in (0, -1, "4", True, float("nan"), float("-inf"), [4])),
]
ONLY_WHEN_SENT = [
    *(("dry_run", value, "only dry_run=False sends; say True or False.") for value in (None, 0, "no", np.False_)),
    *(("canary", value, "say True or False.") for value in (None, "no", 1)),
    *(("note", value, "give a text, such as note='CHG0041234'.") for value in (None, 41234, ["CHG0041234"])),
    *(("run", value, "give a path, such as run='change.run', or leave it out.") for value in (7, True, b"one.run")),
]
PLAN_AND_TARGET = "apply_plan takes a plan and a target, not {} and {}: apply_plan(plan_puts(selection, target), target)."
GIVEN_AS_PLANS = {
    "str": lambda world: "change.plan",
    "NoneType": lambda world: None,
    "Selection": lambda world: world.selection,
    "DataFrame": lambda world: world.plan.changes,
    "Users": lambda world: sr.fetch_users(world.target),
    "Results": lambda world: world.run(),
    "Target": lambda world: world.target,
}
ARGUMENTS = [
    *(sending(f"{name}={value!r}", f"{name}={value!r}: {words}", **{name: value}) for name, value, words in OPTIONS),
    *(sending(f"{name}={value!r}", f"{name}={value!r}: {words}", **{name: value}) for name, value, words in ONLY_WHEN_SENT),
    *(
        call(
            f"{name}={value!r} of resume",
            f"{name}={value!r}: {words}",
            lambda world, name=name, value=value: world.resume(**{name: value}),
        )
        for name, value, words in OPTIONS
    ),
    *(sending(f"progress={value!r}", "progress is a function, True, False or None.", progress=value) for value in (7, "bar")),
    *(sending(f"stop={value!r}", "stop is a threading.Event: set() it to stop the run.", stop=value) for value in (7, "now")),
    *(
        planning(f"allow={value!r}", f"allow={value!r}: name what is meant, such as allow={{'users': 30}}.", allow=value)
        for value in (7, "users", [("users", 3)])
    ),
    *(
        planning(
            f"allow of {value!r} users",
            f"allow: users is {value!r}; give the number of users that is meant.",
            allow={"users": value},
        )
        for value in (-1, "12", 12.0, None, True, float("nan"), np.float64(3))
    ),
    *(
        planning(f"allow of {name!r}", f"allow: {name!r} is no threshold; there are users, deactivations, ", allow={name: 3})
        for name in ("user", "USERS", "", 7)
    ),
    *(
        planning(
            f"accept={value!r}",
            f"accept={value!r}: give a list of what is accepted, such as accept=['absent:active'].",
            accept=value,
        )
        for value in ("absent:active", None, 7, {"absent:active": True})
    ),
    *(
        planning(
            f"accept of {value!r}",
            f"accept: {value!r} is not known; there are 'absent:active', 'derived:<path>' and 'lost:<path>'.",
            accept=[value],
        )
        for value in ("absent:title", "everything", "", 7, None)
    ),
    planning(
        "accept of what is no attribute",
        "accept: 'derived:fullName': path 'fullName': a User has no attribute 'fullName'",
        accept=["derived:fullName"],
    ),
    *(
        given(
            f"{kind} applied",
            PLAN_AND_TARGET.format(kind, "Target"),
            make,
            lambda world, made: sr.apply_plan(made, world.target, dry_run=False),
        )
        for kind, make in GIVEN_AS_PLANS.items()
    ),
    call(
        "a plan applied to a URL",
        PLAN_AND_TARGET.format("Plan", "str"),
        lambda world: sr.apply_plan(world.plan, world.target.url, dry_run=False),
    ),
    call(
        "a frame planned",
        "plan_puts takes a selection, not DataFrame: preview.selection, or diff.select(change ids).",
        lambda world: sr.plan_puts(world.selection.changes, world.target),
    ),
    call(
        "a selection planned for a URL",
        "plan_puts takes a selection and a target, not str: plan_puts(selection, target).",
        lambda world: sr.plan_puts(world.selection, world.target.url),
    ),
    call("a plan narrowed to a stranger", "user 'smith' is not in this plan.", lambda world: world.plan.select(["smith"])),
    *(
        call(
            f"a plan narrowed to {value!r}",
            f"select takes a list of ids, not {value!r}: plan.select([{value!r}]).",
            lambda world, value=value: world.plan.select(value),
        )
        for value in ("obrien", 7, None)
    ),
    call("the body of a stranger", "user 'smith' is not in this plan.", lambda world: world.plan.body("smith")),
    *(
        call(f"{asked} of {value!r}", words, lambda world, ask=ask, value=value: ask(value), RunError)
        for asked, ask in {"runs": sr.runs, "the history": lambda folder: sr.history("obrien", folder)}.items()
        for value, words in {
            7: "the folder of run files is a path, not int: runs('.').",
            "none": "none: the folder cannot be searched for run files: No such file or directory.",
        }.items()
    ),
]


@pytest.mark.parametrize("bad", [*PLAN_FILES, *PLANS, *RUNS, *ARGUMENTS], ids=lambda bad: bad.named)
def test_it_is_refused_in_words_before_anything_is_sent_and_no_file_is_touched(bad, world, folder):
    calls = bad.prepare(world)
    asked, held = len(world.server.log), held_in(folder)

    with pytest.raises((PlanError, RunError)) as caught:
        calls()

    assert type(caught.value) is bad.error
    assert re.match(".*".join(map(re.escape, bad.words.split("…"))), str(caught.value))
    assert len(world.server.log) == asked
    assert held_in(folder) == held


# What somebody else owns

NOBODY = 65534


@pytest.fixture
def common(monkeypatch):
    """A working directory that somebody who is not root can use."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        monkeypatch.chdir(name)
        yield Path(name)


@contextlib.contextmanager
def not_root():
    """Act as one to whom files' permissions matter, with a folder of their own for locks."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        with tempfile.TemporaryDirectory() as locks, pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_STATE_HOME", locks)
            yield
    finally:
        if root:
            os.seteuid(0)


def locked_up(path, mode, world):
    """Give a file to nobody, with these permissions."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    Path(path).chmod(mode)
    return len(world.server.log), held_in(Path.cwd())


@pytest.mark.parametrize(
    ("name", "mode", "calls", "error", "words"),
    [
        ("change.plan", 0o000, lambda world: sr.open_plan("change.plan"), PlanError, "change.plan: Permission denied. open_plan"),
        (
            "hr.csv",
            0o000,
            lambda world: world.send(run="two.run"),
            PlanError,
            "hr.csv: whether the export changed since the plan was made cannot be told: Permission denied. Make it readable.",
        ),
        ("one.run", 0o000, lambda world: world.resume(), RunError, "one.run: the run file cannot be read, or is damaged: unable"),
        (
            "one.run",
            0o400,
            lambda world: world.resume(),
            RunError,
            "one.run: the run file cannot be written: attempt to write a readonly database. Nothing was sent; make it and its",
        ),
    ],
    ids=["plan", "export", "run", "run-read-only"],
)
def test_what_permissions_forbid_is_told_before_anything_is_sent(common, shared, name, mode, calls, error, words):
    made, users = shared
    made.server.users = copy.deepcopy(users)
    Path("hr.csv").write_text(EXPORT)
    if name == "one.run":
        made.run()
    elif name == "change.plan":
        made.save()
    asked, held = locked_up(name, mode, made)

    with not_root(), pytest.raises(error) as caught:
        calls(made)

    assert str(caught.value).startswith(words)
    assert len(made.server.log) == asked
    assert held_in(common) == held


# What is not refused


def test_a_plan_goes_out_after_any_number_of_dry_runs_and_from_its_file_and_as_approved(world):
    world.save()
    sr.apply_plan(world.plan, world.target, progress=False)
    sr.apply_plan(sr.open_plan("change.plan"), world.target, progress=False)

    results = world.send(sr.open_plan("change.plan"), approved=world.plan.hash)

    assert results.frame["outcome"].unique().tolist() == ["applied"]


def test_a_plan_whose_masked_copy_was_approved_goes_out(world):
    world.save(mask=["*"])
    approved = sr.open_plan("change.plan").hash

    assert world.send(approved=approved).frame["outcome"].unique().tolist() == ["applied"]


def test_a_plan_goes_out_after_its_export_was_put_away_or_written_anew_as_it_was(world):
    Path("hr.csv").unlink()
    world.send(world.plan.select(["obrien"]), run="one.run")
    Path("hr.csv").write_text(EXPORT)

    assert world.send(world.plan.select(["zhang"]), run="two.run").frame["outcome"].tolist() == ["applied"]


@pytest.mark.parametrize(
    "statement",
    [
        fact("note", "CHG0041234"),
        fact("versions", "proven"),
        fact("versions", 7),
        fact("holder", "somebody"),
        fact("holder", [1]),
        "UPDATE users SET reason = 'for reasons'",
    ],
)
def test_a_run_file_is_resumed_whatever_it_says_besides_what_was_approved(world, statement):
    world.run(statement)

    assert world.resume().frame["outcome"].unique().tolist() == ["applied"]


def test_a_refused_resume_can_be_made_good(world):
    world.run()
    with pytest.raises(PlanError, match="this target is another"):
        world.resume(target=world.other)

    assert world.resume().frame["outcome"].unique().tolist() == ["applied"]


def test_a_run_that_cannot_be_written_down_is_not_begun_and_leaves_no_file(world, folder):
    asked = len(world.server.log)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))  # room for a run file, and not for what it is to say
    try:
        with pytest.raises(RunError, match=r"^one\.run: the run file cannot be written: .*\. Nothing was sent; give run=… where"):
            world.send(note="x" * 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert [path.name for path in folder.iterdir()] == ["hr.csv"]
    assert len(world.server.log) == asked


def test_what_a_run_left_undone_cannot_be_planned_of_an_edited_file(world):
    results = world.run(obrien("after", "Chief"))

    with pytest.raises(RunError, match="was changed after it began"):
        _ = results.unfinished


@pytest.mark.parametrize("number", [np.int64(4), pd.Series([4]).max(), pd.Series([4], dtype="Int64").sum()])
def test_an_allow_may_be_a_number_counted_in_a_frame(world, number):
    plan = sr.plan_puts(world.selection, world.target, allow={"users": number})

    assert plan.hash == sr.plan_puts(world.selection, world.target, allow={"users": 4}).hash


@pytest.mark.parametrize(
    "options",
    [
        {"rate": float("inf")},
        {"rate": 0.5e3},
        {"rate": np.float64(500)},
        {"batch_size": np.int64(2)},
        {"concurrency": np.int64(2)},
    ],
)
def test_numbers_that_make_sense_are_taken(world, options):
    assert world.send(**options).frame["outcome"].unique().tolist() == ["applied"]
