"""The rendered config in a real Caddy on the loopback, before a service that says what it got."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from config.render.caddy import STORAGE_DIRECTORY, render
from config.render.caddy_handlers import CONFIG_DIRECTORY
from config.render.caddy_login import SERVER as LOGIN
from tests.config.render.test_caddy import CADDY
from tests.config.render.test_caddy_access import free_port, listens
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from config.topology.model import Topology

CUT = "/cut"
"""Where the service breaks its answer off."""
SILENT = ("status",)
"""Servers that are left out: its address is fixed."""


class Service(BaseHTTPRequestHandler):
    """Answers each request with the headers that it got, as JSON, and with headers that hold secrets."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """One write for head and body: two of them wait for each other's acknowledgement."""
    answered: Mapping[str, str] = {}

    def do_GET(self) -> None:
        """Answer."""
        self.close_connection = self._unread()
        if self.close_connection:
            return
        body = json.dumps({"method": self.command, "path": self.path, "headers": self.headers.items()}).encode()
        self.send_response(200)
        for name, value in self.answered.items():
            self.send_header(name, value)
        cut = self.path.startswith(CUT)
        self.send_header("Content-Length", str(len(body) + 1000 * cut))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.close_connection = cut

    def do_POST(self) -> None:
        """Answer."""
        self.do_GET()

    def _unread(self) -> bool:
        """Read the body; whether it broke off."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return False
        while (size := self.rfile.readline().strip()) != b"0":
            if not size:
                return True
            self.rfile.read(int(size, 16) + 2)
        self.rfile.readline()
        return False

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class Server(ThreadingHTTPServer):
    """Python's own keeps five connections waiting: on a busy machine the next one is not answered within a second."""

    request_queue_size = 128


@dataclass
class Running:
    """A Caddy that runs."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    """Of each server, by its name."""

    @property
    def log(self) -> str:
        """All that it has written."""
        return (self.folder / "log").read_text()


@contextmanager
def running(
    topology: Topology, folder: Path, *, logins: str = "", answered: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """That topology's proxy, without TLS and with ports of its own; every service's container is one `Service`.

    `logins`: the hash that every login has. `answered`: headers of the service's answers.
    """
    answering = type("Answering", (Service,), {"answered": answered or {}})
    service = Server(("127.0.0.1", 0), answering)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    config, found = _on_the_loopback(json.loads(render(topology))), Running(folder)
    for name, server in config["apps"]["http"]["servers"].items():
        if name.startswith((LOGIN, "waiting-")):
            server["listen"] = server["listen"][:1]
            continue
        found.ports[name] = free_port()
        server["listen"] = [f"127.0.0.1:{found.ports[name]}"]
    for part in ("releases", "logins"):
        (folder / part).mkdir()
    for proxied in topology.proxied:
        (folder / "releases" / proxied.name).write_text(f"127.0.0.1:{service.server_port}")
    for login in (login for site in topology.sites for login in site.protection.logins):
        (folder / "logins" / login.file).write_text(logins)
    text = json.dumps(config).replace(CONFIG_DIRECTORY, str(folder)).replace(STORAGE_DIRECTORY, str(folder / "storage"))
    text = text.replace("/run/caddy", str(folder))
    (folder / "caddy.json").write_text(text)
    with (folder / "log").open("w") as log:
        command = [str(CADDY), "run", "--config", str(folder / "caddy.json")]
        caddy = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            until(lambda: all(map(listens, found.ports.values())), "Caddy listens")
            yield found
        finally:
            caddy.terminate()
            caddy.wait(timeout=60)
            service.shutdown()
            service.server_close()


def _on_the_loopback(config: dict[str, Any]) -> dict[str, Any]:
    """The config without what needs a machine of its own: TLS, its API, the delays of an end."""
    config["admin"] = {"disabled": True}
    http = config["apps"].pop("http")
    servers = {name: server for name, server in http["servers"].items() if name not in SILENT}
    for server in servers.values():
        server.pop("tls_connection_policies", None)
        server["automatic_https"] = {"disable": True}
        server["protocols"] = ["h1"]
    config["apps"] = {"http": {"servers": servers, "grace_period": "1s"}}
    return config
