"""`make shell`, `run`, `psql` and `tunnel` on a real Docker: streams, exit codes, signals, and that nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from config.catalog.accessories import METABASE_POSTGRES
from host.inside.keeper import WITHIN
from tests.rig.images import load
from tests.rig.postgres_image import installed, postgres, small_stack
from tests.rig.project import REPOSITORY
from tests.rig.skip import skip_or_fail
from tests.rig.terminal import CTRL_C, Terminal
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

DATABASE = METABASE_POSTGRES.name
LONG = "sleep 4711"
ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'"


@pytest.fixture(scope="module")
def stack(project: Project, dockerd: Dockerd) -> Project:
    """A database, which has a shell, and a service in front of it."""
    folder = installed()
    if folder is None:
        skip_or_fail("needs a PostgreSQL server's programs; `tests/run-isolated` provides them")
    load(dockerd, postgres(folder))
    small_stack(project)
    assert project.operate("secrets").returncode == 0
    project.bring_up()
    return project


def command(project: Project, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "operate", *arguments, "--stack", project.stack]


def begun(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """A command without a terminal, in a session of its own."""
    return subprocess.Popen(
        command(project, *arguments), cwd=project.folder, env=project.environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def terminal(project: Project, *arguments: str) -> Terminal:
    return Terminal(command(project, *arguments), folder=project.folder, environment=project.environment)


def sleeps(dockerd: Dockerd) -> bool:
    return LONG in dockerd.docker("top", dockerd.copy(DATABASE)).stdout


def test_a_commands_streams_and_exit_code_are_its_own(stack: Project) -> None:
    run = begun(stack, "run", DATABASE, "--command", "cat; echo beside >&2; exit 7")
    assert run.communicate("one\ntwo\n") == ("one\ntwo\n", "beside\n")
    assert run.returncode == 7
    killed = begun(stack, "run", DATABASE, "--command", "kill -s KILL $$")
    killed.communicate()
    assert killed.returncode == 128 + signal.SIGKILL
    make = ["make", "-f", str(REPOSITORY / "Makefile"), "run", f"SERVICE={DATABASE}", "COMMAND=echo '$HOME'; exit 7"]
    made = subprocess.run(make, cwd=stack.folder, env=stack.environment, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stdout) == (2, "$HOME\n")
    assert made.stderr.rstrip().endswith("Error 7")


@pytest.mark.usefixtures("stack")
def test_where_the_host_does_not_show_its_processes_the_container_does(dockerd: Dockerd) -> None:
    mark = "SMARTER_NET_SESSION=of-a-test"
    container = dockerd.copy(DATABASE)
    for value in (mark, f"{mark}-other"):
        dockerd.docker("exec", "--detach", "--env", value, container, *LONG.split())
    until(lambda: dockerd.docker("top", container).stdout.count(LONG) == 2, "both sleep")
    told = dockerd.docker("exec", container, "sh", "-c", WITHIN, f"{mark}-other", "KILL")
    assert len(told.stdout.split()) == 1
    until(lambda: dockerd.docker("top", container).stdout.count(LONG) == 1, "one is ended")
    dockerd.docker("exec", container, "sh", "-c", WITHIN, mark, "TERM")
    until(lambda: not sleeps(dockerd), "the other one, too")


def test_a_shell_at_a_terminal_keeps_its_ctrl_c_to_itself(stack: Project, dockerd: Dockerd) -> None:
    shell = terminal(stack, "shell", DATABASE)
    shell.type(b"[ -t 0 ] && [ -t 1 ] && echo $((6 * 7))\n")
    shell.until("\n42\n")
    shell.type(f"{LONG}\n".encode())
    until(lambda: sleeps(dockerd), "it sleeps")
    shell.type(CTRL_C)
    until(lambda: not sleeps(dockerd), "Ctrl-C has ended it")
    shell.type(b"exit 3\n")
    assert shell.wait() == 3
    assert "Traceback" not in shell.screen


def test_a_signal_reaches_the_command_and_what_it_began_ends_with_it(stack: Project, dockerd: Dockerd) -> None:
    script = f"trap 'echo caught; exit 5' INT; {LONG} & echo ready; wait"
    run = begun(stack, "run", DATABASE, "--command", script)
    assert run.stdout
    assert run.stdout.readline() == "ready\n"
    assert sleeps(dockerd)
    os.killpg(run.pid, signal.SIGINT)
    said, errors = run.communicate(timeout=60)
    assert (run.returncode, said, errors) == (5, "caught\n", "")
    assert not sleeps(dockerd)


@pytest.mark.parametrize("window", [False, True], ids=["killed", "window closed"])
def test_nothing_is_left_where_the_operator_is_gone(stack: Project, dockerd: Dockerd, *, window: bool) -> None:
    if window:
        at = terminal(stack, "run", DATABASE, "--command", LONG)
        until(lambda: sleeps(dockerd), "it sleeps")
        at.close()
        gone: subprocess.Popen[Any] = at.process
    else:
        run = begun(stack, "run", DATABASE, "--command", f"trap '' INT HUP TERM; {LONG}")
        until(lambda: sleeps(dockerd), "it sleeps")
        os.killpg(run.pid, signal.SIGKILL)
        gone = run
    until(lambda: not sleeps(dockerd), "it is ended", seconds=30)
    gone.communicate(timeout=60)


def rows(project: Project, statement: str) -> str:
    asked = begun(project, "psql", "metabase")
    said, errors = asked.communicate(f"\\pset tuples_only\n\\pset format unaligned\n{statement};\n", timeout=60)
    assert (asked.returncode, errors) == (0, "")
    return said.splitlines()[-1]


@pytest.mark.parametrize("killed", [False, True], ids=["window closed", "killed"])
def test_psql_is_in_the_services_database_and_a_query_ends_with_it(
    stack: Project, dockerd: Dockerd, *, killed: bool
) -> None:
    assert rows(stack, "SELECT current_user, current_database()") == "metabase|metabase"
    at = terminal(stack, "psql", "metabase")
    at.type(b"SELECT pg_sleep(4711);\n")
    until(lambda: rows(stack, ASLEEP) == "1", "it sleeps")
    if killed:
        at.process.kill()
    at.close()
    until(lambda: rows(stack, ASLEEP) == "0", "its query is given up", seconds=30)
    assert "psql" not in dockerd.docker("top", dockerd.copy(DATABASE)).stdout
    at.process.wait(60)


def test_a_tunnel_leads_past_the_proxy_until_it_is_ended(stack: Project) -> None:
    tunnel = begun(stack, "tunnel", "metabase", "--port", "24711")
    assert tunnel.stdout
    line = tunnel.stdout.readline()
    assert line.startswith("metabase: http://127.0.0.1:24711 leads to port 3001 of metabase-"), tunnel.communicate()
    taken = stack.operate("tunnel", "metabase", "--port", "24711")
    assert taken.returncode == 1
    assert taken.stderr == "error: PORT=24711: another program of this machine listens there; name another port\n"
    for _ in range(3):
        with urlopen("http://127.0.0.1:24711/", timeout=20) as answer:
            assert answer.status == 200
    os.killpg(tunnel.pid, signal.SIGINT)
    assert tunnel.communicate(timeout=20) == ("", "")
    assert tunnel.returncode == 0
    silent = stack.operate("tunnel", "metabase", "--port", "24711:4711")
    assert silent.stderr.startswith("error: tunnel: "), silent.stderr
    assert " port 4711 does not answer; " in silent.stderr
