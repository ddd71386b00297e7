"""Practice servers on loopback: SCIM services to rehearse against before the real one.

    server = sr.sandbox.start("rfc7644", users="data/sample/rfc7644_users.json")
    target = sr.connect(server)
    ...
    server.stop()

A practice server knows what its provider does, and shares none of this library's parsing: it would share its
mistakes.
"""

from __future__ import annotations

from scimrecon.sandbox.server import Server, start

__all__ = ["Server", "start"]
