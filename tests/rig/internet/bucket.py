"""The state's bucket as a store compatible with S3 keeps it: moto's server, on loopback, out where operators are."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.servers.server import Internet

PORT = 5000
NAME = "state"
URL = (
    f"s3://{NAME}?region=us-east-1&endpoint=127.0.0.1:{PORT}&disableSSL=true&s3ForcePathStyle=true"
    "&response_checksum_validation=when_required"
)
"""As the documentation has it for a store elsewhere than at AWS; without TLS, because it is on loopback."""
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


class Bucket:
    """An empty bucket."""

    def __init__(self, internet: Internet) -> None:
        self._internet = internet
        server = shutil.which("moto_server", path=str(Path(sys.executable).parent))
        assert server
        internet.start(server, "-H", "127.0.0.1", "-p", str(PORT), log=internet.folder / "moto.log")
        until(lambda: self._ask("-X", "PUT", f"/{NAME}") == "200", "the bucket is there")

    def locks(self, stack: str) -> list[str]:
        """The names of the locks on a stack's state."""
        prefix = quote(f".pulumi/locks/organization/smarter-net/{stack}/", safe="")
        listed = self._internet.run("curl", "-sf", f"http://127.0.0.1:{PORT}/{NAME}?list-type=2&prefix={prefix}").stdout
        return [part.partition("</Key>")[0] for part in listed.split("<Key>")[1:]]

    def plant(self, stack: str, *, user: str, host: str, pid: int) -> None:
        """Put a lock there, as the engine writes it."""
        content = {"pid": pid, "username": user, "hostname": host, "timestamp": "2026-11-25T22:00:00Z"}
        path = f"/{NAME}/.pulumi/locks/organization/smarter-net/{stack}/planted.json"
        assert (
            self._ask("-X", "PUT", "-H", "Content-Type: application/json", "--data", json.dumps(content), path) == "200"
        )

    def _ask(self, *options: str) -> str:
        *rest, path = options
        asked = self._internet.run(
            "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *rest, f"http://127.0.0.1:{PORT}{path}", check=False
        )
        return asked.stdout
