"""Which forms of a path pass as public or private, as a real Caddy on the loopback judges them."""

from __future__ import annotations

import posixpath
import re
import socket
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.config.render.path_forms import CLOSED, HONEST, METRICS, PRIVATE, PUBLIC, REFUSED, TABLE
from tests.config.render.test_caddy_access import ELSEWHERE, OPS, PLAIN, basic, site
from tests.config.stacks import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC_PATHS = ("/webhook", "/webhook-test", "/form")
GIVEN = replace(PLAIN, public_paths=PUBLIC_PATHS)
ECHO = "{http.request.orig_uri}"
LEAST = 80
MALFORMED = {"\\webhook"}
"""What Go refuses to read as a path before any route sees it."""
NO_ROOT = "http:webhook/x"
"""What the service's own server refuses, as it gets `webhook/x`."""


def ask(port: int, target: str, authorization: str = "") -> tuple[int, str]:
    """Status and body of the answer to a request for `target`, sent as it stands."""
    lines = [f"GET {target} HTTP/1.1", "Host: site.example", "Connection: close"]
    lines += [f"Authorization: {authorization}"] if authorization else []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]), body


def readings(forwarded: str) -> Iterator[str]:
    """The paths that some program takes a forwarded one for: decoded, cut, cleaned, or none of it."""
    path = forwarded.partition("?")[0]
    for _ in range(4):
        for cut in (path, re.sub(r";[^/]*", "", path), path.partition("\0")[0], re.split("[?#]", path)[0]):
            for slashed in (cut, cut.replace("\\", "/")):
                yield slashed
                yield posixpath.normpath(re.sub("/+", "/", slashed))
        path = unquote(path, errors="replace")


def below(path: str, names: tuple[str, ...]) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in names)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """What a site with a password says to a stranger, form by form."""
    with site(replace(GIVEN, logins=(OPS,)), tmp_path_factory.mktemp("caddy"), echo=ECHO) as port:
        return {form: ask(port, form) for form in TABLE}


def test_each_form_is_what_the_table_says(answers: dict[str, tuple[int, str]]) -> None:
    wanted = {**TABLE, **dict.fromkeys(MALFORMED, REFUSED)}
    assert {form: status for form, (status, _) in answers.items() if status != wanted[form]} == {}
    assert sum(verdict == CLOSED for verdict in TABLE.values()) >= LEAST
    assert len(METRICS) >= LEAST // 2


def test_however_a_service_reads_what_passes_it_is_public(answers: dict[str, tuple[int, str]]) -> None:
    passed = {form: body for form, (status, body) in answers.items() if status == PUBLIC}
    assert set(passed) == set(HONEST)
    for form, body in passed.items():
        assert [path for path in readings(body) if not below(path, PUBLIC_PATHS)] == [], form


def test_the_service_gets_an_honest_path_as_it_came(answers: dict[str, tuple[int, str]]) -> None:
    sent = "/webhook/a%20b", "/webhook/a+b", "/webhook/%C3%A9t%C3%A9", "/webhook/x?next=%2F..%2F..%2Frest"
    assert [answers[form][1] for form in sent] == list(sent)


def test_a_list_of_addresses_judges_each_form_alike(tmp_path: Path) -> None:
    with site(replace(GIVEN, allow_from=(ELSEWHERE,)), tmp_path, echo=ECHO) as port:
        found = {form: ask(port, form)[0] for form in TABLE}
    wanted = {CLOSED: 403, PUBLIC: PUBLIC, PRIVATE: PRIVATE, REFUSED: REFUSED}
    expected = {form: wanted[verdict] for form, verdict in TABLE.items()} | dict.fromkeys(MALFORMED, REFUSED)
    assert {form: status for form, status in found.items() if status != expected[form]} == {}


def test_what_is_not_public_still_reaches_the_service_of_who_has_the_password(tmp_path: Path) -> None:
    """Only private paths are refused altogether: an application may well have a `%2F` in a path."""
    with site(replace(GIVEN, logins=(OPS,)), tmp_path, echo=ECHO) as port:
        found = {form: ask(port, form, basic("ops", PASSWORD)) for form, verdict in TABLE.items() if verdict == CLOSED}
    assert {form for form, (status, _) in found.items() if status != PUBLIC} == MALFORMED | {NO_ROOT}
    for form, (_, body) in found.items():
        assert not any(below(path.lower(), ("/metrics",)) for path in readings(body)), form


def test_a_mention_alone_is_not_private(tmp_path: Path) -> None:
    mentions = (
        "/api/metrics", "/api/metrics/1", "/metrics-of-the-year", "/x?path=/metrics", "/x%2fy?path=/metrics", "/m%2ft",
        "/metric", "/a/%2e%2e/b", "/node_types/@n8n%2Fnodes",
    )  # fmt: skip
    with site(PLAIN, tmp_path, echo=ECHO) as port:
        assert {form: ask(port, form)[0] for form in mentions} == dict.fromkeys(mentions, PUBLIC)
