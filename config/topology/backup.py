"""Where a stack's data is backed up to, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "backup-password"  # noqa: S105 - a name, not the password
"""Name of the secret that encrypts a stack's backups."""
S3_KEY_ID = "backup-s3-key-id"
S3_SECRET = "backup-s3-secret"  # noqa: S105 - a name
"""Names of the two halves of an S3 key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How many backups are kept: the newest ones, and the last one of so many days, weeks and months. All 0: each."""

    last: int
    daily: int
    weekly: int
    monthly: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSpec:
    """A restic repository, reached from the stack's host."""

    to: str
    """A path of the host, `sftp:user@host:/path` or `s3:https://host/bucket`, as restic takes it."""
    keep: Keep

    @property
    def s3(self) -> bool:
        """Whether it asks for the two secrets of a key."""
        return self.to.startswith("s3:")

    @property
    def on_the_host(self) -> bool:
        """Whether a backup is lost with the machine that it is of."""
        return self.to.startswith("/")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that it needs."""
        return (PASSWORD, S3_KEY_ID, S3_SECRET) if self.s3 else (PASSWORD,)
