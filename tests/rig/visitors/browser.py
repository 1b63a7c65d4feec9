"""Requests to a site of a local stack, by its own name, without any DNS."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.rig.project import HTTP_PORT, HTTPS_PORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str


class _Named(http.client.HTTPSConnection):
    """A connection to this machine that names another host in its TLS greeting."""

    def __init__(self, port: int, name: str, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__("127.0.0.1", port, timeout=timeout, context=context)
        self._name, self._tls = name, context

    def connect(self) -> None:
        """Open the connection with that name."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._name)


def insecure_context(minimum: ssl.TLSVersion | None = None, maximum: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Trusts anything: the certificate of a local stack comes from a CA that only this machine knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if minimum:
        context.minimum_version = minimum
    if maximum:
        context.maximum_version = maximum
    return context


def https(
    host: str,
    path: str = "/",
    *,
    method: str = "GET",
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
    context: ssl.SSLContext | None = None,
    host_header: str | None = None,
    timeout: float = 30,
) -> Answer:
    """Ask a site over https."""
    connection = _Named(HTTPS_PORT, host, context or insecure_context(), timeout)
    named = {"Host": host_header or f"{host}:{HTTPS_PORT}", **(headers or {})}
    return _ask(connection, method, path, named, content)


def http_(host: str, path: str = "/", *, port: int = HTTP_PORT, timeout: float = 10) -> Answer:
    """Ask over plain http."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    return _ask(connection, "GET", path, {"Host": f"{host}:{port}"})


def answers(host: str) -> bool:
    """Whether a site answers well."""
    return not _complaint(host)


def silent(hosts: Iterable[str]) -> dict[str, str]:
    """The sites that do not answer well, and what came instead."""
    return {host: what for host in hosts if (what := _complaint(host))}


def _complaint(host: str) -> str:
    try:
        status = https(host).status
    except OSError as error:
        return repr(error)
    return "" if status == http.client.OK else f"status {status}"


def visits(host: str) -> int:
    """How often the stand-in behind a site was visited, this visit too. It counts in its volume."""
    answer = https(host, headers={"Accept": "application/json"})
    count: int = json.loads(answer.body)["visits"]
    return count


def lines(host: str, path: str, *, timeout: float = 10) -> Iterator[bytes]:
    """The lines of a site's answer, each as it arrives."""
    connection = _Named(HTTPS_PORT, host, insecure_context(), timeout)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{HTTPS_PORT}"})
        yield from connection.getresponse()
    finally:
        connection.close()


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str],
    content: bytes | None = None,
) -> Answer:  # fmt: skip
    try:
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        received = {key.lower(): value for key, value in response.getheaders()}
        return Answer(response.status, received, response.read().decode(errors="replace"))
    finally:
        connection.close()
