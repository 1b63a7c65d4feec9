"""The program for the host as one file, which Python runs as it is: the same bytes on any machine."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

FILE = "rollout.pyz"
"""Its name in `bin/` of the stack's folder."""
PROGRAM = Path(__file__).parent / "program"
OLDEST = (3, 9)
"""The oldest Python that runs it."""
ENTRY = f"""\
import sys

if sys.version_info < {OLDEST}:
    sys.exit("python3: %d.%d is too old; install {OLDEST[0]}.{OLDEST[1]} or later" % sys.version_info[:2])

from program.main import main

main()
"""
"""Any Python can read this much."""
EPOCH = (1980, 1, 1, 0, 0, 0)
LINE = 100


def bundle() -> bytes:
    """A zip archive that is not compressed: what compresses differs from one machine to the next."""
    modules = {
        f"program/{path.relative_to(PROGRAM).as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted(PROGRAM.rglob("*.py"))
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, text in {"__main__.py": ENTRY, **modules}.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return made.getvalue()


def text() -> str:
    """The same in lines of base64."""
    encoded = base64.b64encode(bundle()).decode()
    return "".join(f"{encoded[at : at + LINE]}\n" for at in range(0, len(encoded), LINE))
