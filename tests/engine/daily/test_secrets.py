"""A secret reaches its service as a file, and is nowhere else: not in state, output, logs, inspect or process list."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING

import bcrypt
import pytest

from tests.engine.conftest import SIX
from tests.rig.hunt import Hunt
from tests.rig.plan import planned
from tests.rig.visitors.browser import https

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

pytestmark = pytest.mark.drawn(3, "days", whole=True)
FIRST, SECOND = "correct-horse-battery-staple-1", "correct-horse-battery-staple-2"
API, KPI = "api.smarterbot.localhost", "kpi.smarterbot.localhost"
WHERE = {"files of the stack", "output", "docker inspect", "docker logs", "process list", "running proxy config"}


def received(dockerd: Dockerd, folder: Path) -> str:
    """The secret, as n8n's container sees it."""
    target = folder / "secret"
    dockerd.docker("cp", f"{dockerd.copy('n8n')}:/run/secrets/n8n-encryption-key", str(target))
    return target.read_text()


@pytest.fixture(scope="module")
def hunt(project: Project, dockerd: Dockerd) -> Hunt:
    project.pulumi("stack", "select", "--create")
    project.set_secret("n8n-encryption-key", FIRST)
    made = Hunt(project, dockerd)
    made.up()
    return made


def test_the_service_gets_it_as_a_file_and_a_variable_that_says_where(
    hunt: Hunt, dockerd: Dockerd, tmp_path: Path
) -> None:
    assert received(dockerd, tmp_path) == FIRST
    (copy,) = dockerd.copies("n8n")
    assert "N8N_ENCRYPTION_KEY_FILE=/run/secrets/n8n-encryption-key" in copy["Config"]["Env"]
    assert hunt.find(FIRST) == set()


def test_a_new_value_reaches_its_service_and_touches_no_other(
    hunt: Hunt, project: Project, dockerd: Dockerd, tmp_path: Path
) -> None:
    before = {service: dockerd.copy(service) for service in SIX}
    project.set_secret("n8n-encryption-key", SECOND)
    assert planned(project) == {"n8n": "replace", "n8n-rollout": "update"}
    hunt.up()
    assert received(dockerd, tmp_path) == SECOND
    assert {service for service in SIX if dockerd.copy(service) != before[service]} == {"n8n"}
    assert hunt.find(FIRST) == set()
    assert hunt.find(SECOND) == set()


def test_an_image_that_reads_no_file_gets_it_as_a_variable_and_nothing_else_shows_it(
    hunt: Hunt, project: Project, dockerd: Dockerd
) -> None:
    value = "a-password-for-mail-4711"
    project.set_secret("smtp-password", value)
    project.change("n8n", secrets={"N8N_SMTP_PASS": {"secret": "smtp-password", "as": "environment"}})
    hunt.up()
    (copy,) = dockerd.copies("n8n")
    assert f"N8N_SMTP_PASS={value}" in copy["Config"]["Env"]
    assert hunt.find(value) == {"docker inspect"}


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"ana:{password}".encode()).decode()}


def test_a_site_opens_for_a_password_and_a_new_one_is_no_rollout(
    hunt: Hunt, project: Project, dockerd: Dockerd
) -> None:
    before = {service: dockerd.copy(service) for service in SIX}
    settings = project.read()["config"]
    settings["smarter-net:sites"][2]["basic-auth"] = ["ana"]
    project.write(settings)
    hashes = [bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode() for password in (FIRST, SECOND)]
    for password, other, hashed in ((FIRST, SECOND, hashes[0]), (SECOND, FIRST, hashes[1])):
        project.set_secret("basic-auth-ana", hashed)
        hunt.up()
        assert https(KPI, headers=basic(password)).status == 200
        closed = https(KPI, headers=basic(other))
        assert closed.status == 401
        assert closed.headers["www-authenticate"].startswith("Basic")
        assert "Name and password, please" in closed.body
        (file,) = (project.root / "proxy" / "logins").iterdir()
        assert (file.read_text(), file.stat().st_mode & 0o777) == (hashed, 0o600)
    assert {service: dockerd.copy(service) for service in SIX} == before
    # The file that the proxy reads is the one place of the second; the first is nowhere any more.
    assert [hunt.find(hashed) for hashed in hashes] == [set(), {"files of the stack"}]
    assert hunt.find(FIRST) == hunt.find(SECOND) == set()


def test_the_hunt_would_find_one_everywhere(hunt: Hunt, project: Project) -> None:
    planted = "planted-4711"
    project.change("n8n", environment={"PLANTED": planted})
    settings = project.read()["config"]
    settings["smarter-net:sites"].append({"host": f"{planted}.smarterbot.localhost", "service": "n8n"})
    project.write(settings)
    with subprocess.Popen(["sh", "-c", "sleep 600 & wait", planted], start_new_session=True) as visible:
        hunt.up()
        https(API, f"/{planted}")
        visible.kill()
    assert hunt.find(planted) == WHERE
