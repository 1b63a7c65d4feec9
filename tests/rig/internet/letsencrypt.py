"""Let's Encrypt, as far as a server can tell: its names, directories and challenges, by pebble and in a namespace.

The stack files stay as they are: what they say about certificates is what is tested. Only who signs is another one,
which the proxy's image in these tests trusts besides the usual authorities.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.rig.servers.server import ADDRESS
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.servers.server import Internet, Server

DIRECTORIES = ("acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org")
VALID_SECONDS = 90 * 24 * 3600
FRONT = """\
{{
	admin off
	auto_https off
	storage file_system {folder}/front
}}
{sites} {{
	bind {address}
	tls {folder}/front.pem {folder}/front.key
	rewrite /directory /dir
	reverse_proxy https://127.0.0.1:14000 {{
		header_up Host {{host}}
		transport http {{
			tls_insecure_skip_verify
		}}
	}}
}}
"""


class LetsEncrypt:
    """The authority and the DNS of an Internet. Ends with the Internet."""

    def __init__(self, internet: Internet, folder: Path, valid_seconds: int = VALID_SECONDS) -> None:
        self._internet, self._folder = internet, folder
        folder.mkdir(parents=True)
        self._make_keys()
        self._write(valid_seconds)
        self._start(
            "pebble-challtestsrv", "-defaultIPv4", "", "-defaultIPv6", "", *_listen(f"{ADDRESS}:53"),
            "-management", "127.0.0.1:8055", "-http01", "", "-https01", "", "-tlsalpn01", "",
        )  # fmt: skip
        self._start(
            "env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0",
            "pebble", "-config", f"{folder}/pebble.json", "-dnsserver", f"{ADDRESS}:53", "-strict=false",
        )  # fmt: skip
        self._start(str(Path(sys.prefix) / "bin" / "caddy"), "run", "--config", f"{folder}/Caddyfile")
        for name in DIRECTORIES:
            until(lambda name=name: self._point(name, ADDRESS), "the DNS answers")  # type: ignore[misc]
        directory = ("curl", "-fs", "--cacert", str(self.authority), f"https://{DIRECTORIES[0]}/directory")
        resolve = ("--resolve", f"{DIRECTORIES[0]}:443:{ADDRESS}")
        until(lambda: internet.run(*directory, *resolve, check=False).returncode == 0, "the directory answers")

    @property
    def authority(self) -> Path:
        """Who signed the directory's own certificate; the proxy's image has to trust it."""
        return self._folder / "ca.pem"

    def root(self) -> str:
        """Who signs the sites' certificates, PEM."""
        return self._internet.run("curl", "-fsk", "https://127.0.0.1:15000/roots/0").stdout

    def serve(self, server: Server, *hosts: str) -> None:
        """The hosts' A records lead to the server, and the server asks this DNS."""
        for host in hosts:
            assert self._point(host, server.address)
        server.run(*self._ask_here(server.name))

    def serve_operator(self) -> None:
        """The operator's machine asks this DNS too."""
        self._internet.run(*self._ask_here("operator"))

    def _ask_here(self, who: str) -> tuple[str, ...]:
        resolver = self._folder / f"resolv.{who}"
        resolver.write_text(f"nameserver {ADDRESS}\n")
        return ("mount", "--bind", str(resolver), str(Path("/etc/resolv.conf").resolve()))

    def _point(self, host: str, address: str) -> bool:
        record = json.dumps({"host": f"{host}.", "addresses": [address]})
        asked = self._internet.run("curl", "-fs", "-d", record, "http://127.0.0.1:8055/add-a", check=False)
        return asked.returncode == 0

    def _make_keys(self) -> None:
        def openssl(*arguments: str) -> None:
            subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self._folder)

        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=rig")
        openssl("req", *key, "-keyout", "front.key", "-out", "front.csr", "-subj", "/CN=rig")
        names = ",".join(f"DNS:{name}" for name in (*DIRECTORIES, "localhost"))
        (self._folder / "extensions").write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "extensions")
        openssl("x509", "-req", "-in", "front.csr", *sign, "-out", "front.pem")

    def _write(self, valid_seconds: int) -> None:
        pebble = {
            "listenAddress": "127.0.0.1:14000",
            "managementListenAddress": "127.0.0.1:15000",
            "certificate": f"{self._folder}/front.pem",
            "privateKey": f"{self._folder}/front.key",
            "httpPort": 80,
            "tlsPort": 443,
            "certificateValidityPeriod": valid_seconds,
            # Where pebble has profiles (2.7 and later), the time is theirs.
            "profiles": {"default": {"description": "the only one", "validityPeriod": valid_seconds}},
        }
        (self._folder / "pebble.json").write_text(json.dumps({"pebble": pebble}))
        sites = ", ".join(f"https://{name}" for name in DIRECTORIES)
        (self._folder / "Caddyfile").write_text(FRONT.format(folder=self._folder, sites=sites, address=ADDRESS))

    def _start(self, *command: str) -> None:
        self._internet.start(*command, log=self._folder / f"{Path(command[0]).name}.log")


def _listen(address: str) -> tuple[str, ...]:
    """The name server's options for that address; later versions call it otherwise, and serve DNS over HTTPS too."""
    said = subprocess.run(["pebble-challtestsrv", "-help"], capture_output=True, text=True, check=False)
    if "-dnsserver" in said.stdout + said.stderr:
        return ("-dnsserver", address, "-doh", "")
    return ("-dns01", address)
