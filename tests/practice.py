"""How tests speak to practice servers: plain httpx, and none of our client."""

import ssl
from contextlib import ExitStack, contextmanager

import httpx

from scimrecon import sandbox

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# Plain http needs no certificates, and loading the system's takes 40 ms for each client.
_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
plain = httpx.Client(trust_env=False, verify=_CONTEXT)
"""A client that presents nothing."""


def fetch_token(server, **changed):
    """Ask a server's token endpoint for a token; returns the answer."""
    form = {name: value for name, value in server.credentials.items() if name in ("client_id", "client_secret", "refresh_token")}
    grant = "refresh_token" if "refresh_token" in form else "client_credentials"
    return plain.post(server.credentials["token_url"], data={"grant_type": grant, **form, **changed})


def bearer_of(server):
    """The token that a client of the dialect presents."""
    known = server.credentials
    if server.dialect == "descope":
        return f"{known['project_id']}:{known['access_key']}"
    return known.get("token") or fetch_token(server).json()["access_token"]


class Client(httpx.Client):
    """A client that a practice server lets in; its paths are below the SCIM base URL."""

    def __init__(self, server):
        headers = {"Authorization": f"Bearer {bearer_of(server)}"}
        super().__init__(base_url=server.url, headers=headers, trust_env=False, verify=_CONTEXT)
        self.server = server


@contextmanager
def serving(dialect, people):
    """A function that starts a server with these people and given switches, and returns a client; all are stopped at the end."""
    with ExitStack() as stack:

        def serve(*, users=people, **switches):
            server = stack.enter_context(sandbox.start(dialect, users=users, **switches))
            return stack.enter_context(Client(server))

        yield serve


def root_of(server):
    return "/".join(server.url.split("/")[:3])


def held_by(server, user_id, key):
    """The part of the server's page that tells of one user: all that is held, shown by the API or not."""
    page = plain.post(root_of(server) + "/", data={"key": key}).text
    return page.partition(f"<code>{user_id}</code>")[2].partition("</pre>")[0]


def patch_of(*operations):
    return {"schemas": [PATCH], "Operations": [dict(zip(("op", "path", "value"), one, strict=False)) for one in operations]}
