"""`make drift` on a server: what was done there over SSH is found and named, and nothing is changed by looking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.rig.internet.letsencrypt import LetsEncrypt
from tests.rig.servers.remote import deployable, start_registry, up

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

HOSTS = tuple(f"{name}.smarterbot.cl" for name in ("mkt", "api", "kpi", "ai", "dash"))
WRONG = HOSTS[0]

AGAIN = """
set -eu
one() { docker ps --quiet --filter "label=smarter-net.service=$1"; }
# Takes service $1's container away and recreates it under its name, as one would with a shell; in the files `env`
# and `labels` is what it gets. The rest are options.
read_off() {
    name=$(docker inspect -f '{{slice .Name 1}}' "$(one "$1")")
    image=$(docker inspect -f '{{.Config.Image}}' "$name")
    docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$name" | grep . >env
    docker inspect -f '{{range $key, $value := .Config.Labels}}{{printf "%s=%s\\n" $key $value}}{{end}}' "$name" >labels
}
again() {
    docker rm --force "$name" >/dev/null
    docker run --detach --name "$name" --network smarter-net --env-file env --label-file labels "$@" >/dev/null
}
cd "$(mktemp -d)"
"""
FOLDER = "/root/letsencrypt/certificates/acme-v02.api.letsencrypt.org-directory"


@dataclass(frozen=True)
class Plant:
    """What is done on the server, what has to be said of it, and how it is undone before the next `up`."""

    script: str
    said: tuple[str, ...]
    undo: str = ""


PLANTED = {
    "a variable": Plant(
        AGAIN + """
            read_off n8n
            sed -i 's/^HEALTH_PATH=.*/HEALTH_PATH=\\/elsewhere/' env
            echo BACK_DOOR=open >>env
            again --volume smarter-net-n8n:/home/node/.n8n "$image"
        """,
        (
            "was recreated by hand, under the name of ours",
            "its variable HEALTH_PATH differs",
            "its variable BACK_DOOR is set besides",
        ),
    ),
    "a label": Plant(
        AGAIN + """
            read_off metabase
            sed -i 's/^smarter-net.release=.*/smarter-net.release=0000000/' labels
            again "$image"
        """,
        ("was recreated by hand", "its label smarter-net.release is '0000000' instead of"),
    ),
    "an image, a port, a folder of the host, and no label of ours": Plant(
        AGAIN + """
            read_off smarteros-blogbowl
            docker tag "$image" another/image:1
            echo >labels
            again --publish 3999:3000 --volume /:/host:ro another/image:1
        """,
        (
            "was recreated by hand",
            "runs another/image:1 instead of 127.0.0.1:5000/",
            "its label smarter-net.stack is None instead of 'prod'",
            "publishes port 3999 besides",
            "publishes port 3999 to everybody",
            "has / at /host besides",
            "is on smarter-net, and no stack of ours made it",
        ),
        undo="docker rm --force $(docker ps --quiet --filter ancestor=another/image:1); docker rmi another/image:1",
    ),
    "a volume that is gone": Plant(
        AGAIN + """
            docker rm --force "$(one metabase-postgres)"
            docker volume rm smarter-net-metabase-postgres
        """,
        ("volume smarter-net-metabase-postgres: missing on the host",),
    ),
    "a volume recreated": Plant(
        AGAIN + """
            docker rm --force "$(one metabase-postgres)"
            docker volume rm smarter-net-metabase-postgres
            docker volume create smarter-net-metabase-postgres
        """,
        ("volume smarter-net-metabase-postgres: was recreated by hand",),
        undo="docker volume rm smarter-net-metabase-postgres",
    ),
    "a rule of the firewall": Plant(
        "nft insert rule inet smarter_net incoming tcp dport 8081 accept",
        ("firewall: the server's ruleset was changed by hand",),
    ),
    "the proxy's running config": Plant(
        """
            cd /var/lib/smarter-net/prod/proxy
            sed 's/"Retry-After":\\["[0-9]*"\\]/"Retry-After":["1"]/' caddy.json >other.json
            ! cmp -s caddy.json other.json
            docker exec caddy-proxy caddy reload --config /etc/caddy/other.json --address unix//run/caddy/admin.sock
            rm other.json
        """,
        ("caddy-proxy: its running config was changed by hand",),
    ),
    "another certificate that ends soon": Plant(
        f"""
            set -eu
            cp -a {FOLDER}/{WRONG} /root/kept
            cd {FOLDER}/{WRONG}
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 5 -subj /CN={WRONG} \\
                -addext subjectAltName=DNS:{WRONG} -keyout {WRONG}.key -out {WRONG}.crt
            docker restart caddy-proxy
            until docker exec caddy-proxy wget -q -O /dev/null http://127.0.0.1:2020/healthy; do sleep 0.2; done
        """,
        (
            f"certificate of {WRONG}: ends in 5 days and was not renewed",
            f"certificate of {WRONG}: no browser trusts it (self-signed certificate)",
        ),
        undo=f"rm -r {FOLDER}/{WRONG}; mv /root/kept {FOLDER}/{WRONG}; docker restart caddy-proxy",
    ),
    "a program that listens": Plant(
        """
            nohup python3 -m http.server 8081 --bind 0.0.0.0 --directory /var/empty >/dev/null 2>&1 &
            nohup python3 -m http.server 8082 --bind 127.0.0.1 --directory /var/empty >/dev/null 2>&1 &
            until ss -Hltn 'sport = :8081' | grep -q . && ss -Hltn 'sport = :8082' | grep -q .; do sleep 0.1; done
        """,
        ("port 8081: python3 (process ", "listens on 0.0.0.0, which nothing of this stack is"),
        undo="""
            for port in 8081 8082; do
                kill "$(ss -Hltnp "sport = :$port" | sed -n 's/.*pid=\\([0-9]*\\).*/\\1/p')"
            done
        """,
    ),
}  # fmt: skip

EVERYTHING = """
docker ps --all --quiet --no-trunc | sort |
    xargs docker inspect --format '{{.Id}} {{.Name}} {{.State.StartedAt}} {{.State.Running}}'
