"""A practice server behind a recorder, with a user for every row of a vendor's table, and what went over the wire for each."""

import csv
import json
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from practice import Client, bearer_of
from seeds.people import (
    applied,
    at,
    bare,
    change_of,
    column_of,
    desired_of,
    dialect_of,
    id_of,
    person,
    planned,
    put_at,
    spoil,
    top_of,
)
from seeds.recording import Recorder, Reply

import scimrecon as sr
from scimrecon.client import Connection
from scimrecon.dialects import RFC7644, Authentication
from scimrecon.errors import Refused

TABLES = Path(__file__).parent
VENDORS = ("twilio", "huawei", "descope")
_TICKED = ("sent", "sent_if_mapped")
STAFF = range(1, 20)
"""Users of no row."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table."""

    seed: str
    where: str
    field: str
    type: str
    mandatory: str
    constraint: str
    what_we_do: str

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.seed, self.where, self.field, self.constraint, self.what_we_do)))

    @property
    def status(self) -> int:
        """Of an error's row, or of a status."""
        return int((self.where if self.where.startswith("error") else f"- {self.field}").split()[1])


@cache
def read_table(seed):
    with (TABLES / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return [Row(**record) for record in csv.DictReader(file)]


@contextmanager
def worlds(tmp_path_factory):
    """A function that gives a vendor's world, made once for the same switches."""
    made = {}
    with ExitStack() as stack:

        def give(seed, **switches):
            key = (seed, *sorted(switches.items()))
            if key not in made:
                made[key] = World(seed, tmp_path_factory.mktemp(seed), stack, **switches)
            return made[key]

        yield give


class World:
    """One vendor's practice server, started as it is needed."""

    def __init__(self, seed, folder, stack, **switches):
        self.seed, self.folder, self._stack = seed, folder, stack
        self._made: dict[Reply, dict[str, object]] = {}
        self._switches = ({"limit": None} if seed == "descope" else {}) | switches
        table = read_table(seed)
        self.requests, self.answers = (
            [row for row in table if row.where == where] for where in ("request body", "response body")
        )

    @cached_property
    def recorder(self):
        server = sr.sandbox.start(self.seed, users=self._people(), **self._switches)
        self._stack.callback(server.stop)
        return self._stack.enter_context(Recorder(server))

    @cached_property
    def client(self):
        """Plain HTTP, past the recorder."""
        return self._stack.enter_context(Client(self.recorder.server))

    @cached_property
    def target(self):
        return sr.connect(self.recorder, dialect=dialect_of(self.seed))

    def _people(self):
        staff = [person(self.seed, number) for number in STAFF]
        ticked = [person(self.seed, number, **change_of(self.seed, field, number)[1]) for field, number in self._ticked.items()]
        return staff + ticked + [person(self.seed, number) for number in self._shown.values()]

    @property
    def _ticked(self):
        """Whose user a request's field is."""
        fields = [row.field for row in self.requests if row.what_we_do in _TICKED]
        return {field: number for number, field in enumerate(fields, start=100)}

    @property
    def _shown(self):
        return {row.field: number for number, row in enumerate(self.answers, start=200)}

    @cached_property
    def bearer(self):
        return bearer_of(self.recorder.server)

    @cached_property
    def _nobody(self):
        return self._stack.enter_context(httpx.Client(trust_env=False))

    def ask(self, path, user, *, bearer=None):
        """PUT to any path of the practice server, by plain HTTP, with another token or with none ("")."""
        bearer = self.bearer if bearer is None else bearer
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self._nobody.put(self.recorder.upstream + path, json=user, headers=headers)

    def path_of(self, number):
        return f"{httpx.URL(self.recorder.url).path}/Users/{id_of(self.seed, number)}"

    def raw(self, user_id):
        """A user as the practice server shows her."""
        return bare(self.client.get(f"/Users/{user_id}").content)

    def put(self, user, **headers):
        """Replace a user by plain HTTP."""
        return self.client.put(f"/Users/{user['id']}", json=user, headers=headers)

    def connect(self, **changed):
        """A target with another token, or at another place of the server."""
        anyhow = {"authentication": Authentication.TOKEN, "credentials": RFC7644.credentials, "base_url": ""}
        url = changed.pop("url", self.recorder.url)
        token = changed.pop("token", self.bearer)
        return sr.connect(url, dialect=replace(dialect_of(self.seed), **anyhow), token=token)

    @cached_property
    def sending(self):
        """By field of the request: one user for whom that field alone was ticked, before, in the PUT, and afterwards."""
        changes = {id_of(self.seed, number): change_of(self.seed, field, number)[0] for field, number in self._ticked.items()}
        before = {user_id: self.raw(user_id) for user_id in changes}
        others = [id_of(self.seed, number) for number in (1, 2)] if self.seed == "huawei" else []
        plan = planned(self.target, changes, others=others)
        done = applied(plan, self.target, self.folder)
        reasons = {**plan.blocked.set_index("user_id")["reason"], **done.results.frame.set_index("user_id")["reason"]}
        return {
            field: SimpleNamespace(
                user_id=user_id, before=before[user_id], put=(self.recorder.puts(user_id) or [None])[-1], after=self.raw(user_id),
                planned=plan.body(user_id) if user_id in done.outcome else None,
                version=plan.requests.set_index("user_id")["version"].get(user_id),
                asked=next(iter(changes[user_id].values())), touched=set(map(top_of, changes[user_id])),
                outcome=done.outcome.get(user_id), reason=reasons.get(user_id),
            )
            for field, user_id in zip(self._ticked, changes, strict=True)
        }  # fmt: skip

    @property
    def all_sent(self):
        """Those of `sending` for whom there was a PUT."""
        return [sent for sent in self.sending.values() if sent.put]

    @cached_property
    def showing(self):
        """By field of the answer: one user whose PUT was answered with something else there, and what we did then."""
        fields = {id_of(self.seed, number): field for field, number in self._shown.items()}
        users = sr.fetch_users(self.target, ids=fields)
        plan = planned(self.target, {user_id: {"displayName": "Ann Byrne"} for user_id in fields})
        told: dict[str, Reply] = {}

        def answers(asked, ask):
            reply = ask()
            field = fields.get(asked.user_id) if asked.method == "PUT" else None
            if field is None:
                return reply
            told[field] = reply
            if field == "user":
                return reply.holding(reply.json["user"])
            return reply.holding(put_at(reply.json, field, spoil(at(reply.json, field))))

        with self.answering(answers):
            # Without canaries: they would be read back whatever the answer is.
            done = applied(plan, self.target, self.folder, canary=False)
        frame = users.frame.set_index("id", drop=False)
        diff = sr.compare(desired_of(_others(frame, fields)), users, on="id")
        return {
            field: SimpleNamespace(
                user_id=user_id, told=told.get(field), steps=done.steps.get(user_id), users=users, cells=frame.loc[user_id],
                put=(self.recorder.puts(user_id) or [None])[-1], outcome=done.outcome.get(user_id),
                differs=diff.changes.loc[diff.changes["user_id"] == user_id, ["before", "after"]].to_numpy().tolist(),
            )
            for user_id, field in fields.items()
        }  # fmt: skip

    def apply(self, changes, *, answers=None, target=None, **options):
        """Reconcile some of the staff, by number; what came of it, with the plan and each one's last PUT."""
        target = target or self.target
        asked = {id_of(self.seed, number): cells for number, cells in changes.items()}
        plan = planned(target, asked)
        assert plan.blocked.empty, plan.blocked["reason"].item()
        start = len(self.recorder.log)
        with self.answering(answers) if answers else ExitStack():
            done = applied(plan, target, self.folder, **options)
        done.plan, done.puts = plan, [one for one in self.recorder.log[start:] if one.method == "PUT"]
        return done

    def answering(self, answers):
        """Let the recorder answer otherwise for a while."""
        patch = pytest.MonkeyPatch.context()
        stack = ExitStack()
        stack.enter_context(patch).setattr(self.recorder, "answers", answers)
        return stack

    def made_of(self, reply: Reply):
        """What our client makes of an answer to a PUT: all that its error says, or all that its success does."""
        if reply not in self._made:
            answers = lambda asked, ask: reply if asked.method == "PUT" else ask()  # noqa: E731 - a word for it
            with self.answering(answers), Connection(self.target) as connection:
                try:
                    self._made[reply] = asdict(connection.put_user(id_of(self.seed, 1), b"{}")) | {"seconds": 0}
                except Refused as error:
                    self._made[reply] = vars(error)
        return self._made[reply]


def _others(frame, fields):
    """For each user whose field is one cell: another text for it."""
    columns = {user_id: column_of(field) for user_id, field in fields.items()}
    return {
        user_id: {column: {"true": "false", "false": "true"}.get(frame.at[user_id, column], "Other")}
        for user_id, column in columns.items()
        if column != "id" and column in frame
    }


def refused(target, user_id, user, version=""):
    """The error of one PUT through our client."""
    with Connection(target) as connection, pytest.raises(Refused) as caught:
        connection.put_user(user_id, json.dumps(user).encode(), version=version)
    return caught.value
