"""Backups over SFTP and S3, and a SQLite database that is written to; the program alone, without a Docker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.request import Request, urlopen

import pytest

from host.bundle import bundle
from tests.rig.restic import restic
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
S3_PORT, SSH_PORT = 29333, 29322


class Host:
    """A host with a service whose data is a folder: the program in its place, restic, a `docker` that has nothing."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.data, self.root, self.bin = folder / "data", folder / "root", folder / "bin"
        for path in (self.data, self.root / "run", self.root / "backup", self.bin):
            path.mkdir(parents=True)
        (self.bin / "docker").write_text("#!/bin/sh\n")
        (self.bin / "docker").chmod(0o755)
        (self.bin / "restic").symlink_to(program)
        (self.root / "backup" / "program.pyz").write_bytes(bundle())
        (self.data / "file").write_text("kept")
        with closing(sqlite3.connect(self.data / "database.sqlite")) as made:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("CREATE TABLE run (data TEXT)")
            made.execute("INSERT INTO run VALUES ('first')")
            made.commit()

    def part(self, **more: object) -> dict[str, Any]:
        return {
            "service": "n8n", "volume": str(self.data), "path": "/data", "way": "sqlite",
            "file": "database.sqlite", "leave_out": ["left-out"], "pause": True, "image": "n8n:1", "environment": {},
            "password": "", "health": [], **more,
        }  # fmt: skip

    def request(self, to: str, **more: object) -> dict[str, Any]:
        return {
            "stack": "prod", "by": "ana@desk", "to": to, "password": "a password of the test's own", "s3_key_id": "",
            "s3_secret": "", "keep": {}, "make": False, "parts": [self.part()], "files": {"Pulumi.prod.yaml": "a: b\n"},
            "at": "latest", "services": [], "overwrite": True, "labels": {}, **more,
        }  # fmt: skip

    def run(self, command: str, to: str, **more: object) -> subprocess.CompletedProcess[str]:
        run = self.started(command, to, **more)
        said, told = run.communicate()
        return subprocess.CompletedProcess(run.args, run.returncode, said, told)

    def started(self, command: str, to: str, **more: object) -> subprocess.Popen[str]:
        """In a session of its own, so that all of it can be killed."""
        environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "AWS_SECRET_ACCESS_KEY": "of another"}
        line = [sys.executable, "-I", "-S", str(self.root / "backup" / "program.pyz"), command]
        made = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
            start_new_session=True,
        )  # fmt: skip
        assert made.stdin
        made.stdin.write(json.dumps(self.request(to, **more)))
        made.stdin.close()
        made.stdin = None
        return made

    def backed_up(self, to: str, **more: object) -> list[dict[str, Any]]:
        """Two backups, the first of which makes the repository; what there is then."""
        for make in (True, False):
            done = self.run("backup", to, make=make, **more)
            assert done.returncode == 0, done.stderr
            assert "n8n: " in done.stdout
        listed = self.run("backups", to, **more)
        assert listed.returncode == 0, listed.stderr
        found: list[dict[str, Any]] = json.loads(listed.stdout)
        return found


@pytest.fixture
def host(tmp_path: Path) -> Host:
    if os.geteuid():
        pytest.skip("needs root: the data of volumes is root's alone")
    return Host(tmp_path / "host", restic())


def started(line: list[str], port: int, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        made = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **environment}
        )

    def answers() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        assert made.poll() is None, log.read_text()
        return False

    until(answers, f"{line[0]} answers", seconds=60)
    return made


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[str]:
    """A store that is compatible with S3, with a bucket."""
    line = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(S3_PORT)]
    made = started(line, S3_PORT, tmp_path / "s3.log")
    url = f"http://127.0.0.1:{S3_PORT}/bucket"
    urlopen(Request(url, method="PUT")).close()
    yield f"s3:{url}"
    made.kill()
    made.wait()


