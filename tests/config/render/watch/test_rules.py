"""The rules, tried by promtool on figures of their own: what is told, when, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.render.watch.trial import tried

if TYPE_CHECKING:
    from pathlib import Path

SITE = '{job="sites",site="api.smarterbot.cl",instance="api.smarterbot.cl",service="n8n"}'
LABELS = {"job": "sites", "site": "api.smarterbot.cl", "instance": "api.smarterbot.cl", "service": "n8n"}
LOGS = "make status STACK=prod; make logs STACK=prod SERVICE=n8n SINCE=10m"
CADDY = "make logs STACK=prod SERVICE=caddy-proxy SINCE="
COUNT = 'caddy_http_request_duration_seconds_count{server="edge",host="api.smarterbot.cl",handler="subroute",code="%s"}'


def test_a_site_that_does_not_answer_is_told_after_two_more_looks(tmp_path: Path) -> None:
    figures = {f"probe_success{SITE}": "1 1 0x4 1x4", f"probe_http_status_code{SITE}": "200 200 0x4 200x4"}
    said = "api.smarterbot.cl is down: it does not answer (service n8n)"
    tried(
        tmp_path, figures,
        ("1m", "SiteDown", None, "", ""),
        ("2m", "SiteDown", LABELS, said, LOGS),
        ("4m", "SiteDown", None, "", ""),
    )  # fmt: skip


def test_one_slow_look_during_a_rollout_is_not_told(tmp_path: Path) -> None:
    figures = {f"probe_success{SITE}": "1 1 0 0 1x8", f"probe_http_status_code{SITE}": "200 200 0 0 200x8"}
    tried(tmp_path, figures, *((f"{half}s", "SiteDown", None, "", "") for half in range(0, 360, 30)))


def test_a_site_that_fails_is_told_with_its_answer(tmp_path: Path) -> None:
    figures = {f"probe_success{SITE}": "0x9", f"probe_http_status_code{SITE}": "502x9"}
    tried(
        tmp_path, figures, ("2m", "SiteDown", LABELS, "api.smarterbot.cl is down: it answers 502 (service n8n)", LOGS)
    )


def test_a_service_without_a_site_is_looked_at_too(tmp_path: Path) -> None:
    labels = {"job": "services", "site": "x:1", "service": "x"}
    one = '{job="services",site="x:1",service="x"}'
    figures = {f"probe_success{one}": "0x9", f"probe_http_status_code{one}": "503x9"}
    said = "x is down: it answers 503"
    tried(tmp_path, figures, ("2m", "ServiceDown", labels, said, LOGS.replace("n8n", "x")))


def test_a_site_of_another_stack_is_looked_at_too(tmp_path: Path) -> None:
    url = "https://mkt.smarterbot.store"
    one = f'{{job="elsewhere",site="{url}",service="another stack"}}'
    figures = {f"probe_success{one}": "0x9", f"probe_http_status_code{one}": "0x9"}
    labels = {"job": "elsewhere", "site": url, "service": "another stack"}
    said, help_ = (
        f"{url} of another stack is down: it does not answer",
        "look at that stack: make status, with its STACK=",
    )
    tried(tmp_path, figures, ("2m", "ElsewhereDown", labels, said, help_))


def test_slow_is_an_average_of_ten_minutes(tmp_path: Path) -> None:
    said = "api.smarterbot.cl takes 8s for an answer, on the average of ten minutes (service n8n)"
    name = f"probe_duration_seconds{SITE}"
    tried(tmp_path, {name: "8x40"}, ("4m", "SiteSlow", None, "", ""), ("10m", "SiteSlow", LABELS, said, LOGS))
    # Ten rollouts in ten minutes, each of which lets one look wait.
    tried(tmp_path, {name: " ".join(["0.1 8 0.1 0.1"] * 15)}, ("20m", "SiteSlow", None, "", ""))


def test_the_share_of_errors_is_the_proxys_own(tmp_path: Path) -> None:
    host = {"host": "api.smarterbot.cl"}
    said = "10% of the answers of api.smarterbot.cl are errors (5xx)"
    help_ = f"{CADDY}10m GREP=api.smarterbot.cl"
    tried(tmp_path, {COUNT % "200": "0+270x40", COUNT % "502": "0+30x40"}, ("10m", "SiteErrors", host, said, help_))
    # One in a hundred, and all of a few: neither is told.
    tried(tmp_path, {COUNT % "200": "0+300x40", COUNT % "502": "0+3x40"}, ("10m", "SiteErrors", None, "", ""))
    tried(tmp_path, {COUNT % "200": "0x40", COUNT % "502": "0+1x40"}, ("10m", "SiteErrors", None, "", ""))


@pytest.mark.parametrize(("days", "told"), [(5, True), (30, False)])
def test_a_certificate_that_is_not_renewed_is_told(tmp_path: Path, days: int, told: bool) -> None:  # noqa: FBT001
    until = 900 + days * 86400
    figures = {f"probe_ssl_earliest_cert_expiry{SITE}": f"{until}x60"}
    said = f"the certificate of api.smarterbot.cl is good for {days}d 0h 0m 0s only, and is not renewed"
    case = ("15m", "CertificateOld", LABELS if told else None, said, f"{CADDY}24h GREP=certificate")
    tried(tmp_path, figures, case)


def test_the_watch_looks_at_itself(tmp_path: Path) -> None:
    proxy = {"job": "proxy", "service": "caddy-proxy"}
    node = {"job": "host", "service": "node-exporter"}
    figures = {'up{job="proxy",service="caddy-proxy"}': "0x9", 'up{job="host",service="node-exporter"}': "0x9",
               'up{job="sites",site="x"}': "0x9",
               'alertmanager_notifications_failed_total{integration="email"}': "0+1x9"}  # fmt: skip
    logs = "make logs STACK=prod SERVICE=alertmanager SINCE=1h; make alert-test STACK=prod"
    does, fails = "make status STACK=prod; make up STACK=prod", "messages by email do not get through"
    tried(
        tmp_path, figures,
        ("2m", "ProxyDown", proxy, "caddy-proxy does not answer, and with it no site", does),
        ("2m", "WatchDown", node, "node-exporter does not answer: part of the watch is blind", does),
        ("3m", "MessagesFail", {"integration": "email"}, fails, logs),
        ("0s", "Watchdog", {}, "the watch works", "nothing has to be done"),
    )  # fmt: skip
