"""The reader's second language is English: words that make a sentence hard to act on are written nowhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSTEAD = {
    "nobody": "no client, no user, no other",
    "somebody": "say who: a reviewer, another user; or the passive: by hand",
    "anybody": "every user, the Internet",
    "whoever": "the one who: the first visitor, the operator",
    "anew": "again",
}
"""Word -> what to write."""
LEFT_OUT = {
    "tests/test_words.py": "has the list",
    "uv.lock": "made by uv",
    "Pulumi.": "an operator's own; those in tests/stacks are looked at",
    "tools/images/contracts/": "an image's user may be called so",
    "tools/toolchain/go/": "a changed source is compiled for minutes",
}
WORD = re.compile(rf"\b({'|'.join(INSTEAD)})\b", re.IGNORECASE)


def found(name: str, text: str) -> list[str]:
    """A line for each such word in a file."""
    return [
        f"{name}:{number}: {word}; write {INSTEAD[word.lower()]}"
        for number, line in enumerate(text.splitlines(), 1)
        for word in WORD.findall(line)
    ]


def test_the_files_of_the_project_have_none_of_them() -> None:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    asked = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip("needs a clone: an archive does not say which files are its own")
    said: list[str] = []
    for name in asked.stdout.split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith(tuple(LEFT_OUT)):
            said += found(name, (ROOT / name).read_text(encoding="utf-8", errors="replace"))
    assert not said, "\n".join(said)


def test_one_is_found_with_its_line() -> None:
    assert found("a.md", "one\nNobody reads it") == ["a.md:2: Nobody; write no client, no user, no other"]
