"""The images made here, in a Docker daemon: each says of itself what its contract says, and starts by those words."""

from __future__ import annotations

import json
import platform
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rig.wait import until
from tools.images import parts, recipes, references
from tools.images.archive import write
from tools.images.contract import Contract, contracts
from tools.images.naming import PROXY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.rig.dockerd import Dockerd

CONTRACTS = contracts()
WATCH = {"alertmanager", "blackbox-exporter", "node-exporter", "prometheus"}
"""Of these the tests run the real programs; a stand-in of theirs answers nothing yet."""
STAND_INS = [name for name in CONTRACTS if name != PROXY and name not in WATCH]
KEYS = ("Entrypoint", "Cmd", "User", "WorkingDir", "Env", "ExposedPorts", "Volumes", "StopSignal", "Healthcheck")
CHANGED = "smarter-net/changed:1"


def said(dockerd: Dockerd, reference: str) -> dict[str, Any]:
    """What the daemon tells of an image, without what is empty."""
    (found,) = json.loads(dockerd.docker("image", "inspect", reference).stdout)
    return {key: found["Config"].get(key) for key in KEYS if found["Config"].get(key)}


def reference(name: str) -> str:
    made = references()
    return made.caddy if name == PROXY else made.standins[name]


@pytest.fixture
def changed(dockerd: Dockerd, tmp_path: Path, contract: Contract) -> Iterator[str]:
    """A stand-in that is made of another contract."""
    architecture = "arm64" if platform.machine() in {"aarch64", "arm64"} else "amd64"
    archive = tmp_path / "changed.tar"
    image = recipes.of_contract(CHANGED, parts.program(architecture), contract)
    write([image], architecture, archive, tmp_path)
    dockerd.docker("load", "--quiet", "--input", str(archive))
    yield CHANGED
    dockerd.docker("image", "rm", "--force", CHANGED)


@pytest.mark.parametrize("name", CONTRACTS)
def test_an_image_says_what_its_contract_says(dockerd: Dockerd, name: str) -> None:
    assert said(dockerd, reference(name)) == CONTRACTS[name].config


@pytest.mark.parametrize("name", STAND_INS)
def test_a_stand_in_starts_by_its_images_own_words_as_its_user(dockerd: Dockerd, name: str) -> None:
    image = CONTRACTS[name]
    rights = ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")
    running = dockerd.docker("run", "--detach", *rights, "--env", "PORT=8080", reference(name)).stdout.strip()
    try:
        until(lambda: dockerd.docker("exec", running, "/standin", "probe", check=False).returncode == 0, "it answers")
        (process,) = dockerd.docker("top", running, "-o", "pid,uid,args").stdout.splitlines()[1:]
        assert process.split()[1] == str({"": 0, **image.users}[image.user])
        for tool in ("curl", "wget"):
            if any(path.endswith(f"/{tool}") for path in image.tools):
                ask = (tool, *(("-q", "-O") if tool == "wget" else ("-fsS", "-o")), "/dev/null")
                dockerd.docker("exec", running, *ask, "http://127.0.0.1:8080/healthz")
    finally:
        dockerd.docker("rm", "--force", "--volumes", running)


BROKEN = [
    pytest.param(replace(CONTRACTS["n8n"], entrypoint=("tinny", "--", "/docker-entrypoint.sh")), id="no such init"),
    pytest.param(replace(CONTRACTS["n8n"], entrypoint=("tini", "--", "/entrypoint.sh")), id="no such entry point"),
    pytest.param(replace(CONTRACTS["n8n"], user="nodejs"), id="no such user"),
    pytest.param(replace(CONTRACTS["smarteros-blogbowl"], command=("node", "index.js")), id="no such script"),
    pytest.param(replace(CONTRACTS["smarteros-blogbowl"], command=("bun", "server.js")), id="no such program"),
    pytest.param(replace(CONTRACTS["dokploy"], command=("sh", "-c", "node dist/serve.mjs")), id="no such step"),
]


@pytest.mark.parametrize("contract", BROKEN)
def test_one_wrong_word_and_it_does_not_start(dockerd: Dockerd, changed: str) -> None:
    started = dockerd.docker("run", "--rm", changed, check=False)
    assert started.returncode in {1, 125, 126, 127}, started.stdout
