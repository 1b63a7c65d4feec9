"""Dokploy's database with a real PostgreSQL in it: it starts with no more rights than the catalog gives, and keeps what
was committed, through a rollout, a crash, a rollout that fails, and a backup while a client writes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.rig.hunt import Hunt
from tests.rig.plan import at_rest
from tests.rig.postgres_image import REFERENCE, installed, postgres
from tests.rig.servers.remote import SECRETS, deployable, forget_connection, start_registry, up
from tests.rig.skip import skip_or_fail
from tests.rig.terminal import Terminal
from tests.rig.wait import until

if TYPE_CHECKING:
    from subprocess import CompletedProcess

    from tests.rig.internet.image_registry import Content
    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

pytestmark = pytest.mark.drawn(3, "days", whole=True)
SERVICE = "dokploy-postgres"
VOLUME = "smarter-net-dokploy-postgres"
PASSWORD = SECRETS["dokploy-database-password"]
ENDS = "recreate: its connections end, and new ones are refused"
WRITE = """DO $$ BEGIN
    FOR i IN 1..100000000 LOOP
        INSERT INTO written VALUES (i);
        COMMIT;
        -- What was read of the tables before and of the log after one of these does not fit together.
        IF i % 20 = 0 THEN CHECKPOINT; END IF;
    END LOOP;