class Refuses(BaseHTTPRequestHandler):
    """A store that refuses every client, and notes who asks."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["Authorization"] or "")
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - as http.server calls it

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def sftp(tmp_path: Path, host: Host) -> Iterator[str]:
    """An SSH server of the test's own, and an `ssh` that knows its key and its port."""
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("server", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "client.pub", folder / "authorized")
    (folder / "sshd").write_text(
        f"Port {SSH_PORT}\nListenAddress 127.0.0.1\nHostKey {folder}/server\nAuthorizedKeysFile {folder}/authorized\n"
        "StrictModes no\nUsePAM no\nPidFile none\nSubsystem sftp internal-sftp\n"
    )
    key = " ".join((folder / "server.pub").read_text().split()[:2])
    (folder / "known").write_text(f"[127.0.0.1]:{SSH_PORT} {key}\n")
    (folder / "ssh").write_text(
        f"Host store\nHostName 127.0.0.1\nPort {SSH_PORT}\nIdentityFile {folder}/client\n"
        f"UserKnownHostsFile {folder}/known\n"
    )
    (host.bin / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/ssh "$@"\n')
    (host.bin / "ssh").chmod(0o755)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert sshd
    made = started([sshd, "-D", "-e", "-f", str(folder / "sshd")], SSH_PORT, tmp_path / "sshd.log")
    yield f"sftp:root@store:{tmp_path}/store"
    made.kill()
    made.wait()


def test_s3_takes_backups_and_the_key_is_kept_nowhere(host: Host, s3: str) -> None:
    assert [each["services"] for each in host.backed_up(s3, s3_key_id=KEY, s3_secret=SECRET)] == [["n8n"], ["n8n"]]
    kept = [path for path in host.root.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert kept == []


def test_s3_is_asked_with_the_stacks_key_and_a_refusal_is_one_line(host: Host) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as store:
        serving = threading.Thread(target=store.serve_forever)
        serving.start()
        to = f"s3:http://127.0.0.1:{store.server_port}/bucket"
        refused = host.run("backups", to, s3_key_id=KEY, s3_secret=SECRET)
        store.shutdown()
        serving.join()
    assert f"Credential={KEY}/" in Refuses.asked[0]
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert SECRET not in refused.stderr


def test_sftp_asks_nothing_and_a_server_that_is_gone_is_one_line(host: Host, sftp: str, tmp_path: Path) -> None:
    assert len(host.backed_up(sftp)) == 2
    shutil.rmtree(host.data)
    assert host.run("restore", sftp).returncode == 0
    assert (host.data / "file").read_text() == "kept"
    (tmp_path / "ssh" / "known").write_text("")
    refused = host.run("backups", sftp)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1, refused.stderr


def test_a_database_that_is_written_to_comes_back_and_its_unchanged_half_is_not_copied_again(
    host: Host, tmp_path: Path
) -> None:
    to, over = f"{tmp_path}/store/prod", threading.Event()
    (host.data / "left-out").mkdir()
    (host.data / "left-out" / "file").write_text("can be made again")
    os.chown(host.data, 1000, 1001)
    os.chown(host.data / "database.sqlite", 1000, 1000)
    with closing(sqlite3.connect(host.data / "database.sqlite")) as made:
        made.executemany("INSERT INTO run VALUES (hex(randomblob(?)))", [(3000,)] * 4000)
        made.commit()

    def write() -> None:
        with closing(sqlite3.connect(host.data / "database.sqlite", timeout=20)) as own:
            while not over.is_set():
                own.execute("INSERT INTO run VALUES ('later')")
                own.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        first, second = host.backed_up(to)
    finally:
        over.set()
        writer.join()
    assert first["added"] > 8_000_000
    assert second["added"] < first["added"] / 4
    with closing(sqlite3.connect(host.data / "database.sqlite")) as made:
        written = made.execute("SELECT count(*) FROM run").fetchone()[0]
        made.execute("DROP TABLE run")
    done = host.run("restore", to)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(host.data / "database.sqlite")) as made:
        rows = made.execute("SELECT count(*) FROM run").fetchone()[0]
        assert made.execute("SELECT data FROM run LIMIT 1").fetchone() == ("first",)
    assert 4000 < rows <= written
    found, around = (host.data / "database.sqlite").stat(), host.data.stat()
    assert (found.st_uid, found.st_gid, around.st_uid, around.st_gid) == (1000, 1000, 1000, 1001)
    assert not (host.data / "left-out").exists()
    assert not (host.root / "restoring").exists()
    (aside,) = host.data.parent.glob("data.before-*")
    assert (aside / "left-out" / "file").exists()


def test_what_is_in_a_backup_besides_the_volumes(host: Host, tmp_path: Path) -> None:
    to = f"{tmp_path}/store/prod"
    host.backed_up(to)
    password = tmp_path / "password"
    password.write_text("a password of the test's own")
    environment = {**os.environ, "RESTIC_REPOSITORY": to, "RESTIC_PASSWORD_FILE": str(password)}
    line = [str(host.bin / "restic"), "ls", "-q", "--tag", "whole", "latest"]
    listed = subprocess.run(line, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert sorted(listed) == ["/Pulumi.prod.yaml", "/history.jsonl", "/manifest.json"]


def test_a_pack_that_was_changed_is_never_put_back(host: Host, tmp_path: Path) -> None:
    to = f"{tmp_path}/store/prod"
    (host.data / "large").write_bytes(os.urandom(3_000_000))
    host.backed_up(to)
    change_a_byte(host, to)
    before = (host.data / "large").read_bytes()
    done = host.run("restore", to)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert (host.data / "large").read_bytes() == before
    assert not (host.root / "restoring").exists()
    assert not list(host.data.parent.glob("data.*"))


def test_a_drill_counts_what_would_come_back_and_leaves_nothing(host: Host, tmp_path: Path) -> None:
    to = f"{tmp_path}/store/prod"
    host.backed_up(to)
    (host.data / "file").write_text("newer")
    done = host.run("drill", to)
    assert done.returncode == 0, done.stderr
    assert f"n8n: {host.data} can be put back: 1 row, 1 file\n" in done.stdout
    assert (host.data / "file").read_text() == "newer"
    assert not list(host.data.parent.glob("data.*"))
    assert not (host.root / "backup" / "drill").exists()
    said = json.loads((host.root / "history.jsonl").read_text().splitlines()[-1])
    (listed,) = (each for each in json.loads(host.run("backups", to).stdout) if each["id"] == said["release"])
    assert listed
    assert (said["service"], said["outcome"], said["why"]) == ("drill", "ok", "")
    assert said["parts"] == [{"service": "n8n", "counted": "1 row, 1 file"}]


def test_by_its_timer_it_makes_a_backup_and_tries_it_once_a_week(host: Host, tmp_path: Path) -> None:
    to = f"{tmp_path}/store/prod"
    host.backed_up(to)
    orders = {"calendar": "*-*-* 03:15:00 UTC", "drill": 7, "request": host.request(to, by="timer")}
    (host.root / "backup" / "timer.json").write_text(json.dumps(orders))
    (host.root / "backup" / "stack-file").mkdir()
    (host.root / "backup" / "stack-file" / "Pulumi.prod.yaml").write_text("a: b\n")
    for _ in range(2):
        done = host.run("scheduled", to)
        assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (host.root / "history.jsonl").read_text().splitlines()]
    assert [(line["service"], line["by"]) for line in lines[2:]] == [
        ("backup", "timer"), ("drill", "timer"), ("backup", "timer")
    ]  # fmt: skip


def change_a_byte(_: Host, to: str) -> None:
    pack = max((path for path in Path(to, "data").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(content)


def cut_the_dump_off(host: Host, to: str) -> None:
    """Without its last line, by a program that ends well."""
    real = (host.bin / "restic").readlink()
    (host.bin / "restic").unlink()
    (host.bin / "restic").write_text(f"""#!/bin/bash
case " $* " in *" --stdin-from-command "*) ;; *) exec {real} "$@" ;; esac
while [ "$1" != -- ]; do own+=("$1"); shift; done
shift
exec {real} "${{own[@]}}" -- sh -c '"$@" | head -n -1' sh "$@"
""")
    (host.bin / "restic").chmod(0o755)
    assert host.run("backup", to).returncode == 0


def make_one_of_another_stack(host: Host, to: str) -> None:
    """In the same place, under this one's name."""
    assert host.run("backup", to, stack="staging").returncode == 0
    password = host.root / "password"
    password.write_text("a password of the test's own")
    environment = {**os.environ, "RESTIC_REPOSITORY": to, "RESTIC_PASSWORD_FILE": str(password)}
    line = [str(host.bin / "restic"), "rewrite", "--forget", "--new-host", "prod", "--host", "staging"]
    subprocess.run(line, env=environment, capture_output=True, check=True)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (change_a_byte, "n8n: restic: "),
        (cut_the_dump_off, "n8n: database.sqlite: its text is cut off; take another backup"),
        (make_one_of_another_stack, "AT=latest: is a backup of staging, not of prod"),
    ],
)
def test_a_drill_finds_a_backup_that_is_none(
    host: Host, tmp_path: Path, harm: Callable[[Host, str], None], said: str
) -> None:
    to = f"{tmp_path}/store/prod"
    (host.data / "large").write_bytes(os.urandom(3_000_000))
    host.backed_up(to)
    assert host.run("drill", to).returncode == 0
    harm(host, to)
    done = host.run("drill", to)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stdout
    assert said in done.stderr
    told = json.loads((host.root / "history.jsonl").read_text().splitlines()[-1])
    assert (told["service"], told["outcome"]) == ("drill", "failed")
    assert told["why"] == done.stderr.strip()
    assert not (host.root / "backup" / "drill").exists()


def test_a_container_that_was_started_meanwhile_keeps_its_data(host: Host, tmp_path: Path) -> None:
    """As a colleague's `make up` does, while the backup is put together."""
    to = f"{tmp_path}/store/prod"
    host.backed_up(to)
    (host.data / "file").write_text("newer")
    (host.bin / "docker").write_text(
        f'#!/bin/sh\ncase "$*" in *volume=*) echo x >>{tmp_path}/asked\n'
        f'[ "$(wc -l <{tmp_path}/asked)" -eq 1 ] || echo c1 ;; esac\n'
    )
    done = host.run("restore", to)
    assert (done.returncode, done.stderr) == (1, f"n8n: runs, and uses {host.data}; run `make down` first\n")
    assert (host.data / "file").read_text() == "newer"
    assert not (host.root / "restoring").exists()
    assert not list(host.data.parent.glob("data.*"))


@pytest.mark.parametrize(("passes", "code"), [(1, 0), (2, 1)])
def test_a_file_that_is_gone_again_spoils_the_second_pass_alone(
    host: Host, tmp_path: Path, passes: int, code: int
) -> None:
    """As restic ends then: exit code 3, and a snapshot. The folder is in use, by a container that needs no pause."""
    real = (host.bin / "restic").readlink()
    (host.bin / "restic").unlink()
    (host.bin / "restic").write_text(f"""#!/bin/sh
{real} "$@" || exit
case " $* " in *" kind=files "*) echo x >>{tmp_path}/passes ;; *) exit 0 ;; esac
[ "$(wc -l <{tmp_path}/passes)" -ne {passes} ] || exit 3
""")
    (host.bin / "restic").chmod(0o755)
    (host.bin / "docker").write_text('#!/bin/sh\ncase "$*" in *volume=*) echo c1 ;; esac\n')
    to = f"{tmp_path}/store/prod"
    done = host.run("backup", to, make=True, parts=[host.part(way="files", file="", pause=False)])
    assert done.returncode == code, done.stderr
    assert len(json.loads(host.run("backups", to).stdout)) == 1 - code
    assert (tmp_path / "passes").read_text() == "x\n" * 2


def test_a_full_disk_is_one_line_and_no_backup(host: Host, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small], check=True)
    try:
        to = f"{small}/prod"
        assert host.run("backup", to, make=True).returncode == 0
        (host.data / "large").write_bytes(os.urandom(20_000_000))
        done = host.run("backup", to)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert len(json.loads(host.run("backups", to).stdout)) == 1
        (line,) = (host.root / "history.jsonl").read_text().splitlines()[-1:]
        assert json.loads(line)["outcome"] == "failed"
    finally:
        subprocess.run(["umount", small], check=True)


