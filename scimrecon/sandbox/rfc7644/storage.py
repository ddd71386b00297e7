"""scim2-server's storage in memory, written to the state file after each change."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from scim2_server.memory import InMemoryStorage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim2_models import Resource, ResourceType, ScimProvider

    from scimrecon.sandbox.statefile import StateFile


class KeptStorage(InMemoryStorage):
    """Takes the id a seeded user has (users created over HTTP have none yet and get one), and keeps all in a file."""

    def __init__(self, file: StateFile) -> None:
        super().__init__()
        self._file = file
        self._writes = True
        self._last_version = 0

    def generate_id(self, resource_type: ResourceType, resource: Resource[Any]) -> str:
        """Return the id of a new resource."""
        return resource.id or super().generate_id(resource_type, resource)

    def next_version(self) -> str:
        """Return the version of a new write."""
        self._last_version = next(self.versions)
        return f'W/"{self._last_version}"'

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Take in a resource."""
        created = super().create(resource_type, resource)
        self._write()
        return created

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Put a resource in the old one's place."""
        updated = super().update(resource_type, resource, expected_version=expected_version)
        self._write()
        return updated

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        """Take a resource out."""
        super().delete(resource_type, resource_id, expected_version=expected_version)
        self._write()

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        """Write once, after the block."""
        self._writes = False
        yield
        self._writes = True
        self._write()

    def restore(self, provider: ScimProvider) -> None:
        """Take in what the file holds."""
        models: dict[str | None, Any] = {kind.name: provider.model_for(kind) for kind in provider.resource_types}
        with provider:
            self.resources = [models[kept["meta"]["resourceType"]].model_validate(kept) for kept in self._file.state["resources"]]
        self._last_version = self._file.state["last_version"]
        self.versions = itertools.count(self._last_version + 1)

    def users(self) -> list[dict[str, Any]]:
        """Return all that is held of each user, but for passwords."""
        held = (resource.model_dump() for resource in self.resources if resource.meta and resource.meta.resource_type == "User")
        return [{name: value for name, value in user.items() if name != "password"} for user in held]

    def _write(self) -> None:
        if self._writes and self._file.keeps:
            held = [resource.model_dump() for resource in self.resources]
            self._file.write({"resources": held, "last_version": self._last_version})
