"""Says whether the lock that stopped a deploy is one that a job which is over has left: `stale_lock.py <log`.

Deploys of a stack wait for each other at GitHub, so that of the jobs none but this one can hold it. A lock of this
machine is stale if its process is gone. One of another machine is if both are GitHub's own, which are thrown away after
each job; its user there, `runner`, is no laptop's. Everything else may be an operator at work, and stays.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path

LOCK = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<when>[\w:.+-]+)")
"""How the engine tells of a lock on a state in a bucket."""
HOSTED_USER = "runner"


def stale(lock: re.Match[str]) -> bool:
    """Whether its holder cannot be at work any more."""
    if lock["host"] == socket.gethostname():
        return not Path(f"/proc/{lock['pid']}").exists()
    return os.environ.get("RUNNER_ENVIRONMENT") == "github-hosted" and lock["user"] == HOSTED_USER


def main() -> int:
    """Name each lock; 0 if there are some and all of them are stale."""
    locks = list(LOCK.finditer(sys.stdin.read()))
    for lock in locks:
        verdict = "left by a job that is over" if stale(lock) else "its holder may be at work"
        print(f"lock of {lock['user']}@{lock['host']}, process {lock['pid']}, since {lock['when']}: {verdict}")
    return 0 if locks and all(map(stale, locks)) else 1


if __name__ == "__main__":
    sys.exit(main())
