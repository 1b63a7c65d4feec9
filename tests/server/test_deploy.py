"""A bare server becomes staging or prod by one command over SSH, as the spec's tables have it."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.listeners import SCRIPT, SWARM, parsed
from operate.stack import SESSIONS
from tests.rig.hunt import Hunt
from tests.rig.internet.letsencrypt import LetsEncrypt
from tests.rig.plan import at_rest, unchanged
from tests.rig.reach import Reach
from tests.rig.servers.remote import PASSWORD, SECRETS, deployable, forget_connection, start_registry, visit

if TYPE_CHECKING:
    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

pytestmark = pytest.mark.matrix

REACH = Path(__file__).with_name("reach")
"""For each stack: what each container reaches, by every address that the others and the server have."""
PLANTED = "planted-4711"
ROWS = {
    "staging": {
        "mkt.smarterbot.store": "smarteros-blogbowl",
        "ai.smarterbot.store": None,
        "dokploy.smarterbot.store": "dokploy",
    },
    "prod": {
        "mkt.smarterbot.cl": "smarteros-blogbowl",
        "api.smarterbot.cl": "n8n",
        "kpi.smarterbot.cl": "metabase",
        "ai.smarterbot.cl": None,
        "dash.smarterbot.cl": "dokploy",
    },
}
"""Each site of the spec, and the service that answers; None for one that is only planned."""
FEW, CROWD = 2, 9
"""Connections of an `up` that changes nothing, and of a refresh that begins with none: all its sessions start at once,
each with a connection of its own. sshd begins to drop them when ten are on their way in."""


@pytest.fixture(scope="module")
def letsencrypt(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> LetsEncrypt:
    """The certificate authority that both stacks name."""
    return LetsEncrypt(internet, tmp_path_factory.mktemp("letsencrypt") / "l")


@pytest.fixture(scope="module", params=ROWS)
def deployed(
    request: pytest.FixtureRequest,
    internet: Internet,
    letsencrypt: LetsEncrypt,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Project, Server]:
    """The stack, up, on a server of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    server = internet.server(request.param)
    letsencrypt.serve(server, *ROWS[request.param])
    registry = start_registry(server, folder, letsencrypt.authority)
    project = deployable(folder / "p", request.param, internet, server, registry)
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    return project, server


def fetch(internet: Internet, server: Server, host: str, *options: str, trust: str = "-k") -> tuple[int, str]:
    shown = visit(internet, server, host, *trust.split(), "-w", "\n%{http_code}", *options, check=False).stdout
    body, _, status = shown.rpartition("\n")
    return int(status), body


def test_every_row_of_the_spec_answers_with_a_certificate_of_the_authority(
    deployed: tuple[Project, Server], internet: Internet, letsencrypt: LetsEncrypt, tmp_path: Path
) -> None:
    project, server = deployed
    (tmp_path / "root.pem").write_text(letsencrypt.root())
    for host, service in ROWS[project.stack].items():
        # `up` has ended well: every site has its certificate.
        status, body = fetch(internet, server, host, trust=f"--cacert {tmp_path}/root.pem")
        if service is None:
            assert status == 503, body
        else:
            assert (status, json.loads(body)["service"]) == (200, service)


def test_dokploy_finds_its_database_and_a_swarm(deployed: tuple[Project, Server]) -> None:
    _, server = deployed
    assert server.docker("info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}").stdout == (
        "active true\n"
    )
    listeners = [each for each in parsed(server.run("sh", "-c", SCRIPT).stdout) if each.port in SWARM]
    assert {each.port for each in listeners} == set(SWARM)
    assert all(each.private for each in listeners), listeners
    (dokploy,) = server.dockerd.copies("dokploy")
    (database,) = server.dockerd.copies("dokploy-postgres")
    assert "POSTGRES_HOST=dokploy-postgres" in dokploy["Config"]["Env"]
    (network,) = database["NetworkSettings"]["Networks"]
    assert network == "smarter-net-dokploy-postgres"
    assert "dokploy-postgres" in database["NetworkSettings"]["Networks"][network]["Aliases"]
    assert database["State"]["StartedAt"] < dokploy["State"]["StartedAt"]


def test_who_reaches_whom(deployed: tuple[Project, Server]) -> None:
    project, server = deployed
    assert Reach(server).table() == (REACH / f"{project.stack}.txt").read_text()


