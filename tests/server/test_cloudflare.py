"""A stack with its zone at Cloudflare, by `make`: drift of its records, and an API that fails during a run."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from tests.rig.internet.cloudflare import TOKEN as RIGHT
from tests.rig.internet.cloudflare import ZONE, Cloudflare, Refusal, broken, too_many
from tests.rig.plan import at_rest
from tests.rig.servers.remote import deployable, start_registry, up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

MKT, AI, DOKPLOY = (f"{name}.smarterbot.store" for name in ("mkt", "ai", "dokploy"))
TURNS = itertools.count(1)
EVER = 99
"""More failing answers than any run asks for."""


@pytest.fixture(scope="module")
def api() -> Cloudflare:
    return Cloudflare("smarterbot.store")


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A server of this module's own."""
    return internet.server("zoned")


@pytest.fixture(scope="module")
def project(
    api: Cloudflare, internet: Internet, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """Staging with its zone, up, with certificates of Caddy's own."""
    folder = tmp_path_factory.mktemp("zoned")
    project = deployable(folder / "p", "staging", internet, server, start_registry(server, folder))
    project.set_secret("cloudflare-api-token", RIGHT)
    config = project.read()["config"]
    config["smarter-net:certificates"] = "internal"
    config["smarter-net:dns"] = {"provider": "cloudflare", "zone": ZONE}
    project.write(config)
    with api.listening(internet.space) as address:
        project.environment["CLOUDFLARE_BASE_URL"] = address
        up(project)
        yield project


def serving(internet: Internet, server: Server) -> str:
    """The release of mkt that answers."""
    ask = ("-H", "Accept: application/json", "--resolve", f"{MKT}:443:{server.address}", f"https://{MKT}/")
    release: str = json.loads(internet.run("curl", "-sk", "--max-time", "20", *ask).stdout)["release"]
    return release


def record(api: Cloudflare, name: str) -> dict[str, object]:
    (found,) = api.found(name)
    return found


def test_records_that_are_as_deployed_are_no_drift(project: Project) -> None:
    result = project.operate("drift")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "staging: as it was deployed." in result.stdout


def test_records_changed_by_hand_are_named_and_the_next_run_puts_them_right(
    project: Project, api: Cloudflare, server: Server
) -> None:
    record(api, MKT)["content"] = "198.51.100.77"
    record(api, AI)["proxied"] = True
    del api.records[str(record(api, DOKPLOY)["id"])]
    before, changes = json.dumps(api.records), api.changes()
    result = project.operate("drift")
    assert result.returncode == 1, result.stdout + result.stderr
    for line in (
        f"record {MKT} A: is 198.51.100.77 at Cloudflare instead of {server.address}; would be put right",
        f"record {AI} A: is proxied at Cloudflare, and should not be; would be put right",
        f"record {DOKPLOY} A: missing at Cloudflare; would be recreated",
    ):
        assert result.stdout.count(line) == 1, result.stdout
    assert (json.dumps(api.records), api.changes()) == (before, changes)

    up(project)
    for name in (MKT, AI, DOKPLOY):
        assert (record(api, name)["content"], record(api, name)["proxied"]) == (server.address, False)
    assert at_rest(project)


def test_the_doctor_tries_the_token(project: Project, api: Cloudflare) -> None:
    def seen() -> str:
        (row,) = (line for line in project.operate("doctor").stdout.splitlines() if line.split()[:1] == ["Cloudflare"])
        return row

    assert "the token opens smarterbot.store" in seen()
    api.token = "another"
    try:
        assert "Cloudflare refuses it for the zone" in seen()
    finally:
        api.token = RIGHT


def change(project: Project) -> None:
    """Another environment for mkt, and every record otherwise."""
    config = project.read()["config"]
    config["smarter-net:services"]["smarteros-blogbowl"]["environment"]["TURN"] = str(next(TURNS))
    config["smarter-net:dns"]["proxied"] = not config["smarter-net:dns"].get("proxied", False)
    project.write(config)


def writes(fault: Callable[[], Refusal]) -> Callable[[Cloudflare], None]:
    """Every change of a record is answered like that."""

    def plant(api: Cloudflare) -> None:
        api.faults = [fault() for _ in range(EVER)]

    return plant


def another_token(api: Cloudflare) -> None:
    api.token = "another"


LATER = "; what serves is as it was, run the same command again in a few minutes"
FAILING: dict[str, tuple[Callable[[Cloudflare], None], str, str]] = {
    "a wrong token": (
        another_token,
        "secret:cloudflare-api-token: Cloudflare refuses it for the zone dns.zone ",
        "run `pulumi config set --secret secret:cloudflare-api-token`",
    ),
    "a token that only reads": (
        writes(lambda: Refusal(403, 10000, "Authentication error")),
        f"secret:cloudflare-api-token: Cloudflare refuses it for {MKT}; ",
        "make one that may edit the zone's DNS",
    ),
    "too many requests": (writes(too_many), f"{MKT}: gave up after 6 tries: Cloudflare: Please wait and ", LATER),
    "a broken API": (writes(broken), f"{MKT}: gave up after 6 tries: Cloudflare: Internal Server Error ", LATER),
}


@pytest.mark.drawn(2)
@pytest.mark.parametrize("what", FAILING)
def test_the_old_state_serves_while_it_fails_and_the_next_run_heals(
    project: Project, api: Cloudflare, internet: Internet, server: Server, what: str
) -> None:
    old = serving(internet, server)
    plant, said, cure = FAILING[what]
    change(project)
    plant(api)
    try:
        result = project.operate("up")
    finally:
        api.token, api.faults = RIGHT, []
    lines = result.stderr.strip().splitlines()
    assert result.returncode != 0
    assert all(line.startswith("error: ") for line in lines), result.stderr
    (line,) = [line for line in lines if line.startswith(f"error: {said}")]
    assert line.endswith(cure), line
    assert "Traceback" not in result.stdout + result.stderr
    assert RIGHT not in result.stdout + result.stderr
    assert serving(internet, server) == old

    up(project)
    assert serving(internet, server) != old
    wanted = project.read()["config"]["smarter-net:dns"]["proxied"]
    assert [found["proxied"] for found in api.records.values()] == [wanted] * 3
