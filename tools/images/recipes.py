"""What each image made here holds: the contract's programs, users and folders, with the stand-in behind its words.

A change here changes the images' names (see ``naming``).
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from tools.images.archive import Entry, Image
from tools.images.contract import Contract

# The bits of the kernel's capabilities (linux/capability.h) that a file of an image may carry.
_CAPABILITIES = {"CAP_NET_BIND_SERVICE": 10}

# Where the services of an operator's own, which no contract is known of, may keep their data.
_DATA_FOLDERS = ("/data",)
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_STANDIN = "/standin"
# The tools that the stand-in's program answers as.
_ANSWERED = ("curl", "node", "sh", "tini", "wget")


def standin(reference: str, program: Path) -> Image:
    """The stand-in for a service that no contract is known of: the environment says which one it is."""
    return Image(reference, _plain_config(), (_base(program), _plain_layer()))


def of_contract(reference: str, program: Path, contract: Contract) -> Image:
    """The stand-in for one image: it starts by the same words, as the same user, in the same folders."""
    behind = dict.fromkeys((*contract.programs, *_answered(contract)), _STANDIN)
    layer = (*_people(contract), *_folders(contract), *_links(behind))
    config = contract.config | {"Labels": _labels(f"Stands in for {contract.name}'s image", "stand-in")}
    return Image(reference, config, (_base(program), _whole(layer)))


def caddy(reference: str, program: Path, contract: Contract, caddy_program: Path, authorities: Path) -> Image:
    """The real Caddy in an image of the official one's config, with the stand-in as the ``wget`` that it has."""
    (path,) = contract.programs
    layer = (
        *_people(contract),
        *_folders(contract),
        *_links(dict.fromkeys(_answered(contract), _STANDIN)),
        Entry("/etc/ssl/certs/ca-certificates.crt", 0o644, authorities),
        Entry(path, 0o755, caddy_program, attributes=_attributes(contract.capabilities[path])),
    )
    config = contract.config | {"Labels": _labels(f"Caddy {contract.tag}, as in its official image", "caddy")}
    return Image(reference, config, (_base(program), _whole(layer)))


def _base(program: Path) -> tuple[Entry, ...]:
    """The layer that all images share."""
    return (Entry("/etc"), Entry("/root", 0o700), Entry("/tmp", 0o1777), Entry(_STANDIN, 0o755, program))  # noqa: S108 - in an image


def _plain_layer() -> tuple[Entry, ...]:
    node = Contract(name="", services=(), source="", programs=(), users={"node": 1000})
    return _whole(
        (
            *_people(node),
            *(Entry(folder, 0o1777) for folder in (*_DATA_FOLDERS, "/home/node")),
            *_links({"/usr/bin/wget": _STANDIN, "/usr/bin/curl": _STANDIN}),
        )
    )


def _people(contract: Contract) -> tuple[Entry, ...]:
    """`/etc/passwd` and `/etc/group` with the image's users."""
    users = {"root": 0, **contract.users}
    homes = {name: f"/home/{name}" if number else "/root" for name, number in users.items()}
    passwd = "".join(f"{name}:x:{number}:{number}:{name}:{homes[name]}:/bin/sh\n" for name, number in users.items())
    group = "".join(f"{name}:x:{number}:\n" for name, number in users.items())
    return (Entry("/etc/passwd", 0o644, passwd), Entry("/etc/group", 0o644, group))


def _folders(contract: Contract) -> tuple[Entry, ...]:
    owners = {"": 0, **contract.users}
    return tuple(Entry(folder.path, folder.mode, owner=owners[folder.owner]) for folder in contract.folders)


def _answered(contract: Contract) -> tuple[str, ...]:
    """Paths of the tools that the stand-in's program can take the place of."""
    return tuple(path for path in contract.tools if PurePosixPath(path).name in _ANSWERED)


def _links(targets: dict[str, str]) -> tuple[Entry, ...]:
    return tuple(Entry(path, 0o777, link=target) for path, target in sorted(targets.items()))


def _whole(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries of a layer with the folders above them, each once, from the top."""
    given = {entry.path: entry for entry in entries}
    above = {str(parent) for path in given for parent in PurePosixPath(path).parents} - {"/", "/etc", "/root"}
    return tuple(given.get(path) or Entry(path) for path in sorted(above | set(given)))


def _attributes(capabilities: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """File capabilities, as `setcap …=+ep` sets them: revision 2 and the effective bit, then the permitted set."""
    permitted = sum(1 << _CAPABILITIES[name] for name in capabilities)
    data = b"\x01\0\0\x02" + permitted.to_bytes(4, "little") + bytes(12)
    return (("SCHILY.xattr.security.capability", data.decode("ascii")),)


def _plain_config() -> dict[str, Any]:
    return {
        "Env": [_PATH],
        "Entrypoint": [_STANDIN, "serve"],
        "Labels": _labels("Stands in for a service in the dev stack and in tests", "stand-in"),
        "WorkingDir": "/",
    }


def _labels(description: str, kind: str) -> dict[str, str]:
    return {
        "org.opencontainers.image.title": f"smarter-net {kind}",
        "org.opencontainers.image.description": description,
        "smarter-net.image": kind,
    }
