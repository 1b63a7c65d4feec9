"""A stack on a server is not deployed, nor anything encrypted for it, with an empty passphrase."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.engine.changes.test_dns import SETTINGS
from tests.rig.project import Project
from tests.rig.skip import skip_or_fail

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "0123456789_abcdefghij-0123456789ABCDEFGHIJ"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A stack on a server that is not reached here, with a secret that an empty passphrase protects."""
    if not shutil.which("pulumi"):
        skip_or_fail("needs pulumi; `make test` provides it")
    project = Project(tmp_path / "p", "unix:///nowhere", "prod")
    project.write(SETTINGS)
    assert project.pulumi("stack", "select", "--create").returncode == 0
    project.set_secret("cloudflare-api-token", TOKEN)
    return project


def everything(project: Project) -> dict[str, str]:
    paths = [project.folder / "Pulumi.prod.yaml", *project.folder.glob("state/**/*")]
    return {str(path): path.read_text() for path in paths if path.is_file()}


@pytest.mark.parametrize("command", ["up", "preview", "drift", "down", "env"])
def test_it_is_refused_before_anything_is_changed(project: Project, command: str) -> None:
    before = everything(project)
    result = project.operate(command)
    assert result.returncode == 1
    assert result.stderr.startswith("error: PULUMI_CONFIG_PASSPHRASE: is empty, and with that everybody could decrypt ")
    assert result.stderr.count("\n") == 1
    assert everything(project) == before


def test_what_it_protected_is_encrypted_anew_as_the_documentation_says(project: Project) -> None:
    result = project.pulumi("stack", "change-secrets-provider", "passphrase", stdin="correct horse\n")
    assert result.returncode == 0, result.stderr
    assert project.pulumi("config", "get", "secret:cloudflare-api-token").returncode != 0
    project.environment["PULUMI_CONFIG_PASSPHRASE"] = "correct horse"
    assert project.pulumi("config", "get", "secret:cloudflare-api-token").stdout.strip() == TOKEN
    # It goes on to the server, which is not there.
    assert "host.address: " in project.operate("up").stderr
