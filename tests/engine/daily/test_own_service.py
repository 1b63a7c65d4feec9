"""Services of the stack file's own, which the catalog does not know: added, rolled out, backed up, taken out again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.rig.project import dev_settings
from tests.rig.visitors.browser import https, visits
from tests.rig.visitors.clients_at import REQUESTS_ONLY
from tests.rig.visitors.load import Load, Outcome
from tools.images import references

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from typing import Any

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

GIT, WIKI = "git.smarterbot.localhost", "wiki.smarterbot.localhost"
VOLUME = "smarter-net-forge-data"
FORGE = {
    "image": "forge:1",
    "port": 3300,
    "health": {"readiness": "/ready", "liveness": "/alive"},
    "volumes": {"data": "/data"},
    "memory": "64MiB",
    "rollout": {"settle": "1s"},
    "environment": {"PORT": "3300", "HEALTH_PATH": "/ready,/alive", "DATA_DIR": "/data", "STANDIN_SERVICE": "forge"},
}
"""It keeps data, which two containers lock each other out of."""
WIKI_ENTRY = {
    "image": "wiki:1",
    # The proxy has one of that number itself.
    "port": 80,
    "health": {"readiness": "/"},
    "memory": "64MiB",
    "rollout": {"settle": "1s", "drain": "3s"},
    "environment": {"PORT": "80", "HEALTH_PATH": "/", "STANDIN_SERVICE": "wiki"},
}
GONE = "forge: stopped and its container removed, the stack file does not name it; its volumes stay"


def with_both() -> dict[str, Any]:
    settings = dev_settings()
    settings["smarter-net:sites"] += [{"host": GIT, "service": "forge"}, {"host": WIKI, "service": "wiki"}]
    settings["smarter-net:services"] |= {"forge": FORGE, "wiki": WIKI_ENTRY}
    return settings


def ok(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@contextmanager
def load(site: str) -> Iterator[Outcome]:
    running, outcome = Load(site, clients=REQUESTS_ONLY, pause=0.1), Outcome()
    running.start()
    try:
        yield outcome
    finally:
        vars(outcome).update(vars(running.stop()))


@pytest.fixture(scope="module")
def added(deployed: Project, dockerd: Dockerd) -> Project:
    """The dev stack and both of them, by the stack file alone."""
    for name in ("forge:1", "forge:2", "wiki:1", "wiki:2"):
        dockerd.docker("tag", references().standin, name)
    deployed.write(with_both())
    planned = ok(deployed.operate("preview"))
    assert f"+ site {GIT}: opens → forge\n" in planned
    assert f"+ volume {VOLUME}: is made, empty\n" in planned
    assert "forge:1" in planned
    ok(deployed.operate("up", "--yes"))
    return deployed


def test_it_answers_at_its_site_and_its_state_and_log_are_shown(added: Project) -> None:
    assert https(GIT).status == https(WIKI).status == 200
    assert "forge" in https(GIT).body
    status = ok(added.operate("status"))
    assert f"{GIT} " in status
    assert f"{WIKI} " in status
    assert "unhealthy" not in status
    assert "forge" in ok(added.operate("logs", "forge"))
    assert "nothing to change" in ok(added.operate("up", "--yes"))
    assert "forge" not in ok(added.operate("drift"))


def test_it_has_the_safety_profile_and_its_name_on_the_network(added: Project, dockerd: Dockerd) -> None:
    for service in ("forge", "wiki"):
        (found,) = dockerd.copies(service)
        host = found["HostConfig"]
        assert (host["CapDrop"], host["CapAdd"] or [], host["SecurityOpt"]) == (["ALL"], [], ["no-new-privileges"])
        assert host["Memory"] == host["MemorySwap"] == 64 << 20
        assert (host["PidsLimit"], host["RestartPolicy"]["Name"]) == (2048, "unless-stopped")
        assert not host["PortBindings"]
        assert found["Config"]["Labels"]["smarter-net.stack"] == added.stack
    asked = dockerd.docker("exec", "caddy-proxy", "wget", "-q", "-O", "-", "http://forge:3300/ready")
    assert asked.returncode == 0
    # By its name the proxy's own port leads nowhere: visitors reach that port as well.
    past = dockerd.docker("exec", "caddy-proxy", "wget", "-q", "-T", "5", "-O", "-", "http://wiki:80/", check=False)
    assert past.returncode


@pytest.mark.parametrize(
    ("service", "site", "said"), [("forge", GIT, "recreate"), ("wiki", WIKI, "rolling update: no interruption")]
)
def test_a_rollout_loses_nothing_and_a_rollback_goes_back(added: Project, service: str, site: str, said: str) -> None:
    before = visits(site) if service == "forge" else 0
    with load(site) as outcome:
        done = ok(added.operate("deploy", service, f"{service}:2", "--yes"))
        back = ok(added.operate("rollback", service, "--yes"))
    assert f"{service}: {said}" in done
    assert "besides" not in done
    assert f"{service}: back from release " in back
    assert added.read()["config"]["smarter-net:services"][service]["image"] == f"{service}:1"
    assert not outcome.failures, outcome.summary()
    assert outcome.total > 50
    if service == "forge":
        assert visits(site) > before
    shown = ok(added.operate("history", "--service", service))
    assert f"{service}:2" in shown


def test_it_is_restarted_stopped_started_and_backed_up(added: Project) -> None:
    ok(added.operate("restart", "wiki", "--yes"))
    ok(added.operate("stop", "wiki", "--yes"))
    assert https(WIKI).status == 503
    ok(added.operate("start", "wiki", "--yes"))
    assert https(WIKI).status == 200
    assert f"forge: {VOLUME}, " in ok(added.operate("backup"))


def test_what_it_lacks_is_one_line_and_nothing_is_changed(added: Project, dockerd: Dockerd) -> None:
    serving, file = dockerd.running(), added.read()
    settings = with_both()
    settings["smarter-net:services"]["forge"] = {key: value for key, value in FORGE.items() if key != "port"}
    added.write(settings)
    result = added.operate("up", "--yes")
    assert result.returncode
    assert result.stderr == (
        "error: services.forge.port: is missing, and the catalog does not know it; "
        "add the one that it listens on in its container, such as `port: 3000`\n"
    )
    assert dockerd.running() == serving
    added.write(file["config"])


def test_it_is_taken_out_again_and_its_data_stays(added: Project, dockerd: Dockerd) -> None:
    made = dockerd.docker("volume", "inspect", VOLUME, "--format", "{{.CreatedAt}}").stdout
    added.write(dev_settings())
    assert GONE in ok(added.operate("preview"))
    assert GONE in ok(added.operate("up", "--yes"))
    assert not {"forge", "wiki"} & set(dockerd.running())
    assert "forge" not in ok(added.operate("status"))
    assert dockerd.docker("volume", "inspect", VOLUME, "--format", "{{.CreatedAt}}").stdout == made
