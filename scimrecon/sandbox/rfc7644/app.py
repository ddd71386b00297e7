"""What a practice server of the dialect rfc7644 serves: scim2-server, seeded, behind a token.

Runs in the server's own process (`process`). Protocol, core schemas, versions, filters and paging are
scim2-server's.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from scim2_models import (
    AuthenticationScheme,
    Context,
    ETag,
    Filter,
    Pagination,
    Resource,
    Schema,
    SchemaExtension,
    SCIMException,
    ScimProvider,
    UnauthorizedException,
    UniquenessException,
)
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.service import ScimService, scim_exception_of
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)
from starlette.routing import Mount

from scimrecon.errors import SandboxError
from scimrecon.sandbox.people import refusal
from scimrecon.sandbox.rfc7644.storage import KeptStorage
from scimrecon.sandbox.service import Order, build_app
from scimrecon.sandbox.web import bearer, same

if TYPE_CHECKING:
    from scim2_server.requests import ScimRequest
    from starlette.applications import Starlette

    from scimrecon.sandbox.rfc7644.switches import Rfc7644Switches

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


def create_app(order: Order) -> Starlette:
    """Return the ASGI app that serves the order's users to whoever presents its token.

    Raises
    ------
    SandboxError
        A user is refused; the message names it and says why.
    """
    provider = _describe_service(order.switches)
    storage = KeptStorage(order.file)
    if order.file.state is None:
        with storage.unwritten():
            _seed(storage, provider, order.users)
    else:
        storage.restore(provider)
    # The secret seals cursors: those of an earlier process are no longer valid.
    service = ScimService(provider, secret=secrets.token_bytes(32))
    scim: Any = _BearerApplication(AsyncInMemoryStorage(storage), provider, service)
    scim.token = order.file.credentials["token"]
    # scim2-server adds the /v2 itself.
    return build_app(order, [Mount(order.kind.base_path.removesuffix("/v2"), app=scim)], storage.users)


class _BearerApplication(ASGIApplication):
    token: str

    def check_auth(self, request: ScimRequest) -> None:
        if not same(bearer(request.header("Authorization")), self.token):
            raise UnauthorizedException


def _describe_service(switches: Rfc7644Switches) -> ScimProvider:
    """Return the schemas, resource types and configuration served."""
    config = load_default_service_provider_config()
    config.etag = ETag(supported=switches.versions)
    config.filter = Filter(supported=True, max_results=switches.max_page_size)
    if switches.paging != "index":
        config.pagination = Pagination(
            cursor=True,
            index=switches.paging == "both",
            default_pagination_method=Pagination.DefaultPaginationMethod("index" if switches.paging == "both" else "cursor"),
            default_page_size=min(100, switches.max_page_size),
            max_page_size=switches.max_page_size,
        )
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


def _seed(storage: KeptStorage, provider: ScimProvider, users: list[Any]) -> None:
    """Put the users in the storage, each checked as if it had been POSTed."""
    user_type = next(kind for kind in provider.resource_types if kind.id == "User")
    model: Any = provider.model_for(user_type)
    taken: set[str] = set()
    with provider:
        for index, user in enumerate(users):
            try:
                storage.create(user_type, _validate(model, user, taken))
            except UniquenessException:
                raise SandboxError(refusal(index, user, "another user has this userName")) from None
            except ValidationError as error:
                raise SandboxError(refusal(index, user, str(scim_exception_of(error)))) from error
            except (SCIMException, ValueError) as error:
                raise SandboxError(refusal(index, user, str(error))) from error


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
