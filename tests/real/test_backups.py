"""Backups by a real restic of a real PostgreSQL and of files, while all of it runs; a killed one; and the way back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.catalog.accessories import METABASE_POSTGRES
from tests.rig.images import load
from tests.rig.postgres_image import REFERENCE, installed, postgres
from tests.rig.processes import ProcessList
from tests.rig.project import HTTP_PORT, HTTPS_PORT
from tests.rig.restic import restic
from tests.rig.skip import skip_or_fail
from tests.rig.wait import until
from tools.images import references

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

DATABASE = METABASE_POSTGRES.name
FILES = "smarter-net-n8n-stand-in"
MEBIBYTE = 1 << 20


def stack(repository: Path) -> dict[str, Any]:
    """A database and what asks for it, and n8n's stand-in, which keeps files."""
    metabase = {
        "image": references().standin,
        "environment": {"PORT": "3001", "HEALTH_PATH": "/api/health"},
        "health": {"command": ["/standin", "probe"]},
        "rollout": {"start": "30s", "settle": "1s"},
    }
    return {
        "smarter-net:host": {"connection": "local"},
        "smarter-net:certificates": "internal",
        "smarter-net:images": "stand-in",
        "smarter-net:proxy": {"http-port": HTTP_PORT, "https-port": HTTPS_PORT},
        "smarter-net:sites": [
            {"host": "kpi.smarterbot.localhost", "service": "metabase", "open": True},
            {"host": "api.smarterbot.localhost", "service": "n8n", "open": True},
        ],
        "smarter-net:backup": {"to": str(repository), "keep": {"last": 2}},
        "smarter-net:services": {
            "n8n": {},
            "metabase": metabase,
            DATABASE: {"image": REFERENCE, "rollout": {"start": "1m", "settle": "1s"}},
        },
    }


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backup") / "repository"


