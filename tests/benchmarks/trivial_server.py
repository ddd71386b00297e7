"""A SCIM server that does as little as it can, for measuring clients: prints its port, serves until standard input closes.

Keeps each user's body and version; a PUT is answered with the body it brought and the next version; If-Match is honoured.
"""

import asyncio
import re
import sys
import threading

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
IF_MATCH = re.compile(rb'\r\nif-match:\s*W/"(\d+)"', re.IGNORECASE)
REFUSAL = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "412", "detail": "another version"}'
users: dict[bytes, tuple[bytes, int]] = {}


def answer(head: bytes, body: bytes) -> bytes:
    method, path, _ = head.split(b" ", 2)
    user_id = path.rpartition(b"/")[2]
    held, version = users.get(user_id, (b"", 1))
    if method == b"PUT":
        asked = IF_MATCH.search(head)
        if asked and int(asked[1]) != version:
            return (
                b"HTTP/1.1 412 Refused\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n" % len(REFUSAL)
                + REFUSAL
            )
        version += 1
        held = body[:-1] + b',"id":"%s"' % user_id
        users[user_id] = held, version
    shown = held + b',"meta":{"version":"W/\\"%d\\""}}' % version
    return (
        b'HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\nETag: W/"%d"\r\nContent-Length: %d\r\n\r\n'
        % (version, len(shown))
        + shown
    )


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(HEAD_END)
            length = LENGTH.search(head)
            writer.write(answer(head, await reader.readexactly(int(length[1])) if length else b""))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    for line in iter(sys.stdin.buffer.readline, b"\n"):  # "id body", a user a line, then an empty line
        user_id, _, body = line.rstrip(b"\n").partition(b" ")
        users[user_id] = body[:-1], 1
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
