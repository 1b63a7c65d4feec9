"""What Cloudflare says of a record, and what fails on a full disk, as an operator reads it."""

from __future__ import annotations

from typing import Any

import pytest

from operate.engine.failures import failures
from tests.config.stacks import topology

URN = "urn:pulumi:prod::smarter-net::x$cloudflare:index/dnsRecord:DnsRecord::mkt.smarterbot.cl-A"


def failed(message: str, urn: str = URN) -> list[str]:
    event: dict[str, Any] = {"diagnosticEvent": {"severity": "error", "urn": urn, "message": message}}
    return failures([event], topology("prod"))


@pytest.mark.parametrize(
    ("message", "problem", "cure"),
    [
        (
            "Cloudflare: An identical record already exists. (code 81058), status 400",
            "mkt.smarterbot.cl: there is such a record at Cloudflare already",
            "add the name to dns.adopt to take it over, or remove that record there",
        ),
        (
            'failed to make http request: 403 Forbidden {"errors":[{"code":10000,"message":"Authentication error"}]}',
            "secret:cloudflare-api-token: Cloudflare refuses it for mkt.smarterbot.cl",
            "make one that may edit the zone's DNS",
        ),
        *(
            (
                f"gave up after 6 tries: Cloudflare: {said}, status {status}",
                f"mkt.smarterbot.cl: gave up after 6 tries: Cloudflare: {said}, status {status}",
                "what serves is as it was, run the same command again in a few minutes",
            )
            for said, status in (("Please wait (code 971)", 429), ("Internal Server Error (code 1000)", 500))
        ),
    ],
)
def test_a_refused_record_is_one_line_with_its_cure(message: str, problem: str, cure: str) -> None:
    assert failed(message) == [f"{problem}; {cure}"]


def test_what_there_is_no_cure_for_is_said_in_cloudflares_words() -> None:
    said = "Cloudflare: DNS name is invalid (code 9000), status 400"
    assert failed(said) == [f"mkt.smarterbot.cl: {said}"]


DOCKER = "the disk that Docker keeps its data on is full; free some (`docker system df` shows what takes it)"
FOLDER = "/var/lib/smarter-net/prod"


@pytest.mark.parametrize(
    ("resource", "message", "said"),
    [
        ("docker:index/container:Container::n8n", "Error response from daemon: no space left on device", DOCKER),
        (
            "command:local:Command::n8n-rollout",
            "exit status 1: n8n: the new container does not start: Error response from daemon: no space left on device",
            DOCKER,
        ),
        (
            "command:local:Command::n8n-rollout",
            f"exit status 1: {FOLDER}: no space left on device",
            f"the disk of {FOLDER} is full; free some (`df -h {FOLDER}` shows how much is left)",
        ),
    ],
)
def test_a_full_disk_is_the_one_that_is_full(resource: str, message: str, said: str) -> None:
    assert failed(message, f"urn:pulumi:prod::smarter-net::{resource}") == [f"n8n: {said}"]


def test_a_server_that_gives_no_answer_is_off_or_does_not_let_this_machine_in() -> None:
    said = "error during connect: ssh: connect to host 203.0.113.10 port 22: Connection timed out"
    [line] = failed(said, "urn:pulumi:prod::smarter-net::docker:index/network:Network::network")
    assert line.startswith("host.address: 203.0.113.10 port 22 gives no answer; the server is off, or this machine's")
    assert "is not in firewall.ssh-from" in line


NETWORKING = (
    "Error response from daemon: failed to set up container networking: driver failed programming external "
    "connectivity on endpoint caddy-proxy (f9593dd3): failed to bind host port"
)


@pytest.mark.parametrize(
    "message",
    [
        # Docker 20.10 to 27, by its proxy and by its own book of ports; 28; 29.
        "Error starting userland proxy: listen tcp4 0.0.0.0:443: bind: address already in use",
        "connectivity on endpoint caddy-proxy (f9593): Bind for 0.0.0.0:443 failed: port is already allocated",
        f"{NETWORKING} for 0.0.0.0:443:203.0.113.2:443/tcp: address already in use",
        f"{NETWORKING} 0.0.0.0:443/tcp: address already in use",
    ],
)
def test_a_port_that_is_taken_is_named_with_its_key_whatever_docker_says(message: str) -> None:
    assert failed(message, "urn:pulumi:prod::smarter-net::docker:index/container:Container::caddy-proxy") == [
        "caddy-proxy: port 443 on 0.0.0.0 is taken by another program; free it, or set proxy.https-port to another"
    ]


def test_a_port_of_an_ipv6_address_that_is_taken() -> None:
    said = f"{NETWORKING} for [::1]:443:[2001:db8::2]:443/tcp: address already in use"
    (line,) = failed(said, "urn:pulumi:prod::smarter-net::docker:index/container:Container::caddy-proxy")
    assert line.startswith("caddy-proxy: port 443 on [::1] is taken by another program; ")


def test_the_engines_colours_are_no_part_of_a_failure() -> None:
    urn = "urn:pulumi:prod::smarter-net::x$command:local:Command::n8n-rollout"
    ran = "<{%reset%}>exit status 1: running \"{ printf ...; cat; printf '}'; } | python3 rollout.pyz release\":\n"
    said = "n8n: the new container exited with code 3; the old container serves again"
    assert failed(f"{ran}n8n: starting n8n-1\n{said}\n<{{%reset%}}>", urn) == [
        f"{said}; `make logs SERVICE=n8n` shows more"
    ]


@pytest.mark.parametrize("code", [1, -1])
def test_that_the_program_ended_is_no_failure_of_its_own(code: int) -> None:
    said = f"an unhandled error occurred: program exited with non-zero exit code: {code}"
    assert failed(said, "urn:pulumi:prod::smarter-net::pulumi:pulumi:Stack::smarter-net-prod") == []
