"""A service that is taken out of the stack file, and one that is put back, as an operator does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rig.project import dev_settings

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

VOLUME = "smarter-net-n8n-stand-in"


def without_n8n(project: Project, *, site: bool) -> None:
    settings = dev_settings()
    del settings["smarter-net:services"]["n8n"]
    if not site:
        settings["smarter-net:sites"] = [each for each in settings["smarter-net:sites"] if each["service"] != "n8n"]
    project.write(settings)


def test_a_site_that_leads_nowhere_is_one_line_and_nothing_is_changed(deployed: Project, dockerd: Dockerd) -> None:
    serving = dockerd.running()
    without_n8n(deployed, site=True)
    result = deployed.operate("up")
    assert result.returncode
    assert result.stderr == (
        "error: sites[1].service: n8n does not exist in this stack: services does not name it; "
        "add `n8n: {}` to services, or remove the site\n"
    )
    assert dockerd.running() == serving


def test_its_container_goes_the_plan_says_so_and_its_data_stays(deployed: Project, dockerd: Dockerd) -> None:
    made = dockerd.docker("volume", "inspect", VOLUME, "--format", "{{.CreatedAt}}").stdout
    without_n8n(deployed, site=False)
    said = "n8n: stopped and its container removed, the stack file does not name it; its volumes stay"
    assert said in deployed.operate("preview").stdout
    assert "n8n" in dockerd.running()

    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert said in result.stdout
    assert "n8n" not in dockerd.running()
    assert "nothing to change" in deployed.operate("up").stdout
    assert "n8n" not in deployed.operate("status").stdout

    deployed.write(dev_settings())
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert dockerd.running()["n8n"] == 1
    assert dockerd.docker("volume", "inspect", VOLUME, "--format", "{{.CreatedAt}}").stdout == made
