"""The timer by which a host backs itself up: what systemd is given, and what is left when it goes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from host import backups
from host.program.backup import hold
from host.program.boot import schedule, systemd
from host.program.clock import Clock
from host.program.errors import Failed
from host.program.place import Place
from tests.config.checks.test_wrong_backup import SET, SFTP, backup
from tests.config.stacks import SECRETS, topology

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CALENDAR = "*-*-* 03:15:00 America/Santiago"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "prod" / "run").mkdir(parents=True)
    return Place(tmp_path / "prod", Clock())


def orders(**more: object) -> str:
    request = backups.document(topology("prod", backup(), {**SECRETS, **SET}), by="timer") | {
        "password": "the repository's"
    }
    return json.dumps({"calendar": CALENDAR, "drill": 7, "request": request, **more})


@contextmanager
def host(folder: Path, *, runs: bool = True) -> Iterator[mock.Mock]:
    """One with systemd, or not; what is asked of it."""
    with ExitStack() as patched:
        patched.enter_context(mock.patch.object(systemd, "UNITS", folder))
        patched.enter_context(mock.patch.object(systemd, "usable", return_value=runs))
        patched.enter_context(mock.patch.object(sys, "argv", [f"{folder}/prod/bin/rollout.pyz", "schedule"]))
        yield patched.enter_context(mock.patch("subprocess.run"))


def asked(ran: mock.Mock) -> list[list[str]]:
    return [call.args[0][1:] for call in ran.call_args_list]


def test_systemd_is_given_a_timer_and_root_alone_reads_what_it_needs(place: Place, tmp_path: Path) -> None:
    with host(tmp_path) as ran:
        schedule.schedule(orders(), place)
    kept = place.root / "backup" / "timer.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    timer = (tmp_path / "smarter-net-backup-prod.timer").read_text()
    service = (tmp_path / "smarter-net-backup-prod.service").read_text()
    assert f"OnCalendar={CALENDAR}\n" in timer
    assert f"ExecStart={sys.executable} -I -S {tmp_path}/prod/bin/rollout.pyz scheduled\n" in service
    assert "the repository's" not in timer + service
    assert SFTP not in timer + service
    name = "smarter-net-backup-prod.timer"
    assert asked(ran) == [["daemon-reload"], ["enable", "--quiet", name], ["restart", name]]


def test_systemd_itself_takes_the_units(place: Place, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("needs systemd-analyze")
    with host(tmp_path):
        schedule.schedule(orders(), place)
    units = sorted(map(str, tmp_path.glob("*.[st]*")))
    checked = subprocess.run([verify, "verify", *units], capture_output=True, text=True, check=False)
    complaints = [
        line for line in checked.stderr.splitlines() if "smarter-net" in line and "not executable" not in line
    ]
    assert complaints == []
    shown = subprocess.run([verify, "calendar", CALENDAR], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr


def test_when_it_goes_nothing_is_left(place: Place, tmp_path: Path) -> None:
    with host(tmp_path) as ran:
        schedule.schedule(orders(), place)
        (place.root / "backup" / backups.STACK_FILE).mkdir()
        (place.root / "backup" / backups.STACK_FILE / "Pulumi.prod.yaml").write_text("config: {}\n")
        ran.reset_mock()
        schedule.unschedule(place)
        schedule.unschedule(place)
    assert [path.name for path in tmp_path.iterdir()] == ["prod"]
    assert not list((place.root / "backup").iterdir())
    assert ["disable", "--quiet", "--now", "smarter-net-backup-prod.timer"] in asked(ran)


def test_without_systemd_it_says_so_and_keeps_no_secret(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with host(tmp_path, runs=False) as ran:
        schedule.schedule(orders(), place)
        schedule.unschedule(place)
    said = capsys.readouterr().err
    assert said.startswith("backup.at: no systemd or no root on the host, so it makes no backup by itself; ")
    assert said.count("\n") == 1
    assert (asked(ran), (place.root / "backup").exists()) == ([], False)


@pytest.mark.parametrize("wrong", [{"calendar": 5}, {"drill": "weekly"}, {"request": {}}, {"request": None}])
def test_orders_that_are_not_whole_change_nothing(place: Place, tmp_path: Path, wrong: dict[str, Any]) -> None:
    with host(tmp_path), pytest.raises(Failed):
        schedule.schedule(orders(**wrong), place)
    assert not (place.root / "backup").exists()


@pytest.mark.parametrize(("last", "drills"), [(None, 1), (1, 0), (6, 0), (8, 1)])
def test_a_drill_follows_a_backup_once_the_last_good_one_is_long_ago(
    place: Place, tmp_path: Path, last: int | None, drills: int
) -> None:
    with host(tmp_path):
        schedule.schedule(orders(), place)
    (place.root / "backup" / backups.STACK_FILE).mkdir()
    (place.root / "backup" / "stack-file" / "Pulumi.prod.yaml").write_text("config: {}\n")
    if last is not None:
        when = subprocess.run(
            ["date", "-u", "-d", f"-{last} days", "+%Y-%m-%dT%H:%M:%SZ"], capture_output=True, text=True, check=True
        ).stdout.strip()
        failed = {"service": "drill", "outcome": "failed", "when": "2030-01-01T00:00:00Z"}
        lines = [{"service": "drill", "outcome": "ok", "when": when}, failed]
        (place.root / "history.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    with mock.patch.object(schedule, "backup") as made, mock.patch.object(schedule, "drill") as tried:
        schedule.scheduled(place, mock.Mock())
    request = made.call_args.args[0]
    assert request.files == {"Pulumi.prod.yaml": "config: {}\n"}
    assert request.by == "timer"
    assert tried.call_count == drills
    assert not drills or tried.call_args.args[0].at == "latest"


def test_what_a_killed_run_holds_is_let_go(tmp_path: Path) -> None:
    """As systemd ends a run: every process of it at once, also the one that would have let go."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\ncase $1 in inspect) echo true ;; esac\n')
    docker.chmod(0o755)
    (tmp_path / "prod" / "backup").mkdir(parents=True)
    program = tmp_path / "prod" / "bin" / "rollout.pyz"
    code = f"import sys; sys.argv[0] = {str(program)!r}; from host.program.backup import hold; "
    environment = {**os.environ, "PATH": f"{docker.parent}:{os.environ['PATH']}"}
    keeper = subprocess.Popen(
        [sys.executable, "-c", f"{code}sys.exit(hold.hold(['60', 'c1', 'c2']))"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env=environment, text=True,
    )  # fmt: skip
    assert keeper.stdout
    assert keeper.stdout.readline() == "held\n"
    keeper.kill()
    keeper.communicate()
    assert list((tmp_path / "prod" / "backup").glob(f"{hold.HELD}*"))
    subprocess.run([sys.executable, "-c", f"{code}sys.exit(hold.let_go([]))"], env=environment, check=True)
    assert (tmp_path / "asked").read_text().splitlines()[-2:] == ["unpause c1", "unpause c2"]
    assert not list((tmp_path / "prod" / "backup").iterdir())
