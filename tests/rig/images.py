"""Images of the tests' own, handed to a daemon."""

from __future__ import annotations

import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.images import archive

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tools.images.archive import Image


def load(dockerd: Dockerd, *images: Image) -> None:
    """Have the daemon know these images by their references."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "images.tar"
        archive.write(images, architecture(), file, Path(scratch))
        load_file(dockerd, file)


def load_file(dockerd: Dockerd, file: Path) -> None:
    """The same, with images that are made already."""
    loaded = dockerd.docker("load", "--quiet", "--input", str(file), check=False)
    assert loaded.returncode == 0, loaded.stderr


def architecture() -> str:
    """This machine's, as Docker spells it."""
    return "arm64" if platform.machine() in {"aarch64", "arm64"} else "amd64"
