"""What an image says otherwise than its contract, and whether the program relies on it."""

from __future__ import annotations

from typing import Any

import pytest

from config.catalog.accessories import entries
from config.values.errors import Mistake
from operate.inspect.contracts import ImageConfig, differences, proxy_differences
from tools.images.contract import contracts

CONTRACTS = contracts()


def of_proxy(**change: Any) -> list[tuple[str, str]]:  # noqa: ANN401  anything a config can say
    known = CONTRACTS["caddy-proxy"]
    found = proxy_differences(known, ImageConfig.parse({**known.config, **change}))
    return [(one.text, one.relied_on) for one in found]


def test_a_database_has_to_be_asked_for_a_fast_end_and_to_keep_its_data_in_its_volume() -> None:
    entry, known = entries()["metabase-postgres"], CONTRACTS["postgres"]
    said = {**known.config, "StopSignal": "SIGTERM", "Env": ["PGDATA=/var/lib/postgresql/18/docker"]}
    found = differences(entry, known, ImageConfig.parse(said), None)
    assert [bool(one.relied_on) for one in found] == [True, True]
    assert "is stopped by SIGTERM, not SIGINT" in found[0].text
    assert "PGDATA" in found[1].text


def test_of_a_private_image_only_what_matters_is_said() -> None:
    entry, known = entries()["smarteros-blogbowl"], CONTRACTS["smarteros-blogbowl"]
    ours = {"Entrypoint": ["/bin/site"], "User": "app", "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/cache": {}}}
    found = differences(entry, known, ImageConfig.parse(ours), None)
    assert [(one.text, one.relied_on) for one in found] == [
        ("exposes 80/tcp, not 3000/tcp", ""),
        ("may not have node, which its health is asked with", ""),
    ]
    assert differences(entry, known, ImageConfig.parse({"Cmd": ["node", "server.js"]}), None) == []


def test_a_caddy_of_the_operators_own_that_starts_as_the_official_one_is_not_remarked_upon() -> None:
    assert of_proxy() == []
    assert of_proxy(Env=["CADDY_VERSION=v2.11.4"], Labels={"own": "yes"}) == []
    assert of_proxy(ExposedPorts={}, Env=[]) == []


def test_an_image_that_names_no_caddy_may_not_have_it() -> None:
    assert of_proxy(Cmd=["traefik"], Env=["PATH=/usr/local/bin:/usr/bin:/bin"]) == [
        ("its command is `traefik`, not `caddy run --config /etc/caddy/Caddyfile --adapter caddyfile`", ""),
        ("may not have caddy, which the proxy is started by", ""),
    ]


def test_the_proxys_program_has_to_be_where_the_image_looks_for_it() -> None:
    ((text, relied_on),) = of_proxy(Env=["CADDY_VERSION=v2", "PATH=/srv/bin:/bin"])
    assert (text, relied_on) == ("has no /usr/bin in its PATH", "the proxy's caddy is looked for there")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"Entrypoint": "tini -- /n8n"}, "its Entrypoint is not a list of words"),
        ({"Cmd": [["a"]]}, "its Cmd is not a list of words"),
        ({"Env": {"PATH": 1}, "ExposedPorts": 80}, "its ExposedPorts is not a list of words"),
        ({"Volumes": [None]}, "its Volumes is not a list of words"),
        ({"User": 1000}, "its User is a number, not text"),
        ({"StopSignal": ["SIGINT"]}, "its StopSignal is a list, not text"),
    ],
)
def test_a_config_of_another_shape_is_named(said: dict[str, Any], problem: str) -> None:
    with pytest.raises(Mistake) as raised:
        ImageConfig.parse(said)
    assert raised.value.problem == problem


def test_what_a_config_does_not_say_is_nothing() -> None:
    assert ImageConfig.parse({"Entrypoint": None, "Env": None, "User": None}) == ImageConfig.parse({})
