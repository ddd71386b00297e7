"""The vendors' own SDKs against our practice servers: no socket leaves this machine."""

import socket

import pytest

_resolve = socket.getaddrinfo


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """No name but this machine's is looked up, and no proxy is asked."""

    def resolve(host, *rest, **options):
        assert host in ("127.0.0.1", "localhost"), f"the SDK asked for {host}"
        return _resolve(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
