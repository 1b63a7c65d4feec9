"""What a path has to look like to be taken for a public one, or for a private one: matched on what is forwarded.

Caddy's own `path` matcher decodes and cleans a path before it compares, and forwards it as it came. A service reads it
in a way of its own: express compares before it decodes, others decode twice, take a backslash for a slash, or cut at
`;`. So a path counts as plain only where all of them read the same, and only a plain one can be public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.render.caddy_handlers import JSON

FORWARDED = "{http.request.uri}"
"""The path and query that the service gets, byte by byte."""

_TAIL = "%[89AB][0-9A-F]"
_ENCODED = "|".join((
    # ASCII but for controls, `#`, `%`, `.`, `/`, `;`, `?`, `\`.
    "%(?:2[0-246-9A-D]|3[0-9AC-E]|[46][0-9A-F]|5[0-9ABDEF]|7[0-9A-E])",
    # UTF-8 of two, three and four bytes, none longer than it has to be.
    f"%(?:C[2-9A-F]|D[0-9A-F]){_TAIL}",
    f"%E(?:0%[AB][0-9A-F]|[1-9A-F]{_TAIL}){_TAIL}",
    f"%F(?:0%[9AB][0-9A-F]|[1-3]{_TAIL}|4%8[0-9A-F]){_TAIL}{_TAIL}",
))  # fmt: skip
_CHARACTER = rf"(?:[A-Za-z0-9_~!$&'()*+,=:@\[\]-]|(?i:{_ENCODED}))"
_SEGMENT = rf"\.*{_CHARACTER}(?:{_CHARACTER}|\.)*"
"""Not empty, not `.`, not `..`."""
_REST = rf"(?:/{_SEGMENT})*/?(?:\?(?s:.*))?$"

_OVERLONG = "%(?:25)*(?:C[01]|E0%(?:25)*[89]|F0%(?:25)*8)"
"""The beginning of a letter that is written with more bytes than UTF-8 allows."""


def public(paths: Iterable[str]) -> JSON:
    """The matcher of requests for these paths and what lies below them, in the case in which they are written."""
    names = "|".join(_literal(path.removeprefix("/")) for path in paths)
    return _forwarded(f"^/(?:{names}){_REST}")


def private(paths: tuple[str, ...]) -> list[JSON]:
    """The matchers, of which one is enough, of requests that some service could take for one of these paths."""
    names = "|".join(_disguised(path.rpartition("/")[2]) for path in paths)
    return [
        # However each character is written, whatever its case.
        {"path": [pattern for path in paths for pattern in (path, f"{path}/*")]},
        # Where readings differ, a mention is enough.
        {**_forwarded(f"^(?i)[^?]*(?:{names}|{_OVERLONG})"), "not": [_forwarded(f"^{_REST}")]},
    ]


def _forwarded(pattern: str) -> JSON:
    return {"vars_regexp": {FORWARDED: {"pattern": pattern}}}


def _literal(text: str) -> str:
    """The pattern of that text alone."""
    return "".join(character if character.isalnum() or character in "-/_" else f"\\{character}" for character in text)


def _disguised(name: str) -> str:
    """The pattern of a name in which each character may be percent-encoded, once or more often, in either case."""
    codes = ((_literal(each), *sorted({f"{ord(each.lower()):02x}", f"{ord(each.upper()):02x}"})) for each in name)
    return "".join(f"(?:{plain}|%(?:25)*(?:{'|'.join(encoded)}))" for plain, *encoded in codes)
