"""Which config becomes the proxy's: a whole one that it really runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from config.render.caddy import render
from host.program.clock import Clock
from host.program.docker import Answer, Docker
from host.program.errors import Failed
from host.program.names import NOWHERE
from host.program.place import Place
from host.program.proxy.deliver import deliver
from tests.config.stacks import topology

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = render(topology("dev"))
REFUSED = 'Error: sending configuration to instance: caddy responded with error: HTTP 400: {"error":"unknown module"}\n'
NO_ADMIN = (
    'Error: sending configuration to instance: performing request: Post "http://127.0.0.1/load": '
    "dial unix /run/caddy/admin.sock: connect: no such file or directory\n"
)
RESET = NO_ADMIN.replace(
    "dial unix /run/caddy/admin.sock: connect: no such file or directory", "read: connection reset by peer"
)


class Proxy(Docker):
    """A proxy that answers as Caddy does, to what it is told in its container."""

    def __init__(
        self, place: Place, *, running: bool = True, reload: str = "", keeps: str = "", answers: bool = True
    ) -> None:
        super().__init__(Clock())
        self._place = place
        self._running = running
        self._reload = reload
        self._keeps = keeps
        self._answers = answers
        self.calls: list[str] = []
        self.config = "{}"

    def call(self, *arguments: str) -> Answer:
        said = " ".join(arguments)
        self.calls.append(said)
        if arguments[0] == "inspect":
            shown = {"Id": "0", "Name": "/caddy-proxy", "State": {"Running": self._running}, "Config": {"Labels": {}}}
            return Answer(0, json.dumps([shown]), "")
        if "caddy reload" in said:
            if self._reload:
                return Answer(1, "", self._reload)
            self.config = (self._place.proxy / "caddy.next.json").read_text()
        if arguments[0] == "restart":
            self.config = (self._place.proxy / "caddy.json").read_text()
        elif "/config/" in said and self.config == "{}" and not self._answers:
            return Answer(1, "", "wget: can't connect to remote host (127.0.0.1): Connection refused\n")
        return Answer(0, self._keeps or self.config if "/config/" in said else "", "")


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in ("run", "proxy/releases", "proxy/logins"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "proxy" / "caddy.json").write_text("the old one")
    return Place(tmp_path, Clock())


def files(place: Place) -> dict[str, str]:
    return {path.name: path.read_text() for path in place.proxy.glob("*.json")}


def send(place: Place, proxy: Proxy, text: str = CONFIG) -> None:
    deliver(text, place, proxy, Clock())


@pytest.mark.parametrize("running", [True, False])
def test_what_is_delivered_is_what_it_starts_with_and_runs(place: Place, running: bool) -> None:  # noqa: FBT001
    (place.proxy / "logins" / "gone").write_text("a hash")
    (place.proxy / "releases" / "n8n").write_text("n8n-1:5678")
    proxy = Proxy(place, running=running)
    send(place, proxy)
    assert files(place) == {"caddy.json": CONFIG}
    assert any("caddy reload" in call for call in proxy.calls) is running
    assert place.address("n8n") == "n8n-1:5678"
    assert place.address("metabase") == NOWHERE
    assert not list((place.proxy / "logins").iterdir())


@pytest.mark.parametrize("text", ["", "\n", "{}\n", "null\n", CONFIG[:-1], CONFIG[:-2], CONFIG[: len(CONFIG) // 2]])
def test_what_was_cut_off_changes_nothing(place: Place, text: str) -> None:
    proxy = Proxy(place)
    with pytest.raises(Failed, match="is not whole"):
        send(place, proxy, text)
    assert files(place) == {"caddy.json": "the old one"}
    assert proxy.calls == []


@pytest.mark.parametrize("lost", ["admin", "sites", "status"])
def test_a_config_that_nothing_could_mend_is_refused(place: Place, lost: str) -> None:
    config = json.loads(CONFIG)
    if lost == "admin":
        del config["admin"]
    elif lost == "sites":
        config["apps"] = {}
    else:
        del config["apps"]["http"]["servers"]["status"]
    with pytest.raises(Failed, match="without its sites, its status page or its admin socket"):
        send(place, Proxy(place), json.dumps(config) + "\n")


def test_one_that_is_refused_leaves_the_old_one(place: Place) -> None:
    with pytest.raises(Failed, match=r"refused the new config and keeps the old one: Error: .*unknown module"):
        send(place, Proxy(place, reload=REFUSED))
    assert files(place) == {"caddy.json": "the old one"}


def test_one_that_is_not_run_afterwards_leaves_the_old_one(place: Place) -> None:
    with pytest.raises(Failed, match="does not run the config that it just loaded"):
        send(place, Proxy(place, keeps="another's"))
    assert files(place) == {"caddy.json": "the old one"}


@pytest.mark.parametrize("said", [NO_ADMIN, RESET])
def test_a_proxy_that_cannot_be_told_anything_starts_again_with_it(place: Place, said: str) -> None:
    proxy = Proxy(place, reload=said, answers=False)
    send(place, proxy)
    assert "restart caddy-proxy" in proxy.calls
    assert proxy.calls.index("restart caddy-proxy") > next(
        i for i, call in enumerate(proxy.calls) if "validate" in call
    )
    assert (files(place), proxy.config) == ({"caddy.json": CONFIG}, CONFIG)


def test_one_whose_status_page_answers_is_not_started_again(place: Place) -> None:
    proxy = Proxy(place, reload=NO_ADMIN)
    with pytest.raises(Failed, match="refused the new config and keeps the old one"):
        send(place, proxy)
    assert "restart caddy-proxy" not in proxy.calls
