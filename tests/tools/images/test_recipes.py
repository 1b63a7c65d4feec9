"""Each row of a contract's file is in the image that is made of it, and another word in that row is another image."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tools.images import archive, recipes
from tools.images.contract import FOLDER, Contract, Folder, contracts
from tools.images.naming import PROXY

CONTRACTS = contracts()
SECOND = 1_000_000_000
WORDS = {
    "entrypoint": "Entrypoint",
    "command": "Cmd",
    "user": "User",
    "directory": "WorkingDir",
    "stop_signal": "StopSignal",
}
TIMES = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
CAPABILITIES = {"CAP_NET_BIND_SERVICE": 10}
LEFT_OUT = {"services", "repository", "tag", "source"}
"""What is said about an image, and is not in it."""

Rows = dict[str, Any]


@dataclass
class Made:
    """An image as an archive holds it: Docker's own config, and what lies where."""

    config: dict[str, Any]
    files: dict[str, tarfile.TarInfo]
    passwd: str

    @classmethod
    def of(cls, contract: Contract, folder: Path) -> Made:
        """Make it, and read it back."""
        part = folder / "part"
        part.write_text("a program")
        image = (
            recipes.caddy("a:1", part, contract, part, part)
            if contract.name == PROXY
            else recipes.of_contract("a:1", part, contract)
        )
        archive.write([image], "amd64", folder / "image.tar", folder)
        files: dict[str, tarfile.TarInfo] = {}
        passwd = b""
        with tarfile.open(folder / "image.tar") as whole:
            (said,) = json.loads(content(whole, "manifest.json"))
            config = json.loads(content(whole, said["Config"]))["config"]
            for layer in said["Layers"]:
                with tarfile.open(fileobj=whole.extractfile(layer)) as opened:
                    files |= {f"/{found.name}": found for found in opened}
                    if "etc/passwd" in opened.getnames():
                        passwd = content(opened, "etc/passwd")
        return cls(config, files, passwd.decode())

    def rows(self) -> Rows:
        """The same as a contract's file says it, as far as the image has it."""
        found: Rows = {row: self.config.get(key) for row, key in WORDS.items()}
        accounts = [line.split(":") for line in self.passwd.splitlines()]
        users = {name: int(number) for name, _, number, *_ in accounts}
        return {
            **found,
            "environment": dict(pair.split("=", 1) for pair in self.config.get("Env", ())),
            "ports": sorted(self.config.get("ExposedPorts", ())),
            "volumes": sorted(self.config.get("Volumes", ())),
            "health": health(self.config.get("Healthcheck")),
            "users": {name: number for name, number in users.items() if number},
            "folders": {
                path: (file.mode, next(name for name, number in users.items() if number == file.uid == file.gid))
                for path, file in self.files.items()
                if file.isdir()
            },
            "programs": [path for path, file in self.files.items() if not file.isdir()],
            "capabilities": {
                path: [name for name, bit in CAPABILITIES.items() if granted(file) == 1 << bit]
                for path, file in self.files.items()
                if granted(file)
            },
        }


def content(opened: tarfile.TarFile, name: str) -> bytes:
    file = opened.extractfile(name)
    assert file
    return file.read()


