"""What is known of a secret without knowing it, and how a secret in the wrong place is recognised."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?)(_|$)|(^|_)(PASS|KEY|APIKEY)$", re.IGNORECASE
)
_HARMLESS_NAME = re.compile(r"_(FILE|PATH)$|PUBLIC_KEY$", re.IGNORECASE)
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
_PASSWORD_IN_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret's shadow: enough to see that it changed, is long enough and is encrypted; its value is not in here."""

    fingerprint: str
    """16 bits of the value's SHA-256, hex: too few to find the value from."""
    length: int | None
    """Characters; None where only the encrypted text is at hand."""
    hashed: bool | None
    """Whether it is a password's bcrypt hash; None where only the encrypted text is at hand."""
    encrypted: bool
    """False: the stack file holds it in clear text."""

    @classmethod
    def of(cls, value: str, *, encrypted: bool = True) -> Secret:
        """Return the shadow of a value."""
        hashed = bool(_BCRYPT.fullmatch(value))
        return cls(fingerprint=_fingerprint(value), length=len(value), hashed=hashed, encrypted=encrypted)

    @classmethod
    def sealed(cls, text: str) -> Secret:
        """Return the shadow of an encrypted text. The fingerprint is the text's, not the value's."""
        return cls(fingerprint=_fingerprint(text), length=None, hashed=None, encrypted=True)


def looks_secret(name: str, value: str) -> bool:
    """Tell whether an environment variable holds what should be a secret, by its name, or by a password in a URL."""
    if _PASSWORD_IN_URL.search(value):
        return True
    if _HARMLESS_NAME.search(name) or value.lower() in {"", "true", "false"}:
        return False
    return bool(_SECRET_NAME.search(name))


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:4]
