"""Whatever was done to the host by hand, `up` brings it back, says what it found, and is then at rest."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engine.conftest import SITES, SIX
from tests.rig.dockerd import Dockerd
from tests.rig.plan import at_rest
from tests.rig.project import Project
from tests.rig.visitors.browser import silent
from tests.rig.wait import until

Harm = Callable[[Dockerd, Project], object]
"""What is done to the host by hand."""


def docker(service: str, *command: str) -> Harm:
    """A docker command on the service's container."""
    return lambda dockerd, _: dockerd.docker(*command, dockerd.copy(service))


def rename(dockerd: Dockerd, _: Project) -> None:
    dockerd.docker("rename", dockerd.copy("smarteros-blogbowl"), "renamed-by-hand")


def remove_network(dockerd: Dockerd, _: Project) -> None:
    for service in SIX:
        dockerd.docker("network", "disconnect", "--force", "smarter-net", dockerd.copy(service))
    dockerd.docker("network", "rm", "smarter-net")


def disconnect(dockerd: Dockerd, _: Project) -> None:
    dockerd.docker("network", "disconnect", "--force", "smarter-net", dockerd.copy("metabase"))


def change_config(dockerd: Dockerd, project: Project) -> None:
    """Through the admin socket, as a reader of Caddy's manual would."""
    other = project.root / "proxy" / "other.json"
    config = json.loads((project.root / "proxy" / "caddy.json").read_text())
    del config["apps"]["http"]["servers"]["edge"]["routes"][0]
    other.write_text(json.dumps(config))
    reload = ["caddy", "reload", "--config", "/etc/caddy/other.json", "--address", "unix//run/caddy/admin.sock"]
    dockerd.docker("exec", "caddy-proxy", *reload)
    other.unlink()


def empty_config(dockerd: Dockerd, project: Project) -> None:
    """No site, no status page, and no admin socket by which to tell it any better."""
    other = project.root / "proxy" / "other.json"
    other.write_text("{}")
    reload = ["caddy", "reload", "--config", "/etc/caddy/other.json", "--address", "unix//run/caddy/admin.sock"]
    dockerd.docker("exec", "caddy-proxy", *reload)
    other.unlink()


def forget_release(_: Dockerd, project: Project) -> None:
    (project.root / "proxy" / "releases" / "smarteros-blogbowl").unlink()


def forget_config(_: Dockerd, project: Project) -> None:
    (project.root / "proxy" / "caddy.json").unlink()


def forget_scripts(_: Dockerd, project: Project) -> None:
    shutil.rmtree(project.root / "bin")


def forget_everything(_: Dockerd, project: Project) -> None:
    shutil.rmtree(project.root)


HARM: dict[str, dict[str, Harm]] = {
    # Five services, five ways; one run puts all of them right.
    "services are harmed": {
        "missing on the host": docker("n8n", "rm", "--force"),
        "does not run": docker("metabase", "stop"),
        "paused by hand": docker("dokploy", "pause"),
        "nexa-runtime.*changed by hand": docker("nexa-runtime", "update", "--memory=99m", "--memory-swap=99m"),
        "renamed-by-hand.*changed by hand": rename,
    },
    "the proxy is removed": {"missing on the host": docker("caddy-proxy", "rm", "--force")},
    "the proxy is stopped": {"changed by hand": docker("caddy-proxy", "stop")},
    "the proxy is paused": {"paused by hand": docker("caddy-proxy", "pause")},
    "the network is removed": {"missing on the host": remove_network},
    "a container is taken off the network": {"not on the network": disconnect},
    "the proxy's running config is changed": {"changed by hand": change_config},
    "the proxy's running config is emptied": {"its status page does not answer": empty_config},
    "files of the proxy are removed": {
        "does not point at the running container": forget_release,
        "not on the host any more": forget_config,
    },
    "the scripts are removed": {"dev: missing on the host": forget_scripts},
    "all of the stack's files are removed": {"missing on the host": forget_everything},
}


@pytest.mark.drawn(4)
@pytest.mark.parametrize("harm", HARM.values(), ids=list(HARM))
def test_up_puts_it_right_when(deployed: Project, dockerd: Dockerd, harm: dict[str, Harm]) -> None:
    for do in harm.values():
        do(dockerd, deployed)

    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    for said in harm:
        assert re.search(said, result.stdout), result.stdout

    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert len(dockerd.containers()) == len(SIX)
    assert silent(SITES) == {}
    assert at_rest(deployed)


def test_up_ends_when_every_site_shows_its_certificate(deployed: Project, dockerd: Dockerd) -> None:
    # What a proxy leaves that was killed while it made a certificate: until ten seconds after, no other makes it.
    dockerd.docker("kill", "caddy-proxy")
    volume = dockerd.docker("volume", "inspect", "--format", "{{.Mountpoint}}", "smarter-net-letsencrypt")
    storage = Path(volume.stdout.strip())
    shutil.rmtree(storage / "certificates" / "local" / SITES[0])
    held = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    lock = storage / "locks" / f"issue_cert_{SITES[0]}.lock"
    lock.write_text(json.dumps({"created": held, "updated": held}))
    run = deployed.spawn("up")
    assert run.stdout is not None
    said = ""
    while "waiting for certificates" not in said and (more := run.stdout.read(1)):
        said += more
    lock.unlink()
    rest, _ = run.communicate(timeout=300)
    assert run.returncode == 0, said + rest
    assert silent(SITES) == {}
    assert "waiting for certificates" in said, said


@pytest.mark.matrix
def test_everything_comes_back_by_itself_when_docker_is_restarted(deployed: Project, dockerd: Dockerd) -> None:
    dockerd.restart()
    until(lambda: dockerd.running() == dict.fromkeys(SIX, 1), "all six run again")
    until(lambda: not silent(SITES), "every site answers again")
    assert at_rest(deployed)


@pytest.mark.matrix
def test_up_brings_everything_back_when_docker_crashed(deployed: Project, dockerd: Dockerd) -> None:
    # Not by itself: a daemon that finds containers without their daemon stops them, and takes that for a person's wish.
    dockerd.stop(kill=True)
    dockerd.start()
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert silent(SITES) == {}
    assert at_rest(deployed)
