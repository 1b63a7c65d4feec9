"""A request is whole or none, wherever it was cut off."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from host.program.errors import Failed
from host.program.request import Request, user
from tests.host.program.fake import request


def test_it_is_read_as_it_was_written() -> None:
    asked = request("b")
    assert Request.parse(json.dumps(asdict(asked))) == asked
    assert Request.parse(json.dumps({"by": "tester@laptop", "request": asdict(asked)})) == asked


def test_cut_off_anywhere_it_is_refused() -> None:
    inner = json.dumps({**asdict(request("b")), "settings": "{}"})
    for whole in (inner, f'{{"by": "x", "request": {inner}}}'):
        for end in range(len(whole)):
            with pytest.raises(Failed, match="is not whole"):
                Request.parse(whole[:end])
    # What is put around it stays, if what it is put around is cut off.
    for end in range(len(inner)):
        with pytest.raises(Failed, match="is not whole"):
            Request.parse(f'{{"by": "x", "request": {inner[:end]}}}')


@pytest.mark.parametrize(
    "changed", [{"port": "5678"}, {"port": True}, {"container": ""}, {"service": "../x"}, {"start": None}]
)
def test_a_value_that_is_none_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Failed, match="is not whole"):
        Request.parse(json.dumps({**asdict(request("b")), **changed}))


@pytest.mark.parametrize("name", sorted(asdict(request("b")).keys() - {"by", "before", "data"}))
def test_every_value_is_asked_for(name: str) -> None:
    asked = asdict(request("b"))
    del asked[name]
    with pytest.raises(Failed, match=f"no {name}"):
        Request.parse(json.dumps(asked))


def test_who_runs_it_is_a_name_of_a_line() -> None:
    for by, shown in (('a"b\n@c', "ab@c"), ("", user())):
        assert Request.parse(json.dumps({"by": by, "request": {**asdict(request("b")), "by": ""}})).by == shown
