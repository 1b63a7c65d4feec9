"""Wrong stack files, as small changes to right ones: each gives one line that names the key and the cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from config.derive import derive
from config.stackfile.settings import Settings
from config.values.errors import StackError
from config.values.secret import Secret
from tests.config.stacks import REMOVED, SECRETS, STAND_INS, Patch, patched

if TYPE_CHECKING:
    from collections.abc import Mapping

N8N = "docker.n8n.io/n8nio/n8n:2.41.6"
GIVEN = "sk-live-4711"
"""A value that no message may repeat."""


@dataclass(frozen=True)
class Wrong:
    name: str
    patch: Patch
    key: str
    cure: str
    stack: str = "prod"
    secrets: Mapping[str, Secret | None] | None = None
    """Changes to the secrets; None takes one away."""


def service(name: str, **values: Any) -> Patch:  # noqa: ANN401 - whatever a mistake may be
    return {f"services/{name}/{key.replace('_', '-')}": value for key, value in values.items()}


HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
GHCR = {"host": "ghcr.io", "user": "smartercl"}
SITE = {"host": "new.smarterbot.cl", "service": "n8n"}
WWW = {"host": "www.smarterbot.cl", "redirect-to": "mkt.smarterbot.cl"}


def www(**values: Any) -> Patch:  # noqa: ANN401 - whatever a mistake may be
    """One more site, which leads to mkt.smarterbot.cl; with these values."""
    return {"sites/5": WWW | {key.replace("_", "-"): value for key, value in values.items()}}


SHAPES = [
    Wrong("unknown key", {"site": []}, "site", "did you mean sites?"),
    Wrong("a key called as pydantic calls one", {"[key]": 1}, "'[key]'", "known here: backup, certificates"),
    Wrong("the same in a site", {"sites/1/[key]": "x"}, "sites[1].'[key]'", "known here: "),
    Wrong("a key with half a letter", {"sites\ud800": []}, "config", "UTF-8"),
    Wrong("unknown key far from any", {"zzz": 1}, "zzz", "known here: backup, certificates"),
    Wrong("unknown key of a service", service("n8n", memroy="1GiB"), "services.n8n.memroy", "did you mean memory?"),
    Wrong("snake case", {"services/n8n/direct_port": 1}, "services.n8n.direct_port", "did you mean direct-port?"),
    Wrong("unknown key of a site", {"sites/1/hots": "x"}, "sites[1].hots", "did you mean host?"),
    Wrong("unknown key of the proxy", {"proxy/https": 443}, "proxy.https", "did you mean https-port?"),
    Wrong("unknown key of the firewall", {"firewall/ssh-form": []}, "firewall.ssh-form", "did you mean ssh-from?"),
    Wrong("unknown key of a rollout", service("n8n", rollout={"stopp": "1s"}), "services.n8n.rollout.stopp", "stop?"),
    Wrong("no host", {"host": REMOVED}, "host", "add it, such as `host: {connection: local}`"),
    Wrong("no sites", {"sites": REMOVED}, "sites", "add it"),
    Wrong("no certificates", {"certificates": REMOVED}, "certificates", "add it"),
    Wrong("sites empty", {"sites": []}, "sites", "at least one"),
    Wrong("sites a mapping", {"sites": {"host": "a.b"}}, "sites", "- "),
    Wrong("sites left blank", {"sites": None}, "sites", "- "),
    Wrong("a site is text", {"sites/0": "mkt.smarterbot.cl"}, "sites[0]", "key: value"),
    Wrong("services a list", {"services": ["n8n"]}, "services", "key: value"),
    Wrong("a service left blank", {"services/n8n": None}, "services.n8n", "write `n8n: {}`"),
    Wrong("a service is a number", {"services": {5: {}}}, "services[5]", "quotes"),
    Wrong("site without service", {"sites/0": {"host": "a.b"}}, "sites[0].service", "or write `redirect-to:`"),
    Wrong("no services", {"services": REMOVED}, "services", "add it, such as `services: {n8n: {}}`"),
    Wrong("certificates misspelt", {"certificates": "letsencrypt"}, "certificates", "did you mean lets-encrypt?"),
    Wrong("images misspelt", {"images": "standin"}, "images", "did you mean stand-in?"),
    Wrong("images true", {"images": True}, "images", "registry, stand-in"),
    Wrong("enabled is text", service("n8n", enabled="yes"), "services.n8n.enabled", "without quotes"),
    Wrong("port is text", {"proxy/http-port": "80"}, "proxy.http-port", "without quotes"),
    Wrong("port is a fraction", {"proxy/http-port": 80.5}, "proxy.http-port", "whole number"),
    Wrong("external is text", {"network": {"external": "true"}}, "network.external", "without quotes"),
    Wrong("command is text", service("n8n", command="start"), "services.n8n.command", "list of arguments"),
    Wrong("health command is text", service("n8n", health={"command": "x"}), "services.n8n.health.command", "none"),
    Wrong("variable is a number", service("n8n", environment={"N": 5}), "services.n8n.environment.N", "quotes"),
    Wrong("variable with a dash", service("n8n", environment={"A-B": "x"}), "services.n8n.environment.A-B", "letters"),
    Wrong("order misspelt", service("n8n", rollout={"order": "recreat"}), "services.n8n.rollout.order", "recreate?"),
    Wrong(
        "secret form", service("n8n", secrets={"A": {"secret": "a", "as": "env"}}), "services.n8n.secrets.A.as", "file"
    ),
]

REDIRECTS = [
    Wrong("a redirect to no host", www(redirect_to="mkt"), "sites[5].redirect-to", "such as mkt.smarterbot.cl"),
    Wrong("a redirect to a host misspelt", www(redirect_to="mtk.smarterbot.cl"), "sites[5].redirect-to", "mkt."),
    Wrong(
        "a redirect to a URL", www(redirect_to="https://mkt.smarterbot.cl"), "sites[5].redirect-to", "leave out scheme"
    ),
    Wrong("a redirect to itself", www(redirect_to="www.smarterbot.cl"), "sites[5].redirect-to", "has the service"),
    Wrong(
        "a redirect to a redirect",
        {"sites/5": WWW, "sites/6": {"host": "w.smarterbot.cl", "redirect-to": "www.smarterbot.cl"}},
        "sites[6].redirect-to",
        "write the host that has the service",
    ),
    Wrong("a redirect and a service", www(service="n8n"), "sites[5].redirect-to", "remove `service` or `redirect-to`"),
    Wrong("a redirect with a password", www(basic_auth=["ops"]), "sites[5].basic-auth", "move it to sites[0]"),
    Wrong("a redirect for some", www(allow_from=["203.0.113.5"]), "sites[5].allow-from", "move it to sites[0]"),
    Wrong("a redirect that is open", www(open=True), "sites[5].open", "move it to sites[0]"),
    Wrong("a redirect left blank", www(redirect_to=None), "sites[5].redirect-to", "remove the line"),
]

VALUES = [
    Wrong("memory a number", service("n8n", memory=512), "services.n8n.memory", "512MiB"),
    Wrong("memory without unit", service("n8n", memory="512"), "services.n8n.memory", "512MiB"),
    Wrong("memory in megabytes", service("n8n", memory="512MB"), "services.n8n.memory", "512MiB"),
    Wrong("memory none", service("n8n", memory="0MiB"), "services.n8n.memory", "512MiB"),
    Wrong("duration without unit", service("n8n", rollout={"stop": "45"}), "services.n8n.rollout.stop", "45s"),
    Wrong("duration a number", service("n8n", rollout={"stop": 45}), "services.n8n.rollout.stop", "30s"),
    Wrong("duration spaced", service("n8n", rollout={"stop": "1 m"}), "services.n8n.rollout.stop", "1m30s"),
    Wrong("port zero", {"proxy/http-port": 0}, "proxy.http-port", "1 to 65535"),
    Wrong("port too high", {"proxy/https-port": 65536}, "proxy.https-port", "1 to 65535"),
    Wrong("no visitor is let in", {"sites/0/allow-from": []}, "sites[0].allow-from", "at least one"),
    Wrong("a name is let in", {"sites/0/allow-from": ["office"]}, "sites[0].allow-from[0]", "203.0.113.5"),
    Wrong("no visitor logs in", {"sites/0/basic-auth": []}, "sites[0].basic-auth", "at least one"),
    Wrong("a password beside the name", {"sites/0/basic-auth": ["ops:x"]}, "sites[0].basic-auth[0]", "lower-case"),
    Wrong("body limit without unit", {"sites/0/max-body": "64"}, "sites[0].max-body", "512MiB"),
    Wrong("host name without dot", {"sites/0/host": "mkt"}, "sites[0].host", "whole name"),
    Wrong("host name with underscore", {"sites/0/host": "m_k.cl"}, "sites[0].host", "letters"),
    Wrong("host name is a URL", {"sites/0/host": "https://mkt.cl/"}, "sites[0].host", "leave out scheme"),
    Wrong("host name an address", {"sites/0/host": "10.0.0.1"}, "sites[0].host", "host name"),
    Wrong("host name not ASCII", {"sites/0/host": "ñandú.cl"}, "sites[0].host", "xn--and-6ma2c.cl"),
    Wrong("host name a wildcard", {"sites/0/host": "*.smarterbot.cl"}, "sites[0].host", "each host"),
    Wrong("host name ends with a dot", {"sites/0/host": "mkt.cl."}, "sites[0].host", "last dot"),
    Wrong("host name too long", {"sites/0/host": "a." * 127 + "cl"}, "sites[0].host", "shorten"),
    Wrong("image without tag", service("n8n", image="n8nio/n8n"), "services.n8n.image", "n8nio/n8n:<tag>"),
    Wrong("image in capitals", service("n8n", image="N8N/n8n:1"), "services.n8n.image", "n8n/n8n"),
    Wrong("digest cut short", service("n8n", image=f"{N8N}@sha256:12"), "services.n8n.image", "64 hexadecimal"),
    Wrong("health path", service("n8n", health={"readiness": "healthz"}), "services.n8n.health.readiness", "slash"),
    Wrong("address is a name", {"host/address": "vps.cl"}, "host.address", "IPv4"),
    Wrong("address is IPv6", {"host/address": "2001:db8::1"}, "host.address", "IPv4"),
    Wrong("user", {"host/user": "root@vps"}, "host.user", "root"),
    Wrong("host key is a fingerprint", {"host/host-key": "SHA256:abcd"}, "host.host-key", "ssh-keyscan"),
    Wrong("host key with address", {"host/host-key": f"203.0.113.10 {HOST_KEY}"}, "host.host-key", "ssh-keyscan"),
    Wrong("host key cut short", {"host/host-key": HOST_KEY[:40]}, "host.host-key", "ssh-keyscan"),
    Wrong("no address may log in", {"firewall": {"ssh-from": []}}, "firewall.ssh-from", "at least one"),
    Wrong("one address, no list", {"firewall": {"ssh-from": "203.0.113.5"}}, "firewall.ssh-from", "- "),
    Wrong("log in from a name", {"firewall/ssh-from": ["vpn.cl"]}, "firewall.ssh-from[0]", "203.0.113.5"),
    Wrong("address with length", {"firewall/ssh-from/1": "203.0.113.5/24"}, "firewall.ssh-from[1]", "203.0.113.0/24"),
    Wrong("network too long", {"firewall/ssh-from": ["192.0.2.0/33"]}, "firewall.ssh-from[0]", "a network"),
    Wrong("IPv4 in IPv6", {"firewall/ssh-from": ["::ffff:192.0.2.1"]}, "firewall.ssh-from[0]", "write 192.0.2.1"),
    Wrong("address of a link", {"firewall/ssh-from": ["fe80::1%eth0"]}, "firewall.ssh-from[0]", "after %"),
    Wrong("an address is a number", {"firewall/ssh-from": [5]}, "firewall.ssh-from[0]", "quotes"),
    Wrong("interface", {"firewall/interfaces": ["wg 0"]}, "firewall.interfaces[0]", "wg0"),
    Wrong("interface too long", {"firewall/interfaces": ["a234567890123456"]}, "firewall.interfaces[0]", "wg0"),
    Wrong("interfaces are text", {"firewall/interfaces": "wg0"}, "firewall.interfaces", "- "),
    Wrong("firewall left blank", {"firewall": None}, "firewall", "remove it"),
    Wrong("bind address", {"proxy/bind-address": "eth0"}, "proxy.bind-address", "127.0.0.1"),
    Wrong("direct address", service("n8n", direct_address="all"), "services.n8n.direct-address", "0.0.0.0"),
    Wrong("mail address", {"proxy/email": "ops"}, "proxy.email", "ops@smarterbot.cl"),
    Wrong("storage", {"proxy/storage": "./certificates"}, "proxy.storage", "/root/letsencrypt"),
    Wrong("storage that the system needs", {"proxy/storage": "/etc"}, "proxy.storage", "/root/letsencrypt"),
    Wrong("network name", {"network": {"name": "smarter net"}}, "network.name", "letters"),
    Wrong("connection misspelt", {"host": {"connection": "shs"}}, "host.connection", "did you mean ssh?"),
    Wrong("no connection", {"host/connection": REMOVED}, "host.connection", "ssh for a server"),
    Wrong("no host key", {"host/host-key": REMOVED}, "host.host-key", "ssh-ed25519"),
    Wrong("no address", {"host/address": REMOVED}, "host.address", "203.0.113.10"),
    Wrong("address of this machine", {"host/address": "203.0.113.1"}, "host.address", "known here: connection", "dev"),
]

CROSS_CHECKS = [
    Wrong("nexa without a key", service("nexa-runtime", enabled=True, image=f"llama:server@sha256:{'0' * 64}"),
          "secret:nexa-api-key", "run `make secrets`"),
    Wrong("site of no service", {"sites/0/service": "n8m"}, "sites[0].service", "did you mean n8n?"),
    Wrong("settings of no service", {"services/metabse": {}}, "services.metabse", "did you mean metabase?"),
    Wrong("site of a service that is not named", {"services/n8n": REMOVED, "services/n8n-runners": REMOVED},
          "sites[1].service", "add `n8n: {}` to services"),
    Wrong("no service is named", {"services": {}}, "sites[0].service", "add `smarteros-blogbowl: {}` to services"),
    Wrong("accessory of a service that is not named", {"sites/2": REMOVED, "services/metabase": REMOVED},
          "services.metabase-postgres", "add `metabase: {}` to services"),
    Wrong("two sites on one host", {"sites/5": {**SITE, "host": "mkt.smarterbot.cl"}}, "sites[5].host", "one service"),
    Wrong("only the case differs", {"sites/5": {**SITE, "host": "MKT.smarterbot.CL"}}, "sites[5].host", "one service"),
    Wrong("a row twice", {"sites/5": {"host": "api.smarterbot.cl", "service": "n8n"}}, "sites[5].host", "remove one"),
    Wrong("n8n open to its first visitor", {"sites/1/basic-auth": REMOVED}, "sites[1]", "`open: true` once"),
    Wrong("Dokploy open to its first visitor", {"sites/4": {**SITE, "service": "dokploy"}}, "sites[4]", "basic-auth"),
    Wrong("open and asking for a password", {"sites/1/open": True}, "sites[1].open", "the one or the other"),
    Wrong("a visitor twice", {"sites/1/basic-auth": ["ops", "ops"]}, "sites[1].basic-auth[1]", "one of the two"),
    Wrong("a registry without password", {"registries": [GHCR]}, "secret:registry-ghcr-io", "make secrets"),
    Wrong(
        "a registry twice", {"registries": [GHCR, GHCR]}, "registries[1].host", "one of the two",
        secrets={"registry-ghcr-io": Secret.of("x")},
    ),
    Wrong("a registry's URL", {"registries": [{**GHCR, "host": "https://x.io"}]}, "registries[0].host", "ghcr.io"),
    Wrong("a visitor without password", {"sites/0/basic-auth": ["eve"]}, "secret:basic-auth-eve", "make secrets"),
    Wrong("one port for both", {"proxy/http-port": 8443}, "proxy.https-port", "another port", "dev"),
    Wrong("direct port is the proxy's", service("n8n", direct_port=443), "services.n8n.direct-port", "another port"),
    Wrong(
        "two direct ports",
        service("n8n", direct_port=3002) | service("metabase", direct_port=3002),
        "services.metabase.direct-port",
        "another port",
    ),
    Wrong("direct port is SSH's", service("n8n", direct_port=22), "services.n8n.direct-port", "another port"),
    Wrong("proxy on the SSH server's port", {"host/port": 443}, "proxy.https-port", "another port"),
    Wrong("memory below the least", service("n8n", memory="64MiB"), "services.n8n.memory", "at least 640MiB"),
    Wrong("memory too small for a JVM", service("metabase", memory="1GiB"), "services.metabase.memory", "1536MiB"),
    Wrong("stand-in's memory", service("n8n", memory="8MiB"), "services.n8n.memory", "at least 16MiB", "dev"),
    Wrong("proxy's memory", {"proxy/memory": "32MiB"}, "proxy.memory", "at least 128MiB"),
    Wrong("tag without digest", service("n8n", image=N8N), "services.n8n.image", f"{N8N}@sha256:"),
    Wrong("catalog's tag on a server", {"services/n8n/image": REMOVED}, "services.n8n.image", "@sha256:"),
    Wrong("proxy's tag without digest", {"proxy/image": "caddy:2.11.4"}, "proxy.image", "caddy:2.11.4@sha256:"),
    Wrong("no proxy image on a server", {"proxy/image": REMOVED}, "proxy.image", "@sha256:"),
    Wrong("no image", {"services/smarteros-blogbowl": {}}, "services.smarteros-blogbowl.image", "`enabled: false`"),
    Wrong("no image here", {"images": "registry"}, "services.smarteros-blogbowl.image", "add it", "dev"),
    Wrong("stand-ins on a server", {"images": "stand-in"}, "images", "use registry"),
    Wrong("no mail address", {"proxy/email": REMOVED}, "proxy.email", "Let's Encrypt"),
    Wrong("no public name", {"sites/0/host": "mkt.smarterbot.localhost"}, "sites[0].host", "`certificates: internal`"),
    Wrong("firewall on this machine", {"firewall": {"ssh-from": ["192.0.2.1"]}}, "firewall", "remove it", "dev"),
    Wrong("firewall without SSH", {"firewall": {"interfaces": ["wg0"]}}, "firewall.ssh-from", "may log in"),
    Wrong("two of n8n", service("n8n", rollout={"order": "overlap"}), "services.n8n.rollout.order", "recreate"),
    Wrong("held for ever", service("n8n", rollout={"hold": "10m"}), "services.n8n.rollout.hold", "at most 5m"),
    Wrong("killed at once", service("n8n", rollout={"stop": "0s"}), "services.n8n.rollout.stop", "at least 1s"),
    Wrong("settles for ever", service("n8n", rollout={"settle": "1h"}), "services.n8n.rollout.settle", "at most 10m"),
    Wrong("a service's database", service("n8n", reaches=["metabase"]), "services.n8n.reaches[0]", "for databases"),
    Wrong(
        "a database itself", service("metabase-postgres", reaches=["metabase-postgres"]),
        "services.metabase-postgres.reaches[0]", "remove it",
    ),
    Wrong(
        "a database misspelt", service("n8n", reaches=["metabase-postgre"]), "services.n8n.reaches[0]",
        "metabase-postgres",
    ),
    Wrong(
        "a database that is off",
        service("n8n", reaches=["metabase-postgres"])
        | service("metabase-postgres", enabled=False)
        | service("metabase", secrets={"MB_DB_CONNECTION_URI": {"secret": "metabase-database"}}),
        "services.n8n.reaches[0]", "dokploy-postgres",
    ),
    Wrong(
        "a database of a stand-in", service("n8n", reaches=["metabase-postgres"]), "services.n8n.reaches[0]",
        "remove it", "dev",
    ),
    Wrong(
        "port of the network", service("metabase", environment={"MB_JETTY_PORT": "3000"}),
        "services.metabase.environment.MB_JETTY_PORT", "remove it",
    ),
    Wrong(
        "stand-in's own variable", service("n8n", environment={"HEALTH_PATH": "/x"}),
        "services.n8n.environment.HEALTH_PATH", "remove it", "dev",
    ),
]  # fmt: skip


IN_SECRET = [
    Wrong("no secret", {}, "secret:n8n-encryption-key", "config set", secrets={"n8n-encryption-key": None}),
    Wrong(
        "secret misspelt", {}, "secret:n8n-encryption-key", "is secret:n8n-encryption-kye meant?",
        secrets={"n8n-encryption-key": None, "n8n-encryption-kye": Secret.of("x" * 32)},
    ),
    Wrong(
        "secret in clear text", {}, "secret:dokploy-auth-secret", "to encrypt it",
        secrets={"dokploy-auth-secret": Secret.of(GIVEN * 4, encrypted=False)},
    ),
    Wrong(
        "secret too short", {}, "secret:dokploy-auth-secret", "openssl rand -hex 32",
        secrets={"dokploy-auth-secret": Secret.of(GIVEN)},
    ),
    Wrong(
        "a password in place of its hash", {}, "secret:basic-auth-ops", "ROTATE=basic-auth-ops",
        secrets={"basic-auth-ops": Secret.of(GIVEN * 2)},
    ),
    Wrong("secret empty", {}, "secret:other", "config set", secrets={"other": Secret.of("")}),
    Wrong(
        "key as a variable", service("n8n", environment={"N8N_ENCRYPTION_KEY": GIVEN}),
        "services.n8n.environment.N8N_ENCRYPTION_KEY", "--secret secret:n8n-encryption-key",
    ),
    Wrong(
        "password as a variable", service("n8n", environment={"N8N_SMTP_PASS": GIVEN}),
        "services.n8n.environment.N8N_SMTP_PASS", "secrets: {N8N_SMTP_PASS: {secret: n8n-smtp-pass}}",
    ),
    Wrong(
        "token as a variable", service("n8n", environment={"github_token": GIVEN}),
        "services.n8n.environment.github_token", "config set --secret secret:github-token",
    ),
    Wrong(
        "password in a URL", service("n8n", environment={"DB": f"postgres://u:{GIVEN}@db/n8n"}),
        "services.n8n.environment.DB", "move it to `secrets",
    ),
    Wrong(
        "secret number as a variable", service("n8n", environment={"N8N_PASSWORD": 4711}),
        "services.n8n.environment.N8N_PASSWORD", "quotes",
    ),
    Wrong(
        "secret that is not there", service("n8n", secrets={"N8N_SMTP_PASS": {"secret": "smtp-password"}}),
        "secret:smtp-password", "config set --secret secret:smtp-password",
    ),
    Wrong(
        "secret's name", service("n8n", secrets={"N8N_SMTP_PASS": {"secret": f"{GIVEN}!"}}),
        "services.n8n.secrets.N8N_SMTP_PASS.secret", "smtp-password",
    ),
    Wrong(
        "secret without name", service("n8n", secrets={"N8N_SMTP_PASS": {}}),
        "services.n8n.secrets.N8N_SMTP_PASS.secret", "add it",
    ),
    Wrong(
        "secret that the catalog gives", service("n8n", secrets={"N8N_ENCRYPTION_KEY": {"secret": "any"}}),
        "services.n8n.secrets.N8N_ENCRYPTION_KEY", "remove it",
    ),
    Wrong(
        "variable twice",
        service("n8n", secrets={"A": {"secret": "n8n-encryption-key", "as": "file"}}, environment={"A_FILE": "/a"}),
        "services.n8n.secrets.A", "one of the two",
    ),
    Wrong(
        "variable twice among the secrets",
        service("n8n", secrets={
            "A": {"secret": "n8n-encryption-key", "as": "file"}, "A_FILE": {"secret": "n8n-encryption-key"}
        }),
        "services.n8n.secrets.A", "one of the two",
    ),
]  # fmt: skip

ALL = [*SHAPES, *REDIRECTS, *VALUES, *CROSS_CHECKS, *IN_SECRET]


@pytest.mark.parametrize("wrong", ALL, ids=lambda wrong: wrong.name)
def test_a_wrong_stack_file_gives_one_line_with_key_and_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)


def is_one_line_with_key_and_cure(wrong: Wrong) -> None:
    changes = dict(SECRETS) | dict(wrong.secrets or {})
    secrets = {name: secret for name, secret in changes.items() if secret is not None}
    with pytest.raises(StackError) as raised:
        derive("test", Settings.parse(patched(wrong.stack, wrong.patch)), secrets, STAND_INS)
    error = raised.value
    assert error.key == wrong.key
    assert wrong.cure in error.cure
    assert str(error).startswith(f"{wrong.key}: ")
    assert "\n" not in str(error)
    assert str(error).isprintable()
    assert GIVEN not in str(error)
    assert "4711" not in str(error)


def test_there_are_enough_of_them_and_no_two_are_the_same() -> None:
    names = [wrong.name for wrong in ALL]
    assert len(set(names)) == len(names) >= 60


def test_the_others_are_counted() -> None:
    with pytest.raises(StackError) as raised:
        Settings.parse(patched("prod", {"zzz": 1, "yyy": 2, "images": "x"}))
    assert str(raised.value).endswith(" (and 2 more)")


def test_mistakes_across_settings_are_counted_too() -> None:
    with pytest.raises(StackError) as raised:
        derive("test", Settings.parse(patched("prod", {"proxy/image": REMOVED})), {}, STAND_INS)
    assert str(raised.value).startswith("proxy.image: ")
    assert str(raised.value).endswith(" (and 7 more)")
