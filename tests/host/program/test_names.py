"""What the program on the host and what sends it there have to agree on."""

from __future__ import annotations

from pathlib import Path

from config.render import caddy
from config.render import caddy_handlers as handlers
from config.topology.service import Order
from host import backups, labels, machine
from host.program import names
from host.program.backup import swap, workplace
from host.program.boot import schedule
from host.program.clock import Clock
from host.program.place import Place
from tests.config.stacks import topology


def test_both_sides_say_the_same() -> None:
    assert topology("dev").proxy.name == names.PROXY
    assert names.STATUS == caddy.STATUS_ADDRESS
    assert names.NOWHERE == handlers.NOWHERE
    assert names.CONFIG_DIRECTORY == handlers.CONFIG_DIRECTORY
    assert names.ADMIN_SOCKET == caddy.ADMIN_SOCKET
    assert (names.STACK, names.SERVICE, names.RELEASE) == (labels.STACK, labels.SERVICE, labels.RELEASE)
    assert (names.CARRIER, swap.RESTORING) == (labels.CARRIER, machine.RESTORING)
    assert (backups.STACK_FILE, backups.ORDERS) == (schedule.STACK_FILE, schedule.ORDERS)
    place = Place(Path("/var/lib/smarter-net/prod"), Clock())
    assert backups.unit(place.root, "timer") == schedule.unit(place, "timer")
    assert (workplace.FOLDER, workplace.PROGRAM) == (backups.FOLDER, backups.PROGRAM)
    assert Order.ROLLING.value == names.ROLLING
