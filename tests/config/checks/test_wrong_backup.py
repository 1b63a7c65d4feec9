"""Backups in a stack file: what is right, and for what is wrong one line that names the key and the cure."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from config.catalog.entry import Origin
from config.catalog.secrets import needs
from config.derive import derive
from config.schema import schema
from config.stackfile.settings import Settings
from config.topology.backup import PASSWORD, S3_KEY_ID, S3_SECRET, BackupSpec, Drill, Keep, Timer
from config.values.secret import Secret
from tests.config.checks.test_wrong_stacks import GIVEN, Wrong, is_one_line_with_key_and_cure
from tests.config.stacks import SECRETS, STAND_INS, patched

SFTP = "sftp:backup@backup.example.com:/srv/backup"
S3 = "s3:https://s3.example.com/smarter-net"
GOOD = ("/srv/backup", SFTP, S3, "s3:https://s3.example.com:9000/bucket/prod", "s3:http://127.0.0.1:9000/bucket")
BAD = (
    "/", "/backup", "srv/backup", "/srv/../etc", "backup.example.com:/srv", "sftp:backup.example.com:/srv",
    "sftp:backup@backup.example.com:srv", "s3:backup.example.com/bucket", "s3:https://s3.example.com",
    "s3:http://s3.example.com/bucket", "s3:https://key:secret@s3.example.com/bucket", "rest:https://example.com/",
    "sftp:-oProxyCommand=x@host:/srv", "/srv/with space", "s3:https://s3.example.com:99999/bucket",
    "sftp:backup@store..example.com:/srv", "s3:https://s3.example.com:0/bucket",
)  # fmt: skip
SET = {name: Secret.of("long enough for a password") for name in (PASSWORD, S3_KEY_ID, S3_SECRET)}


def backup(**values: object) -> dict[str, object]:
    return {"backup": {"to": SFTP, **values}}


def without(*names: str) -> dict[str, Secret | None]:
    return {**SET, **dict.fromkeys(names)}


WRONG = [
    *(Wrong(f"to {to}", backup(to=to), "backup.to", "write an absolute path", secrets=SET) for to in BAD),
    Wrong("to left blank", backup(to=None), "backup.to", "", secrets=SET),
    Wrong("to misspelt", {"backup": {"too": SFTP}}, "backup.too", "did you mean to?"),
    Wrong("nowhere", {"backup": {"keep": {"daily": 7}}}, "backup.to", "or remove the section"),
    Wrong("among data", backup(to="/etc/dokploy/backup"), "backup.to", "another directory", secrets=SET),
    *(
        Wrong(f"in {to}", backup(to=to), "backup.to", "another directory", secrets=SET)
        for to in ("/root/letsencrypt/backup", "/var/lib/docker/volumes/smarter-net-n8n/_data", "/proc/self")
    ),
    Wrong("keep a number", backup(keep=7), "backup.keep", "key: value", secrets=SET),
    Wrong("keep none", backup(keep={"daily": 0}), "backup.keep.daily", "use 1 to 1000", secrets=SET),
    Wrong("keep text", backup(keep={"weekly": "4"}), "backup.keep.weekly", "without quotes", secrets=SET),
    Wrong("keep for years", backup(keep={"yearly": 4}), "backup.keep.yearly", "", secrets=SET),
    *(
        Wrong(f"at {at}", backup(at=at), "backup.at", "write it like '03:15 America/Santiago'", secrets=SET)
        for at in ("03:15", "3 am", "24:00 UTC", "03:60 UTC", "daily", "03:15 America/Santiago; reboot")
    ),
    Wrong("at a number", backup(at=195), "backup.at", "write it like", secrets=SET),
    Wrong("a zone misspelt", backup(at="03:15 America/Santigo"), "backup.at", "America/Santiago", secrets=SET),
    Wrong("drill misspelt", backup(at="03:15 UTC", drill="weekley"), "backup.drill", "weekly", secrets=SET),
    Wrong("drill without a timer", backup(drill="weekly"), "backup.drill", "add at", secrets=SET),
    Wrong("no password", backup(), "secret:backup-password", "run `make secrets`"),
    Wrong(
        "short password", backup(), "secret:backup-password", "run `make secrets`",
        secrets={PASSWORD: Secret.of(GIVEN)},
    ),
    Wrong("no S3 key", backup(to=S3), "secret:backup-s3-key-id", "run `make secrets`", secrets=without(S3_KEY_ID)),
    Wrong("half an S3 key", backup(to=S3), "secret:backup-s3-secret", "run `make secrets`", secrets=without(S3_SECRET)),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_wrong_backups_give_one_line_with_key_and_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)


@pytest.mark.parametrize("to", GOOD)
def test_a_right_one_is_a_value_of_the_topology_and_names_its_secrets(to: str) -> None:
    settings = Settings.parse(patched("prod", backup(to=to, keep={"daily": 7, "monthly": 12})))
    spec = derive("prod", settings, SECRETS | SET, STAND_INS).backup
    assert spec == BackupSpec(to=to, keep=Keep(last=0, daily=7, weekly=0, monthly=12))
    assert spec.secrets == ((PASSWORD, S3_KEY_ID, S3_SECRET) if to.startswith("s3:") else (PASSWORD,))
    assert spec.on_the_host == to.startswith("/")


def test_a_time_with_its_zone_is_what_systemd_takes() -> None:
    settings = Settings.parse(patched("prod", backup(at="3:05 America/Santiago")))
    spec = derive("prod", settings, SECRETS | SET, STAND_INS).backup
    assert spec
    assert spec.timer == Timer(calendar="*-*-* 03:05:00 America/Santiago", drill=Drill.WEEKLY)
    settings = Settings.parse(patched("prod", backup(at="23:59 UTC", drill="never")))
    spec = derive("prod", settings, SECRETS | SET, STAND_INS).backup
    assert spec
    assert spec.timer == Timer(calendar="*-*-* 23:59:00 UTC", drill=Drill.NEVER)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_without_the_section_there_is_none(stack: str) -> None:
    assert derive(stack, Settings.parse(patched(stack, {})), SECRETS, STAND_INS).backup is None
    assert derive(stack, Settings.parse(patched(stack, {"backup": {}})), SECRETS, STAND_INS).backup is None


def test_the_password_is_made_once_and_kept_and_an_s3_key_may_be_rotated() -> None:
    found = {need.name: need for need in needs(Settings.parse(patched("prod", backup(to=S3))), ())}
    assert found[PASSWORD].origin is Origin.MADE
    assert "could not be read" in (found[PASSWORD].permanent or "")
    assert (found[S3_KEY_ID].origin, found[S3_SECRET].permanent) == (Origin.LOG_IN, None)
    assert not {PASSWORD, S3_KEY_ID} & {need.name for need in needs(Settings.parse(patched("prod", {})), ())}


def test_no_container_changes_with_it() -> None:
    settings = [Settings.parse(patched("prod", patch)) for patch in ({}, backup())]
    without, having = (derive("prod", each, SECRETS | SET, STAND_INS) for each in settings)
    assert replace(having, backup=None) == without


def test_an_editor_completes_it() -> None:
    assert "s3:" in json.dumps(schema()["$defs"]["BackupSettings"]["properties"]["to"])
