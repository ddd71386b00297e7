"""The only package that speaks HTTP: connect, list, read and replace users.

Calls are synchronous; each thread of a caller opens a `Connection` of its own (httpx scans its pool at each request, so clients
are cheap and shared pools are not), and all share one SSL context and one `Pace`; what a target may be sent in a window of time
is counted on the `Target`, for all that talks to it. No redirect is followed, loopback never goes through a proxy, and a token is
in no repr, log or exception; one that is exchanged for credentials is kept, renewed before its end, and once after a 401.
"""

from __future__ import annotations

from scimrecon.client.connection import Answer, Connection, Exchange
from scimrecon.client.pace import Pace
from scimrecon.client.target import Target, connect

__all__ = ["Answer", "Connection", "Exchange", "Pace", "Target", "connect"]
