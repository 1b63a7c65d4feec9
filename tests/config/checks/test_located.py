"""All mistakes of a stack file, each with its line, not the first alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.checks.located import all_mistakes

if TYPE_CHECKING:
    from pathlib import Path

WRONG = """\
config:
  smarter-net:host: {connection: local}
  smarter-net:certificates: internal
  smarter-net:images: stand-in
  # A comment counts as a line.
  smarter-net:proxy:
    http-port: 99999
    htps-port: 8443
  smarter-net:sites:
    - {host: mkt.smarterbot.localhost, service: smarteros-blogbowl}
    - host: mkt.smarterbot.localhost
      service: n8n
  smarter-net:services:
    n8n:
      memroy: 1GiB
    metabaze: {}
    dokploy:
      environment:
        SMTP_PASSWORD: hunter2
    smarteros-blogbowl: {}
"""


def found(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(text)
    return [str(mistake) for mistake in all_mistakes(path)]


def test_each_has_file_and_line_whoever_finds_it(tmp_path: Path) -> None:
    lines = found(tmp_path, WRONG)
    assert {line.split(": ")[0]: line.split(": ")[1] for line in lines} == {
        "Pulumi.dev.yaml:7": "proxy.http-port",
        "Pulumi.dev.yaml:8": "proxy.htps-port",
        "Pulumi.dev.yaml:11": "sites[1].host",
        "Pulumi.dev.yaml:15": "services.n8n.memroy",
        "Pulumi.dev.yaml:16": "services.metabaze",
        "Pulumi.dev.yaml:19": "services.dokploy.environment.SMTP_PASSWORD",
    }
    assert not any("more)" in line for line in lines)
    assert not any("hunter2" in line for line in lines)


def test_a_service_left_blank_is_one_mistake_and_its_site_is_none(tmp_path: Path) -> None:
    (only,) = found(tmp_path, RIGHT.replace("services: {smarteros-blogbowl: {}}", "services: {smarteros-blogbowl: }"))
    assert only.startswith("Pulumi.dev.yaml:7: services.smarteros-blogbowl: ")
    assert only.endswith("; write `smarteros-blogbowl: {}` for the catalog's own, or `key: value` lines below it")


def test_what_is_missing_stands_where_it_belongs(tmp_path: Path) -> None:
    lines = found(tmp_path, WRONG.replace("{connection: local}", "{connection: ssh, user: root}"))
    assert any(line.startswith("Pulumi.dev.yaml:2: host.address: is missing; ") for line in lines)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("config:\n  a: [1\n", "Pulumi.dev.yaml:3: is not YAML"),
        ("", "Pulumi.dev.yaml: is empty"),
        ("config:\n  smarter-net:host: *x\n", "Pulumi.dev.yaml:2: "),
    ],
)
def test_what_cannot_be_read_at_all_is_one_line(tmp_path: Path, text: str, line: str) -> None:
    (only,) = found(tmp_path, text)
    assert only.startswith(line)


def test_a_key_that_stands_there_twice_hides_nothing(tmp_path: Path) -> None:
    twice = WRONG.replace("    n8n:\n", "    n8n:\n      port: 2026-11-26\n      memory: 1GiB\n      memory: 2GiB\n")
    twice += "  smarter-net:images: stand-in\nconfg: {}\n"
    keys = [line.split(": ")[1] for line in found(tmp_path, twice)]
    assert keys[:4] == ["services.n8n.port", "services.n8n.memory", "images", "confg"]
    assert sorted(keys[4:]) == sorted(line.split(": ")[1] for line in found(tmp_path, WRONG))


def test_each_tab_is_a_line_and_hides_nothing(tmp_path: Path) -> None:
    tabs = WRONG.replace("      memroy: 1GiB", "\t\t\tmemroy: 1GiB").replace("    metabaze", "  \tmetabaze")
    lines = found(tmp_path, tabs)
    assert [line for line in lines if "has a tab" in line] == [
        "Pulumi.dev.yaml:15: has a tab; indent with spaces", "Pulumi.dev.yaml:16: has a tab; indent with spaces",
    ]  # fmt: skip
    assert len(lines) == 2 + len(found(tmp_path, WRONG))


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    (only,) = all_mistakes(tmp_path / "Pulumi.x.yaml")
    assert str(only).startswith("Pulumi.x.yaml: cannot be read")


RIGHT = """\
config:
  smarter-net:host: {connection: local}
  smarter-net:certificates: internal
  smarter-net:images: stand-in
  smarter-net:sites:
    - {host: mkt.smarterbot.localhost, service: smarteros-blogbowl}
  smarter-net:services: {smarteros-blogbowl: {}}
"""


def test_one_that_is_right_has_none(tmp_path: Path) -> None:
    assert not found(tmp_path, RIGHT)
