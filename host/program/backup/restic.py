"""The restic of this host: its version, its environment, and its failures as one line.

Neither the password nor a key is in a command line or in the environment: they are in files that only root can read.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import Failed
from ..text import json_object, last, short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OLDEST = (0, 17, 1)
"""The first one whose exit codes tell a wrong password from no repository, and that looks at the exit code of what it
reads from. An older one makes a snapshot of a dump that failed."""
FOUND = "/usr/local/bin:/usr/bin"
"""Where it is looked for, besides the PATH of the one that runs this."""
VERSION = r"restic (\d+)\.(\d+)\.(\d+)"
NOT_ALL_READ, NO_REPOSITORY, LOCKED, WRONG_PASSWORD = 3, 10, 11, 12
"""Exit codes, since 0.17.1."""


class NotAllRead(Failed):
    """A snapshot was made, and a file could not be read: in a folder that is written to, one that is gone again."""


TAG = "smarter-net"
DAY, SHARES = 86400, 14
"""So each byte is read once a fortnight where there is a backup a day."""
GENTLE = ("nice", "-n", "10")
"""In front of what nothing waits for."""


class Access(Protocol):
    """What is needed to open a repository: a request of a backup has it."""

    @property
    def stack(self) -> str: ...  # noqa: D102
    @property
    def to(self) -> str: ...  # noqa: D102
    @property
    def password(self) -> str: ...  # noqa: D102
    @property
    def s3_key_id(self) -> str: ...  # noqa: D102
    @property
    def s3_secret(self) -> str: ...  # noqa: D102


class Restic:
    """One repository, seen through a folder with its password."""

    def __init__(self, request: Access, folder: Path, cache: Path, *, tag: str = TAG) -> None:
        self._to = request.to
        self._stack = request.stack
        self._tag = tag
        program = shutil.which("restic", path=f"{os.environ.get('PATH', os.defpath)}:{FOUND}")
        if not program:
            raise Failed(f"restic: is not on the host; {_install()}")
        self._program = program
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RESTIC_"))}
        self._environment = {
            **kept,
            "RESTIC_REPOSITORY": request.to,
            "RESTIC_PASSWORD_FILE": _secret(folder / "password", request.password),
            "RESTIC_CACHE_DIR": str(cache),
            "TZ": "UTC",
        }
        if request.s3_key_id:
            key = f"[default]\naws_access_key_id={request.s3_key_id}\naws_secret_access_key={request.s3_secret}\n"
            self._environment["AWS_SHARED_CREDENTIALS_FILE"] = _secret(folder / "key", key)
        if request.to.startswith("sftp:"):
            # A question that no terminal answers would be waited for.
            self._options = ["-o", "sftp.args=-oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15"]
        else:
            self._options = []
        self._look_at_version()

    def _look_at_version(self) -> None:
        said = subprocess.run([self._program, "version"], capture_output=True, check=False, env=self._environment)
        found = re.match(VERSION, said.stdout.decode("utf-8", "replace"))
        if not found or tuple(map(int, found.groups())) < OLDEST:
            shown = ".".join(found.groups()) if found else "of an unknown version"
            raise Failed(
                f"restic: {self._program} is {shown}, and makes a snapshot of a dump that failed; {_install()}"
            )

    def open(self, *, make: bool) -> None:
        """Failed unless the repository is there and the password is its own; `make`: one that is missing is made."""
        answer = self.run("cat", "config", "--no-lock")
        if answer.returncode == NO_REPOSITORY and make:
            self.must("init")
        elif answer.returncode:
            raise self._failed(answer)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command; what it ends with is the caller's to judge."""
        return subprocess.run(
            self.argv(*arguments), stdin=subprocess.DEVNULL, capture_output=True, check=False, env=self._environment
        )

    def must(self, *arguments: str) -> bytes:
        """What a command prints; Failed if it fails."""
        answer = self.run(*arguments)
        if answer.returncode:
            raise self._failed(answer)
        return answer.stdout

    def snapshots(self, tag: str = "") -> list[dict[str, Any]]:
        """All snapshots of this stack, the oldest first. `tag`: of another kind than its own."""
        asked = ("snapshots", "--json", "--no-lock", "--host", self._stack, "--tag", tag or self._tag)
        found: list[dict[str, Any]] = json.loads(self.must(*asked) or b"[]")
        return found or []

    def look(self, now: float) -> None:
        """Look at the repository's structure, and read a share of its bytes, another one each day.

        Failed if it is damaged. `now`: seconds since 1970.
        """
        share = f"--read-data-subset={int(now / DAY) % SHARES + 1}/{SHARES}"
        # Its lock would be for it alone: refused while another stack is backed up, and where the key may not remove
        # it, it would keep all later backups out.
        answer = self.run("check", "--no-lock", share)
        if answer.returncode:
            raise Failed(f"backup.to: {self._to} is damaged: {self._failed(answer)}; see `restic check --read-data`")

    def backup(
        self,
        tags: Sequence[str],
        what: Sequence[str],
        *,
        folder: Path | None = None,
        gentle: bool = False,
        limit: float | None = None,
    ) -> dict[str, Any]:
        """Make a snapshot and return restic's summary of it; Failed unless every byte was read.

        `what`: restic's options and targets, targets relative to `folder`. `limit`: seconds that it may take.
        """
        marked = [word for tag in (self._tag, *tags) for word in ("--tag", tag)]
        line = self.argv("backup", "--json", "--no-scan", "--host", self._stack, *marked, *what)
        try:
            answer = subprocess.run(
                [*(GENTLE if gentle else ()), *line], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                env=self._environment, cwd=folder, timeout=limit,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Failed(f"restic: took longer than {limit:.0f} s") from None
        if answer.returncode:
            raise self._failed(answer)
        for said in reversed(answer.stdout.decode("utf-8", "replace").splitlines()):
            summary = json_object(said)
            if summary.get("message_type") == "summary":
                return summary
        raise Failed("restic: said nothing of the snapshot; run the same command again")

    def dump(self, snapshot: str, path: str) -> subprocess.Popen[bytes]:
        """A file of a snapshot, to be read from its output; the exit code tells whether all of it is there."""
        return subprocess.Popen(
            self.argv("dump", "--no-lock", snapshot, path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=self._environment,
        )  # fmt: skip

    def argv(self, *arguments: str) -> list[str]:
        """The argument list of a command."""
        return [self._program, *self._options, *arguments]

    def _failed(self, answer: subprocess.CompletedProcess[bytes]) -> Failed:
        code = answer.returncode
        if code == NO_REPOSITORY:
            return Failed(f"backup.to: there is no repository at {self._to}; if that is right, `make backup INIT=1`")
        if code == WRONG_PASSWORD:
            return Failed(f"secret:backup-password: is not that of {self._to}; put back the one that it was made with")
        if code == LOCKED:
            return Failed(f"backup.to: {self._to} is locked by another run; wait for its end and try again")
        said = [json_object(line) for line in answer.stderr.decode("utf-8", "replace").splitlines()]
        told = [str(each.get("message") or (each.get("error") or {}).get("message") or "") for each in said if each]
        why = last("\n".join(told)) or last(answer.stderr.decode("utf-8", "replace")) or f"ended with {code}"
        return (NotAllRead if code == NOT_ALL_READ else Failed)(f"restic: {short(why).strip()}")


def _secret(path: Path, content: str) -> str:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    return str(path)


def _install() -> str:
    return f"install {'.'.join(map(str, OLDEST))} or later on the server (docs/data.md says how)"
