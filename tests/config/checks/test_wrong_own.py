"""Services that the catalog does not know: for what is wrong or missing one line that names the key and the cure."""

from __future__ import annotations

from typing import Any

import pytest

from config.values.errors import dotted
from tests.config.checks.test_wrong_stacks import Wrong, is_one_line_with_key_and_cure
from tests.config.stacks import REMOVED, Patch

IMAGE = f"forge/forge:1.25.2@sha256:{'1' * 64}"
OWN = {"image": IMAGE, "port": 3000, "health": {"readiness": "/api/healthz"}}
PATHS = ("data", "", "/", "/data/", "/a//b", "/a/../b", "/a b", "C:/data")
NAMES = ("Forge", "git_ea", "git.ea", "-forge", "forge-", "7forge", "ñandú", "g" * 41, "git ea")


def own(name: str = "forge", **changes: Any) -> Patch:  # noqa: ANN401 - whatever a mistake may be
    """A right one with some keys changed; REMOVED takes one away."""
    entry = OWN | {key.replace("_", "-"): value for key, value in changes.items()}
    return {f"services/{name}": {key: value for key, value in entry.items() if value is not REMOVED}}


def volumes(**volumes: Any) -> Patch:  # noqa: ANN401 - whatever a mistake may be
    return own(volumes={name.replace("_", "-"): value for name, value in volumes.items()})


def named(name: str, cure: str) -> Wrong:
    return Wrong(f"called {name}", own(name), dotted(["services", name]), cure)


