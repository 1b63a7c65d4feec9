"""The passphrase that the engine encrypts a stack's secrets with, in the stack file and in its state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from config.stackfile import yaml12
from host.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

VALUE, FILE = "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"
"""The engine looks at the second one only where the first is not set at all."""


def needed(file: Path, backend: str) -> bool:
    """Whether that stack file's secrets are encrypted with a passphrase, not by Pulumi Cloud or a service for keys."""
    document = yaml12.read(file.read_text(encoding="utf-8"), file.name)
    told = document if isinstance(document, dict) else {}
    provider = str(told.get("secretsprovider") or "default")
    if provider == "default" and "encryptionsalt" not in told:
        return not backend.startswith(("https://", "http://"))
    return provider in {"default", "passphrase"}


def check(environment: Mapping[str, str], stack_file: str) -> None:
    """Refuse a passphrase that is missing, or empty: with that one everybody who has the file can read it."""
    key = VALUE if VALUE in environment or not environment.get(FILE) else FILE
    if key not in environment:
        raise OperatorError(f"{VALUE}: not set; set it, or {FILE}, to the passphrase of {stack_file}")
    value = environment[key]
    if key == FILE:
        try:
            value = Path(value).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise OperatorError(f"{FILE}: {value} cannot be read; name the file with the passphrase") from None
    if not value.strip():
        raise OperatorError(
            f"{key}: is empty, and with that everybody could decrypt the secrets of {stack_file}; set a passphrase "
            '(for secrets that are there already see "An empty passphrase" in docs/servers.md)'
        )
