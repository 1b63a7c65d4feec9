"""A run changes what the stack file changed, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SERVICES, SIX
from tests.rig.plan import planned, unchanged
from tests.rig.project import dev_settings
from tests.rig.visitors.browser import https

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project


def identities(dockerd: Dockerd) -> dict[str, str]:
    return {service: dockerd.copy(service) for service in SIX if dockerd.copies(service)}


@pytest.mark.matrix
def test_a_second_up_changes_nothing(deployed: Project, dockerd: Dockerd) -> None:
    before = identities(dockerd)
    result = deployed.operate("up")
    assert unchanged(result), result.stdout
    assert identities(dockerd) == before


def test_a_plain_preview_with_refresh_expects_no_changes(deployed: Project) -> None:
    result = deployed.pulumi("preview", "--refresh", "--expect-no-changes")
    assert result.returncode == 0, result.stdout + result.stderr


def test_make_leaves_a_plain_pulumi_with_the_stack_that_its_user_has_chosen(deployed: Project) -> None:
    """A `make preview STACK=prod` in between would turn the next plain `pulumi destroy` against production."""
    assert deployed.pulumi_alone("stack", "init", "chosen").returncode == 0
    assert deployed.operate("preview").returncode == 0
    assert deployed.pulumi_alone("stack", "--show-name").stdout == "chosen\n"


def test_make_preview_shows_a_change_and_makes_none(deployed: Project, dockerd: Dockerd) -> None:
    before = identities(dockerd)
    deployed.change("dokploy", environment={"COLOUR": "green"})
    result = deployed.operate("preview", "--diff")
    deployed.write(dev_settings())
    assert result.returncode == 0, result.stdout + result.stderr
    assert "COLOUR=green" in result.stdout
    assert identities(dockerd) == before


def test_changing_one_services_environment_changes_that_service_only(deployed: Project, dockerd: Dockerd) -> None:
    before = identities(dockerd)
    deployed.change("n8n", environment={"GENERIC_TIMEZONE": "America/Santiago"})

    plan = planned(deployed)
    assert plan == {"n8n": "replace", "n8n-rollout": "update"}

    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    after = identities(dockerd)
    assert {service for service in SIX if before[service] != after[service]} == {"n8n"}
    assert len(dockerd.containers()) == len(SIX)
    assert https("api.smarterbot.localhost").status == 200


def test_a_change_of_the_proxys_config_alone_touches_no_container(deployed: Project, dockerd: Dockerd) -> None:
    before = identities(dockerd)
    settings = deployed.read()["config"]
    settings["smarter-net:sites"].append({"host": "flows.smarterbot.localhost", "service": "n8n"})
    deployed.write(settings)

    assert planned(deployed) == {"caddy-proxy-config": "update"}

    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert identities(dockerd) == before
    assert https("flows.smarterbot.localhost").status == 200


def test_a_service_that_becomes_planned_goes_and_its_site_says_so(deployed: Project, dockerd: Dockerd) -> None:
    before = identities(dockerd)
    deployed.change("nexa-runtime", enabled=False)
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert identities(dockerd) == {service: found for service, found in before.items() if service != "nexa-runtime"}

    answer = https("ai.smarterbot.localhost")
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "is not open yet" in answer.body

    status = deployed.operate("status")
    assert status.returncode == 0, status.stdout
    assert "planned" in status.stdout


def test_a_planned_service_comes_with_one_line_of_the_stack_file(deployed: Project, dockerd: Dockerd) -> None:
    deployed.change("nexa-runtime", enabled=True)
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert https("ai.smarterbot.localhost").status == 200
    assert dockerd.running() == dict.fromkeys(("caddy-proxy", *SERVICES), 1)
