"""What 32 clients with wrong passwords cost the other sites, with hashes as dear as they were made until now."""

from __future__ import annotations

import base64
import http.client
import os
import statistics
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import bcrypt
import pytest

from operate.commands.secrets import COST
from tests.config.render.running import running
from tests.config.render.test_caddy_access import basic
from tests.config.stacks import PASSWORD, topology

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MKT, API = "mkt.smarterbot.cl", "api.smarterbot.cl"
CLIENTS = 32
SECONDS = 4
DEAREST = 12
"""What `make secrets` took before."""
MOST = 2
"""Times its own median."""


@pytest.fixture(scope="module")
def dear() -> str:
    """The hash of the password."""
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(DEAREST)).decode()


@contextmanager
def tries(port: int, name: str) -> Iterator[list[int]]:
    """Clients with a wrong password each time, or none without a name; what they are answered."""
    over, answers = threading.Event(), []

    def come() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not over.is_set():
            wrong = basic(name, base64.b64encode(os.urandom(15)).decode())
            connection.request("GET", "/", headers={"Host": API, "Authorization": wrong if name else ""})
            answer = connection.getresponse()
            answer.read()
            answers.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=come) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def median(port: int, host: str, authorization: str = "") -> float:
    """Seconds, of one client's requests one after the other."""
    took, end = [], time.monotonic() + SECONDS
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < end:
        began = time.monotonic()
        connection.request("GET", "/", headers={"Host": host, "Authorization": authorization})
        answer = connection.getresponse()
        answer.read()
        took.append(time.monotonic() - began)
        assert answer.status == 200
        time.sleep(0.01)
    connection.close()
    return statistics.median(took)


@pytest.mark.quiet
def test_wrong_passwords_do_not_slow_down_another_site(tmp_path: Path, dear: str) -> None:
    with running(topology("prod"), tmp_path, logins=dear) as proxy:
        own = median(proxy.ports["edge"], MKT)
        with tries(proxy.ports["edge"], "ops") as answers:
            found = median(proxy.ports["edge"], MKT)
    assert set(answers) <= {401, 503}
    assert found <= MOST * own, f"{found * 1000:.1f} ms, its own {own * 1000:.1f} ms, {len(answers)} tries"


@pytest.mark.quiet
def test_a_name_that_there_is_not_costs_as_much_as_no_password_at_all(tmp_path: Path, dear: str) -> None:
    """Caddy itself compares with a hash of cost 14 then, most of a second. Many requests are many requests."""
    with running(topology("prod"), tmp_path, logins=dear) as proxy:
        with tries(proxy.ports["edge"], ""):
            own = median(proxy.ports["edge"], MKT)
        with tries(proxy.ports["edge"], "eve") as answers:
            found = median(proxy.ports["edge"], MKT)
    assert set(answers) == {401}
    assert found <= MOST * own, f"{found * 1000:.1f} ms, {own * 1000:.1f} ms without a name, {len(answers)} tries"


@pytest.mark.quiet
def test_who_knows_the_password_gets_in_beside_them(tmp_path: Path) -> None:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(COST)).decode()
    with running(topology("prod"), tmp_path, logins=hashed) as proxy, tries(proxy.ports["edge"], "ops"):
        assert median(proxy.ports["edge"], API, basic("ops", PASSWORD)) < 1
