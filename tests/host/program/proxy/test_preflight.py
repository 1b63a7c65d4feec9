"""Whether a new proxy would start, and in which words it is said that it would not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from host.program.clock import Clock
from host.program.docker import Answer, Docker
from host.program.errors import Failed
from host.program.place import Place
from host.program.proxy.preflight import preflight
from host.program.proxy.started import cause

if TYPE_CHECKING:
    from pathlib import Path

ASKED = {
    "image": "caddy:2", "memory": 256, "environment": ["GOMEMLIMIT=200MiB"],
    "health": "http://127.0.0.1:2020/healthy", "command": ["caddy", "run"], "stop": 7,
    "storage": "letsencrypt:/root/letsencrypt", "listen": [["0.0.0.0", 80, 80], ["[::]", 8443, 443]],
    "networks": [["5a17", ["n8n"]]],
}  # fmt: skip


class Trial(Docker):
    """A Docker in which the old proxy publishes port 80, and one command of the trial fails."""

    def __init__(self, *, old: bool = True, fails: str = "", said: str = "", ends: bool = False) -> None:
        super().__init__(Clock())
        self._old = old
        self._fails = fails
        self._said = said
        self._ends = ends
        self.calls: list[str] = []

    def call(self, *arguments: str) -> Answer:
        line = " ".join(arguments)
        self.calls.append(line)
        if arguments[0] == "inspect":
            running = self._old if arguments[-1] == "caddy-proxy" else not self._ends
            ports = {"80/tcp": [{"HostIp": "", "HostPort": "80"}]}
            state = {"Running": running, "ExitCode": 3}
            shown = {"Id": "0", "Name": "/p", "State": state, "Config": {}, "HostConfig": {"PortBindings": ports}}
            return Answer(0, json.dumps([shown]), "")
        if arguments[0] == "logs":
            return Answer(0, "", self._said)
        return Answer(1, "", self._said) if self._fails and self._fails in line else Answer(0, "", "")


def trial(tmp_path: Path, docker: Trial, text: str = json.dumps(ASKED)) -> None:
    preflight(text, Place(tmp_path, Clock()), docker, Clock())


def test_the_ports_of_the_old_one_are_left_to_it_and_nothing_is_left_of_the_trial(tmp_path: Path) -> None:
    docker = Trial()
    trial(tmp_path, docker)
    (ports,) = (call for call in docker.calls if call.startswith("run --rm"))
    assert "--publish [::]:8443:8443" in ports
    assert ":80:80" not in ports
    (start,) = (call for call in docker.calls if call.startswith("run --detach"))
    assert start.endswith("caddy:2 caddy run")
    assert "--network none" in start
    assert docker.calls[-1] == "rm --force --volumes caddy-proxy-preflight"


def test_where_no_proxy_runs_there_is_nothing_to_lose(tmp_path: Path) -> None:
    docker = Trial(old=False)
    trial(tmp_path, docker)
    assert [call.split()[0] for call in docker.calls] == ["inspect"]


WRONG = {
    "address already in use": Trial(fails="run --rm", said="Error: address already in use\nRun 'docker run --help'\n"),
    "no such image": Trial(fails="run --detach", said="Error response from daemon: no such image\n"),
    'unknown command "caddy"': Trial(fails="exec", said='Error: unknown command "caddy"\n{"a": "log"}\n', ends=True),
    "it ended with code 3": Trial(fails="exec", ends=True),
    "the image has no wget": Trial(fails="exec", said='"wget": executable file not found in $PATH'),
}


@pytest.mark.parametrize("why", WRONG)
def test_what_is_wrong_is_said_and_the_trial_removed(tmp_path: Path, why: str) -> None:
    docker = WRONG[why]
    with pytest.raises(Failed) as failed:
        trial(tmp_path, docker)
    assert str(failed.value).startswith("caddy-proxy: would not start, so the old one stays: ")
    assert why in str(failed.value)
    removed = docker.calls[-1] == "rm --force --volumes caddy-proxy-preflight"
    assert removed == any(call.startswith("run --detach") for call in docker.calls)


@pytest.mark.parametrize("cut", ["", "{}", json.dumps(ASKED)[:-1], '{"image": 1, "memory": "x"}'])
def test_a_request_that_was_cut_off_tries_nothing(tmp_path: Path, cut: str) -> None:
    docker = Trial()
    with pytest.raises(Failed, match="is not whole"):
        trial(tmp_path, docker, cut)
    assert docker.calls == []


def test_the_cause_is_the_last_line_that_is_no_log() -> None:
    assert cause("Error: a\n{\"b\": 1}\nRun 'caddy --help'\n") == "Error: a"
    assert cause("") == ""


def test_a_caddy_that_does_not_count_what_it_has_to_answer_is_refused(tmp_path: Path) -> None:
    class Old(Trial):
        def call(self, *arguments: str) -> Answer:
            answer = super().call(*arguments)
            return Answer(0, self._said, "") if arguments[-1] == "version" else answer

    for fine in ("v2.11.2 h1:x=", "v2.11.4", "v3.0.0", "(devel)"):
        trial(tmp_path, Old(said=fine))
    with pytest.raises(Failed, match=r"caddy:2 is Caddy 2.10.2, .*cut off requests; use 2.11.2 or later"):
        trial(tmp_path, Old(said="v2.10.2 h1:x="))
