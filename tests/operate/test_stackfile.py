"""What writes a stack file leaves all of it as it was but for what it writes: bytes, mode, and a whole file always."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

from host.errors import OperatorError
from operate import stackfile
from operate.commands import host_key
from operate.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
TEXT = """\
# the operator's own words
config:
  smarter-net:host:
    connection: ssh  # by hand
    address: 192.0.2.10
    host-key: to be pinned
  smarter-net:services:
    n8n:
      # why so much
      memory: 1GiB
      environment: {GENERIC_TIMEZONE: America/Santiago}  # where we are
      rollout:
        start: 2m  # slow disk
    metabase: {memory: 3GiB}
"""


@pytest.fixture(params=["\n", "\r\n"], ids=["LF", "CRLF"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_bytes(TEXT.replace("\n", request.param).encode())
    path.chmod(0o640)
    return path


def test_a_release_is_written_into_what_is_there(file: Path) -> None:
    before = file.read_bytes()
    entry: dict[str, Any] = {
        "memory": "2GiB", "environment": {"GENERIC_TIMEZONE": "America/Santiago"}, "rollout": {"start": "2m"},
    }  # fmt: skip
    stackfile.write(file, stackfile.with_service(stackfile.read(file), "n8n", entry))
    assert file.read_bytes() == before.replace(b"memory: 1GiB", b"memory: 2GiB")
    del entry["environment"]
    stackfile.write(file, stackfile.with_service(stackfile.read(file), "n8n", entry))
    assert b"# slow disk" in file.read_bytes()
    assert b"GENERIC_TIMEZONE" not in file.read_bytes()


def test_a_host_key_is_written_into_what_is_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()
    monkeypatch.setattr(host_key, "fetch", lambda *_: KEY)
    stack = Stack("prod", file.parent)
    with pytest.raises(OperatorError, match="is not the expected one"):
        host_key.host_key(stack, fingerprint="SHA256:of-another")
    assert file.read_bytes() == before
    assert host_key.host_key(stack, fingerprint=host_key.print_of(KEY)) == 0
    assert file.read_bytes() == before.replace(b"to be pinned", KEY.encode())


def test_a_reader_sees_the_old_file_or_the_new_one(file: Path) -> None:
    link = file.with_name("link.yaml")
    link.symlink_to(file)
    with file.open() as before:
        stackfile.write(link, "new")
        assert before.read().startswith("# the operator's own words")
    assert file.read_text() == "new"
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert {path.name for path in file.parent.iterdir()} == {file.name, link.name}
