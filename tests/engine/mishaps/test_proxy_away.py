"""The engine dies while there is no proxy, between the old one and the new: the second one answers, and `up` heals."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.engine.conftest import SITES, SIX
from tests.rig.plan import at_rest
from tests.rig.visitors.browser import silent
from tests.rig.visitors.clients_at import REQUESTS_ONLY, load
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

SECONDS = 30
"""From a restart until every site answers, without a person's help."""
AWAY = 3
"""Seconds for which it is looked at that the second one answers alone."""


def proxies(dockerd: Dockerd) -> set[str]:
    return {found["Name"][1:] for found in dockerd.containers() if "caddy-proxy" in found["Name"]}


def cut_off_without_a_proxy(project: Project, dockerd: Dockerd) -> None:
    """What the engine does to replace the proxy, up to where the old one is gone."""
    exported = json.loads(project.pulumi("stack", "export").stdout)["deployment"]["resources"]
    (asked,) = (each["inputs"]["stdin"] for each in exported if each["urn"].endswith("::caddy-proxy-preflight"))
    line = [sys.executable, "-I", "-S", str(project.root / "bin" / "rollout.pyz"), "preflight"]
    subprocess.run(line, input=asked, text=True, env=project.environment, check=True)
    dockerd.docker("stop", "caddy-proxy")
    dockerd.docker("rm", "caddy-proxy")
    assert proxies(dockerd) == {"caddy-proxy-standby"}


def heals(project: Project, dockerd: Dockerd) -> None:
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    until(lambda: proxies(dockerd) == {"caddy-proxy"}, "the second one has ended")
    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert at_rest(project)


def test_the_second_proxy_answers_until_the_next_run(deployed: Project, dockerd: Dockerd) -> None:
    with load("smarteros-blogbowl", REQUESTS_ONLY) as outcome:
        cut_off_without_a_proxy(deployed, dockerd)
        time.sleep(AWAY)
        assert proxies(dockerd) == {"caddy-proxy-standby"}
        heals(deployed, dockerd)
    assert not outcome.failures, outcome.summary()


def test_it_answers_again_after_a_power_cut(deployed: Project, dockerd: Dockerd) -> None:
    cut_off_without_a_proxy(deployed, dockerd)
    subprocess.run(["pkill", "-KILL", "-f", f"{deployed.root}/bin/rollout.pyz"], check=True)
    subprocess.run(["nft", "delete", "table", "inet", "smarter_net_standby"], check=True)
    dockerd.power_cut()
    began = time.monotonic()
    dockerd.start()
    line = [sys.executable, "-I", "-S", str(deployed.root / "bin" / "rollout.pyz"), "resume"]
    with subprocess.Popen(line, env=deployed.environment) as boot:
        until(lambda: not silent(SITES), "every site answers", seconds=SECONDS - (time.monotonic() - began))
        heals(deployed, dockerd)
        assert boot.wait(timeout=SECONDS) == 0
