"""Image archives in the format of ``docker save``, made byte for byte the same from the same input.

They are for ``docker load`` and not ``docker import``: it takes the architecture of another machine too, lets two
images share a layer, and the same parts always make an image with the same id, so that no container is replaced because
an image was made again.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Images carry no time of their own: the sources decide, not the clock.
_CREATED = "2025-01-01T00:00:00Z"
_MODIFIED = 1735689600


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a layer: a folder, a link, or a file with ``content`` (text, or the path of a file to copy)."""

    path: str
    mode: int = 0o755
    content: str | Path | None = None
    link: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    owner: int = 0
    """Number of the user and the group."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image to write: its reference, Docker's own configuration keys, and the files of its layers."""

    reference: str
    config: Mapping[str, Any]
    layers: tuple[tuple[Entry, ...], ...]


def write(images: Iterable[Image], architecture: str, target: Path, scratch: Path) -> None:
    """Write ``images`` for Linux on ``architecture`` into one archive. Equal layers are written once."""
    manifest: list[dict[str, Any]] = []
    known: dict[tuple[Entry, ...], str] = {}
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for image in images:
            for layer in image.layers:
                if layer not in known:
                    path = scratch / f"layer-{len(known)}.tar"
                    known[layer] = _write_layer(layer, path)
                    archive.add(path, f"{known[layer]}/layer.tar", filter=_plain)
                    path.unlink()
            digests = [known[layer] for layer in image.layers]
            name, config = _configuration(image, architecture, digests)
            _add(archive, name, config)
            layers = [f"{digest}/layer.tar" for digest in digests]
            manifest.append({"Config": name, "RepoTags": [image.reference], "Layers": layers})
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _configuration(image: Image, architecture: str, digests: list[str]) -> tuple[str, bytes]:
    """The image's configuration and its name, which is its hash."""
    text = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "created": _CREATED,
            "config": dict(image.config),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
            "history": [{"created": _CREATED, "created_by": "smarter-net images"} for _ in digests],
        },
        sort_keys=True,
    ).encode()
    return f"{hashlib.sha256(text).hexdigest()}.json", text


def _write_layer(entries: tuple[Entry, ...], path: Path) -> str:
    """Write one layer and return the SHA-256 of it."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as layer:
        for entry in entries:
            info = tarfile.TarInfo(entry.path.lstrip("/"))
            info.mode, info.mtime = entry.mode, _MODIFIED
            info.uid = info.gid = entry.owner
            info.pax_headers = dict(entry.attributes)
            if entry.link is not None:
                info.type, info.linkname = tarfile.SYMTYPE, entry.link
                layer.addfile(info)
            elif isinstance(entry.content, Path):
                info.size = entry.content.stat().st_size
                with entry.content.open("rb") as source:
                    layer.addfile(info, source)
            elif entry.content is not None:
                data = entry.content.encode()
                info.size = len(data)
                layer.addfile(info, io.BytesIO(data))
            else:
                info.type = tarfile.DIRTYPE
                layer.addfile(info)
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Forget who owns the file here and when it was written."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode, info.mtime = 0o644, _MODIFIED
    return info


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = _plain(tarfile.TarInfo(name))
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))
