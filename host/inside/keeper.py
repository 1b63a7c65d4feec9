"""Ends what was begun in a container as soon as the one who began it is gone. Sent to the host, where Python runs it.

`docker exec` leaves its program running when it is killed or its connection is cut. So this runs beside it, on a
session of its own, and knows the program, and all that it has begun, by a variable that no other process has.

Arguments: the container and that variable (NAME=value). Each letter on stdin is one of `WORDS`; where none comes for
`PATIENCE` seconds, or stdin ends, the operator is gone. Needs Python 3.9 and nothing else.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {"I": "INT", "T": "TERM", ".": "", "E": ""}
"""A signal for what was begun; `.`: the operator is still there; `E`: it has ended by itself."""
PATIENCE = 40
"""Seconds; an `ssh` of the operator's gives up a silent connection after 30 to 40."""
ENDS = ("INT", "HUP", "TERM", "KILL", "KILL")
"""In this order: a database's client tells it to give up its query, a shell ends by HUP alone. The last one is for what
began at that moment."""
STEP = 1.0
"""Seconds between two of them."""
WITHIN = (
    'for one in /proc/[0-9]*; do case $(cat "$one/environ") in *"$0"*)'
    ' kill -s "$1" "${one#/proc/}" && echo "$one" ;; esac; done 2>/dev/null'
)
"""The same from within the container, where the host does not show its processes: another user's or machine's."""


def said() -> Iterator[str]:
    """Each letter, for as long as the operator is there."""
    while select.select([0], [], [], PATIENCE)[0]:
        read = os.read(0, 1024).decode(errors="replace")
        if not read:
            return
        yield from read


def tell(container: str, mark: str, name: str) -> bool:
    """Send a signal to all that has the mark; whether there was any."""
    found = False
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.Signals["SIG" + name])
                found = True
        except OSError:
            continue
    if found:
        return True
    asked = ["docker", "exec", container, "sh", "-c", WITHIN, mark, name]
    return bool(subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout)


def main(container: str, mark: str) -> None:
    """Do as the letters say, and in the end leave nothing."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        # What ends the others ends this one by its stdin.
        signal.signal(number, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    ended = False
    for letter in said():
        ended = ended or letter == "E"
        if WORDS.get(letter):
            tell(container, mark, WORDS[letter])
    for name in ENDS:
        if not tell(container, mark, name) and ended:
            return
        time.sleep(STEP)


if __name__ == "__main__":
    main(*sys.argv[1:])
