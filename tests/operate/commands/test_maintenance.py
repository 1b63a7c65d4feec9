"""`make maintenance`: what is written, what is said of it from then on, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.stackfile.read import of_text
from operate.stackfile import StackFile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operate.commands.conftest import Desk

SITE = "mkt.smarterbot.localhost"
LINE = f"{SITE}: in maintenance, as Pulumi.dev.yaml says; `make maintenance SITE={SITE} OFF=1` opens it"
TEXT = """\
config:
  smarter-net:sites:
    # the shop window
    - {host: mkt.smarterbot.localhost, service: smarteros-blogbowl}
    - host: api.smarterbot.localhost  # n8n's
      service: n8n
"""


def test_it_is_in_the_file_before_the_plan_and_goes_where_that_fails(desk: Desk) -> None:
    desk.run("preview")
    file = desk.project.folder / "Pulumi.dev.yaml"
    before = file.read_bytes()
    desk.preview_ends_with(7)
    options = ("--on", "--text", "Volvemos a las 18:00.", "--allow", "203.0.113.5, 2001:db8::/32")
    assert desk.run("maintenance", SITE, *options).returncode == 7
    site = of_text(desk.previewed_file, "").raw["sites"][0]
    assert site["maintenance"] == {"text": "Volvemos a las 18:00.", "allow-from": ["203.0.113.5", "2001:db8::/32"]}
    assert file.read_bytes() == before


def test_from_then_on_a_plan_and_a_look_at_the_host_say_so(desk: Desk) -> None:
    settings = desk.project.read()["config"]
    settings["smarter-net:sites"][0]["maintenance"] = {}
    desk.project.write(settings)
    for command in ("preview", "drift", "status"):
        assert LINE in desk.run(command).stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("mkt.localhost", "--on"),
            "SITE=mkt.localhost: is no site of this stack; did you mean mkt.smarterbot.localhost?",
        ),
        ((SITE,), f"SITE={SITE}: say which; ON=1 closes it for maintenance, OFF=1 opens it again"),
        ((SITE, "--on", "--off"), f"SITE={SITE}: say which; ON=1"),
        ((SITE, "--off", "--text", "x"), "TEXT: is of no use with OFF=1; remove it"),
        ((SITE, "--on", "--allow", "home"), "sites[0].maintenance.allow-from[0]: "),
        ((SITE, "--on", "--text", "{env.HOME}"), "sites[0].maintenance.text: "),
    ],
)
def test_what_is_wrong_is_one_line_before_docker_is_asked(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    assert desk.refused_at_once("maintenance", *arguments).startswith(f"error: {said}")


def test_the_files_comments_and_layout_stay(tmp_path: Path) -> None:
    file = StackFile(tmp_path / "Pulumi.dev.yaml", TEXT)
    on = file.with_maintenance("api.smarterbot.localhost", {})
    assert on.text == TEXT + "      maintenance: {}\n"
    assert on.with_maintenance("api.smarterbot.localhost", None).text == TEXT
    inline = file.with_maintenance(SITE, {"text": "Mañana"})
    assert "service: smarteros-blogbowl, maintenance: {text: Mañana}}\n" in inline.text
    assert inline.with_maintenance(SITE, None).text == TEXT
