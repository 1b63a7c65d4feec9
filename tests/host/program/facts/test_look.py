"""What the host says each minute, and the timer by which it does."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from host.program.clock import Clock
from host.program.docker import Answer, Docker
from host.program.errors import DockerError
from host.program.facts import minute
from host.program.facts.figures import Figures
from host.program.facts.look import TEXT, facts
from host.program.place import Place
from tests.host.program.boot.test_schedule import asked, host
from tests.rig.watch_programs import program

if TYPE_CHECKING:
    from pathlib import Path

NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_000_000_000))


def container(name: str, *, restarts: int = 0, running: bool = True, **state: object) -> dict[str, object]:
    return {
        "Id": f"id-{name}",
        "Name": f"/{name}",
        "RestartCount": restarts,
        "State": {"Running": running, **state},
        "Config": {"Labels": {}},
    }


class Daemon(Docker):
    """One that has these containers, and the volume or not."""

    def __init__(self, volume: Path | None, *containers: dict[str, object]) -> None:
        super().__init__(Clock())
        self._volume, self._containers = volume, containers

    def call(self, *arguments: str) -> Answer:
        """Answer as Docker does."""
        if arguments[0] == "volume":
            return Answer(0, f"{self._volume}\n", "") if self._volume else Answer(1, "", "no such volume")
        if arguments[0] == "ps":
            assert "label=smarter-net.stack=prod" in arguments
            listed = [f"{each['Id']} {str(each['Name']).strip('/').partition('-')[0]}\n" for each in self._containers]
            return Answer(0, "".join(listed), "")
        if arguments[0] == "inspect":
            return Answer(0, json.dumps([each for each in self._containers if each["Id"] in arguments]), "")
        assert arguments[0] == "info"
        return Answer(0, f"{self._volume}\n", "")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "prod" / "run").mkdir(parents=True)
    return Place(tmp_path / "prod", Clock())


def said(place: Place, folder: Path, *containers: dict[str, object], history: str = "") -> list[str]:
    """The figures that are put down."""
    (place.root / "history.jsonl").write_text(history)
    facts(place, Daemon(folder, *containers))
    return (folder / TEXT).read_text().splitlines()


def test_containers_are_counted_by_service_and_one_that_is_only_made_is_not(place: Place, tmp_path: Path) -> None:
    found = said(
        place, tmp_path,
        container("n8n-1", restarts=3, OOMKilled=True),
        container("metabase-2", Health={"Status": "unhealthy", "Log": []}),
        container("n8n-3", running=False),
    )  # fmt: skip
    of = [line for line in found if "container_" in line]
    assert 'smarter_net_container_restarts{service="n8n",container="n8n-1"} 3' in of
    assert 'smarter_net_container_out_of_memory{service="n8n",container="n8n-1"} 1' in of
    assert 'smarter_net_container_unhealthy{service="metabase",container="metabase-2"} 1' in of
    assert 'smarter_net_container_unhealthy{service="n8n",container="n8n-1"} 0' in of
    assert "n8n-3" not in " ".join(of)


def test_one_that_ends_at_once_is_counted_while_it_does_not_run(place: Place, tmp_path: Path) -> None:
    found = said(place, tmp_path, container("n8n-1", restarts=7, running=False))
    assert 'smarter_net_container_restarts{service="n8n",container="n8n-1"} 7' in found


def test_the_history_says_what_failed_last_and_what_was_good_last(place: Place, tmp_path: Path) -> None:
    lines = [
        {"service": "n8n", "outcome": "failed", "release": "1111111"},
        {"service": "n8n", "outcome": "ok", "release": "2222222"},
        {"service": "metabase", "outcome": "failed", "release": "3333333"},
        {"service": "backup", "outcome": "ok", "when": NOW},
        {"service": "backup", "outcome": "failed", "when": "2030-01-01T00:00:00Z", "why": 'the "bucket"\nis away'},
        {"service": "drill", "outcome": "ok", "when": NOW},
    ]
    history = "".join(f"{json.dumps(line)}\n" for line in lines) + '{"service": "n8n", "outco'
    found = said(place, tmp_path, history=history)
    assert [line for line in found if "disk" not in line and "facts" not in line] == [
        'smarter_net_backup_failed{reason="the \\"bucket\\" is away"} 1',
        "smarter_net_backup_good_seconds 1000000000",
        'smarter_net_drill_failed{reason=""} 0',
        "smarter_net_drill_good_seconds 1000000000",
        'smarter_net_rollout_failed{service="metabase",release="3333333"} 1',
        'smarter_net_rollout_failed{service="n8n",release="2222222"} 0',
    ]


def test_each_disk_is_there_once_and_the_time(place: Place, tmp_path: Path) -> None:
    found = said(place, tmp_path)
    ratios = [float(line.split()[-1]) for line in found if line.startswith("smarter_net_disk_used_ratio")]
    assert len(ratios) == 1
    df = subprocess.run(["df", "--output=pcent", tmp_path], capture_output=True, text=True, check=True).stdout
    assert abs(ratios[0] * 100 - int(df.split()[1].rstrip("%"))) < 2
    (at,) = [float(line.split()[-1]) for line in found if line.startswith("smarter_net_facts_seconds")]
    assert abs(at - time.time()) < 60


def test_without_the_volume_nothing_is_asked_and_nothing_put_down(place: Place, tmp_path: Path) -> None:
    facts(place, Daemon(None))
    assert [path.name for path in tmp_path.iterdir()] == ["prod"]


def test_what_cannot_be_asked_leaves_the_figures_from_before(place: Place, tmp_path: Path) -> None:
    """They grow old, and that is told."""
    (tmp_path / TEXT).write_text("before\n")

    class Broken(Daemon):
        def call(self, *arguments: str) -> Answer:
            return Answer(1, "", "broken") if arguments[0] == "ps" else super().call(*arguments)

    with pytest.raises(DockerError):
        facts(place, Broken(tmp_path))
    assert (tmp_path / TEXT).read_text() == "before\n"


def test_promtool_takes_them(place: Place, tmp_path: Path) -> None:
    text = "\n".join(said(place, tmp_path, container("n8n-1"))) + "\n"
    done = subprocess.run(
        [program("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert "error while linting" not in done.stderr, done.stderr


def test_a_label_may_hold_what_it_likes() -> None:
    figures = Figures()
    figures.add("x", 1, reason='a\\b"c\nd')
    assert figures.text == 'smarter_net_x{reason="a\\\\b\\"c d"} 1\n'


def test_the_timer_comes_and_goes(place: Place, tmp_path: Path) -> None:
    with host(tmp_path) as ran:
        minute.each_minute(place, Daemon(None))
        name = "smarter-net-facts-prod.timer"
        assert asked(ran) == [["daemon-reload"], ["enable", "--quiet", name], ["restart", name]]
        assert "rollout.pyz facts\n" in (tmp_path / "smarter-net-facts-prod.service").read_text()
        minute.no_minute(place)
        minute.no_minute(place)
    assert [path.name for path in tmp_path.iterdir()] == ["prod"]


def test_without_systemd_it_looks_once_and_says_so(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with host(tmp_path, runs=False) as ran:
        minute.each_minute(place, Daemon(tmp_path))
        minute.no_minute(place)
    assert (tmp_path / TEXT).exists()
    assert asked(ran) == []
    line = capsys.readouterr().err
    assert line.startswith("watch: no systemd or no root on the host, so it looks")
    assert line.count("\n") == 1
