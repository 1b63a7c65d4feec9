"""A recreate with a real PostgreSQL behind it, under load: a snapshot of the data first, by a real restic."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.real.test_backups import DATABASE, ask, done, refused, stack
from tests.rig.images import load
from tests.rig.postgres_image import installed, postgres
from tests.rig.restic import restic
from tests.rig.skip import skip_or_fail
from tests.rig.visitors.load import Kind, Load
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

SERVICE, SITE = "metabase", "kpi.smarterbot.localhost"
CLIENTS = {Kind.GET: 2, Kind.NEW: 1, Kind.POST: 1}
WRITTEN = "INSERT INTO kept VALUES ('written before')"


@pytest.fixture(scope="module")
def deployed(project: Project, dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The stack, up, with a row."""
    folder = installed()
    if folder is None:
        skip_or_fail("needs a PostgreSQL server's programs; `tests/run-isolated` provides them")
    load(dockerd, postgres(folder))
    project.environment["PATH"] = f"{restic().parent}:{project.environment['PATH']}"
    project.write(stack(tmp_path_factory.mktemp("backup") / "repository"))
    done(project, "secrets")
    done(project, "up")
    ask(dockerd, "CREATE TABLE kept (word text)")
    return project


@contextmanager
def visitors() -> Iterator[None]:
    """Clients of the service, of which none fails."""
    running = Load(SITE, clients=CLIENTS, pause=0.1)
    running.start()
    try:
        yield
    finally:
        outcome = running.stop()
    assert not outcome.failures, outcome.summary()


def rollouts(project: Project) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (project.root / "history.jsonl").read_text().splitlines()]
    return [line for line in lines if line["service"] == SERVICE]


def dump(project: Project, line: dict[str, Any]) -> str:
    """The text of its database that a rollout's snapshot holds."""
    (part,) = line["snapshot"]["parts"]
    folder = project.root / "backup"
    return subprocess.run(
        [restic(), "-r", folder / "before" / SERVICE, "--password-file", folder / "before.password", "dump",
         part["snapshot"], f"/{DATABASE}.sql"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_a_recreate_begins_with_a_snapshot_and_no_request_fails(deployed: Project, dockerd: Dockerd) -> None:
    ask(dockerd, WRITTEN)
    deployed.change(SERVICE, environment={**environment(deployed), "TURN": "1"})
    with visitors():
        said = done(deployed, "up")
    assert f"{SERVICE}: snapshot " in (deployed.root / "log" / f"{SERVICE}.log").read_text(), said
    line = rollouts(deployed)[-1]
    assert (line["outcome"], [part["way"] for part in line["snapshot"]["parts"]]) == ("ok", ["postgres"])
    assert "written before" in dump(deployed, line)


def test_the_next_backup_takes_it_off_the_host(deployed: Project) -> None:
    assert "of the data before a rollout: 1 snapshots" in done(deployed, "backup", "--init")
    # It is none of the backups.
    listed = [line for line in done(deployed, "backups").splitlines() if line.rstrip().endswith("caddy-proxy")]
    assert len(listed) == 1


def test_one_that_cannot_be_made_leaves_all_as_it_is(deployed: Project, dockerd: Dockerd) -> None:
    before = serving(dockerd)
    ask(dockerd, "ALTER DATABASE metabase ALLOW_CONNECTIONS false", "postgres")
    deployed.change(SERVICE, environment={**environment(deployed), "TURN": "2"})
    try:
        result = deployed.operate("up")
    finally:
        ask(dockerd, "ALTER DATABASE metabase ALLOW_CONNECTIONS true", "postgres")
    assert result.returncode, result.stdout
    said = result.stdout + result.stderr
    assert "backup.before: smarter-net-metabase-postgres: restic: " in said
    assert "`before: false` in smarter-net:backup" in said
    assert serving(dockerd) == before


def serving(dockerd: Dockerd) -> str:
    return dockerd.docker("ps", "--quiet", "--filter", f"label=smarter-net.service={SERVICE}").stdout


def environment(project: Project) -> dict[str, str]:
    found: dict[str, str] = project.read()["config"]["smarter-net:services"][SERVICE]["environment"]
    return found


def test_a_migration_that_fails_and_the_way_back_with_the_data(deployed: Project, dockerd: Dockerd) -> None:
    ask(dockerd, "TRUNCATE kept; INSERT INTO kept VALUES ('written before')")
    before = environment(deployed)
    deployed.change(SERVICE, environment={**before, "TURN": "3"})
    done(deployed, "up")
    known = serving(dockerd)
    ask(dockerd, "INSERT INTO kept VALUES ('written last')")
    deployed.change(
        SERVICE, environment={**before, "TURN": "4", "NEVER_READY": "1"}, rollout={"start": "15s", "settle": "1s"}
    )
    with visitors():
        run = deployed.spawn("up")
        # What a new version does as it starts.
        until(lambda: serving(dockerd) not in {"", known}, "the new container starts", seconds=120)
        ask(dockerd, "ALTER TABLE kept RENAME COLUMN word TO words; UPDATE kept SET words = 'spoilt'")
        said = run.communicate()[0]
    assert run.returncode, said
    assert rollouts(deployed)[-1]["outcome"] == "failed"
    assert rollouts(deployed)[-1]["snapshot"]["parts"][0]["migrated"]
    assert ask(dockerd, "SELECT DISTINCT words FROM kept") == "spoilt"
    told = refused(deployed, "rollback", SERVICE)
    assert told.startswith(f"error: {SERVICE}: the tables in smarter-net-metabase-postgres were changed since release ")
    assert told.endswith(f"`make rollback SERVICE={SERVICE} DATA=1` puts back the data from before that, too")
    with visitors():
        said = done(deployed, "rollback", SERVICE, "--data", "--yes")
    assert ask(dockerd, "SELECT word FROM kept ORDER BY 1") == "written before\nwritten last"
    assert environment(deployed)["TURN"] == "3"
    line = rollouts(deployed)[-1]
    assert (line["outcome"], "spoilt" in dump(deployed, line)) == ("ok", True)
    assert line["release"] in said
    # What was replaced is kept until a good backup.
    (aside,) = (name for name in databases(dockerd) if name.startswith("metabase_before_"))
    assert ask(dockerd, "SELECT DISTINCT words FROM kept", aside) == "spoilt"
    assert "has replaced is removed" in done(deployed, "backup")
    assert databases(dockerd) == ["metabase", "postgres"]


def test_a_rollback_whose_container_fails_leaves_the_data_as_it_is(deployed: Project, dockerd: Dockerd) -> None:
    before = serving(dockerd)
    ask(dockerd, "INSERT INTO kept VALUES ('the newest')")
    # The release before cannot start any more.
    file = deployed.root / "history.jsonl"
    records = [json.loads(line) for line in file.read_text().splitlines()]
    for record in records:
        if record["service"] == SERVICE:
            record["settings"]["environment"] |= {"NEVER_READY": "1"}
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    with visitors():
        result = deployed.operate("rollback", SERVICE, "--data", "--yes")
    assert result.returncode, result.stdout
    assert "its data is as it was before" in (deployed.root / "log" / f"{SERVICE}.log").read_text()
    assert serving(dockerd) == before
    assert "the newest" in ask(dockerd, "SELECT word FROM kept")
    assert databases(dockerd) == ["metabase", "postgres"]


def databases(dockerd: Dockerd) -> list[str]:
    return ask(dockerd, "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1").splitlines()
