"""The backups, in a stack file."""

from __future__ import annotations

from pydantic import Field

from config.stackfile import fields
from config.stackfile.part import Model
from config.topology.backup import BackupSpec, Drill, Keep, Timer
from config.values.times import TimeOfDay


class KeepSettings(Model):
    """How many backups are kept; what none of these keeps is removed after the next good backup. {}: all are kept."""

    last: fields.Count | None = Field(default=None, examples=["3"])
    """The newest ones."""
    daily: fields.Count | None = Field(default=None, examples=["7"])
    """The last one of each of so many days."""
    weekly: fields.Count | None = Field(default=None, examples=["5"])
    """The last one of each of so many weeks."""
    monthly: fields.Count | None = Field(default=None, examples=["12"])
    """The last one of each of so many months."""


class BackupSettings(Model):
    """Encrypted, incremental backups that the host makes itself. Without `to`, `make backup` copies to this machine."""

    to: fields.Repository | None = Field(default=None, examples=["sftp:backup@backup.example.com:/srv/backup"])
    """The repository, as the host reaches it: a path there, sftp:user@host:/path, or s3:https://host/bucket."""
    keep: KeepSettings = KeepSettings()
    at: TimeOfDay | None = None
    """When the host makes one each day, by a timer of its own. Without: when `make backup` asks for it."""
    drill: Drill | None = None
    """How often the host tries, after a backup by its timer, whether it could be put back; with `at` weekly."""

    before: bool = True
    """Whether a recreate of what keeps data begins with a snapshot of it on the host, and fails without one."""

    @property
    def spec(self) -> BackupSpec | None:
        """What the rest of the program knows of it."""
        if self.to is None:
            return None
        own = self.keep
        keep = Keep(last=own.last or 0, daily=own.daily or 0, weekly=own.weekly or 0, monthly=own.monthly or 0)
        timer = Timer(calendar=self.at.calendar, drill=self.drill or Drill.WEEKLY) if self.at else None
        return BackupSpec(to=self.to, keep=keep, before=self.before, timer=timer)
