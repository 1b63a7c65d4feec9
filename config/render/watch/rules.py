"""What is wrong: Prometheus's rules, each with its reason in words and the command that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.render.watch import host_rules
from config.render.watch.alertmanager import WATCHDOG
from config.render.watch.rule import rule
from config.topology.model import Certificates
from config.values.units import Duration

if TYPE_CHECKING:
    from config.topology.model import Topology
    from config.topology.watch import WatchSpec

JSON = dict[str, Any]
PATH = "/etc/prometheus/rules.yml"
LOOKS = 2
"""So many more looks have to find the same before it is told: a rollout may keep one request waiting."""
ERRORS, FEWEST = 0.05, 0.1
"""Share of a site's answers that are 5xx, and fewest of them a second; five minutes of both."""
DAYS_LEFT = 10
"""Of a certificate. Caddy asks for the next one when a third of its time is left: 30 days of Let's Encrypt's 90."""
HOURS_LEFT = 2
"""Of one of the proxy's own, which is made for 12 hours and again when 4 are left."""
_ANSWER = (
    "{{ with printf \"probe_http_status_code{site='%s'} > 0\" $labels.site | query }}"
    "it answers {{ . | first | value }}{{ else }}it does not answer{{ end }}"
)


def rules(topology: Topology, watch: WatchSpec) -> JSON:
    """The whole file."""
    stack = topology.stack
    found = [*_sites(stack, watch), *_errors(stack), _certificate(topology), *_itself(stack, watch)]
    groups = {"sites": found, "host": host_rules.rules(topology)}
    return {"groups": [{"name": name, "rules": each} for name, each in groups.items()]}


def _sites(stack: str, watch: WatchSpec) -> list[JSON]:
    since = _looks(watch)
    logs = f"make status STACK={stack}; make logs STACK={stack} SERVICE={{{{ $labels.service }}}} SINCE=10m"
    slow = watch.slow.seconds
    return [
        rule(
            "SiteDown", 'probe_success{job="sites"} == 0', since,
            f"{{{{ $labels.site }}}} is down: {_ANSWER} (service {{{{ $labels.service }}}})", logs,
        ),
        rule(
            "ServiceDown", 'probe_success{job="services"} == 0', since,
            f"{{{{ $labels.service }}}} is down: {_ANSWER}", logs,
        ),
        rule(
            "ElsewhereDown", 'probe_success{job="elsewhere"} == 0', since,
            f"{{{{ $labels.site }}}} of another stack is down: {_ANSWER}",
            "look at that stack: make status, with its STACK=",
        ),
        rule(
            "SiteSlow", f'avg_over_time(probe_duration_seconds{{job="sites"}}[10m]) > {slow:g}', "5m",
            "{{ $labels.site }} takes {{ $value | humanizeDuration }} for an answer, on the average of ten minutes "
            "(service {{ $labels.service }})", logs,
        ),
    ]  # fmt: skip


def _errors(stack: str) -> list[JSON]:
    """By the proxy's own figures. Each handler that a request passes counts it: the one that counted most is meant."""
    count = 'caddy_http_request_duration_seconds_count{server="edge"'
    bad = f'max by (host) (sum by (host, handler) (rate({count},code=~"5.."}}[5m])))'
    each = f"max by (host) (sum by (host, handler) (rate({count}}}[5m])))"
    return [
        rule(
            "SiteErrors", f"{bad} / {each} > {ERRORS} and {bad} > {FEWEST}", "2m",
            "{{ $value | humanizePercentage }} of the answers of {{ $labels.host }} are errors (5xx)",
            f"make logs STACK={stack} SERVICE=caddy-proxy SINCE=10m GREP={{{{ $labels.host }}}}",
        )
    ]  # fmt: skip


def _certificate(topology: Topology) -> JSON:
    hours = HOURS_LEFT if topology.proxy.certificates is Certificates.INTERNAL else DAYS_LEFT * 24
    return rule(
        "CertificateOld", f'probe_ssl_earliest_cert_expiry{{job=~"sites|elsewhere"}} - time() < {hours * 3600}', "10m",
        "the certificate of {{ $labels.site }} is good for {{ $value | humanizeDuration }} only, and is not renewed",
        f"make logs STACK={topology.stack} SERVICE=caddy-proxy SINCE=24h GREP=certificate",
    )  # fmt: skip


def _itself(stack: str, watch: WatchSpec) -> list[JSON]:
    since, does = _looks(watch), f"make status STACK={stack}; make up STACK={stack}"
    return [
        rule(
            "ProxyDown", 'up{job="proxy"} == 0', since,
            "caddy-proxy does not answer, and with it no site", does,
        ),
        rule(
            "WatchDown", 'up{job!~"proxy|sites|services|elsewhere"} == 0', since,
            "{{ $labels.service }} does not answer: part of the watch is blind", does,
        ),
        rule(
            "MessagesFail", "increase(alertmanager_notifications_failed_total[15m]) > 0", "1m",
            "messages by {{ $labels.integration }} do not get through",
            f"make logs STACK={stack} SERVICE=alertmanager SINCE=1h; make alert-test STACK={stack}",
        ),
        rule(WATCHDOG, "vector(1)", "0s", "the watch works", "nothing has to be done"),
    ]  # fmt: skip


def _looks(watch: WatchSpec) -> str:
    return str(Duration(watch.every.milliseconds * LOOKS))