END $$"""


class Client:
    """A client with the password, in a container of its own on the stack's network."""

    def __init__(self, server: Server, image: str) -> None:
        self._server, self._image = server, image
        (server.folder / "right").write_text(f"{PASSWORD}\n")
        (server.folder / "wrong").write_text(f"{PASSWORD[::-1]}\n")

    def ask(self, statement: str, password: str = "right") -> CompletedProcess[str]:
        """Run a statement as Dokploy would. `password`: right or wrong."""
        return self._run(["--rm"], statement, password)

    def rows(self, statement: str) -> list[str]:
        """The answer to a statement, which has to be there."""
        result = self.ask(statement)
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()

    def begin(self, name: str, statement: str) -> None:
        """Run a statement in a container with that name, without waiting for its end."""
        started = self._run(["--detach", "--name", name], statement, "right")
        assert started.returncode == 0, started.stderr

    def end(self, name: str) -> str:
        """Once it has ended: the last words of the client that `begin` started."""
        self._server.docker("wait", name)
        said = self._server.docker("logs", name).stderr
        self._server.docker("rm", name)
        return said

    def _run(self, options: list[str], statement: str, password: str) -> CompletedProcess[str]:
        file = f"{self._server.folder}/{password}:/password:ro"
        psql = f'psql -h {SERVICE} -U dokploy -v ON_ERROR_STOP=1 -Atqc "$0"'
        script = f"read -r PGPASSWORD </password; export PGPASSWORD; exec {psql}"
        return self._server.docker(
            "run", "--network", f"smarter-net-{SERVICE}", "-v", file, *options, "--entrypoint", "sh", self._image,
            "-c", script, statement, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A server of this module's own."""
    return internet.server("postgres")


@pytest.fixture(scope="module")
def registry(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """With the real PostgreSQL's image too."""
    folder = installed()
    if folder is None:
        skip_or_fail("needs a PostgreSQL server's programs; `tests/run-isolated` provides them")
    return start_registry(server, tmp_path_factory.mktemp("registry"), more=[postgres(folder)])


@pytest.fixture(scope="module")
def project(internet: Internet, server: Server, registry: Content, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Staging, with certificates of Caddy's own and the real PostgreSQL, with shorter times than the catalog's."""
    project = deployable(tmp_path_factory.mktemp("postgres") / "p", "staging", internet, server, registry)
    config = project.read()["config"]
    config["smarter-net:certificates"] = "internal"
    own = {"image": registry.pinned(REFERENCE), "rollout": {"start": "1m", "settle": "1s"}}
    config["smarter-net:services"][SERVICE] = own
    project.write(config)
    return project


@pytest.fixture(scope="module")
def hunt(project: Project, server: Server) -> Hunt:
    """What the first `up` has left, which makes the database."""
    hunt = Hunt(project, server.dockerd, server.folder / "own" / "smarter-net", server.folder / "sshd")
    hunt.up()
    return hunt


@pytest.fixture(scope="module")
def client(hunt: Hunt, server: Server, registry: Content) -> Client:
    """A client that has made a table in the database, `kept`."""
    assert hunt is not None
    client = Client(server, registry.pinned(REFERENCE))
    client.rows("CREATE TABLE kept (word text)")
    return client


def copy(server: Server) -> dict[str, Any]:
    """The one that runs."""
    (found,) = (found for found in server.dockerd.copies(SERVICE) if found["State"]["Running"])
    return found


def log(server: Server) -> str:
    said = server.docker("logs", copy(server)["Id"])
    return said.stdout + said.stderr


def done(project: Project, command: str, *arguments: str) -> str:
    result = project.operate(command, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def row_of(result: str) -> str:
    """The database's line in a table."""
    (line,) = (line for line in result.splitlines() if line.strip().startswith(f"{SERVICE} "))
    return line


def test_it_is_healthy_and_lets_in_only_who_knows_the_password(
    project: Project, client: Client, server: Server
) -> None:
    assert " healthy " in row_of(done(project, "status"))
    assert copy(server)["HostConfig"]["SecurityOpt"] == ["no-new-privileges"]
    assert client.rows("SELECT current_user, current_database()") == ["dokploy|dokploy"]
    refused = client.ask("SELECT 1", password="wrong")
    assert 'password authentication failed for user "dokploy"' in refused.stderr
    assert refused.returncode


def test_its_password_is_to_be_read_nowhere(hunt: Hunt) -> None:
    assert hunt.find(PASSWORD) == set()


def test_a_rollout_ends_connections_in_order_and_keeps_the_rows(
    project: Project, client: Client, server: Server
) -> None:
    client.rows("INSERT INTO kept VALUES ('before a rollout')")
    client.begin("idle", "SELECT pg_sleep(600)")
    until(
        lambda: client.rows("SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'") == ["1"],
        "it sleeps",
    )
    before = copy(server)
    project.change(SERVICE, memory="192MiB")
    assert f"{SERVICE}: {ENDS}" in done(project, "preview")
    up(project)
    assert copy(server)["Id"] != before["Id"]
    assert copy(server)["HostConfig"]["Memory"] == 192 << 20
    assert "terminating connection due to administrator command" in client.end("idle")
    # Not as after a crash: the old container had written everything.
    assert "database system was shut down at" in log(server)
    assert client.rows("SELECT word FROM kept WHERE word ~ 'rollout'") == ["before a rollout"]
    assert at_rest(project)


def test_a_killed_one_recovers_by_itself(project: Project, client: Client, server: Server) -> None:
    client.rows("INSERT INTO kept VALUES ('before a crash')")
    before = copy(server)
    os.kill(before["State"]["Pid"], signal.SIGKILL)
    until(lambda: copy_again(server, before), "Docker has started it again")
    until(lambda: copy(server)["State"]["Health"]["Status"] == "healthy", "it is healthy again")
    assert "database system was not properly shut down; automatic recovery in progress" in log(server)
    assert client.rows("SELECT word FROM kept WHERE word ~ 'crash'") == ["before a crash"]
    assert at_rest(project)


def copy_again(server: Server, before: dict[str, Any]) -> bool:
    (found,) = server.dockerd.copies(SERVICE)
    return bool(found["State"]["Running"] and found["RestartCount"] > before["RestartCount"])


LONG = "sleep 4711"


def sleeps(server: Server) -> bool:
    return LONG in server.docker("top", copy(server)["Id"]).stdout


def test_an_operator_looks_inside_over_ssh(project: Project, hunt: Hunt, internet: Internet, server: Server) -> None:
    assert hunt is not None
    ended = project.operate("run", SERVICE, "--command", "id -un; exit 7")
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "root\n", "")
    piped = [*project.enter, sys.executable, "-m", "operate", "psql", "dokploy", "--stack", project.stack]
    asked = subprocess.run(
        piped, cwd=project.folder, env=project.environment, input="SELECT 6 * 7 AS six;\n", text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.split() == ["six", "-----", "42", "(1", "row)"]
    command = [*project.enter, sys.executable, "-m", "operate", "shell", SERVICE, "--stack", project.stack]
    shell = Terminal(command, folder=project.folder, environment=project.environment)
    shell.type(b"[ -t 0 ] && [ -t 1 ] && echo $((6 * 7))\nexit 3\n")
    assert shell.wait() == 3
    assert "\n42\n" in shell.screen
    assert "closed" not in shell.screen

    tunnel = project.spawn("tunnel", "dokploy", "--port", "24711")
    assert tunnel.stdout
    line = tunnel.stdout.readline()
    assert line.startswith("dokploy: http://127.0.0.1:24711 leads to port 3000 of dokploy-"), line
    for _ in range(3):
        shown = internet.run("curl", "-s", "-w", "%{http_code}", "http://127.0.0.1:24711/").stdout
        assert shown.endswith("200")
    os.killpg(tunnel.pid, signal.SIGTERM)
    assert tunnel.communicate(timeout=20)[0] == ""
    closed = project.operate("tunnel", "dokploy", "--port", "24711:4711").stderr
    assert closed.startswith("error: tunnel: "), closed
    assert " port 4711 does not answer on " in closed

    config = server.folder / "sshd" / "sshd_config"
    text = config.read_text()
    config.write_text(f"{text}AllowTcpForwarding no\n")
    server.sshd.stop()
    server.sshd.start()
    forget_connection(internet, server)
    try:
        refused = project.operate("tunnel", "dokploy").stderr
    finally:
        config.write_text(text)
        server.sshd.stop()
        server.sshd.start()
        forget_connection(internet, server)
    assert refused.endswith(
        f" is not let through by the sshd of {server.address}; set `AllowTcpForwarding local` there\n"
    )


@pytest.mark.parametrize("window", [False, True], ids=["in a pipe", "at a terminal"])
def test_a_connection_that_is_cut_leaves_nothing_in_the_container(
    project: Project, hunt: Hunt, server: Server, *, window: bool
) -> None:
    assert hunt is not None
    line = ["run", SERVICE, "--command", LONG]
    command = [*project.enter, sys.executable, "-m", "operate", *line, "--stack", project.stack]
    at = Terminal(command, folder=project.folder, environment=project.environment) if window else None
    run = None if window else project.spawn(*line)
    until(lambda: sleeps(server), "it sleeps")
    assert server.sshd.cut()
    until(lambda: not sleeps(server), "it is ended", seconds=30)
    said = ""
    if at:
        assert at.wait() == 1
        said = at.screen
    if run:
        said, _ = run.communicate(timeout=60)
        assert run.returncode == 1
    assert said.splitlines()[-1].startswith(f"error: host.address: the connection to {server.address} was cut; "), said


def test_a_rollout_that_fails_goes_back_and_tells_the_reason(project: Project, client: Client, server: Server) -> None:
    client.rows("INSERT INTO kept VALUES ('before a failure')")
    before = copy(server)
    project.change(SERVICE, environment={"PGPORT": "99999"})
    fails(project, "; the old container serves again; ")
    assert copy(server)["Id"] == before["Id"]
    assert " healthy " in row_of(done(project, "status"))
    assert client.rows("SELECT word FROM kept WHERE word ~ 'failure'") == ["before a failure"]

    done(project, "down")
    fails(project, "; there was no old container to go back to; ")
    project.change(SERVICE, environment={})
    up(project)
    assert client.rows("SELECT word FROM kept WHERE word ~ 'failure'") == ["before a failure"]
    assert at_rest(project)


def fails(project: Project, then: str) -> None:
    """`up`, with an environment that PostgreSQL cannot start in."""
    failed = project.operate("up")
    assert failed.returncode == 1
    (line,) = failed.stderr.strip().splitlines()
    assert line.startswith(f"error: {SERVICE}: the new container ")
    assert then in line
    assert re.search(
        r'^ +\| .* FATAL:  99999 is outside the valid range for parameter "port"', failed.stdout, re.MULTILINE
    )


def test_what_was_committed_before_a_backup_is_in_it(project: Project, client: Client, server: Server) -> None:
    kept = client.rows("SELECT word FROM kept ORDER BY word")
    client.rows("CREATE TABLE written (number int)")
    client.begin("writer", WRITE)
    newest = "SELECT coalesce(max(number), 0) FROM written"
    until(lambda: int(client.rows(newest)[0]) > 100, "it writes")
    before = int(client.rows(newest)[0])
    said = done(project, "backup")
    after = int(client.rows(newest)[0])
    assert f"{SERVICE}: {VOLUME}, " in said
    assert after > before + 10
    done(project, "down")
    assert client.end("writer")
    done(project, "delete-data", "--confirm", "staging")
    assert VOLUME not in server.docker("volume", "ls", "-q").stdout
    (folder,) = (project.folder / "backups").iterdir()
    # The certificates are in a directory of the server's, which is there still.
    done(project, "restore", str(folder), "--confirm", "staging")
    up(project)
    assert "automatic recovery in progress" in log(server)
    # Of one who writes one number after the other: none is missing before the last.
    (found,) = client.rows("SELECT min(number), count(*), count(DISTINCT number), max(number) FROM written")
    least, count, distinct, most = map(int, found.split("|"))
    assert (least, count, distinct) == (1, most, most)
    assert before <= most <= after
    assert client.rows("SELECT word FROM kept ORDER BY word") == kept
    assert at_rest(project)
