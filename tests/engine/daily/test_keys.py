"""`make secrets`, with the real engine's own encryption: made, asked for or missing, and never to be seen.

No Docker daemon is needed for any of this.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import bcrypt
import pytest

from operate.stack import Stack
from tests.rig.processes import ProcessList
from tests.rig.project import Project, dev_settings
from tests.rig.skip import skip_or_fail
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

MADE = {
    "n8n-encryption-key": "n8n",
    "n8n-runners-token": "n8n, n8n-runners",
    "metabase-encryption-key": "metabase",
    "metabase-database-password": "metabase, metabase-postgres",
    "dokploy-auth-secret": "dokploy",
    "dokploy-database-password": "dokploy, dokploy-postgres",
}
"""What production needs, and who gets it."""
FOR_GOOD = [name for name in MADE if name != "n8n-runners-token"]
SECURE = re.compile(r"secure: \S+")
PASSWORD = "correct horse battery"
REAL = "docker.n8n.io/n8nio/n8n:2.41.6"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The dev stack in a folder of its own, out of reach of any daemon."""
    if not shutil.which("pulumi"):
        skip_or_fail("needs pulumi; `make test` provides it")
    return Project(tmp_path / "p", f"unix://{tmp_path}/no-daemon")


@pytest.fixture
def prod(project: Project) -> Project:
    """The stack file of production, as it is in the repository but for the password that only the operator knows."""
    project.stack = "prod"
    file(project).write_text(from_repository("prod"))
    project.environment |= {"PULUMI_CONFIG_PASSPHRASE": "correct horse", "TMPDIR": str(project.folder / "state")}
    return project


def from_repository(stack: str) -> str:
    return (STACK_FILES / f"Pulumi.{stack}.yaml").read_text().replace("basic-auth: [ops]", "open: true")


def file(project: Project) -> Path:
    return project.folder / f"Pulumi.{project.stack}.yaml"


