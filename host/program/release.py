"""Runs a rollout so that it goes on to its end, whatever becomes of the engine, of the connection, or of itself.

Three processes: the one that the engine waits for, which only hands on what is said; one in a session of its own, which
looks after the rollout; and the rollout. One that is killed, as by a machine without memory, is taken up again.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

from .apart import in_a_session_of_its_own
from .backup.database import sweep
from .errors import DockerError, Failed
from .place import ROLLOUT_PATIENCE
from .proxy import standby
from .request import Request
from .rollout import Rollout
from .tell import Tell

if TYPE_CHECKING:
    from .clock import Clock
    from .docker import Docker
    from .place import Place

TRIES = 3
PAUSE = 3
"""Seconds before a rollout that was killed is taken up: what it had asked Docker for has come to pass by then."""
CRASHED = 2
"""What the rollout's process ends with when the program itself is at fault."""


def release(text: str, place: Place, docker: Docker, clock: Clock) -> int:
    """Roll out, and hand on what is said; 0 if the new container serves."""
    request = Request.parse(text)
    place.need_room()
    reading, writing = os.pipe()
    looking_after = os.fork()
    if not looking_after:
        os.close(reading)
        in_a_session_of_its_own()
        os._exit(_look_after(request, place, docker, clock, writing))
    os.close(writing)
    while said := os.read(reading, 65_536):
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
    return _code(looking_after)


def roll_out(request: Request, place: Place, docker: Docker, clock: Clock, tell: Tell, *, more: bool = False) -> None:
    """Roll out in this process; `more`: it was begun before, and its log goes on."""
    # The proxy that is asked what it still answers would not be the one that does.
    standby.ended(place)
    with place.lock(request.service, ROLLOUT_PATIENCE):
        tell.keep(place.root / "log" / f"{request.service}.log", more=more)
        try:
            if request.first_start_cut:
                sweep(request.stack, request.service, docker)
            Rollout(request, place, docker, clock, tell).run()
        except DockerError as error:
            tell(f"{request.service}: {error}")
            raise
        except Failed as failure:
            tell(str(failure))
            raise
        finally:
            tell.close()


def _look_after(request: Request, place: Place, docker: Docker, clock: Clock, listener: int) -> int:
    def work(tries: int) -> int:
        tell = Tell(listener)
        try:
            roll_out(request, place, docker, clock, tell, more=tries > 0)
        except Failed:
            return 1
        except Exception:  # noqa: BLE001  whatever it is, the operator has to see it
            for line in traceback.format_exc().splitlines():
                tell(line)
            return CRASHED
        return 0

    tell = Tell(listener)
    for tries in range(TRIES):
        worker = os.fork()
        if not worker:
            os._exit(work(tries))
        code = _code(worker)
        if code in {0, 1}:
            return code
        if tries + 1 < TRIES:
            tell(f"{request.service}: the rollout was cut off; it is taken up again")
            clock.sleep(PAUSE)
    tell(f"{request.service}: the rollout was cut off {TRIES} times; run the same command again")
    return 1


def _code(child: int) -> int:
    """What a child ends with; 128 and more by a signal, as a shell says it."""
    _, status = os.waitpid(child, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
