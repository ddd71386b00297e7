"""What the practice servers of all vendors share: routes, the limiter, the way a request goes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Route

from scimrecon.sandbox.filters import read_eq
from scimrecon.sandbox.page import Page
from scimrecon.sandbox.web import Refusal, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from scimrecon.sandbox.kinds import Kind
    from scimrecon.sandbox.limiter import Limiter
    from scimrecon.sandbox.people import Held, People
    from scimrecon.sandbox.statefile import StateFile

Body = dict[str, Any]
Endpoint = Callable[["Request"], Awaitable["Response"]]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a practice server is started with."""

    kind: Kind
    file: StateFile
    """With the credentials, and with what was kept."""
    users: list[Any]
    """Whom to start with where nothing was kept."""
    switches: Any


def build_app(
    order: Order,
    routes: list[BaseRoute],
    users: Callable[[], Iterable[dict[str, Any]]],
    handlers: Mapping[Any, Any] | None = None,
) -> Starlette:
    """Return an ASGI app of these routes and the page at ``/``, for this machine alone."""
    page = Page(kind=order.kind, credentials=order.file.credentials, switches=order.switches, users=users)

    async def show(request: Request) -> Response:
        return await page.answer(request)

    return Starlette(
        routes=[Route("/", show, methods=["GET", "POST"]), *routes],
        exception_handlers=handlers,
        middleware=[
            # A web page whose name was rebound to 127.0.0.1 still sends its own name here.
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)
        ],
    )


class Service(ABC):
    """One vendor's SCIM service.

    A subclass answers in the vendor's words. Its methods get a body already read and await nothing, so that what they
    compare and what they store is one step.
    """

    media_types: frozenset[str] | None = None
    """What a body may be sent as; None takes anything."""

    def __init__(self, order: Order, people: People, limiter: Limiter) -> None:
        self.order = order
        self.credentials = order.file.credentials
        self.people = people
        self.limiter = limiter

    @abstractmethod
    def authorize(self, request: Request) -> None:
        """Raise a `Refusal` unless the request may be made."""

    @abstractmethod
    def told(self, refusal: Refusal) -> Response:
        """Put a refusal in the vendor's words."""

    @abstractmethod
    def throttled(self, wait_s: float) -> Refusal:
        """Return what one request too many is told."""

    @abstractmethod
    def unknown_user(self, user_id: str) -> Refusal:
        """Return what is told of an id that nobody has."""

    @abstractmethod
    def duplicate(self, name: str) -> Refusal:
        """Return what is told of a unique attribute whose value someone else has."""

    @abstractmethod
    def bad_filter(self) -> Refusal:
        """Return what is told of a filter that is not understood."""

    @abstractmethod
    def list_users(self, query: Mapping[str, str]) -> Response:
        """Answer GET Users."""

    @abstractmethod
    def create(self, body: Body) -> Response:
        """Answer POST Users."""

    @abstractmethod
    def show(self, user_id: str, held: Held) -> Response:
        """Answer GET of one user."""

    @abstractmethod
    def replace(self, user_id: str, held: Held, body: Body, if_match: str | None) -> Response:
        """Answer PUT."""

    @abstractmethod
    def patch(self, user_id: str, held: Held, body: Body, if_match: str | None) -> Response:
        """Answer PATCH."""

    @abstractmethod
    def delete(self, user_id: str, held: Held) -> Response:
        """Answer DELETE."""

    def documents(self) -> dict[str, Callable[[], Response]]:
        """Return what GET of other paths below the base URL is answered."""
        return {}

    def other_routes(self) -> list[BaseRoute]:
        """Return what is served besides SCIM."""
        return []

    def refuse_duplicate(self, user: Body, user_id: str | None) -> None:
        """Raise a `Refusal` if the user would share what only one may have."""
        if clash := self.people.clash(user, user_id):
            raise self.duplicate(clash)

    def found(self, text: str | None, names: Collection[str]) -> list[tuple[str, Held]]:
        """Return the users that a filter finds, all where there is none; it may compare these names."""
        if text is None:
            return list(self.people)
        try:
            name, value = read_eq(text)
        except ValueError:
            raise self.bad_filter() from None
        if name not in names:
            raise self.bad_filter()
        return self.people.find(name, value)

    def app(self) -> Starlette:
        """Return the ASGI app."""
        base = self.order.kind.base_path
        routes: list[BaseRoute] = [
            Route(f"{base}/Users", self._guarded(self._all), methods=["GET", "POST"]),
            Route(f"{base}/Users/{{user_id:path}}", self._guarded(self._one), methods=["GET", "PUT", "PATCH", "DELETE"]),
            *(Route(base + path, self._guarded(_giving(give)), methods=["GET"]) for path, give in self.documents().items()),
            *self.other_routes(),
        ]
        return build_app(self.order, routes, self._held, {Refusal: self._tell, HTTPException: self._tell})

    def _held(self) -> list[dict[str, Any]]:
        return [{"id": user_id, **held.attributes} for user_id, held in self.people]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            if wait_s := self.limiter.take():
                raise self.throttled(wait_s)
            self.authorize(request)
            return await endpoint(request)

        return guarded

    async def _all(self, request: Request) -> Response:
        if request.method == "POST":
            return self.create(await read_object(request, self.media_types))
        return self.list_users(request.query_params)

    async def _one(self, request: Request) -> Response:
        user_id = request.path_params["user_id"]
        body = await read_object(request, self.media_types) if request.method in ("PUT", "PATCH") else {}
        held = self.people.get(user_id)
        if held is None:
            raise self.unknown_user(user_id)
        if request.method == "DELETE":
            return self.delete(user_id, held)
        if request.method in ("PUT", "PATCH"):
            do = self.replace if request.method == "PUT" else self.patch
            return do(user_id, held, body, request.headers.get("if-match"))
        return self.show(user_id, held)

    async def _tell(self, request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):  # Starlette's own: no such path, no such method
            return self.told(Refusal(error.status_code, error.detail, headers=error.headers))
        assert isinstance(error, Refusal)  # noqa: S101 - the handlers are registered for these two
        return self.told(error)


def _giving(give: Callable[[], Response]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return give()

    return endpoint
