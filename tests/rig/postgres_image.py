"""An image of a real PostgreSQL server, made of what this machine's distribution has installed, without a registry.

Real is PostgreSQL itself: its health command, its signals, what it does with its data. The words that start it, its
user, folders, volume and stop signal are the contract's. Not the official image's are the version, which is the
distribution's (15 in Debian 12, where the catalog has 16), the system around it, with no locale but C, no time zone but
UTC and no gosu, and the entry point, `postgres_entry.sh`, which does what `config/catalog/accessories.py` relies on.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from config.catalog.accessories import METABASE_POSTGRES
from tests.rig.project import HTTP_PORT, HTTPS_PORT
from tests.rig.system import system
from tools.images import references
from tools.images.archive import Entry, Image
from tools.images.contract import contracts

if TYPE_CHECKING:
    from tests.rig.project import Project

REFERENCE = "smarter-net/postgresql:rig"
"""Not `…/postgres`: under that name another major version than the catalog's is refused."""
ENTRY = Path(__file__).with_name("postgres_entry.sh")
CONTRACT = contracts()["postgres"]
(DATA,) = CONTRACT.volumes

_SERVER = ("initdb", "pg_ctl", "pg_dump", "pg_isready", "postgres", "psql")
_MODULES = ("dict_snowball.so", "plpgsql.so")
"""What `initdb` asks for."""
_SYSTEM = ("bash", "cat", "chmod", "chown", "find", "id", "mkdir", "rm", "setpriv", "sleep")


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
        *(Path("/bin") / name for name in ("bash", "sh")),
    ]
    shared = Path("/usr/share/postgresql") / folder.name
    more = [path for path in shared.rglob("*") if path.is_file()]
    users = {name: (number, "/var/lib/postgresql") for name, number in CONTRACT.users.items()}
    layer = system(programs, users, more=[*more, Path("/usr/share/zoneinfo/Etc/UTC")], folders=["/usr/local/bin"])
    entry, server = CONTRACT.programs
    own = (
        Entry(entry, 0o755, ENTRY),
        # The official image says so too, in the file that every configuration begins as.
        Entry(str(shared / "postgresql.conf.sample"), 0o644, _to_everyone(shared / "postgresql.conf.sample")),
        Entry("/usr/bin/psql", link=f"{folder}/bin/psql"),
        Entry("/usr/bin/pg_dump", link=f"{folder}/bin/pg_dump"),
        Entry("/usr/bin/pg_isready", link=f"{folder}/bin/pg_isready"),
        *(Entry(one.path, one.mode, owner=CONTRACT.users.get(one.owner, 0)) for one in CONTRACT.folders),
    )
    said = Path(server).parents[1]
    other = () if said == folder else (Entry(str(said), link=folder.name),)
    made = {entry.path.replace(str(folder), str(said)) for entry in (*layer, *own)}
    lacks = {*CONTRACT.programs, *CONTRACT.tools, *(one.path for one in CONTRACT.folders)} - made
    assert lacks == {"/usr/local/bin/gosu"}, f"its contract has {lacks}"
    return Image(REFERENCE, CONTRACT.config, (layer, (*own, *other)))


def _to_everyone(sample: Path) -> str:
    """That file, with a server that listens on all addresses."""
    return re.sub(r"(?m)^#?(listen_addresses) *=.*", r"\1 = '*'", sample.read_text())


def small_stack(project: Project) -> None:
    """Make that a stack of the database and what asks for it, with a second to settle."""
    stand_in = {
        "image": references().standin,
        "environment": {"PORT": "3001", "HEALTH_PATH": "/api/health"},
        "health": {"command": ["/standin", "probe"]},
        "rollout": {"start": "30s", "settle": "1s"},
    }
    project.write({
        "smarter-net:host": {"connection": "local"},
        "smarter-net:certificates": "internal",
        "smarter-net:images": "stand-in",
        "smarter-net:proxy": {"http-port": HTTP_PORT, "https-port": HTTPS_PORT},
        "smarter-net:sites": [{"host": "kpi.smarterbot.localhost", "service": "metabase", "open": True}],
        "smarter-net:services": {
            "metabase": stand_in,
            METABASE_POSTGRES.name: {"image": REFERENCE, "rollout": {"start": "1m", "settle": "1s"}},
        },
    })  # fmt: skip
