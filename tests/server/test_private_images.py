"""Images that a registry gives only to who logs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rig.internet.image_registry import PORT
from tests.rig.servers.remote import deployable, start_registry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rig.servers.server import Internet

HOST, USER, PASSWORD = f"127.0.0.1:{PORT}", "smartercl", "a-token-of-the-registry-4711"
SECRET = f"registry-127-0-0-1-{PORT}"


def test_they_are_pulled_with_the_log_in_of_the_stack_file(internet: Internet, tmp_path: Path) -> None:
    server = internet.server("private")
    registry = start_registry(server, tmp_path, log_in=f"{USER}:{PASSWORD}")
    project = deployable(tmp_path / "p", "staging", internet, server, registry)
    config = project.read()["config"] | {"smarter-net:certificates": "internal"}

    project.write(config)
    refused = project.operate("up")
    assert refused.returncode == 1
    assert "add the registry to `registries`" in refused.stderr, refused.stderr

    project.write({**config, "smarter-net:registries": [{"host": HOST, "user": USER}]})
    asked = project.operate("up")
    assert asked.returncode == 1
    assert f"secret:{SECRET}: is missing: {USER} logs in to {HOST} with it" in asked.stdout + asked.stderr

    project.set_secret(SECRET, "another-one")
    assert project.operate("up").returncode == 1
    project.set_secret(SECRET, PASSWORD)
    doctor = project.operate("doctor")
    # The registry is on the server's loopback, where this machine sees another one.
    assert f"registry {HOST}" in doctor.stdout
    assert "on the server itself" in doctor.stdout
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    # It is kept nowhere on the server, and in clear nowhere here.
    assert server.run("ls", "/root/.docker", check=False).returncode
    files = [path for path in (project.folder / "state").rglob("*") if path.is_file()]
    assert not any(PASSWORD.encode() in path.read_bytes() for path in files)
    assert PASSWORD not in result.stdout + result.stderr