@pytest.fixture(scope="module")
def deployed(project: Project, dockerd: Dockerd, repository: Path) -> Project:
    """The stack, up, with a row and a file of another user's."""
    folder = installed()
    if folder is None:
        skip_or_fail("needs a PostgreSQL server's programs; `tests/run-isolated` provides them")
    load(dockerd, postgres(folder))
    project.environment["PATH"] = f"{restic().parent}:{project.environment['PATH']}"
    project.write(stack(repository))
    done(project, "secrets")
    done(project, "up")
    ask(dockerd, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('it''s; here')")
    own = volume(dockerd) / "own"
    own.write_text("kept")
    own.chmod(0o640)
    os.chown(own, 1234, 2345)
    return project


@pytest.fixture(scope="module")
def taken(deployed: Project) -> str:
    """A first backup's id."""
    done(deployed, "backup", "--init")
    return newest(deployed)


def done(project: Project, command: str, *arguments: str) -> str:
    result = project.operate(command, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def refused(project: Project, command: str, *arguments: str) -> str:
    result = project.operate(command, *arguments)
    assert result.returncode == 1, result.stdout + result.stderr
    (line,) = result.stderr.strip().splitlines()
    return line


def ask(dockerd: Dockerd, statement: str, database: str = "metabase") -> str:
    return dockerd.docker(
        "exec", dockerd.copy(DATABASE), "psql", "-v", "ON_ERROR_STOP=1", "-U", "metabase", "-d", database, "-Atqc",
        statement,
    ).stdout.strip()  # fmt: skip


def volume(dockerd: Dockerd) -> Path:
    return Path(dockerd.docker("volume", "inspect", "--format", "{{.Mountpoint}}", FILES).stdout.strip())


def ids(project: Project) -> list[str]:
    listed = done(project, "backups").splitlines()
    return [line.split()[0] for line in listed if line.rstrip().endswith("caddy-proxy")]


def newest(project: Project) -> str:
    return ids(project)[-1]


def paused(dockerd: Dockerd) -> bool:
    return bool(dockerd.docker("ps", "--quiet", "--filter", "status=paused").stdout)


def history(project: Project) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (project.root / "history.jsonl").read_text().splitlines()]
    return [line for line in lines if line["service"] == "backup"]


def test_a_repository_is_not_made_by_the_way(deployed: Project, repository: Path) -> None:
    assert refused(deployed, "backup") == (
        f"error: backup.to: there is no repository at {repository}; if that is right, `make backup INIT=1`"
    )
    assert not repository.exists()
    assert history(deployed)[-1]["outcome"] == "failed"


def test_a_backup_has_all_parts_holds_for_a_moment_and_tells_no_secret(
    deployed: Project, dockerd: Dockerd, taken: str, repository: Path
) -> None:
    with ProcessList() as processes:
        said = done(deployed, "backup")
    assert f"{DATABASE}: smarter-net-metabase-postgres: database dumped, " in said
    assert "caddy-proxy: smarter-net-letsencrypt: files copied, " in said
    assert "n8n: smarter-net-n8n-stand-in: files copied, " in said
    assert not paused(dockerd)
    (line,) = (line for line in said.splitlines() if line.startswith("n8n: "))
    assert float(line.rpartition("paused for ")[2].removesuffix(" s")) < 30
    assert newest(deployed) != taken
    assert history(deployed)[-1] | {"outcome": "ok", "release": newest(deployed)} == history(deployed)[-1]
    password = deployed.pulumi("config", "get", "secret:backup-password").stdout.strip()
    assert len(password) > 16
    assert not any(password.encode() in seen for seen in processes.seen)
    left = [path for path in deployed.root.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert left == []
    clear = ("it''s; here", "kept", "Pulumi.dev.yaml")
    packed = b"".join(path.read_bytes() for path in repository.rglob("*") if path.is_file())
    assert not any(word.encode() in packed for word in clear[:1])
    shown = done(deployed, "history")
    assert newest(deployed) in shown


@pytest.mark.usefixtures("taken")
def test_a_killed_backup_holds_no_service_and_does_not_count(deployed: Project, dockerd: Dockerd) -> None:
    before = ids(deployed)
    big = volume(dockerd) / "big"
    # New in the second pass, which is where the service stands still.
    run = deployed.spawn("backup")
    with big.open("wb") as content:
        while not paused(dockerd) and run.poll() is None:
            content.write(os.urandom(4 * MEBIBYTE))
    assert run.poll() is None, run.communicate()[0]
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    until(lambda: not paused(dockerd), "n8n goes on", seconds=20)
    assert ids(deployed) == before
    big.unlink()
    said = done(deployed, "backup")
    assert "is whole" in said
    assert newest(deployed) not in before
    assert not list((deployed.root / "backup").glob("run.*"))


@pytest.mark.usefixtures("taken")
def test_a_dump_that_fails_is_one_line_and_no_backup(deployed: Project, dockerd: Dockerd) -> None:
    before = ids(deployed)
    ask(dockerd, "ALTER DATABASE metabase ALLOW_CONNECTIONS false", "postgres")
    try:
        line = refused(deployed, "backup")
    finally:
        ask(dockerd, "ALTER DATABASE metabase ALLOW_CONNECTIONS true", "postgres")
    assert line.startswith(f"error: {DATABASE}: restic: ")
    assert ids(deployed) == before


@pytest.mark.usefixtures("taken")
def test_a_drill_counts_the_rows_of_a_database_that_runs_on(deployed: Project, dockerd: Dockerd) -> None:
    ask(dockerd, 'CREATE SCHEMA "odd one"; CREATE TABLE "odd one"."its table" AS SELECT generate_series(1, 500)')
    done(deployed, "backup")
    ask(dockerd, 'DROP SCHEMA "odd one" CASCADE')
    before = dockerd.docker("ps", "--all", "--quiet").stdout
    said = done(deployed, "drill")
    assert f"{DATABASE}: smarter-net-metabase-postgres can be put back: 501 rows" in said
    assert "n8n: smarter-net-n8n-stand-in can be put back: " in said
    assert f"backup {newest(deployed)} can be put back" in said
    assert dockerd.docker("ps", "--all", "--quiet").stdout == before
    assert ask(dockerd, "SELECT * FROM kept") == "it's; here"


@pytest.mark.usefixtures("taken")
def test_a_database_that_was_stopped_is_started_for_its_dump_alone(deployed: Project, dockerd: Dockerd) -> None:
    done(deployed, "stop", DATABASE)
    try:
        assert dockerd.docker("ps", "--quiet", "--filter", f"name={DATABASE}").stdout == ""
        said = done(deployed, "backup")
        assert f"{DATABASE}: smarter-net-metabase-postgres: database dumped, " in said
        assert dockerd.docker("ps", "--all", "--quiet", "--filter", "volume=smarter-net-metabase-postgres").stdout == ""
        assert "can be put back: 1 row\n" in done(deployed, "drill")
    finally:
        done(deployed, "start", DATABASE)
    assert ask(dockerd, "SELECT * FROM kept") == "it's; here"


@pytest.mark.usefixtures("taken")
def test_what_was_there_comes_back(deployed: Project, dockerd: Dockerd) -> None:
    at = newest(deployed)
    ask(dockerd, "DROP TABLE kept")
    own = volume(dockerd) / "own"
    own.write_text("spoilt")
    (volume(dockerd) / "more").write_text("written after the backup")
    assert "run `make down` first" in refused(deployed, "restore", "--at", at, "--confirm", "dev")
    done(deployed, "down")
    assert "repeat it with CONFIRM=dev" in refused(deployed, "restore", "--at", at)
    assert own.read_text() == "spoilt"
    done(deployed, "restore", "--at", at, "--service", "metabase", "--confirm", "dev")
    assert own.read_text() == "spoilt"
    said = done(deployed, "restore", "--at", "latest", "--service", "n8n", "--confirm", "dev")
    assert f"backup {at} is back" in said
    done(deployed, "up")
    assert ask(dockerd, "SELECT * FROM kept") == "it's; here"
    found = own.stat()
    assert (own.read_text(), found.st_uid, found.st_gid, found.st_mode & 0o777) == ("kept", 1234, 2345, 0o640)
    assert not (volume(dockerd) / "more").exists()
    (aside,) = (path for path in volume(dockerd).parent.glob("_data.before-*"))
    assert (aside / "more").read_text() == "written after the backup"


def test_old_ones_go_and_a_wrong_password_is_one_line(deployed: Project, taken: str, repository: Path) -> None:
    # Two more were made since.
    left = ids(deployed)
    assert len(left) == 2
    assert taken not in left
    deployed.set_secret("backup-password", "another one than before")
    assert refused(deployed, "backups").startswith(f"error: secret:backup-password: is not that of {repository}; ")


def test_an_older_restic_is_refused(deployed: Project, tmp_path: Path) -> None:
    old = tmp_path / "restic"
    old.write_text("#!/bin/sh\necho restic 0.16.4 compiled with go1.22 on linux/amd64\n")
    old.chmod(0o755)
    path = deployed.environment["PATH"]
    deployed.environment["PATH"] = f"{tmp_path}:{path}"
    line = refused(deployed, "backups")
    deployed.environment["PATH"] = path
    assert line.startswith(f"error: restic: {old} is 0.16.4, ")
    assert "install 0.17.1 or later" in line
    assert subprocess.run([old], check=False, capture_output=True).returncode == 0
