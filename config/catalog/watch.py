"""What watches a stack, as data: the accessory group `watch`, which exists where the stack file has that part.

Each is on a private network of its own, with Prometheus alone beside it. Their files are `config.render.watch`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.catalog.entry import Entry
from config.topology.data import Nothing
from config.topology.model import PROJECT
from config.topology.service import Health, Order, Protocol, Rollout, VolumeSpec
from config.topology.watch import FACTS
from config.values.units import Duration, Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

_D = Duration.parse
GROUP = "watch"
# What one has in its memory is on the disk too, or comes again with the next look.
_ROLLOUT = Rollout(order=Order.RECREATE, start=_D("2m"), settle=_D("1s"), drain=_D("0s"), stop=_D("20s"), hold=_D("5s"))
_UNPRIVILEGED = "65534:65534"
"""The number of the images' own user; one of them leaves it to root."""


def _asks(path: str) -> Health:
    """By the official images' busybox."""
    return Health(command=("wget", "-q", "-T", "3", "-O", "/dev/null", f"http://127.0.0.1:{{port}}{path}"))


def _bounded(megabytes: int) -> Mapping[str, str]:
    """Go collects its garbage before the kernel would have to."""
    return {"GOMEMLIMIT": f"{megabytes}MiB"}


PROMETHEUS = Entry(
    name="prometheus",
    purpose="Figures, and what is wrong by them",
    port=9090,
    protocol=Protocol.TCP,
    aliases=("prometheus",),
    group=GROUP,
    neighbour=True,
    reaches=("alertmanager", "blackbox-exporter", "node-exporter"),
    repository="prom/prometheus",
    version="v3.5.3",
    command=(
        "--config.file=/etc/prometheus/prometheus.yml",
        "--storage.tsdb.path=/prometheus",
        "--storage.tsdb.retention.time=15d",
        "--storage.tsdb.retention.size=1GB",
    ),
    environment=_bounded(100),
    volumes=(
        VolumeSpec(
            name=f"{PROJECT}-prometheus",
            path="/prometheus",
            copied=Nothing(reason="it holds figures of the last 15 days, which no service needs"),
        ),
    ),
    user=_UNPRIVILEGED,
    memory=Memory(128),
    least_memory=Memory(64),
    health=_asks("/-/ready"),
    rollout=_ROLLOUT,
    alone="two of them on one directory destroy it",
)

ALERTMANAGER = Entry(
    name="alertmanager",
    purpose="Messages",
    port=9093,
    protocol=Protocol.TCP,
    aliases=("alertmanager",),
    group=GROUP,
    outward=True,
    repository="prom/alertmanager",
    version="v0.33.1",
    # Without the second it looks for others of its kind, and does not start where it has no private address.
    command=(
        "--config.file=/etc/alertmanager/alertmanager.yml",
        "--cluster.listen-address=",
        "--storage.path=/alertmanager",
    ),
    environment=_bounded(64),
    volumes=(
        VolumeSpec(
            name=f"{PROJECT}-alertmanager",
            path="/alertmanager",
            copied=Nothing(reason="it holds what was told already, and what was silenced by hand"),
        ),
    ),
    user=_UNPRIVILEGED,
    memory=Memory(96),
    least_memory=Memory(64),
    health=_asks("/-/ready"),
    rollout=_ROLLOUT,
    alone="each of two would tell everything",
)

BLACKBOX = Entry(
    name="blackbox-exporter",
    purpose="Asks the sites",
    port=9115,
    protocol=Protocol.TCP,
    aliases=("blackbox-exporter",),
    group=GROUP,
    neighbour=True,
    repository="prom/blackbox-exporter",
    version="v0.28.0",
    command=("--config.file=/etc/blackbox_exporter/config.yml",),
    environment=_bounded(32),
    user=_UNPRIVILEGED,
    memory=Memory(64),
    least_memory=Memory(48),
    health=_asks("/-/healthy"),
    rollout=_ROLLOUT,
)

NODE = Entry(
    name="node-exporter",
    purpose="Figures of the machine",
    port=9100,
    protocol=Protocol.TCP,
    aliases=("node-exporter",),
    group=GROUP,
    repository="prom/node-exporter",
    version="v1.11.1",
    # What a container sees of these is the machine's: no folder of the machine has to be shown to it.
    command=(
        "--collector.disable-defaults",
        "--collector.cpu",
        "--collector.loadavg",
        "--collector.meminfo",
        "--collector.vmstat",
        "--collector.textfile",
        "--collector.textfile.directory=/facts",
    ),
    environment=_bounded(24),
    volumes=(
        VolumeSpec(
            name=FACTS,
            path="/facts",
            copied=Nothing(reason="it holds what the host says of itself each minute"),
        ),
    ),
    user=_UNPRIVILEGED,
    memory=Memory(64),
    least_memory=Memory(48),
    health=_asks("/"),
    rollout=_ROLLOUT,
)

WATCH = (PROMETHEUS, ALERTMANAGER, BLACKBOX, NODE)
