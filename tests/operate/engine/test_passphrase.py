"""Which stacks need a passphrase, and which ones are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.errors import OperatorError
from operate.engine import passphrase
from operate.engine.passphrase import FILE, VALUE
from operate.stack import Stack
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

FOLDER, CLOUD = "file:///state", "https://api.pulumi.com"


@pytest.mark.parametrize(
    ("told", "backend", "needed"),
    [
        ("", FOLDER, True),
        ("", "s3://bucket", True),
        ("", CLOUD, False),
        ("encryptionsalt: v1:x", CLOUD, True),
        ("secretsprovider: passphrase", CLOUD, True),
        ("secretsprovider: default", FOLDER, True),
        ("secretsprovider: awskms://alias/smarter-net\nencryptedkey: x", FOLDER, False),
    ],
)
def test_only_a_stack_that_is_encrypted_with_a_passphrase_needs_one(
    tmp_path: Path, told: str, backend: str, *, needed: bool
) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(f"config: {{}}\n{told}\n")
    assert passphrase.needed(file, backend) is needed


def refused(environment: dict[str, str]) -> str:
    with pytest.raises(OperatorError) as error:
        passphrase.check(environment, "Pulumi.prod.yaml")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_missing_and_empty_ones_are_named(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    assert refused({}).startswith(f"{VALUE}: not set; ")
    assert refused({FILE: ""}).startswith(f"{VALUE}: not set; ")
    assert refused({FILE: str(file)}).startswith(f"{FILE}: {file} cannot be read; ")
    file.write_text("\n")
    assert refused({FILE: str(file)}).startswith(f"{FILE}: is empty, ")
    file.write_text("correct horse\n")
    passphrase.check({FILE: str(file)}, "Pulumi.prod.yaml")
    passphrase.check({VALUE: "correct horse"}, "Pulumi.prod.yaml")
    # The engine takes the first one, empty or not.
    assert refused({VALUE: "", FILE: str(file)}).startswith(f"{VALUE}: is empty, ")


def test_pulumi_cloud_is_not_asked_for_one_and_a_local_stack_may_have_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VALUE, "")
    monkeypatch.delenv(FILE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    with pytest.raises(OperatorError, match="is empty"):
        Stack("prod", STACK_FILES).environment  # noqa: B018
    assert Stack("dev", STACK_FILES).environment[VALUE] == ""
    monkeypatch.setenv("PULUMI_BACKEND_URL", CLOUD)
    monkeypatch.delenv(VALUE)
    assert VALUE not in Stack("prod", STACK_FILES).environment
