"""An authority that gives no certificate is explained, the next `up` is content once it does, and one is renewed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.rig.internet.letsencrypt import LetsEncrypt
from tests.rig.servers.remote import deployable, start_registry
from tests.rig.wait import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rig.servers.server import Internet, Server

pytestmark = pytest.mark.drawn(2, "servers", whole=True)
HOSTS = ("mkt.smarterbot.store", "ai.smarterbot.store", "dokploy.smarterbot.store")


VALID_SECONDS = 120


def shown(internet: Internet, server: Server, host: str) -> str:
    """The serial number of a site's certificate."""
    ask = f"openssl s_client -connect {server.address}:443 -servername {host} </dev/null 2>/dev/null"
    return internet.run("sh", "-c", f"{ask} | openssl x509 -noout -serial", check=False).stdout


def test_a_name_that_leads_nowhere_is_explained_and_what_ends_is_renewed(internet: Internet, tmp_path: Path) -> None:
    authority = LetsEncrypt(internet, tmp_path / "l", VALID_SECONDS)
    server = internet.server("certificates")
    wrong, *right = HOSTS
    authority.serve(server, *right)
    project = deployable(
        tmp_path / "p", "staging", internet, server, start_registry(server, tmp_path, authority.authority)
    )
    result = project.operate("up")
    assert result.returncode == 1
    expected = (
        f"{wrong}: no certificate yet: the authority finds no address for it, or another one: make a record {wrong}"
    )
    assert expected in result.stdout, result.stdout
    assert "Traceback" not in result.stderr
    assert all(f"{host}: no certificate" not in result.stdout for host in right)

    authority.serve(server, wrong)
    # Caddy tries again by itself, after a minute; a restart is the impatient operator's way.
    server.docker("restart", "caddy-proxy")
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr

    first = shown(internet, server, wrong)
    assert first.startswith("serial=")
    # With a third of its time left it is due. Caddy looks every ten minutes, and when it starts.
    time.sleep(VALID_SECONDS * 2 / 3)
    server.docker("restart", "caddy-proxy")
    until(lambda: shown(internet, server, wrong) not in {"", first}, "it is renewed")
