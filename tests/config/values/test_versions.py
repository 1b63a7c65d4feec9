"""Which tags are newer versions of an image, among all that registries have."""

from __future__ import annotations

import pytest

from config.values.versions import Version, newer

N8N = ["latest", "next", "2.41.6", "2.41.7", "2.41.10", "2.42.0", "2.43.1", "3.0.0-rc.1", "2.44.0-beta.1", "1.99.9"]
CADDY = [
    "2", "2.11", "2.11.4", "2.11.5", "2.11.4-alpine", "2.11.6-alpine", "2.12.0-windowsservercore-ltsc2022",
    "2.12.0-builder", "2.12.0-builder-alpine", "2-alpine",
]  # fmt: skip
POSTGRES = [
    "16", "16.4", "17", "17.2", "18beta1", "18rc2", "16-alpine", "17-alpine3.21", "17-alpine", "16.4-alpine3.20",
    "16.4-alpine3.21", "20250101", "bookworm", "17-bookworm",
]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "tags", "found"),
    [
        ("2.41.6", N8N, {"patch": "2.41.10", "minor": "2.43.1"}),
        ("2.43.1", N8N, {}),
        ("1.99.9", N8N, {"major": "2.43.1"}),
        # A pre-release has later ones, and the release that it leads to.
        ("2.44.0-alpha.1", N8N, {"patch": "2.44.0-beta.1", "major": "3.0.0-rc.1"}),
        ("3.0.0-rc.1", [*N8N, "3.0.0"], {"patch": "3.0.0"}),
        ("3.0.0-rc.2", ["3.0.0-rc.1", "3.0.0-rc.10"], {"patch": "3.0.0-rc.10"}),
        ("2.11.4", CADDY, {"patch": "2.11.5"}),
        ("2.11.4-alpine", CADDY, {"patch": "2.11.6-alpine"}),
        ("2.11", CADDY, {}),
        # One number is as exact as another one is.
        ("16", POSTGRES, {"major": "17"}),
        ("16-alpine", POSTGRES, {"major": "17-alpine"}),
        ("16.4-alpine3.20", POSTGRES, {"patch": "16.4-alpine3.21"}),
        ("16.4", POSTGRES, {"major": "17.2"}),
        # Metabase mends one in a fourth number, and has an x for its newest.
        ("v0.58.3", ["v0.58.3.1", "v0.58.x", "v0.59.1", "0.60.0", "v1.58.3"],
         {"patch": "v0.58.3.1", "minor": "v0.59.1", "major": "v1.58.3"}),
        ("1.0.0", ["1.0.1+build.7", "1.0.1-1f2e3d4", "sha-1f2e3d4", "", "20260101.1.1"], {}),
    ],
)  # fmt: skip
def test_the_newest_of_each_kind(now: str, tags: list[str], found: dict[str, str]) -> None:
    present = Version.parse(now)
    assert present
    assert newer(present, tags) == found


@pytest.mark.parametrize("tag", ["latest", "main", "sha-1f2e3d4", "", "x1", "1f2e3d4567"])
def test_what_names_no_version(tag: str) -> None:
    assert Version.parse(tag) is None or not newer(Version.parse("1.0.0"), [tag])  # type: ignore[arg-type]
