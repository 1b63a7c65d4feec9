"""What each image holds and how it starts. A change here changes the images' names (see ``naming``)."""

from pathlib import Path
from typing import Any

from images.archive import Entry, Image

# Where the real services keep their data. A fresh named volume takes the mode of the folder it covers, so that the
# stand-in can write there as whatever user the stack file names.
_DATA_FOLDERS = ("data", "home/node/.n8n", "metabase-data", "rails/storage", "etc/dokploy")

# The official image's program carries this file capability (`setcap cap_net_bind_service=+ep`), which is why it cannot
# even start where the capability is taken away: worth having in a stand-in. Revision 2 and the effective bit, then the
# permitted set: bit 10.
_MAY_BIND_LOW_PORTS = (("SCHILY.xattr.security.capability", "\x01\0\0\x02" + "\0\x04\0\0" + "\0" * 12),)

_SECOND = 1_000_000_000  # Docker counts in nanoseconds
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def standin(reference: str, program: Path) -> Image:
    """The stand-in for every service: the environment says which one it is."""
    return Image(reference, _standin_config(), (_base(program),))


def caddy(reference: str, program: Path, caddy_program: Path, authorities: Path, version: str) -> Image:
    """Caddy as in its official image, with the stand-in's program as the ``wget`` that image has."""
    return Image(reference, _caddy_config(version), (_base(program), _caddy_layer(caddy_program, authorities)))


def _base(program: Path) -> tuple[Entry, ...]:
    return (
        Entry("etc"),
        Entry("etc/passwd", 0o644, "root:x:0:0:root:/root:/standin\nnode:x:1000:1000:node:/home/node:/standin\n"),
        Entry("etc/group", 0o644, "root:x:0:\nnode:x:1000:\n"),
        Entry("root", 0o700),
        Entry("tmp", 0o1777),
        Entry("home"),
        Entry("home/node", 0o1777),
        Entry("rails"),
        *(Entry(folder, 0o1777) for folder in _DATA_FOLDERS),
        Entry("standin", 0o755, program),
        Entry("usr"),
        Entry("usr/bin"),
        Entry("usr/bin/wget", 0o777, link="/standin"),
    )


def _caddy_layer(program: Path, authorities: Path) -> tuple[Entry, ...]:
    return (
        Entry("config"),
        Entry("config/caddy", 0o1777),
        Entry("data"),
        Entry("data/caddy", 0o1777),
        Entry("srv"),
        Entry("etc/caddy"),
        Entry("etc/ssl"),
        Entry("etc/ssl/certs"),
        Entry("etc/ssl/certs/ca-certificates.crt", 0o644, authorities),
        Entry("usr/bin/caddy", 0o755, program, attributes=_MAY_BIND_LOW_PORTS),
    )


def _standin_config() -> dict[str, Any]:
    return {
        "Env": [_PATH],
        "Entrypoint": ["/standin", "serve"],
        "Healthcheck": {
            "Test": ["CMD", "/standin", "probe"],
            "Interval": 5 * _SECOND,
            "Timeout": 4 * _SECOND,
            "Retries": 3,
        },
        "Labels": _labels("Stands in for a real service in the dev stack and in tests", "stand-in"),
        "WorkingDir": "/",
    }


def _caddy_config(version: str) -> dict[str, Any]:
    return {
        "Env": [_PATH, f"CADDY_VERSION=v{version}", "XDG_CONFIG_HOME=/config", "XDG_DATA_HOME=/data"],
        "Cmd": ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
        "ExposedPorts": {"80/tcp": {}, "443/tcp": {}, "443/udp": {}, "2019/tcp": {}},
        "Labels": _labels(f"Caddy {version}, in a stand-in for its official image", "caddy"),
        "WorkingDir": "/srv",
    }


def _labels(description: str, kind: str) -> dict[str, str]:
    return {
        "org.opencontainers.image.title": f"smarter-net {kind}",
        "org.opencontainers.image.description": description,
        "smarter-net.image": kind,
    }
