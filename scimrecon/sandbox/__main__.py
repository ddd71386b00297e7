"""Practice servers from a command line, for any SCIM client.

    python -m scimrecon.sandbox twilio --port 8000 --users users.json --store state.json

It prints where the server is and what a client must present, and serves until Ctrl-C. Each switch of a dialect is an
option: ``python -m scimrecon.sandbox twilio --help`` says what they do.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_type_hints

from scimrecon.errors import SandboxError
from scimrecon.sandbox.kinds import SERVED_BY, Kind
from scimrecon.sandbox.server import Server, start
from scimrecon.sandbox.switches import explain_switches, from_text, takes

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the server that the command line asks for, and wait until it is interrupted; return the exit status."""
    asked = vars(_parser().parse_args(arguments))
    dialect = asked.pop("dialect")
    hints = get_type_hints(SERVED_BY[dialect].switches)
    options: dict[str, Any] = {name: asked.pop(name) for name in ("users", "port", "store")}
    switches: dict[str, Any] = {name: from_text(hints[name], text) for name, text in asked.items() if text is not None}
    try:
        server = start(dialect, **options, **switches)
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with server:
        try:
            sys.stdout.write(_introduce(server))
            sys.stdout.flush()
            server.wait()
        except KeyboardInterrupt:
            sys.stdout.write("\nThe practice server has ended.\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scimrecon.sandbox", description="Serve a practice SCIM service on this machine."
    )
    dialects = parser.add_subparsers(dest="dialect", required=True, metavar="DIALECT", title="dialects")
    for kind in SERVED_BY.values():
        plays = " ".join(kind.plays)
        one = dialects.add_parser(kind.name, help=kind.title, description=f"{kind.title}. {plays}")
        one.add_argument("--port", type=int, default=0, help="where it listens; 0, the default, takes a free port")
        one.add_argument("--users", metavar="FILE", help="who is in it: a JSON file, a SCIM ListResponse or a list of users")
        one.add_argument(
            "--store", metavar="FILE", help="keep users and credentials in this file, and go on from it if it exists"
        )
        _add_switches(one, kind)
    return parser


def _add_switches(parser: argparse.ArgumentParser, kind: Kind) -> None:
    told = explain_switches(kind.switches)
    hints = get_type_hints(kind.switches)
    group = parser.add_argument_group("switches")
    for field in fields(kind.switches):
        default = field.default if field.default != () else "none"
        said = f"{told[field.name]} Takes {takes(hints[field.name], field.metadata.get('least'))}; default: {default}."
        group.add_argument(f"--{field.name.replace('_', '-')}", metavar="VALUE", help=said.replace("%", "%%"))


def _introduce(server: Server) -> str:
    """Return what someone needs to know to use the server."""
    root = "/".join(server.url.split("/")[:3])
    lines: list[str] = [f"A practice server {server.dialect} is at", f"    {server.url}", "and takes these credentials:"]
    width = max(map(len, server.credentials))
    lines += [f"    {name:<{width}}  {value}" for name, value in server.credentials.items()]
    passed: dict[str, Any] = {"dialect": server.dialect, **server.credentials}
    lines += ["In a notebook:", f"    target = sr.connect({server.url!r},"]
    lines += [f"        {name}={value!r}," for name, value in passed.items()]
    lines += ["    )", f"Whom it holds: {root}/", "Ctrl-C ends it.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