def value(project: Project, name: str) -> str:
    result = project.pulumi("config", "get", f"secret:{name}")
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def states(output: str) -> dict[str, tuple[str, str]]:
    """Used by and state of each secret, from the table."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in output.splitlines()]
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3 and row[0] != "Secret"}


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """The one line of a command that failed."""
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def test_keys_are_made_encrypted_and_never_seen_and_the_second_time_nothing_changes(prod: Project) -> None:
    before = file(prod).read_text()
    with ProcessList() as processes:
        result = prod.operate("secrets")
    assert result.returncode == 0, result.stderr
    assert states(result.stdout) == {name: (users, "made now") for name, users in MADE.items()}
    assert "Keep Pulumi.prod.yaml and its passphrase in different places" in result.stdout
    text = file(prod).read_text()
    assert set(before.splitlines()) - set(text.splitlines()) == set()
    assert len(SECURE.findall(text)) == len(MADE)

    made = {value(prod, name) for name in MADE}
    assert len(made) == len(MADE)
    assert all(re.fullmatch(r"[0-9a-f]{64}", found) for found in made)
    files = [path for path in prod.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    seen = b"\n".join(
        [*processes.seen, result.stdout.encode(), result.stderr.encode(), *(f.read_bytes() for f in files)]
    )
    assert b"config\0set\0--secret" in seen
    assert not any(found.encode() in seen for found in made)

    again = prod.operate("secrets")
    assert again.returncode == 0
    assert {state for _, state in states(again.stdout).values()} == {"set already"}
    assert file(prod).read_text() == text


def test_one_that_is_there_is_not_overwritten(prod: Project) -> None:
    assert prod.pulumi("stack", "select", "--create").returncode == 0
    prod.set_secret("metabase-encryption-key", "the operator's own, long enough")
    result = prod.operate("secrets")
    expected = dict.fromkeys(MADE, "made now") | {"metabase-encryption-key": "set already"}
    assert {name: state for name, (_, state) in states(result.stdout).items()} == expected
    assert value(prod, "metabase-encryption-key") == "the operator's own, long enough"


@pytest.mark.parametrize("key", FOR_GOOD)
def test_a_key_that_data_belongs_to_is_never_rotated(prod: Project, key: str) -> None:
    before = file(prod).read_text()
    assert refused(prod.operate("secrets", "--rotate", key)).startswith(f"secret:{key}: must stay what it is: ")
    assert file(prod).read_text() == before


def test_a_key_that_was_lost_is_not_made_up_again(prod: Project) -> None:
    assert prod.pulumi("stack", "select", "--create").returncode == 0
    urn = "urn:pulumi:prod::smarter-net::docker:index/volume:Volume::smarter-net-n8n"
    volume = {"urn": urn, "custom": True, "id": "smarter-net-n8n", "type": "docker:index/volume:Volume"}
    recorded = {"version": 3, "deployment": {"manifest": {"time": "2026-01-01T00:00:00Z"}, "resources": [volume]}}
    assert prod.pulumi("stack", "import", stdin=json.dumps(recorded)).returncode == 0
    before = file(prod).read_text()
    line = refused(prod.operate("secrets"))
    assert line.startswith("secret:n8n-encryption-key: is missing, and there is data that belongs to it; put it back")
    assert file(prod).read_text() == before


def test_a_wrong_or_a_missing_passphrase_changes_nothing(prod: Project) -> None:
    assert prod.pulumi("stack", "select", "--create").returncode == 0
    before = file(prod).read_text()
    prod.environment["PULUMI_CONFIG_PASSPHRASE"] = "wrong battery"
    assert "incorrect passphrase" in refused(prod.operate("secrets"))
    prod.environment["PULUMI_CONFIG_PASSPHRASE"] = ""
    assert refused(prod.operate("secrets")).startswith("PULUMI_CONFIG_PASSPHRASE: is empty, ")
    del prod.environment["PULUMI_CONFIG_PASSPHRASE"]
    assert refused(prod.operate("secrets")).startswith("PULUMI_CONFIG_PASSPHRASE: not set; ")
    assert file(prod).read_text() == before


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_clear_text_and_too_short_ones_are_refused_before_anything_is_changed(prod: Project, stack: str) -> None:
    prod.stack = stack
    text = from_repository(stack)
    file(prod).write_text(text.replace("config:\n", "config:\n  secret:dokploy-auth-secret: hunter2-4711\n", 1))
    for command in (["secrets"], ["preview"], ["up", "--yes"]):
        line = refused(prod.operate(*command))
        assert line.startswith("secret:dokploy-auth-secret: stands in clear text; run `pulumi config set --secret")
    assert "secure" not in file(prod).read_text()

    file(prod).write_text(text)
    assert prod.pulumi("stack", "select", "--create").returncode == 0
    prod.set_secret("dokploy-auth-secret", "hunter2-4711")
    assert prod.operate("secrets").returncode == 0
    result = prod.pulumi("preview")
    assert result.returncode != 0
    assert "secret:dokploy-auth-secret: has fewer than 32 characters; use at least 32" in result.stdout + result.stderr
    assert "hunter2" not in result.stdout + result.stderr


def use(secret: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401  anything a stack file can say
    return {"secret": secret, **settings}


@pytest.fixture
def dev(project: Project) -> Project:
    """A stack with a password that can be made up, and one that only the operator knows."""
    project.change(
        "n8n", secrets={"SMTP_PASS": use("smtp-password"), "QUEUE_PASS": use("queue-password", generate=True)}
    )
    project.change("metabase", secrets={"SMTP_PASS": use("smtp-password")})
    return project


def test_what_only_the_operator_knows_is_named_where_nobody_can_be_asked(dev: Project) -> None:
    result = dev.operate("secrets")
    assert states(result.stdout) == {
        "smtp-password": ("n8n, metabase", "missing"),
        "queue-password": ("n8n", "made now"),
    }
    assert refused(result).startswith(
        "secret:smtp-password: missing, and only you know it; run `make secrets STACK=dev`"
    )
    assert len(value(dev, "queue-password")) == 64


def typed(project: Project, answers: str, *arguments: str) -> tuple[int, str]:
    """`make secrets` in a terminal; a line of `answers` is typed whenever one is asked for. Exit code, output."""
    ours, theirs = os.openpty()
    line = [sys.executable, "-m", "operate", "secrets", *arguments, "--stack", project.stack]
    environment = {**project.environment, "NO_COLOR": "1"}
    with subprocess.Popen(
        line, cwd=project.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    ) as command:  # fmt: skip
        os.close(theirs)
        shown = b""
        for answer in answers.split("\n"):
            asked = b""
            while not asked.endswith(b": "):
                asked += os.read(ours, 1024)
            shown += asked
            os.write(ours, answer.encode() + b"\n")
        try:
            while more := os.read(ours, 1024):
                shown += more
        except OSError:  # the other end is closed
            os.close(ours)
    return command.returncode, shown.decode()


def test_in_a_terminal_it_is_asked_for_and_not_shown(dev: Project) -> None:
    code, shown = typed(dev, "correct-horse-4711")
    assert code == 0, shown
    assert "smtp-password, for n8n, metabase (is not shown; empty: not now): " in shown
    assert states(shown)["smtp-password"] == ("n8n, metabase", "entered now")
    assert "4711" not in shown
    assert value(dev, "smtp-password") == "correct-horse-4711"


def test_no_answer_leaves_it_missing(dev: Project) -> None:
    code, shown = typed(dev, "")
    assert code == 1
    assert states(shown)["smtp-password"] == ("n8n, metabase", "missing")
    assert "secret:smtp-password: missing" in shown


def test_of_a_password_only_the_hash_is_kept_and_a_slip_of_the_finger_changes_nothing(dev: Project) -> None:
    config = dev.read()["config"]
    config["smarter-net:services"] = dev_settings()["smarter-net:services"]
    config["smarter-net:sites"][1]["basic-auth"] = ["ana"]
    dev.write(config)
    code, shown = typed(dev, f"{PASSWORD}\n{PASSWORD}!")
    assert (code, "secret:basic-auth-ana: was typed in two ways" in shown) == (1, True), shown
    assert "secure:" not in file(dev).read_text()

    code, shown = typed(dev, f"{PASSWORD}\n{PASSWORD}")
    assert code == 0, shown
    assert states(shown) == {"basic-auth-ana": ("api.smarterbot.localhost", "entered now")}
    assert PASSWORD not in shown
    kept = value(dev, "basic-auth-ana")
    assert bcrypt.checkpw(PASSWORD.encode(), kept.encode())

    code, shown = typed(dev, f"{PASSWORD} 2\n{PASSWORD} 2", "--rotate", "basic-auth-ana")
    assert code == 0, shown
    assert "makes it the password of api.smarterbot.localhost, without a rollout" in shown
    assert bcrypt.checkpw(f"{PASSWORD} 2".encode(), value(dev, "basic-auth-ana").encode())


def releases(project: Project) -> dict[str, str]:
    return {service.name: service.release for service in Stack(project.stack, project.folder).topology.running}


def test_a_rotation_gives_a_new_value_and_rolls_its_services_alone(dev: Project) -> None:
    typed(dev, "correct-horse-4711")
    before, old = releases(dev), value(dev, "queue-password")
    result = dev.operate("secrets", "--rotate", "queue-password")
    assert result.returncode == 0, result.stderr
    assert "secret:queue-password: has a new value; `make up STACK=dev` rolls n8n and nothing else" in result.stdout
    new = value(dev, "queue-password")
    assert new != old
    assert len(new) == 64
    assert new not in result.stdout + result.stderr
    after = releases(dev)
    assert [name for name in before if before[name] != after[name]] == ["n8n"]
    assert value(dev, "smtp-password") == "correct-horse-4711"

    code, shown = typed(dev, "battery-staple-4711", "--rotate", "smtp-password")
    assert code == 0, shown
    assert "rolls n8n, metabase and nothing else" in shown
    assert value(dev, "smtp-password") == "battery-staple-4711"


def test_a_rotation_of_what_is_not_there_says_so(dev: Project) -> None:
    assert refused(dev.operate("secrets", "--rotate", "smtp-pasword")) == (
        "ROTATE=smtp-pasword: there is no such secret; known are smtp-password, queue-password"
    )
    assert refused(dev.operate("secrets", "--rotate", "smtp-password")).startswith(
        "secret:smtp-password: is not set yet"
    )


def test_a_stack_without_a_passphrase_of_its_own_can_be_given_its_first_key(project: Project) -> None:
    project.change("n8n", image=REAL)
    del project.environment["PULUMI_CONFIG_PASSPHRASE"]
    line = refused(project.operate("preview"))
    assert line.startswith("secret:n8n-encryption-key: is missing")
    assert "run `make secrets`" in line
    assert "export PULUMI_CONFIG_PASSPHRASE=''" in project.operate("env").stdout
    result = project.operate("secrets")
    assert states(result.stdout) == {
        "n8n-encryption-key": ("n8n", "made now"),
        "n8n-runners-token": ("n8n, n8n-runners", "made now"),
    }


def test_stand_ins_need_none(project: Project) -> None:
    result = project.operate("secrets")
    assert result.returncode == 0
    assert not states(result.stdout)
