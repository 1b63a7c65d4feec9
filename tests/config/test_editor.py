"""Typical mistakes in a stack file: an editor with the schema sees them while they are typed, all but a few."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from config.derive import derive
from config.schema import schema
from config.stackfile.read import from_engine
from config.stackfile.settings import Settings
from config.values.errors import StackError
from tests.config.stacks import CLOUDFLARE, REMOVED, SECRETS, STAND_INS, Patch, patched

N8N = "docker.n8n.io/n8nio/n8n:2.41.6"
PROD: dict[str, Patch] = {
    "a key misspelt": {"sties": []},
    "a key of the proxy misspelt": {"proxy/htps-port": 443},
    "a key of a site misspelt": {"sites/0/hots": "a.b"},
    "a key in snake case": {"services/n8n/direct_port": 3002},
    "a service misspelt": {"services/metabse": {}},
    "a service left blank": {"services/n8n": None},
    "a list of services": {"services": ["n8n", "metabase"]},
    "no services": {"services": REMOVED},
    "a site of a service misspelt": {"sites/1/service": "n8m"},
    "a site of an accessory": {"sites/1/service": "n8n-runners"},
    "a site without a service": {"sites/1": {"host": "api.smarterbot.cl"}},
    "a redirect and a service": {"sites/1/redirect-to": "mkt.smarterbot.cl"},
    "a site as text": {"sites/0": "mkt.smarterbot.cl"},
    "no site": {"sites": []},
    "a site twice": {"sites/5": {"host": "mkt.smarterbot.cl", "service": "smarteros-blogbowl"}},
    "a host name as a URL": {"sites/0/host": "https://mkt.smarterbot.cl/"},
    "a host name without a dot": {"sites/0/host": "mkt"},
    "a visitor, no list": {"sites/1/basic-auth": "ops"},
    "an empty list of visitors": {"sites/1/basic-auth": []},
    "an address list left blank": {"sites/0/allow-from": None},
    "a name in an address list": {"sites/0/allow-from": ["office"]},
    "who may log in, no list": {"firewall/ssh-from": "203.0.113.5"},
    "no address may log in": {"firewall/ssh-from": []},
    "a server's name for its address": {"host/address": "vps.smarterbot.cl"},
    "a fingerprint for a host key": {"host/host-key": "SHA256:abcd"},
    "memory in megabytes": {"services/n8n/memory": "512MB"},
    "memory as a number": {"services/n8n/memory": 512},
    "a duration without its unit": {"services/n8n/rollout": {"stop": "30"}},
    "an order misspelt": {"services/n8n/rollout": {"order": "stopfirst"}},
    "a port as text": {"proxy/http-port": "80"},
    "yes for true": {"services/n8n/enabled": "yes"},
    "a variable as a number": {"services/n8n/environment": {"N8N_PORT": 5678}},
    "a variable with a hyphen": {"services/n8n/environment": {"LOG-LEVEL": "debug"}},
    "an image without a digest": {"services/n8n/image": N8N},
    "an image without a tag": {"services/n8n/image": "n8nio/n8n"},
    "no mail address for Let's Encrypt": {"proxy/email": REMOVED},
    "a zone's name for its identifier": {**CLOUDFLARE, "dns/zone": "smarterbot.cl"},
    "no zone": {"dns": {"provider": "cloudflare"}},
    "a secret's value for its name": {"services/n8n/secrets": {"SMTP_PASS": {"secret": "Hunter2!"}}},
    "stand-ins on a server": {"images": "stand-in"},
    "less memory than it needs": {"services/n8n/memory": "64MiB"},
    "a site of a service that is not named": {"services/n8n": REMOVED, "services/n8n-runners": REMOVED},
    "two services on one host": {"sites/1/host": "mkt.smarterbot.cl"},
}
DEV: dict[str, Patch] = {
    "a firewall on this machine": {"firewall": {"ssh-from": ["203.0.113.5"]}},
    "records of this machine": CLOUDFLARE,
}
BEYOND = {
    "a site of a service misspelt",
    "less memory than it needs",
    "a site of a service that is not named",
    "two services on one host",
}
"""What needs more than the form of the file; `make` says it before anything is changed."""
ALL = [("prod", name, patch) for name, patch in PROD.items()] + [("dev", name, patch) for name, patch in DEV.items()]
VALIDATOR = jsonschema.Draft202012Validator(schema())


def as_file(settings: dict[str, Any]) -> dict[str, Any]:
    return {"config": {f"smarter-net:{key}": value for key, value in settings.items()}}


@pytest.mark.parametrize(("stack", "name", "patch"), ALL, ids=[name for _, name, _ in ALL])
def test_an_editor_sees_it_and_the_program_refuses_it(stack: str, name: str, patch: Patch) -> None:
    settings = patched(stack, patch)
    with pytest.raises(StackError):
        derive(stack, Settings.parse(settings), SECRETS, STAND_INS)
    assert VALIDATOR.is_valid(as_file(settings)) is (name in BEYOND)


def test_few_of_them_are_beyond_it() -> None:
    assert len(ALL) >= 38
    assert len(ALL) - len(BEYOND) >= 35


def test_a_secret_in_clear_text_is_seen_too() -> None:
    file = as_file(patched("dev", {}))
    file["config"]["secret:smtp-password"] = "hunter2"
    assert not VALIDATOR.is_valid(file)
    assert not from_engine({"secret:smtp-password": "hunter2"}, ()).secrets["smtp-password"].encrypted


def examples(node: Any) -> list[tuple[dict[str, Any], Any]]:  # noqa: ANN401 - JSON
    """Every example of the schema, with the schema that it is one of."""
    if isinstance(node, list):
        return [found for item in node for found in examples(item)]
    if not isinstance(node, dict):
        return []
    own = [(node, example) for example in node.get("examples", []) if isinstance(node.get("examples"), list)]
    return own + [found for key, item in node.items() if key != "examples" for found in examples(item)]


def test_every_example_would_be_right_where_it_stands() -> None:
    found = examples(schema())
    assert len(found) > 20
    wrong = [
        example
        for node, example in found
        if not VALIDATOR.evolve(schema={**node, "$defs": schema()["$defs"]}).is_valid(example)
    ]
    assert wrong == []


def test_no_value_may_be_left_blank() -> None:
    assert '"null"' not in str(schema()).replace("'", '"')
    with pytest.raises(StackError, match=r"^sites\[0\].allow-from: is left blank; write a value, or remove the line$"):
        Settings.parse(patched("prod", {"sites/0/allow-from": None}))
