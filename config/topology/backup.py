"""Where a stack's data is backed up to, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


class Drill(StrEnum):
    """How often the host tries by itself whether its newest backup could be put back."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    NEVER = "never"

    @property
    def days(self) -> int:
        """From one to the next; 0: there is none."""
        return {Drill.DAILY: 1, Drill.WEEKLY: 7, Drill.MONTHLY: 30, Drill.NEVER: 0}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """When the host backs itself up, without being asked."""

    calendar: str
    """As systemd's `OnCalendar=` takes it."""
    drill: Drill


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSpec:
    """A restic repository, reached from the stack's host."""

    to: str
    """A path of the host, `sftp:user@host:/path` or `s3:https://host/bucket`, as restic takes it."""
    keep: Keep
    before: bool = True
    """Whether a recreate begins with a snapshot, on the host, of the service's data."""
    timer: Timer | None = None
    """None: a backup is made when it is asked for."""

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
