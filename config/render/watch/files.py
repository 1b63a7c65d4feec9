"""Which files each of the four begins with, by the service's name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from config.render.watch import alertmanager, blackbox, prometheus, rules

if TYPE_CHECKING:
    from config.topology.model import Topology
    from config.topology.watch import WatchSpec

Files = tuple[tuple[str, str], ...]
"""Path and text of each."""


def files(topology: Topology, watch: WatchSpec) -> dict[str, Files]:
    """The files of a stack's watch. The same topology gives the same bytes."""
    return {
        "prometheus": (
            ("/etc/prometheus/prometheus.yml", _text(prometheus.config(topology, watch))),
            (rules.PATH, _text(rules.rules(topology, watch))),
        ),
        "alertmanager": (
            ("/etc/alertmanager/alertmanager.yml", _text(alertmanager.config(topology.stack, watch))),
            (alertmanager.WORDS, alertmanager.words(topology.stack)),
        ),
        "blackbox-exporter": (("/etc/blackbox_exporter/config.yml", _text(blackbox.config(topology))),),
        "node-exporter": (),
    }


def _text(config: dict[str, Any]) -> str:
    return json.dumps(config, indent=1, ensure_ascii=False) + "\n"