DATA = "services.forge.volumes.data"
WRONG = [
    *(named(name, "use lower-case letters") for name in NAMES),
    named("caddy-proxy", "choose another one"),
    named("caddy-proxy-config", "choose another one"),
    named("proxy", "choose another one"),
    named("backup", "choose another one"),
    named("host", "choose another one"),
    named("n8n-broker", "choose another one"),
    named("n8n-3f2a1bc", "choose another one"),
    named("n8n-rollout", "choose another one"),
    Wrong("a misspelt name without more", {"services/n8m": {}}, "services.n8m", "did you mean n8n?"),
    Wrong("a misspelt name with memory", {"services/n8m": {"memory": "2GiB"}}, "services.n8m", "did you mean n8n?"),
    Wrong("a misspelt name with an image", {"services/n8m": {"image": IMAGE}}, "services.n8m", "did you mean n8n?"),
    Wrong("another name without more", {"services/forge": {}}, "services.forge", "one of your own has `image` and"),
    Wrong("no image", own(image=REMOVED), "services.forge.image", "add it, or set `enabled: false`"),
    Wrong("no digest", own(image="forge/forge:1.25.2"), "services.forge.image", "run `make pin`"),
    Wrong("no port", own(port=REMOVED), "services.forge.port", "such as `port: 3000`"),
    Wrong("port as text", own(port="3000"), "services.forge.port", "without quotes"),
    Wrong("port too high", own(port=70000), "services.forge.port", "1 to 65535"),
    Wrong("port twice", own(port="3000:3000"), "services.forge.port", "without quotes"),
    Wrong("no health", own(health=REMOVED), "services.forge.health.readiness", "`health: {readiness: /}`"),
    Wrong("health without path", own(health={"command": "none"}), "services.forge.health.readiness", "{readiness: /}"),
    Wrong("health path", own(health={"readiness": "ready"}), "services.forge.health.readiness", "slash"),
    Wrong("health as text", own(health="/"), "services.forge.health", "key: value"),
    Wrong("unknown order", own(rollout={"order": "blue-green"}), "services.forge.rollout.order", "recreate, rolling"),
    Wrong("rollout as text", own(rollout="recreate"), "services.forge.rollout", "key: value"),
    Wrong("too little memory", own(memory="8MiB"), "services.forge.memory", "set at least 16MiB"),
    Wrong("steps down as text", own(steps_down="yes"), "services.forge.steps-down", "without quotes"),
    Wrong("a secret in clear text", own(environment={"DB_PASSWORD": "hunter2hunter2"}),
          "services.forge.environment.DB_PASSWORD", "secrets: {DB_PASSWORD"),
    Wrong("a secret that is missing", own(secrets={"KEY": {"secret": "git-key"}}), "secret:git-key", "make secrets"),
    Wrong("reaches what is not there", own(reaches=["n8n-postgres"]), "services.forge.reaches[0]", "dokploy-postgres"),
    *(Wrong(f"path {path}", volumes(data=path), f"{DATA}.path", "such as /data") for path in PATHS),
    Wrong("volumes as a list", own(volumes=["/data"]), "services.forge.volumes", "key: value"),
    Wrong("a volume without a path", volumes(data={}), f"{DATA}.path", "such as `path: /data`"),
    Wrong("a volume left blank", volumes(data=None), DATA, "key: value"),
    Wrong("a volume misspelt", volumes(data={"paht": "/data", "path": "/data"}), f"{DATA}.paht", "did you mean path?"),
    Wrong("a volume's name", volumes(Data="/data"), "services.forge.volumes.Data", "lower-case"),
    Wrong("one path twice", volumes(data="/data", more="/data"), "services.forge.volumes.more.path", "of its own"),
    Wrong("one in the other", volumes(data="/data", more="/data/x"), "services.forge.volumes.more.path", "of its own"),
    Wrong("the kernel's", volumes(data="/proc/x"), f"{DATA}.path", "name another folder"),
    Wrong("over the secrets", volumes(data="/run"), f"{DATA}.path", "name another folder"),
    Wrong("not its volume", own("nexa", volumes={"models": "/m"}), "services.nexa.volumes.models", "another name"),
    Wrong("another own one's volume",
          own(volumes={"a-b": "/m"}) | own("forge-a", volumes={"b": "/m"}),
          "services.forge-a.volumes.b", "another name"),
    Wrong("its stand-in's volume", volumes(stand_in="/data"), "services.forge.volumes.stand-in", "another name"),
    Wrong("unknown backup", volumes(data={"path": "/data", "backup": "yes"}), f"{DATA}.backup", "files, none"),
    Wrong("sqlite in a folder", volumes(data={"path": "/data", "sqlite": "a/b.db"}), f"{DATA}.sqlite", "data.db"),
    Wrong("left out with a slash", volumes(data={"path": "/d", "leave-out": ["/x"]}), f"{DATA}.leave-out[0]", "cache"),
    Wrong("left out of no backup", volumes(data={"path": "/d", "backup": "none", "leave-out": ["x"]}),
          f"{DATA}.leave-out", "remove"),
    Wrong("database of no backup", volumes(data={"path": "/d", "backup": "none", "sqlite": "a.db"}),
          f"{DATA}.sqlite", "remove"),
    Wrong("left out of a database", volumes(data={"path": "/d", "sqlite": "a.db", "leave-out": ["x"]}),
          f"{DATA}.leave-out", "volume of its own"),
    Wrong("port of the catalog's", {"services/n8n/port": 3000}, "services.n8n.port", "remove it"),
    Wrong("volumes of the catalog's", {"services/n8n/volumes": {"data": "/d"}}, "services.n8n.volumes", "remove it"),
    Wrong("rights of the catalog's", {"services/n8n/steps-down": True}, "services.n8n.steps-down", "remove it"),
    Wrong("port of an accessory", {"services/n8n-runners": {"port": 1}}, "services.n8n-runners.port", "remove it"),
    Wrong("a site of one misspelt", own() | {"sites/5": {"host": "git.smarterbot.cl", "service": "froge"}},
          "sites[5].service", "did you mean forge?"),
    Wrong("a site of what watches", {"sites/5": {"host": "git.smarterbot.cl", "service": "prometheus"}},
          "sites[5].service", "known here: dokploy"),
    Wrong("called as what watches", own("prometheus"), "services.prometheus", "remove it"),
    Wrong("a site open to all", own() | {"sites/5": {"host": "git.smarterbot.cl", "service": "forge"}},
          "sites[5]", "basic-auth"),
    Wrong("certificates in its data", volumes(data="/d") | {"proxy/storage": "smarter-net-forge-data"},
          "proxy.storage", "letsencrypt"),
    Wrong("direct port of a neighbour", own(direct_port=5678), "services.forge.direct-port", "another port"),
    Wrong("direct port past its site", own(direct_port=3000 + 1000, direct_address="203.0.113.10"),
          "services.forge.direct-address", "127.0.0.1"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=[each.name for each in WRONG])
def test_one_line_names_the_key_and_the_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)
