"""Practice servers on loopback: SCIM services to rehearse against before the real one.

    server = sr.sandbox.start("twilio", users="users.json", verified_domains=["example.com"])
    target = sr.connect(server)
    ...
    server.stop()

A practice server knows what its provider does, and shares none of this library's parsing: it would share its
mistakes. What a provider does not document is a switch. ``python -m scimrecon.sandbox`` serves any client.
"""

from __future__ import annotations

from scimrecon.sandbox.server import Server, start

__all__ = ["Server", "start"]
