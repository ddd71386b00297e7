"""The users a vendor's practice server holds: attributes, times, and a version each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scimrecon.errors import SandboxError
from scimrecon.sandbox.shapes import Misfit, Shape, pick, strangers
from scimrecon.sandbox.statefile import StateFile


@dataclass(kw_only=True)
class Held:
    """One user."""

    attributes: dict[str, Any]
    """All but ``id`` and ``meta``."""
    created_ns: int
    modified_ns: int
    """Nanoseconds since 1970."""
    version: int = 1
    """One more with each write."""


class People:
    """The users by id, in the order they came; the file is written after each change.

    Parameters
    ----------
    file
        Where they are kept.
    make_id
        Makes the id of a new user.
    unique
        Attributes that no two users may share; ``userName`` is compared without letter case.
    """

    def __init__(self, file: StateFile, make_id: Callable[[], str], unique: tuple[str, ...] = ("userName",)) -> None:
        self._file = file
        self._make_id = make_id
        self._held: dict[str, Held] = {}
        self._owners: dict[str, dict[str, str]] = {name: {} for name in unique}
        for user_id, kept in (file.state or {}).items():
            self._put(user_id, Held(**kept))

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[tuple[str, Held]]:
        return iter(self._held.items())

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._held

    def get(self, user_id: str) -> Held | None:
        """Return a user, or None."""
        return self._held.get(user_id)

    def owner(self, name: str, value: Any) -> str | None:
        """Return the id of the user who has the value of a unique attribute."""
        return self._owners[name].get(_key(name, value))

    def clash(self, attributes: Mapping[str, Any], user_id: str | None = None) -> str | None:
        """Return a unique attribute whose value belongs to someone else already, or None."""
        for name in self._owners:
            if attributes.get(name) is not None and self.owner(name, attributes[name]) not in (None, user_id):
                return name
        return None

    def seed(self, users: list[Any], shape: dict[str, Shape], *, passing: frozenset[str]) -> None:
        """Take in the users a server starts with, as a vendor's console may have left them: types are checked, rules are not.

        Raises
        ------
        SandboxError
            A user is refused; the message names it and says why.
        """
        for index, user in enumerate(users):
            try:
                self._seed_one(user, shape, passing)
            except (Misfit, ValueError) as problem:
                raise SandboxError(refusal(index, user, str(problem))) from None
        self._write()

    def find(self, name: str, value: str) -> list[tuple[str, Held]]:
        """Return the users that have a value at ``id``, an attribute, or a member of one (``emails.value``)."""
        if name == "id" or name in self._owners:
            user_id = value if name == "id" else self.owner(name, value)
            held = self._held.get(user_id or "")
            return [(user_id, held)] if user_id and held else []
        wanted = value.casefold()
        return [(user_id, held) for user_id, held in self if wanted in _values_at(name, held.attributes)]

    def add(self, attributes: dict[str, Any]) -> tuple[str, Held]:
        """Take in a new user, and return it with its id."""
        user_id = self._make_id()
        now = time.time_ns()
        held = Held(attributes=attributes, created_ns=now, modified_ns=now)
        self._put(user_id, held)
        self._write()
        return user_id, held

    def replace(self, user_id: str, attributes: dict[str, Any]) -> Held:
        """Give a user new attributes, a new version and a new time."""
        before = self._held[user_id]
        after = Held(
            attributes=attributes,
            created_ns=before.created_ns,
            modified_ns=max(time.time_ns(), before.modified_ns + 1),
            version=before.version + 1,
        )
        self._forget(user_id)
        self._put(user_id, after)
        self._write()
        return after

    def remove(self, user_id: str) -> None:
        """Take a user out."""
        self._forget(user_id)
        del self._held[user_id]
        self._write()

    def _seed_one(self, user: Any, shape: dict[str, Shape], passing: frozenset[str]) -> None:
        if not isinstance(user, dict):
            raise Misfit("a user is a JSON object")
        try:
            json.dumps(user, ensure_ascii=False, allow_nan=False).encode()
        except ValueError:
            raise Misfit("it holds NaN or half of a surrogate pair, which no answer could carry") from None
        unknown = strangers({**shape, **dict.fromkeys(passing)}, user)
        if unknown:
            raise Misfit(f"it knows no {unknown[0]}")
        user_id = user.get("id") or self._make_id()
        if not isinstance(user_id, str):
            raise Misfit("id must be a text")
        if user_id in self._held:
            raise Misfit(f"another user has the id {user_id!r}")
        attributes = pick(shape, user)
        if not attributes.get("userName"):
            raise Misfit("it has no userName")
        if clash := self.clash(attributes):
            raise Misfit(f"another user has this {clash}")
        self._put(user_id, _seeded(attributes, user.get("meta")))

    def _put(self, user_id: str, held: Held) -> None:
        self._held[user_id] = held
        for name, owners in self._owners.items():
            if held.attributes.get(name) is not None:
                owners[_key(name, held.attributes[name])] = user_id

    def _forget(self, user_id: str) -> None:
        for name, owners in self._owners.items():
            if self._held[user_id].attributes.get(name) is not None:
                owners.pop(_key(name, self._held[user_id].attributes[name]), None)

    def _write(self) -> None:
        if self._file.keeps:
            self._file.write({user_id: vars(held) for user_id, held in self._held.items()})


def _key(name: str, value: Any) -> str:
    return str(value).casefold() if name == "userName" else str(value)


def _values_at(name: str, attributes: dict[str, Any]) -> list[str]:
    """Return the texts that a user has at an attribute or a member, in lower case."""
    first, _, member = name.partition(".")
    held = attributes.get(first)
    elements = held if isinstance(held, list) else [held]
    values = [element.get(member) if isinstance(element, dict) else element for element in elements]
    return [value.casefold() for value in values if isinstance(value, str)]


def _seeded(attributes: dict[str, Any], meta: Any) -> Held:
    """Return a user with the times and the version it was seeded with, as far as they can be read."""
    given = meta if isinstance(meta, dict) else {}
    version = str(given.get("version", "")).removeprefix("W/")
    created_ns = _read_time(given.get("created"), time.time_ns())
    return Held(
        attributes=attributes,
        created_ns=created_ns,
        modified_ns=_read_time(given.get("lastModified"), created_ns),
        version=int(version) if version.isdecimal() else 1,
    )


def _read_time(text: Any, default: int) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return default
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000) * 1_000


def refusal(index: int, user: Any, reason: str) -> str:
    """Say which user of those a server was to start with cannot be taken in, and why."""
    name = user.get("userName") if isinstance(user, dict) else None
    called = f" (userName {name[:80]!r})" if isinstance(name, str) else ""
    return f"users[{index}]{called} is refused by the practice server: {reason}. Correct it and start again."