def test_whoever_comes_first_finds_the_door_closed(deployed: tuple[Project, Server], internet: Internet) -> None:
    project, server = deployed
    answers = {
        service: internet.run(
            "curl", "-s", "-k", "-o", "/dev/null", "--resolve", f"{host}:443:{server.address}", "-w", "%{http_code}",
            f"https://{host}/",
        ).stdout
        for host, service in ROWS[project.stack].items()
        if service
    }  # fmt: skip
    assert answers.pop("smarteros-blogbowl") == "200"
    assert set(answers.values()) == {"401"}


def test_tls_is_1_2_or_1_3(deployed: tuple[Project, Server], internet: Internet) -> None:
    project, server = deployed
    host = next(iter(ROWS[project.stack]))
    answers = {
        version: fetch(
            internet, server, host, f"--tlsv{version}", "--tls-max", version, "--ciphers", "DEFAULT@SECLEVEL=0"
        )
        for version in ("1.0", "1.1", "1.2", "1.3")
    }
    assert {version for version, (status, _) in answers.items() if status == 200} == {"1.2", "1.3"}


def test_a_second_run_changes_nothing(deployed: tuple[Project, Server]) -> None:
    project, _ = deployed
    assert at_rest(project)
    status = project.operate("status")
    assert status.returncode == 0, status.stdout
    assert "the stack file asks for" not in status.stdout
    # Pebble's last for as long as Let's Encrypt's.
    assert status.stdout.count("89 days") + status.stdout.count("90 days") == len(ROWS[project.stack])


def test_a_run_that_changes_nothing_uses_few_connections(deployed: tuple[Project, Server], internet: Internet) -> None:
    project, server = deployed
    # As in `make drift`, which goes on to what the rig has no answer for.
    refresh = partial(project.pulumi, "preview", "--refresh", "--parallel", SESSIONS)
    for run, most in ((partial(project.operate, "up"), FEW), (refresh, CROWD)):
        forget_connection(internet, server)
        before = server.sshd.connections()
        result = run()
        assert unchanged(result), result.stdout + result.stderr
        used = server.sshd.connections() - before
        assert 1 <= used <= most, f"{used} connections"


def test_the_certificates_are_where_the_spec_says_and_nobody_else_reads_them(
    deployed: tuple[Project, Server],
) -> None:
    _, server = deployed
    assert server.run("stat", "-c", "%a %U", "/root/letsencrypt").stdout == "700 root\n"
    assert "certificates" in server.run("ls", "/root/letsencrypt").stdout


def test_the_doctor_finds_the_server_fit_and_the_names_missing(deployed: tuple[Project, Server]) -> None:
    project, server = deployed
    result = project.operate("doctor")
    lines = {line.split("  ")[1].strip(): line for line in result.stdout.splitlines() if line.startswith("  ")}
    for what, said in {"server": server.address, "rights": "root", "port 443": "the proxy listens"}.items():
        assert "good" in lines[what], result.stdout
        assert said in lines[what]
    # The operator's machine of the rig asks no DNS.
    for host in ROWS[project.stack]:
        assert "bad" in lines[f"DNS {host}"]
        assert f"make a record: {host} A {server.address}" in lines[f"DNS {host}"]
    assert result.returncode == 1


def test_no_secret_is_to_be_read_anywhere_and_a_planted_one_is_found(deployed: tuple[Project, Server]) -> None:
    project, server = deployed
    environment = project.read()["config"]["smarter-net:services"]["smarteros-blogbowl"]["environment"]
    project.change("smarteros-blogbowl", environment={**environment, "PLANTED": PLANTED})
    hunt = Hunt(project, server.dockerd, server.folder / "own" / "smarter-net", server.folder / "sshd")
    with subprocess.Popen(["sh", "-c", "sleep 600 & wait", PLANTED], start_new_session=True) as visible:
        hunt.up()
        visible.kill()
    everywhere = {"files of the stack", "files on the server", "output", "docker inspect", "process list"}
    assert everywhere <= hunt.find(PLANTED)

    # Metabase and n8n's runners read no file; the proxy reads one.
    meant = {"basic-auth-ops": {"files on the server"}}
    if project.stack == "prod":
        meant |= {name: {"docker inspect"} for name in ("metabase-encryption-key", "n8n-runners-token")}
    found = {name: hunt.find(value) for name, value in SECRETS.items()}
    assert {name: places for name, places in found.items() if places} == meant
    assert hunt.find(project.environment["PULUMI_CONFIG_PASSPHRASE"]) == hunt.find(PASSWORD) == set()
