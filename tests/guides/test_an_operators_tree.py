"""An operator's tree, from the first address to a service of its own: `make check` stays green."""

from __future__ import annotations

import re
from pathlib import Path

from operate.stackfile import StackFile
from tests.config.catalog.test_adding_a_service import ALONE, block
from tests.config.stacks import VALUES
from tests.guides.tree import Tree

SERVERS = ("staging", "prod")
ADDRESSES = {"staging": "100.64.0.11", "prod": "100.64.0.10"}
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "AB" * 21 + "A"
DIGEST = "sha256:" + "5" * 64
CATALOG = "config/catalog/services.py"
SHOW = """
from pathlib import Path
from config.render.caddy import render
from tests.config.stacks import topology_of
for stack in ("dev", "staging"):
    topology = topology_of(Path(f"Pulumi.{stack}.yaml"))
    print(topology, render(topology))
"""


def with_value(text: str, key: str, value: str) -> str:
    return StackFile(Path("Pulumi.prod.yaml"), text).with_value("host", key, value).text


def addresses(text: str, stack: str) -> str:
    return with_value(text, "address", ADDRESSES[stack])


def host_keys(text: str, stack: str) -> str:
    del stack
    return with_value(text, "host-key", HOST_KEY)


def who_logs_in(text: str, stack: str) -> str:
    del stack
    return text.replace("ssh-from: [203.0.113.5]", "ssh-from: [100.64.0.5, 2001:db8::/64]")


def images(text: str, stack: str) -> str:
    """Those that are marked as to be replaced."""
    del stack
    return text.replace("sha256:" + "0" * 64, DIGEST)


def secrets(text: str, stack: str) -> str:
    """As `make secrets` and the engine write them."""
    del stack
    sealed = "".join(f"  secret:{name}:\n    secure: v1:AAAAAAAAAAAAAAAA:AAAA\n" for name in VALUES)
    return f"{text}{sealed}encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA\n"


FIRST_DEPLOY = (addresses, host_keys, who_logs_in, images, secrets)
"""docs/servers.md, and the first of the steps in docs/github-actions.md; the other five change no file."""


def a_digest(text: str) -> str:
    return text.replace("87e0bab2c93192e8dd885ff7b0697c22a1bd97489568a8c67cc140fd7dbb342d", "a" * 64)


def a_site(text: str) -> str:
    return text.replace("  smarter-net:services:\n", "    - {host: www.smarterbot.cl, service: smarteros-blogbowl}\n"
                        "  smarter-net:services:\n")  # fmt: skip


def a_variable(text: str) -> str:
    return text.replace(
        "{GENERIC_TIMEZONE: America/Santiago}", "{GENERIC_TIMEZONE: America/Lima, N8N_LOG_LEVEL: debug}"
    )


def memory(text: str) -> str:
    return text.replace("    metabase:\n", "    metabase:\n      memory: 3GiB\n")


def nexa(text: str) -> str:
    """With a password: it is open to everybody otherwise."""
    image = f"ghcr.io/ggml-org/llama.cpp:server@{DIGEST}"
    opened = text.replace("nexa-runtime: {enabled: false}", f"nexa-runtime: {{enabled: true, image: '{image}'}}")
    return opened.replace("service: nexa-runtime}", "service: nexa-runtime, basic-auth: [ops]}")


def a_service_less(text: str) -> str:
    """Dokploy and its database, which are the last."""
    return (
        text[: text.index("    dokploy:\n")].replace(
            "    - {host: dash.smarterbot.cl, service: dokploy, basic-auth: [ops]}\n", ""
        )
        + text[text.index("  secret:") :]
    )


def a_service_of_its_own(text: str) -> str:
    """docs/adding-a-service.md, by the stack file alone."""
    secret = "  secret:vaultwarden-admin:\n    secure: v1:AAAAAAAAAAAAAAAA:AAAA\n"
    return with_sections(text, block("yaml", ALONE)).replace("encryptionsalt:", f"{secret}encryptionsalt:")


ORDINARY = (a_digest, a_site, a_variable, memory, nexa, a_service_less, a_service_of_its_own)


def with_sections(text: str, lines: str) -> str:
    """A stack file with what a page shows of each of its sections."""
    for section in re.split(r"(?m)^(?=  smarter-net:)", lines)[1:]:
        key, _, under = section.partition("\n")
        text = text.replace(f"{key}\n", f"{key}\n{under}")
    return text


def add_a_service(tree: Tree) -> None:
    """docs/adding-a-service.md to the letter; its last command is `make check`."""
    entry, lines = block("python"), block("yaml")
    if "GITEA = " in tree.read(CATALOG):
        # The operator of this tree has followed the guide already.
        entry, lines = (part.replace("GITEA =", "GITEA_2 =").replace("gitea", "gitea-2") for part in (entry, lines))
    name = entry.split(" = ")[0]
    catalog = tree.read(CATALOG).replace("\nCATALOG: ", f"\n{entry}\nCATALOG: ")
    tree.write(CATALOG, re.sub(r"(\nCATALOG: .* in \(.*)\)\}", rf"\1, {name})}}", catalog))
    tree.write("Pulumi.prod.yaml", with_sections(tree.read("Pulumi.prod.yaml"), lines))
    commands = block("sh").splitlines()
    assert commands[-1] == "make check"
    for command in commands:
        tree.run("sh", "-c", command)


def test_make_check_stays_green(tmp_path: Path) -> None:
    """After each edit the part of it that can depend on a stack file; after the last one all of it."""
    tree = Tree.copy(tmp_path / "clone")
    for step in FIRST_DEPLOY:
        for stack in SERVERS:
            tree.write(f"Pulumi.{stack}.yaml", step(tree.read(f"Pulumi.{stack}.yaml"), stack))
        tree.check_what_depends()
    for edit in ORDINARY:
        tree.write("Pulumi.prod.yaml", edit(tree.read("Pulumi.prod.yaml")))
        tree.check_what_depends()
    assert tree.changed() == {"Pulumi.staging.yaml", "Pulumi.prod.yaml"}
    tree.commit()

    others = tree.run(".venv/bin/python", "-c", SHOW)
    add_a_service(tree)
    assert tree.changed() == {CATALOG, "Pulumi.prod.yaml", "config/stack.schema.json"}
    assert tree.run(".venv/bin/python", "-c", SHOW) == others
