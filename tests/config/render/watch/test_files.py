"""The rendered files, as the programs themselves check them, and what is in them."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from config.catalog.watch import WATCH
from config.render.caddy import render
from config.render.watch.alertmanager import EVERYBODY, PING, SILENCE, secret_file
from config.topology.service import _NOT_IN_A_CONTAINER
from tests.config.render.watch.stacks import ALL, ALSO, TELL, texts, watched
from tests.config.stacks import CLOUDFLARE, topology
from tests.rig.watch_programs import program

if TYPE_CHECKING:
    from pathlib import Path

SINCE = {"files", "neighbour", "outward"}
"""Fields that a service has since there is a watch."""
BOTH = pytest.mark.parametrize("stack", ["dev", "prod"])


def parsed(service: str, path: str, stack: str = "prod", **patch: Any) -> dict[str, Any]:  # noqa: ANN401
    made: dict[str, Any] = json.loads(texts(watched(stack, patch), service)[path])
    return made


def written(folder: Path, service: str, stack: str) -> list[Path]:
    """The files of one service below that folder, which stands for the root."""
    found = []
    for path, text in texts(watched(stack), service).items():
        at = folder / path.lstrip("/")
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text.replace('"/etc/', f'"{folder}/etc/'))
        found.append(at)
    return found


def passes(*line: str | Path) -> str:
    done = subprocess.run([*map(str, line)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@BOTH
def test_prometheus_takes_its_files(tmp_path: Path, stack: str) -> None:
    config, _ = written(tmp_path, "prometheus", stack)
    assert "rules found" in passes(program("promtool"), "check", "config", config)


@BOTH
def test_alertmanager_takes_its_files(tmp_path: Path, stack: str) -> None:
    config, _ = written(tmp_path, "alertmanager", stack)
    assert "1 templates" in passes(program("amtool"), "check-config", config)


@BOTH
def test_the_blackbox_exporter_takes_its_file(tmp_path: Path, stack: str) -> None:
    (config,) = written(tmp_path, "blackbox-exporter", stack)
    assert "ok" in passes(program("blackbox-exporter"), "--config.check", f"--config.file={config}")


def test_the_versions_that_check_them_are_the_catalogs() -> None:
    for entry in WATCH:
        said = passes(program(entry.name), "--version")
        assert f"version {entry.version.removeprefix('v')}" in said, f"{entry.name}: {said.splitlines()[0]}"


@BOTH
def test_each_site_is_asked_by_its_name_at_the_proxy(stack: str) -> None:
    jobs = {
        job["job_name"]: job for job in parsed("prometheus", "/etc/prometheus/prometheus.yml", stack)["scrape_configs"]
    }
    sites = {each["labels"]["__host"]: each for each in jobs["sites"]["static_configs"]}
    assert list(sites) == [str(site.host) for site in watched(stack).sites]
    assert {target for each in sites.values() for target in each["targets"]} == {"https://caddy-proxy/"}
    assert jobs["elsewhere"]["static_configs"][0]["targets"] == [ALSO]
    # Else what the host says of n8n would be the node exporter's.
    assert jobs["host"]["honor_labels"] is True
    assert jobs["proxy"]["static_configs"][0]["targets"] == ["caddy-proxy:2021"]


def test_a_site_that_is_closed_for_a_while_is_not_down() -> None:
    patch = {"sites/0/maintenance": {}, "services/n8n/stopped": True}
    jobs = parsed("prometheus", "/etc/prometheus/prometheus.yml", "prod", **patch)["scrape_configs"]
    sites = next(job for job in jobs if job["job_name"] == "sites")["static_configs"]
    modules = {each["labels"]["service"]: each["labels"]["__module"] for each in sites}
    assert (modules["smarteros-blogbowl"], modules["n8n"], modules["metabase"]) == ("closed", "closed", "site")
    known = parsed("blackbox-exporter", "/etc/blackbox_exporter/config.yml")["modules"]
    assert [503 in known[name]["http"]["valid_status_codes"] for name in ("site", "closed")] == [False, True]


def test_every_way_out_is_taken_and_no_secret_is_in_a_file() -> None:
    made = parsed("alertmanager", "/etc/alertmanager/alertmanager.yml")
    everybody, ping = made["receivers"]
    kinds = {key: len(value) for key, value in everybody.items() if key != "name"}
    assert kinds == {"email_configs": 1, "telegram_configs": 1, "slack_configs": 1, "webhook_configs": 2}
    text = json.dumps(made)
    for way in TELL.values():
        assert secret_file(way["secret"]) in text
    assert ping == {
        "name": PING,
        "webhook_configs": [{"url_file": "/run/secrets/watch-ping-url", "send_resolved": False, "max_alerts": 1}],
    }
    spec = watched().service("alertmanager")
    assert {use.path for use in spec.secrets} == {secret_file(name) for name in watched().watch.secrets}  # type: ignore[union-attr]
    assert made["route"]["receiver"] == EVERYBODY


def test_without_a_url_for_it_the_watchdog_is_not_told() -> None:
    made = parsed("alertmanager", "/etc/alertmanager/alertmanager.yml", "prod", watch={"tell": {"ntfy": TELL["ntfy"]}})
    assert made["receivers"][1] == {"name": SILENCE}
    assert made["route"]["routes"][0]["receiver"] == SILENCE


def test_ntfy_fills_in_the_words_itself() -> None:
    everybody = parsed("alertmanager", "/etc/alertmanager/alertmanager.yml")["receivers"][0]
    url = everybody["webhook_configs"][1]["url"]
    assert url.startswith("https://ntfy.sh/a-topic?tpl=1&title=prod")
    assert "annotations.summary" in url


@pytest.mark.parametrize(("stack", "patch"), [("dev", {}), ("staging", {}), ("prod", {}), ("prod", CLOUDFLARE)])
def test_a_stack_without_it_is_as_it_was(stack: str, patch: dict[str, Any]) -> None:
    plain = topology(stack, patch)
    assert plain.watch is None
    assert not {entry.name for entry in WATCH} & {service.name for service in plain.services}
    assert 'metrics"}' not in render(plain)
    assert ":2021" not in render(plain)


def test_nothing_else_of_a_stack_changes_with_it() -> None:
    plain, having = topology("prod"), watched()
    own = tuple(service for service in having.services if service.group != "watch")
    assert replace(having, services=own, watch=None) == plain
    assert [one.release for one in own] == [one.release for one in plain.services]


def test_releases_are_those_from_before_there_were_files() -> None:
    """Else every container of every stack would be made again by an upgrade."""
    for spec in topology("prod").services:
        before = {key: value for key, value in asdict(spec).items() if key not in SINCE | _NOT_IN_A_CONTAINER}
        before["volumes"] = [{"name": volume.name, "path": volume.path} for volume in spec.volumes]
        text = json.dumps(before, sort_keys=True, default=str)
        assert spec.release == hashlib.sha256(text.encode()).hexdigest()[:7]


def test_another_file_or_another_secret_is_another_release() -> None:
    one = watched()
    slower = watched(patch={"watch": {**ALL["watch"], "slow": "9s"}})
    assert one.service("prometheus").release != slower.service("prometheus").release
    assert one.service("blackbox-exporter").release == slower.service("blackbox-exporter").release


def test_each_is_private_and_only_two_see_the_network() -> None:
    found = {entry.name: watched().service(entry.name) for entry in WATCH}
    assert all(spec.private for spec in found.values())
    assert [name for name, spec in found.items() if spec.neighbour] == ["prometheus", "blackbox-exporter"]
    assert [name for name, spec in found.items() if spec.outward] == ["alertmanager"]
    assert sum(spec.memory.mebibytes for spec in found.values()) <= 352