def test_each_backup_looks_at_the_repository_and_in_a_fortnight_at_each_byte(host: Host, tmp_path: Path) -> None:
    to = f"{tmp_path}/store/prod"
    (host.data / "large").write_bytes(os.urandom(3_000_000))
    host.backed_up(to)
    real = (host.bin / "restic").readlink()
    (host.bin / "restic").unlink()
    # The day: a share that has the pack, as each of them is read on one of 14 days.
    (host.bin / "restic").write_text(
        f'#!/bin/bash\nfor each; do case $each in --read-data-subset=*/14) echo "$*" >>{tmp_path}/looked; '
        f'each=--read-data;; esac; own+=("$each"); done; exec {real} "${{own[@]}}"\n'
    )
    (host.bin / "restic").chmod(0o755)
    assert host.run("backup", to).returncode == 0
    change_a_byte(host, to)
    done = host.run("backup", to)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith(f"backup.to: {to} is damaged: ")
    assert len((tmp_path / "looked").read_text().splitlines()) == 2
    told = json.loads((host.root / "history.jsonl").read_text().splitlines()[-1])
    assert (told["service"], told["outcome"]) == ("backup", "failed")


def test_a_lock_of_another_run_keeps_no_backup_and_no_drill_away(host: Host, tmp_path: Path) -> None:
    """Of one that was killed, of another stack's, or of a key that may not remove its own; and none is left here."""
    to = f"{tmp_path}/store/prod"
    host.backed_up(to)
    (tmp_path / "password").write_text("a password of the test's own")
    environment = {**os.environ, "RESTIC_REPOSITORY": to, "RESTIC_PASSWORD_FILE": str(tmp_path / "password")}
    line = [str(host.bin / "restic"), "backup", "--stdin", "--stdin-filename", "slow"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as other:
        until(lambda: any(Path(to, "locks").iterdir()), "the other one holds its lock", seconds=20)
        for command in ("backup", "drill"):
            done = host.run(command, to)
            assert done.returncode == 0, done.stderr
        other.kill()
    assert len(list(Path(to, "locks").iterdir())) == 1


def test_what_is_half_restored_is_not_backed_up(host: Host, tmp_path: Path) -> None:
    to = f"{tmp_path}/store/prod"
    before = host.backed_up(to)
    (host.root / "restoring").write_text(f"{host.data}\n")
    done = host.run("backup", to)
    said = f"{host.data}: is half restored; run `make restore` again, then `make backup`\n"
    assert (done.returncode, done.stderr) == (1, said)
    assert json.loads(host.run("backups", to).stdout) == before
    assert host.run("restore", to).returncode == 0
    assert host.run("backup", to).returncode == 0


def test_what_a_killed_drill_has_left_goes_with_the_next_backup(host: Host, tmp_path: Path) -> None:
    to = f"{tmp_path}/store/prod"
    host.backed_up(to)
    (host.root / "backup" / "drill").mkdir()
    (host.root / "backup" / "drill" / "large").write_text("left")
    (host.bin / "docker").write_text(
        f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\ncase "$*" in\n'
        '*"--filter label=smarter-net.carrier --format"*) echo prod.metabase-postgres; echo other.n8n ;;\n'
        '*"--filter label=smarter-net.carrier=prod.metabase-postgres"*) echo c1 ;; esac\n'
    )
    done = host.run("backup", to)
    assert done.returncode == 0, done.stderr
    assert not (host.root / "backup" / "drill").exists()
    asked = (tmp_path / "asked").read_text()
    assert "rm --force --volumes c1\n" in asked
    assert "other" not in asked


MOMENTS = 3
"""Of each command, at which it is killed."""


@pytest.mark.parametrize("command", ["backup", "drill", "restore"])
def test_killed_at_any_moment_nothing_is_half_and_the_next_run_is_good(
    host: Host, tmp_path: Path, command: str
) -> None:
    to = f"{tmp_path}/store/prod"
    (host.data / "large").write_bytes(os.urandom(3_000_000))
    host.backed_up(to)
    content = (host.data / "large").read_bytes()
    began = time.monotonic()
    assert host.run(command, to).returncode == 0
    took = time.monotonic() - began
    for moment in range(MOMENTS):
        run = host.started(command, to)
        time.sleep(took * (moment + 0.5) / MOMENTS)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        # What a restore that was cut short has left is marked; else all of it is as it was.
        assert (host.root / "restoring").exists() or (host.data / "large").read_bytes() == content
        done = host.run(command, to)
        assert done.returncode == 0, (moment, done.stderr)
        assert (host.data / "large").read_bytes() == content
        assert not (host.root / "restoring").exists()
        assert not list((host.root / "backup").glob("run.*"))
        assert not (host.root / "backup" / "drill").exists()
        assert not list(host.data.parent.glob("data.restoring"))
