"""How the engine and server tests share the machine's workers, and what they say meanwhile.

A module is one worker's, because its tests share a stack or a server. The longest begin first, by the seconds of an
earlier run in `durations.json`: a long one that began last would keep a single worker busy at the end. Each module that
has ended is a line; so is each minute without one, with the tests that are under way.

    pytest -p tests.pace --numprocesses=5 tests/engine
    pytest -p tests.pace --record-durations …     writes durations.json again
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

RECORD = Path(__file__).with_name("durations.json")
QUIET_SECONDS = 60
SHARED = ("tests/engine/standing",)
"""Folders whose modules share one stack: one worker's, like a module."""


def unit(test: str) -> str:
    """What has to run in one worker, of a test's id: its module, or its folder where that is shared."""
    module = test.split("::", 1)[0]
    return next((folder for folder in SHARED if module.startswith(f"{folder}/")), module)


def recorded() -> dict[str, float]:
    """Seconds of each unit in an earlier run."""
    found: dict[str, float] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    return found


class Units(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole units, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


class Progress:
    """Tells what has ended and what is under way."""

    def __init__(self, write: Any, record: Path | None) -> None:  # noqa: ANN401  the terminal reporter's write_line
        self._write, self._record = write, record
        self._began = self._spoke = time.monotonic()
        self._left: Counter[str] = Counter()
        self._total = 0
        self._running: dict[str, float] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._outcomes: dict[str, Counter[str]] = {}
        self._over = threading.Event()
        self._teller = threading.Thread(target=self._tell, daemon=True)
        self._teller.start()

    def expect(self, tests: Iterable[str]) -> None:
        """These will run."""
        self._left = Counter(map(unit, tests))
        self._total = len(self._left)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without workers the tests are collected here."""
        if session.items:
            self.expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Each worker collects the same."""
        if not self._total:
            self.expect(ids)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """One begins."""
        self._running[nodeid] = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test has ended: the setup, the test, or what comes after it."""
        name = unit(report.nodeid)
        self._seconds[name] += report.duration
        if report.failed:
            self._say(f"FAILED {report.nodeid}")
        if report.when == "call" or not report.passed:
            self._outcomes.setdefault(name, Counter())[report.outcome] += 1
        if report.when == "teardown":
            self._running.pop(report.nodeid, None)
            self._left[name] -= 1
            if not self._left[name]:
                self._ended(name)

    def _ended(self, name: str) -> None:
        ended = sum(not left for left in self._left.values())
        outcomes = ", ".join(f"{count} {what}" for what, count in sorted(self._outcomes.get(name, {}).items()))
        self._say(f"{name}: {outcomes} in {self._seconds[name]:.0f} s ({ended} of {self._total})")

    def _say(self, what: str) -> None:
        self._spoke = time.monotonic()
        minutes, seconds = divmod(int(self._spoke - self._began), 60)
        self._write(f"{minutes:3}:{seconds:02} {what}")

    def _tell(self) -> None:
        while not self._over.wait(1):
            if time.monotonic() - self._spoke >= QUIET_SECONDS:
                self._say("under way: " + (", ".join(self._under_way()) or "none yet"))

    def _under_way(self) -> list[str]:
        now = time.monotonic()
        # A copy: this is another thread than the one that hears of the tests.
        return [f"{Path(unit(test)).stem} ({now - began:.0f} s)" for test, began in dict(self._running).items()]

    def pytest_sessionfinish(self) -> None:
        """All have ended."""
        self._over.set()
        self._teller.join()
        if self._record:
            seconds = {**recorded(), **{name: round(taken) for name, taken in self._seconds.items()}}
            there = {name: seconds[name] for name in sorted(seconds) if (RECORD.parents[1] / name).exists()}
            self._record.write_text(json.dumps(there, indent=2) + "\n")


def pytest_addoption(parser: pytest.Parser) -> None:
    """As pytest asks for it."""
    parser.addoption("--record-durations", action="store_true", help=f"write {RECORD.name} for the next run's order")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """As pytest asks for it; a worker says nothing."""
    if not hasattr(config, "workerinput"):
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        assert terminal is not None
        record = RECORD if config.getoption("--record-durations") else None
        config.pluginmanager.register(Progress(terminal.write_line, record), "progress")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; what was never timed before all."""
    seconds = recorded()
    items.sort(key=lambda item: (-seconds.get(unit(item.nodeid), math.inf), unit(item.nodeid)))


@pytest.hookimpl(wrapper=True)
def pytest_report_teststatus() -> Generator[None, tuple[str, Any, Any], tuple[str, Any, Any]]:
    """No dots: the lines say it. The word of what failed stands in the summary."""
    category, letter, word = yield
    return category, "", word if letter in {"F", "E"} else ""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Units:  # noqa: ANN401  xdist has no types
    """In place of `--dist`. By itself xdist begins with the units of the most tests, which are not the longest."""
    config.option.loadscopereorder = False
    return Units(config, log)
