"""Topology -> the README's picture, as SVG, docs/topology.svg. A test keeps it in step.

Left to right, as a request goes: the Internet, the proxy with its sites, the network with its services.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from config.topology.model import PROJECT

if TYPE_CHECKING:
    from config.topology.model import SiteSpec, Topology
    from config.topology.service import ServiceSpec

ROW = 64
TOP = 96
LEFT, PROXY, NETWORK = 24, 190, 600
"""Left edges of the three columns, in pixels."""
SITE_WIDTH, SERVICE_WIDTH = 280, 300
INDENT = 28
"""Of an accessory, below its service."""
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1c2430 }
  .title { font-weight: 600; font-size: 15px } .small { font-size: 12px; fill: #5d6979 }
  .area { fill: #f6f7f9; stroke: #c9d0da } .box { fill: #fff; stroke: #8794a8 }
  .planned { stroke-dasharray: 5 4 } .edge { fill: none; stroke: #2f7d6d; stroke-width: 1.6 }
  .edge.planned { stroke: #a7b0bd }
"""


def draw(topology: Topology) -> str:
    """The picture of one stack; the same topology gives the same text."""
    rows = max(len(topology.sites), len(topology.services))
    height = TOP + rows * ROW + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 940 {height}" role="img" aria-label="{PROJECT}">',
        f"<style>{STYLE}</style>",
        f'<rect width="940" height="{height}" rx="10" fill="#fff"/>',
        *_internet(topology, height),
        *_area(PROXY - 16, SITE_WIDTH + 32, height, topology.proxy.name, "TLS 1.2 and 1.3, certificates by itself"),
        *_area(NETWORK - 16, SERVICE_WIDTH + 32, height, topology.network.name, "no published port but the proxy's"),
    ]
    rows_of = {service.name: index for index, service in enumerate(topology.services)}
    edges = ((index, rows_of[name]) for index, site in enumerate(topology.sites) for name in site.services)
    parts += [_edge(index, row, topology) for index, row in edges]
    parts += [_site(index, site) for index, site in enumerate(topology.sites)]
    parts += [_service(index, service) for index, service in enumerate(topology.services)]
    return "\n".join([*parts, "</svg>", ""])


def _internet(topology: Topology, height: int) -> list[str]:
    middle = (TOP + height) // 2
    return [
        f'<text class="title" x="{LEFT}" y="{middle - 14}">Internet</text>',
        f'<text class="small" x="{LEFT}" y="{middle + 8}">{topology.proxy.https_port} https</text>',
        f'<text class="small" x="{LEFT}" y="{middle + 26}">{topology.proxy.http_port} redirect</text>',
        f'<path class="edge" d="M {LEFT + 88} {middle - 4} H {PROXY - 26} l -7 -5 m 7 5 l -7 5"/>',
    ]


def _area(left: int, width: int, height: int, title: str, note: str) -> list[str]:
    return [
        f'<rect class="area" x="{left}" y="20" width="{width}" height="{height - 40}" rx="10"/>',
        f'<text class="title" x="{left + 16}" y="48">{escape(title)}</text>',
        f'<text class="small" x="{left + 16}" y="68">{escape(note)}</text>',
    ]


def _middle(index: int) -> int:
    return TOP + index * ROW + 22


def _edge(site: int, service: int, topology: Topology) -> str:
    start, end = PROXY + SITE_WIDTH, NETWORK
    planned = "" if topology.services[service].runs else " planned"
    bend = (start + end) // 2
    return (
        f'<path class="edge{planned}" d="M {start} {_middle(site)} C {bend} {_middle(site)} {bend} {_middle(service)} '
        f'{end - 4} {_middle(service)} l -7 -5 m 7 5 l -7 5"/>'
    )


def _site(index: int, site: SiteSpec) -> str:
    y = TOP + index * ROW
    return (
        f'<rect class="box" x="{PROXY}" y="{y}" width="{SITE_WIDTH}" height="44" rx="6"/>'
        f'<text x="{PROXY + 14}" y="{y + 27}">{escape(str(site.host))}</text>'
    )


def _service(index: int, service: ServiceSpec) -> str:
    y = TOP + index * ROW
    left = NETWORK + (INDENT if service.accessory_of else 0)
    planned = "" if service.runs else " planned"
    state = service.rollout.order.value if service.runs else service.state
    note = f"{service.purpose} · {state}"
    return (
        f'<rect class="box{planned}" x="{left}" y="{y}" width="{NETWORK + SERVICE_WIDTH - left}" height="44" rx="6"/>'
        f'<text x="{left + 14}" y="{y + 19}">{escape(service.name)}:{service.port}</text>'
        f'<text class="small" x="{left + 14}" y="{y + 36}">{escape(note)}</text>'
    )
