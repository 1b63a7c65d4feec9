"""What an image needs besides its program, made of this machine's own files: programs, their libraries, users."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tools.images.archive import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def system(
    programs: Sequence[Path], users: Mapping[str, tuple[int, str]], *, more: Sequence[Path] = (),
    folders: Sequence[str] = (),
) -> tuple[Entry, ...]:  # fmt: skip
    """A layer with these programs where they are, links as what they lead to, and all that they load.

    `users`: number, which is that of the group too, and home by name. `more`: further files. `folders`: empty ones.
    """
    files = {*programs, *libraries(programs), *more}
    inside = (*files, *(Path(folder, "x") for folder in (*folders, "/run", *(home for _, home in users.values()))))
    above = {str(folder) for path in inside for folder in path.parents} - {"/"}
    homes = {home: number for number, home in users.values()}
    everybody = {"root": (0, "/root"), **users}
    passwd = "".join(f"{name}:x:{number}:{number}::{home}:/bin/sh\n" for name, (number, home) in everybody.items())
    group = "".join(f"{name}:x:{number}:\n" for name, (number, _) in everybody.items())
    return (
        *(Entry(path, owner=homes.get(path, 0)) for path in sorted(above | {"/etc"})),
        Entry("/tmp", 0o1777),
        Entry("/var/run", link="/run"),
        Entry("/etc/passwd", 0o644, passwd),
        Entry("/etc/group", 0o644, group),
        *(Entry(str(path), 0o755, path) for path in sorted(files)),
    )


def libraries(programs: Sequence[Path]) -> list[Path]:
    """What the loader would load for them, itself too."""
    said = subprocess.run(["ldd", *map(str, programs)], check=True, capture_output=True, text=True).stdout
    return [Path(path) for path in sorted(set(re.findall(r"(/\S+) \(0x", said)))]