def health(said: dict[str, Any] | None) -> Rows | None:
    if not said:
        return None
    times = {row: said[key] // SECOND for row, key in TIMES.items() if key in said}
    return {"test": said["Test"], **times, **({"retries": said["Retries"]} if "Retries" in said else {})}


def granted(file: tarfile.TarInfo) -> int:
    """The permitted file capabilities, a bit each (vfs_cap_data, revision 2)."""
    data = file.pax_headers.get("SCHILY.xattr.security.capability", "").encode()
    return int.from_bytes(data[4:8], "little")


def other(said: Rows, made: Made) -> set[str]:
    """The rows of a contract's file that the image does not have."""
    found = made.rows()
    differ = {row for row in said.keys() - LEFT_OUT - {"folders", "programs", "tools"} if found[row] != said[row]}
    wanted = {one["path"]: (int(one.get("mode", "755"), 8), one.get("owner", "root")) for one in said["folders"]}
    if any(found["folders"].get(path) != rights for path, rights in wanted.items()):
        differ.add("folders")
    if set(said["programs"]) - set(found["programs"]):
        differ.add("programs")
    # Of the tools it has those that a program here answers as.
    answered = [path for path in said.get("tools", ()) if Path(path).name in {"curl", "node", "sh", "tini", "wget"}]
    if set(answered) - set(found["programs"]):
        differ.add("tools")
    unsaid = {row for row, value in found.items() if value and row not in said and row not in {"folders", "programs"}}
    return differ | unsaid


def said_of(name: str) -> Rows:
    read: Rows = json.loads((FOLDER / f"{name}.json").read_text())
    return read | {row: sorted(read[row]) for row in ("ports", "volumes") if row in read}


@pytest.mark.parametrize("name", CONTRACTS)
def test_an_image_has_each_row_of_its_contracts_file(name: str, tmp_path: Path) -> None:
    assert other(said_of(name), Made.of(CONTRACTS[name], tmp_path)) == set()


def changed(name: str, **change: Any) -> Contract:  # noqa: ANN401  any row of a contract
    return replace(CONTRACTS[name], **change)


def with_health(**change: Any) -> Contract:  # noqa: ANN401  any word of a health check
    known = CONTRACTS["dokploy"].health
    assert known
    return changed("dokploy", health=replace(known, **change))


BROKEN = [
    # the row that is broken, the contract with another word in it
    ("entrypoint", changed("n8n", entrypoint=("tini", "--", "/entrypoint.sh"))),
    ("entrypoint", changed("caddy-proxy", entrypoint=("caddy",))),
    ("command", changed("postgres", command=("postgresql",))),
    ("command", changed("caddy-proxy", command=())),
    ("user", changed("n8n", user="root")),
    ("user", changed("postgres", user="postgres")),
    ("directory", changed("dokploy", directory="/srv")),
    ("environment", changed("postgres", environment={**CONTRACTS["postgres"].environment, "PGDATA": "/data"})),
    ("environment", changed("metabase", environment={})),
    ("ports", changed("n8n", ports=("5679/tcp",))),
    ("ports", changed("caddy-proxy", ports=CONTRACTS["caddy-proxy"].ports[1:])),
    ("volumes", changed("postgres", volumes=("/var/lib/postgresql",))),
    ("volumes", changed("n8n", volumes=("/files",))),
    ("stop_signal", changed("postgres", stop_signal="SIGTERM")),
    ("stop_signal", changed("postgres", stop_signal=None)),
    ("health", changed("dokploy", health=None)),
    ("health", with_health(test=("NONE",))),
    ("health", with_health(interval=31)),
    ("health", with_health(timeout=None)),
    ("health", with_health(start_period=6)),
    ("health", with_health(retries=1)),
    ("users", changed("n8n", users={"node": 1001})),
    ("folders", changed("metabase", folders=(Folder(path="/app"), Folder(path="/plugins")))),
    ("folders", changed("n8n", folders=(Folder(path="/home/node", owner="node"), Folder(path="/home/node/.n8n")))),
    ("programs", changed("n8n-runners", programs=("/sbin/tini",))),
    ("tools", changed("n8n", tools=())),
]  # fmt: skip


@pytest.mark.parametrize(("row", "contract"), BROKEN)
def test_one_other_word_in_a_row_is_seen_in_that_row_alone(row: str, contract: Contract, tmp_path: Path) -> None:
    assert other(said_of(contract.name), Made.of(contract, tmp_path)) == {row}


def test_a_proxys_file_without_its_capability_is_seen(tmp_path: Path) -> None:
    contract = changed(PROXY, capabilities={"/usr/bin/caddy": ()})
    assert other(said_of(PROXY), Made.of(contract, tmp_path)) == {"capabilities"}


def test_every_row_is_broken_by_one_of_these() -> None:
    rows = {row for name in CONTRACTS for row in said_of(name)} - LEFT_OUT
    assert rows == {row for row, _ in BROKEN} | {"capabilities"}
