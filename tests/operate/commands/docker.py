"""A `docker` that answers from `world.json` beside it, and notes in `asked` what it was told.

For what a command makes of its answers and of its refusals; what Docker itself does is for tests/engine.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
IDENTITY = {"id": "ABCD", "data": "/var/lib/docker", "name": "laptop"}
TORN = 700
"""Bytes of an archive that was cut off."""
READS = ("info", "version", "ps", "inspect", "ls", "logs", "exec")
"""Commands that change nothing."""


def main(arguments: list[str]) -> int:
    with (HERE / "asked").open("a") as asked:
        asked.write(json.dumps(arguments) + "\n")
    world = json.loads((HERE / "world.json").read_text())
    if world["down"]:
        print("Cannot connect to the Docker daemon at unix:///nowhere. Is the daemon running?", file=sys.stderr)
        return 1
    return answer(world, *arguments)


def answer(world: dict[str, Any], command: str, *rest: str) -> int:
    if command in {"container", "network", "volume"} and rest[0] == "inspect":
        return inspect(world[f"{command}s"], rest[1:])
    if command == "logs":
        print(world.get("logged", f"the log of {rest[-1]}"))
        print(world.get("logged_errors", ""), end="", file=sys.stderr)
        return int(world.get("logs", 0))
    if command == "exec":
        # What is run in a container for an operator has a mark; the rest looks whether it serves, or has a shell.
        return world.get("ends", 0) if "--env" in rest else 0 if world.get("serving") else 1
    if command == "cp":
        whole = archive(rest[0].split(":")[0])
        sys.stdout.buffer.write(whole[:TORN] if world.get("torn") else whole)
    else:
        print("\n".join(lines(world, command, *rest)))
    return 0


def lines(world: dict[str, Any], command: str, *rest: str) -> list[str]:  # noqa: PLR0911 - one for each command
    """What a command that always succeeds prints."""
    match command, *rest:
        case "info", *_:
            return [json.dumps(IDENTITY)]
        case "image", "inspect", *names:
            # Each is there; what is shown of it is what a test has said.
            return [json.dumps([found for found in world.get("images", []) if found["Name"] in names])]
        case "inspect", *_:
            return ["true"]  # asked of a container alone: is it still paused?
        case "ps", *_:
            return [found["Id"] for found in world["containers"] if labelled(found, rest)]
        case "network", "ls", *_:
            return [found["Id"] for found in world["networks"]]
        case "volume", "ls", *_:
            return [found["Name"] for found in world["volumes"]]
        case "create", *_:
            return ["carrier-" + rest[rest.index("--volume") + 1].split(":")[0]]
    return []


def labelled(container: dict[str, Any], options: tuple[str, ...]) -> bool:
    """Whether a container has the label that a listing is filtered by, if it is."""
    wanted = [option.removeprefix("label=").split("=") for option in options if option.startswith("label=")]
    labels = container["Config"]["Labels"] or {}
    return all(labels.get(name) == value for name, value in wanted)


def inspect(known: list[dict[str, Any]], names: tuple[str, ...]) -> int:
    found = [each for each in known if {each.get("Id"), each.get("Name", "").lstrip("/")} & set(names)]
    print(json.dumps(found))
    return 0 if len(found) == len(names) else 1


def archive(content: str) -> bytes:
    """A tar archive with one file of that content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as made:
        member = tarfile.TarInfo("smarter-net-volume/file")
        member.size = len(content)
        made.addfile(member, io.BytesIO(content.encode()))
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