docker volume ls --quiet
docker network ls --quiet --no-trunc
docker exec caddy-proxy wget -q -O - http://127.0.0.1:2020/config/
nft --stateless list ruleset
find /var/lib/smarter-net /root/letsencrypt /etc/dokploy -type f | sort | xargs sha256sum
ss -Hltn | sort
"""


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A server of this module's own."""
    return internet.server("drifting")


@pytest.fixture(scope="module")
def project(internet: Internet, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Prod, up. The operator's machine knows the sites' names and, as browsers do, who signs their certificates."""
    folder = tmp_path_factory.mktemp("drifting")
    authority = LetsEncrypt(internet, folder / "l")
    authority.serve(server, *HOSTS)
    authority.serve_operator()
    project = deployable(folder / "p", "prod", internet, server, start_registry(server, folder, authority.authority))
    trusted: Path = folder / "root.pem"
    trusted.write_text(authority.root())
    project.environment["SSL_CERT_FILE"] = str(trusted)
    up(project)
    return project


def test_nothing_is_found_where_nothing_was_planted(project: Project) -> None:
    result = project.operate("drift")
    assert "•" not in result.stdout, result.stdout
    assert result.returncode == 0, result.stdout + result.stderr
    assert "prod: as it was deployed." in result.stdout


@pytest.mark.drawn(4)
@pytest.mark.parametrize("what", PLANTED)
def test_it_finds(project: Project, internet: Internet, server: Server, what: str) -> None:
    planted = PLANTED[what]

    def over_ssh(script: str) -> str:
        return internet.ssh(server, "sh", "-s", stdin=script).stdout

    over_ssh(planted.script)
    try:
        before = over_ssh(EVERYTHING)
        result = project.operate("drift")
        assert over_ssh(EVERYTHING) == before
    finally:
        over_ssh(planted.undo)
        up(project)
    assert result.returncode == 1, result.stdout + result.stderr
    found = [line for line in result.stdout.splitlines() if line.startswith("•")]
    for said in planted.said:
        assert any(said in line for line in found), "\n".join(found)
    assert "differs from what was deployed" in result.stdout


def test_after_all_that_it_is_as_it_was_deployed(project: Project) -> None:
    result = project.operate("drift")
    assert result.returncode == 0, result.stdout + result.stderr
