"""Time and memory of other programs."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KIB = 1024


class BenchError(Exception):
    """Something that was to be measured does not work; one line."""


@dataclass
class Series:
    """What several runs gave, in one unit."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle run: a disturbed one does not count."""
        return statistics.median(self.values)


def run(
    line: Sequence[str], *, folder: Path, environment: Mapping[str, str], timeout: float = 900
) -> subprocess.CompletedProcess[str]:
    """Run to its end; BenchError with its last words if it fails."""
    done = subprocess.run(
        line, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=timeout,
    )  # fmt: skip
    return checked(done)


def checked(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """`done` if it succeeded."""
    if done.returncode:
        said = [text for text in (done.stdout + done.stderr).splitlines() if text.strip()]
        command = " ".join(map(str, done.args))
        telling = [text.strip() for text in said if "error" in text.lower()] or said
        raise BenchError(f"`{command[-120:]}` failed ({done.returncode}): " + " / ".join(telling[-4:]))
    return done


def seconds(action: Callable[[], object]) -> float:
    """How long `action` takes."""
    started = time.monotonic()
    action()
    return time.monotonic() - started


def rounds(count: int, actions: Mapping[str, Callable[[], object]]) -> dict[str, Series]:
    """Time each action `count` times, in turn, so that whatever disturbs the machine disturbs all of them."""
    found = {name: Series() for name in actions}
    for _ in range(count):
        for name, action in actions.items():
            found[name].values.append(seconds(action))
    return found


@dataclass(frozen=True)
class Watched:
    """One run of a program with everything that it starts."""

    seconds: float
    mebibytes: float
    """The most memory that its processes had at once."""


def watched(line: Sequence[str], *, folder: Path, environment: Mapping[str, str], timeout: float = 900) -> Watched:
    """Run to its end, looking at its memory four times a second."""
    started = time.monotonic()
    process = subprocess.Popen(
        line, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    peak = 0.0
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
    reader.start()
    while process.poll() is None:
        peak = max(peak, memory({process.pid, *descendants(process.pid)}))
        if time.monotonic() > started + timeout:
            process.kill()
        time.sleep(0.25)
    reader.join(timeout=5)
    checked(subprocess.CompletedProcess(line, process.returncode, "".join(said), ""))
    return Watched(time.monotonic() - started, peak)


def descendants(pid: int) -> set[int]:
    """Every process that `pid` has started, however far down."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    todo = [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            found.add(child)
            todo.append(child)
    return found


def started_with(text: str) -> set[int]:
    """Processes with `text` in their command line, and what they have started."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                if text.encode() in (entry / "cmdline").read_bytes():
                    found |= {int(entry.name), *descendants(int(entry.name))}
    return found


def memory(pids: set[int]) -> float:
    """Memory of processes in MiB; what several of them share is counted once among them."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / KIB


def processor_seconds(pids: set[int]) -> float:
    """Processor time that processes, and their children that have ended, have used so far."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return ticks / 100
