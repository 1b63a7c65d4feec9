"""An image of a real PostgreSQL server, made of what this machine's distribution has installed, without a registry.

Real is PostgreSQL itself: its health command, its signals, what it does with its data. Not the official image's are the
version, which is the distribution's (15 in Debian 12, where the catalog has 16), the system around it, with no locale
but C and no time zone but UTC, and the entry point, `postgres_entry.sh`, which does what `config/accessories.py` relies
on.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from images.archive import Entry, Image

REFERENCE = "smarter-net/postgresql:rig"
"""Not `…/postgres`: under that name another major version than the catalog's is refused."""
ENTRY = Path(__file__).with_name("postgres_entry.sh")
DATA = "/var/lib/postgresql/data"

_SERVER = ("createdb", "initdb", "pg_ctl", "pg_isready", "postgres", "psql")
_MODULES = ("dict_snowball.so", "plpgsql.so")
"""What `initdb` asks for."""
_SYSTEM = ("chmod", "chown", "find", "id", "mkdir", "setpriv")
_PASSWD = "root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/sh\n"


def installed() -> Path | None:
    """The folder of the newest PostgreSQL on this machine; None if there is none."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max((program.parents[1] for program in found), key=lambda folder: int(folder.name), default=None)


def postgres(folder: Path) -> Image:
    """The image of the PostgreSQL in that folder."""
    programs = [
        *(folder / "bin" / name for name in _SERVER),
        *(folder / "lib" / name for name in _MODULES),
        *(Path("/usr/bin") / name for name in _SYSTEM),
        Path("/bin/sh"),
    ]
    shared = Path("/usr/share/postgresql") / folder.name
    files = [*programs, *_libraries(programs), *shared.rglob("*"), Path("/usr/share/zoneinfo/Etc/UTC")]
    config = {
        "Env": [f"PATH={folder}/bin:/usr/bin:/bin", f"PGDATA={DATA}"],
        "Entrypoint": ["/entry"],
        "ExposedPorts": {"5432/tcp": {}},
        # A fast end: SIGTERM would wait until the last client has gone.
        "StopSignal": "SIGINT",
    }
    return Image(REFERENCE, config, (_layer([path for path in files if path.is_file()]),))


def _layer(files: list[Path]) -> tuple[Entry, ...]:
    """These files where they are, links as what they lead to, and what else a system has."""
    folders = {str(above) for path in (*files, Path(DATA, "x"), Path("/run/x")) for above in path.parents} - {"/"}
    return (
        *(Entry(path) for path in sorted(folders)),
        Entry("/etc"),
        Entry("/tmp", 0o1777),
        Entry("/var/run", link="/run"),
        Entry("/etc/passwd", 0o644, _PASSWD),
        Entry("/etc/group", 0o644, "root:x:0:\npostgres:x:999:\n"),
        Entry("/entry", 0o755, ENTRY),
        *(Entry(str(path), 0o755, path) for path in sorted(files)),
    )


def _libraries(files: list[Path]) -> list[Path]:
    """What the loader would load for them, itself too."""
    said = subprocess.run(["ldd", *map(str, files)], check=True, capture_output=True, text=True).stdout
    return [Path(path) for path in sorted(set(re.findall(r"(/\S+) \(0x", said)))]
