"""The server of a stack file that is no YAML: what shows a host needs no more of it."""

from __future__ import annotations

import pytest

from config.stackfile.read import host_in

HOST = {"connection": "ssh", "address": "203.0.113.10", "user": "root"}
BLOCK = """\
config:
  # Where it runs.
  smarter-net:host:
    connection: ssh

    # Ours.
    address: 203.0.113.10
    user: root
  smarter-net:sites: [
"""


@pytest.mark.parametrize(
    "text",
    [
        BLOCK,
        BLOCK.replace("smarter-net:host", "host"),
        BLOCK.replace("\n", "\r\n"),
        "config:\n  smarter-net:host: {connection: ssh, address: 203.0.113.10, user: root}\n\tx",
        BLOCK.replace("  smarter-net:sites: [\n", ""),
    ],
)
def test_it_is_read_without_the_rest(text: str) -> None:
    assert host_in(text) == HOST


@pytest.mark.parametrize("text", ["", "config:\n  a: [\n", BLOCK.replace("user: root", "user: [root"), "host: x"])
def test_none_is_found_where_there_is_none_that_can_be_read(text: str) -> None:
    assert host_in(text) is None
