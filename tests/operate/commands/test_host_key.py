"""A server's host key in the stack file: the one that was compared, and nothing else changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.errors import OperatorError
from operate.commands import host_key
from operate.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
TEXT = """\
config:
  smarter-net:host:
    connection: ssh  # by hand
    address: 192.0.2.10
    host-key: to be pinned
"""


@pytest.fixture(params=["\n", "\r\n"], ids=["LF", "CRLF"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_text(TEXT, newline=request.param)
    return path


def test_a_host_key_is_written_into_what_is_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()
    monkeypatch.setattr(host_key, "fetch", lambda *_: KEY)
    stack = Stack("prod", file.parent)
    with pytest.raises(OperatorError, match="is not the expected one"):
        host_key.host_key(stack, fingerprint="SHA256:of-another")
    assert file.read_bytes() == before
    assert host_key.host_key(stack, fingerprint=host_key.print_of(KEY)) == 0
    assert file.read_bytes() == before.replace(b"to be pinned", KEY.encode())


def test_a_stack_without_a_server_has_no_key(file: Path) -> None:
    file.write_text("config:\n  smarter-net:host: {connection: local}\n")
    with pytest.raises(OperatorError, match=r"host: .* names no server"):
        host_key.host_key(Stack("prod", file.parent), fingerprint="")
