"""What a practice server of the dialect rfc7644 serves: scim2-server, seeded, behind a token.

Runs in the server's own process (`__main__`). Protocol, core schemas, versions, filters and paging are
scim2-server's.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from scim2_models import (
    AuthenticationScheme,
    Context,
    Resource,
    ResourceType,
    Schema,
    SchemaExtension,
    SCIMException,
    ScimProvider,
    UnauthorizedException,
    UniquenessException,
)
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage, InMemoryStorage
from scim2_server.service import scim_exception_of
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount

from scimrecon.errors import SandboxError

if TYPE_CHECKING:
    from scim2_server.requests import ScimRequest

BASE_PATH = "/scim/v2"
"""Where the SCIM endpoints are. scim2-server adds the ``/v2`` itself."""

FACILITIES_URN = "urn:example:params:scim:schemas:extension:facilities:2.0:User"

FACILITIES = {
    "id": FACILITIES_URN,
    "name": "Facilities",
    "description": "Badge and locker: an extension no mapping of ours knows",
    "attributes": [
        {"name": "badgeNumber", "type": "string", "caseExact": True, "description": "The badge's number"},
        {"name": "floor", "type": "integer", "description": "The floor of the desk"},
        {
            "name": "accessZones",
            "type": "string",
            "multiValued": True,
            "caseExact": True,
            "description": "Where the badge opens doors",
        },
        {
            "name": "locker",
            "type": "complex",
            "description": "The locker",
            "subAttributes": [
                {"name": "number", "type": "string", "caseExact": True, "description": "The locker's number"},
                {"name": "keyIssued", "type": "boolean", "description": "Whether its key is out"},
            ],
        },
    ],
}
"""The practice extension, as /Schemas shows it."""


def create_app(credentials: dict[str, str], users: list[Any]) -> Starlette:
    """Return the ASGI app that serves these users to whoever presents the credentials.

    Raises
    ------
    SandboxError
        A user is refused; the message names it and says why.
    """
    provider = _describe_service()
    storage = _SeededStorage()
    _seed(storage, provider, users)
    scim: Any = _BearerApplication(AsyncInMemoryStorage(storage), provider)
    scim.token = credentials["token"]
    return Starlette(
        routes=[Mount(BASE_PATH.removesuffix("/v2"), app=scim)],
        middleware=[
            # A web page whose name was rebound to 127.0.0.1 still sends its own name here.
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)
        ],
    )


class _BearerApplication(ASGIApplication):
    token: str

    def check_auth(self, request: ScimRequest) -> None:
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(token.encode(), self.token.encode()):
            raise UnauthorizedException


class _SeededStorage(InMemoryStorage):
    """Takes the id a seeded user has; users created over HTTP have none yet and get one."""

    def generate_id(self, resource_type: ResourceType, resource: Resource[Any]) -> str:
        return resource.id or super().generate_id(resource_type, resource)


def _describe_service() -> ScimProvider:
    """Return the schemas, resource types and configuration served."""
    config = load_default_service_provider_config()
    config.authentication_schemes = [
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="bearer_token",
            description="The token of this practice server",
        )
    ]
    types = load_default_resource_types()
    extensions = types["User"].schema_extensions or []
    facilities = SchemaExtension.model_validate({"schema": FACILITIES_URN, "required": False})
    types["User"].schema_extensions = [*extensions, facilities]
    schemas = [*load_default_schemas().values(), Schema.model_validate(FACILITIES)]
    return ScimProvider.from_discovery(schemas, types.values(), config=config)


def _seed(storage: _SeededStorage, provider: ScimProvider, users: list[Any]) -> None:
    """Put the users in the storage, each checked as if it had been POSTed."""
    user_type = next(kind for kind in provider.resource_types if kind.id == "User")
    model: Any = provider.model_for(user_type)
    taken: set[str] = set()
    with provider:
        for index, user in enumerate(users):
            try:
                storage.create(user_type, _validate(model, user, taken))
            except UniquenessException:
                raise SandboxError(_refusal(index, user, "another user has this userName")) from None
            except ValidationError as error:
                raise SandboxError(_refusal(index, user, str(scim_exception_of(error)))) from error
            except (SCIMException, ValueError) as error:
                raise SandboxError(_refusal(index, user, str(error))) from error


def _validate(model: Any, user: Any, taken: set[str]) -> Resource[Any]:
    """Return the resource of a seeded user, with its id if it has one."""
    if not isinstance(user, dict):
        raise ValueError("a user is a JSON object")  # noqa: TRY004 - told to the caller with the others
    resource: Resource[Any] = model.model_validate(user, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    wanted = user.get("id")
    if not wanted:
        return resource
    if wanted in taken:
        raise ValueError(f"another user has the id {wanted!r}")
    taken.add(wanted)
    resource.id = wanted  # readOnly, so the validation of a request left it out
    return resource


def _refusal(index: int, user: Any, reason: str) -> str:
    name = user.get("userName") if isinstance(user, dict) else None
    called = f" (userName {name[:80]!r})" if isinstance(name, str) else ""
    return f"users[{index}]{called} is refused by the practice server: {reason}. Correct it and start again."
