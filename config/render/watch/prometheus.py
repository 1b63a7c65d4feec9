"""What Prometheus asks, how often, and whom it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.render.watch import blackbox, rules
from config.topology.service import FIGURES_PORT, Protocol

if TYPE_CHECKING:
    from config.topology.model import SiteSpec, Topology
    from config.topology.service import ServiceSpec
    from config.topology.watch import WatchSpec

JSON = dict[str, Any]
BLACKBOX = "blackbox-exporter:9115"


def config(topology: Topology, watch: WatchSpec) -> JSON:
    """The whole file."""
    every = str(watch.every)
    return {
        # As long as there is: a request may wait for a rollout.
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": [rules.PATH],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]},
        "scrape_configs": [
            _job("prometheus", "127.0.0.1:9090", {"service": "prometheus"}),
            _job("alertmanager", "alertmanager:9093", {"service": "alertmanager"}),
            _job("blackbox", BLACKBOX, {"service": "blackbox-exporter"}),
            # What the host says names services of its own.
            _job("host", "node-exporter:9100", {"service": "node-exporter"}) | {"honor_labels": True},
            _job("proxy", f"{topology.proxy.name}:{FIGURES_PORT}", {"service": topology.proxy.name}),
            _probes("sites", [_site(site, topology) for site in topology.sites]),
            _probes("services", [_service(service) for service in without_site(topology)]),
            _probes("elsewhere", [_elsewhere(url) for url in watch.also]),
        ],
    }


def without_site(topology: Topology) -> list[ServiceSpec]:
    """Services that run and that no site shows, of those that neighbours reach by name without a password."""
    shown = {name for site in topology.sites for name in site.services}
    return [
        service
        for service in topology.running
        if service.protocol is Protocol.HTTP and not (service.guarded or service.shut_in) and service.name not in shown
    ]


def closed(site: SiteSpec, topology: Topology) -> bool:
    """Whether its right answer may be 503: closed for a while, stopped or only planned."""
    return bool(site.maintenance) or not topology.service(site.service).runs


def _job(name: str, target: str, labels: JSON) -> JSON:
    return {"job_name": name, "static_configs": [{"targets": [target], "labels": labels}]}


def _probes(name: str, targets: list[JSON]) -> JSON:
    """Ask the blackbox exporter about each; what it asks is in the labels that it does not keep."""
    return {
        "job_name": name,
        "metrics_path": "/probe",
        "static_configs": targets,
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__host"], "regex": "(.+)", "target_label": "__param_hostname"},
            {"source_labels": ["__module"], "target_label": "__param_module"},
            {"source_labels": ["site"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": BLACKBOX},
        ],
    }


def _site(site: SiteSpec, topology: Topology) -> JSON:
    module = blackbox.CLOSED if closed(site, topology) else blackbox.SITE
    labels = {"site": str(site.host), "service": site.service, "__host": str(site.host), "__module": module}
    return {"targets": [f"https://{topology.proxy.name}/"], "labels": labels}


def _service(service: ServiceSpec) -> JSON:
    url = f"http://{service.name}:{service.port}{service.health.readiness}"
    labels = {"site": f"{service.name}:{service.port}", "service": service.name, "__module": blackbox.SERVICE}
    return {"targets": [url], "labels": labels}


def _elsewhere(url: str) -> JSON:
    return {"targets": [url], "labels": {"site": url, "service": "another stack", "__module": blackbox.VISITOR}}
