"""`make backups`: what can be put back, and whether the newest is old; from a `restic` that answers as is wanted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk

RESTIC = """\
#!/bin/sh
# Tells nothing but what a command that changes nothing is told.
case " $* " in
*" version "*) echo restic 0.19.1 compiled ;;
*" snapshots "*) cat {folder}/snapshots.json; exit $(cat {folder}/code) ;;
*) echo "$*" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def repository(desk: Desk) -> Desk:
    """A stack with a repository that has nothing yet."""
    desk.project.write({**desk.project.read()["config"], "smarter-net:backup": {"to": "/srv/backup"}})
    assert desk.run("secrets").returncode == 0
    (desk.bin / "restic").write_text(RESTIC.format(folder=desk.bin))
    (desk.bin / "restic").chmod(0o755)
    (desk.bin / "code").write_text("0")
    has(desk)
    return desk


def has(desk: Desk, *hours: float) -> None:
    """Whole backups, so many hours old."""
    snapshots: list[dict[str, Any]] = []
    for number, age in enumerate(hours):
        run = f"run={datetime.now(UTC) - timedelta(hours=age):%Y%m%dT%H%M%SZ}-{number:04x}"
        summary = {"total_bytes_processed": 2_000_000, "data_added": 500_000}
        for id_, tags in (("a", ["service=n8n"]), ("b", ["whole", "parts=1"])):
            snapshots.append({"id": f"{id_}{number}" * 16, "tags": ["smarter-net", run, *tags], "summary": summary})
    (desk.bin / "snapshots.json").write_text(json.dumps(snapshots))


def test_each_is_a_line_with_its_age_and_what_it_has(repository: Desk) -> None:
    has(repository, 50, 3)
    listed = repository.run("backups")
    assert listed.returncode == 0, listed.stderr
    older, newer = (line.split() for line in listed.stdout.splitlines() if "MB" in line)
    assert (older[0], older[3:5], older[-1]) == ("b0b0b0b0", ["2", "days"], "n8n")
    assert (newer[0], newer[3:5], newer[5:9]) == ("b1b1b1b1", ["3", "h"], ["4.0", "MB", "1.0", "MB"])
    assert "is old" not in listed.stdout


def test_as_json_it_is_one_document_with_the_same_exit_code(repository: Desk) -> None:
    has(repository, 50, 3)
    ended = repository.run("backups", "--json")
    shown = json.loads(ended.stdout)
    assert (ended.returncode, shown["stack"], shown["late"]) == (0, "dev", False)
    assert [each["id"] for each in shown["backups"]] == ["b0b0b0b0", "b1b1b1b1"]
    assert shown["backups"][1]["services"] == ["n8n"]
    assert datetime.fromisoformat(shown["backups"][1]["when"]) < datetime.now(UTC)
    has(repository)
    ended = repository.run("backups", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["late"]) == (1, True)


@pytest.mark.parametrize(("ages", "said"), [((), "dev has no backup; `make backup"), ((50, 27), "The newest is old")])
def test_it_fails_without_one_of_the_last_day(repository: Desk, ages: tuple[int, ...], said: str) -> None:
    has(repository, *ages)
    listed = repository.run("backups")
    assert listed.returncode == 1
    assert said in listed.stdout
    assert not listed.stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (10, "backup.to: there is no repository at /srv/backup; if that is right, `make backup INIT=1`"),
        (12, "secret:backup-password: is not that of /srv/backup; put back the one that it was made with"),
        (11, "backup.to: /srv/backup is locked by another run; wait for its end and try again"),
    ],
)
def test_what_restic_ends_with_is_one_line(repository: Desk, code: int, said: str) -> None:
    (repository.bin / "code").write_text(str(code))
    assert repository.refused("backups") == f"error: {said}"


def test_a_host_whose_restic_is_old_says_so(repository: Desk) -> None:
    (repository.bin / "restic").write_text("#!/bin/sh\necho restic 0.16.4 compiled with go1.22\n")
    line = repository.refused("backups")
    assert line.startswith(f"error: restic: {repository.bin}/restic is 0.16.4, ")
    assert line.endswith("install 0.17.1 or later on the server (docs/data.md says how)")


def test_a_stack_without_a_repository_is_one_line(desk: Desk) -> None:
    assert desk.refused("backups") == "error: Pulumi.dev.yaml has no smarter-net:backup; say where to (docs/data.md)"
