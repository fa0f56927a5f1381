"""Clients that call from other addresses of this machine, because rate limits count by address."""

from typing import Any

from requests.adapters import HTTPAdapter

from demo.api_client import ApiClient


class FromAddress(HTTPAdapter):
    """Connects from another address of this machine, so that the edge sees another caller."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **named)


def call_from(client: ApiClient, address: str) -> ApiClient:
    """Let a client call from 127.x.y.z, so that its failed attempts do not count for other
    tests."""
    client.http.mount("http://", FromAddress(address))
    client.origin = client.origin.replace("localhost", "127.0.0.1")
    return client
