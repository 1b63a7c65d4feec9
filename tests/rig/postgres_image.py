"""An image of a real PostgreSQL server, made of what this machine's distribution has installed, without a registry.

Real is PostgreSQL itself: its health command, its signals, what it does with its data. Not the official image's are the
version, which is the distribution's (15 in Debian 12, where the catalog has 16), the system around it, with no locale
but C and no time zone but UTC, and the entry point, `postgres_entry.sh`, which does what
`config/catalog/accessories.py` relies on.
"""

from __future__ import annotations

from pathlib import Path

from tests.rig.system import system
from tools.images.archive import Entry, Image

REFERENCE = "smarter-net/postgresql:rig"
"""Not `…/postgres`: under that name another major version than the catalog's is refused."""
ENTRY = Path(__file__).with_name("postgres_entry.sh")
DATA = "/var/lib/postgresql/data"

_SERVER = ("initdb", "pg_ctl", "pg_isready", "postgres", "psql")
_MODULES = ("dict_snowball.so", "plpgsql.so")
"""What `initdb` asks for."""
_SYSTEM = ("cat", "chmod", "chown", "find", "id", "mkdir", "rm", "setpriv", "sleep")


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
    config = {
        "Env": [f"PATH={folder}/bin:/usr/bin:/bin", f"PGDATA={DATA}"],
        "Entrypoint": ["/entry"],
        "ExposedPorts": {"5432/tcp": {}},
        # A fast end: SIGTERM would wait until the last client has gone.
        "StopSignal": "SIGINT",
    }
    users = {"postgres": (999, "/var/lib/postgresql")}
    more = [path for path in shared.rglob("*") if path.is_file()]
    layer = system(programs, users, more=[*more, Path("/usr/share/zoneinfo/Etc/UTC")], folders=[DATA])
    return Image(REFERENCE, config, ((*layer, Entry("/entry", 0o755, ENTRY)),))
