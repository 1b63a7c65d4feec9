"""Types of the stack file's plain fields: text and numbers with a rule, each rule with its cure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, StrictInt, StrictStr, WithJsonSchema
from pydantic_core import core_schema

from config.stackfile.addresses import IPV4, IPV6, address, ipv4, ipv6, source
from config.values.errors import Mistake, kind, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue as JsonSchema

T = TypeVar("T")

_SECRET_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
HIGHEST_PORT = 65_535
MOST_KEPT = 1000
SHORTEST_KEY = 32
"""Bytes of an ed25519 key."""
LONGEST_INTERFACE = 15
"""Characters, from Linux's IFNAMSIZ."""
HOST_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


@dataclass(frozen=True)
class _Matching:
    """Of text that must match a pattern from end to end, in a stack file as in an editor."""

    pattern: str
    problem: str
    cure: str

    def _check(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise Mistake(f"{shown(text)} {self.problem}", self.cure)
        return text

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Check after the type."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """Name the pattern."""
        return {**handler(schema), "pattern": f"^({self.pattern})$"}


class _AtLeastOne:
    """Of a list that must not be empty; `_not_empty` says it in a stack file."""

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """Name the least length."""
        return {**handler(schema), "minItems": 1}


def _secret_name(text: str) -> str:
    """Check a secret's name; what is none may be the secret itself, so it is not repeated."""
    if not _SECRET_NAME.fullmatch(text):
        raise Mistake("is not a secret's name", "write its name below `secret:`, such as smtp-password")
    return text


def _web_address(text: str) -> str:
    """Check a URL without a query; what stands in one may be a key, so it is not repeated."""
    if not re.fullmatch(_WEB_ADDRESS, text, re.ASCII):
        raise Mistake(
            "is not a plain web address", "write it like https://host/path; what is secret belongs below `secret:`"
        )
    return text


def _port(number: int) -> int:
    if not 1 <= number <= HIGHEST_PORT:
        raise Mistake(f"{shown(number)} is not a port", f"use a number from 1 to {HIGHEST_PORT}")
    return number


def _count(number: int) -> int:
    if not 1 <= number <= MOST_KEPT:
        raise Mistake(f"{shown(number)} is not a number of backups", f"use 1 to {MOST_KEPT}, or remove the line")
    return number


def _chat(number: int) -> int:
    if not number:
        raise Mistake("0 is not a chat", "write the number that the bot sees, such as -1001234567890")
    return number


def _host_key(text: str) -> str:
    """Check that the key is of the type that it says, as OpenSSH does."""
    cure = "write type and key as `ssh-keyscan -t ed25519 <address>` prints them, without the address and a comment"
    key_type, _, encoded = text.partition(" ")
    if key_type not in HOST_KEY_TYPES:
        raise Mistake("does not start with a key type", cure)
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Mistake("is not a host key", cure) from None
    parts = list(_ssh_strings(blob))
    if len(parts) < 2 or parts[0] != key_type.encode() or len(parts[-1]) < SHORTEST_KEY:  # noqa: PLR2004 - type and key
        raise Mistake("is cut short, or of another type than it says", cure)
    return text


def _ssh_strings(blob: bytes) -> Iterator[bytes]:
    """Yield the strings that a key is made of (RFC 4251, section 5); an empty one for what is cut short."""
    while blob:
        length = int.from_bytes(blob[:4], "big")
        string, blob = blob[4 : 4 + length], blob[4 + length :]
        yield string if len(string) == length else b""


def _text(text: str) -> str:
    if "\0" in text:
        raise Mistake("holds a NUL character", "leave it out")
    return text


def _command(value: object) -> object:
    if isinstance(value, str):
        raise Mistake("is one text", 'write a list of arguments, such as ["serve", "--port", "8080"]')
    return value


def _health_command(value: object) -> object:
    """Make `none` the empty command; `derive` takes it for no health check at all."""
    if value == "none":
        return ()
    if isinstance(value, str) or not value:
        raise Mistake("is not a health check", "write a list of arguments, or none")
    return value


def _not_empty(value: tuple[T, ...]) -> tuple[T, ...]:
    if not value:
        raise Mistake("is empty", "write at least one")
    return value


def _sequence(value: object) -> object:
    """Let nothing but a list become a tuple."""
    if not isinstance(value, list | tuple):
        raise Mistake(f"must be a list, not {kind(value)}", "start each line with `- `, or write [a, b]")
    return value


def _described(**schema: object) -> WithJsonSchema:
    return WithJsonSchema(dict(schema))


Text = Annotated[StrictStr, AfterValidator(_text)]
Port = Annotated[StrictInt, AfterValidator(_port), _described(type="integer", minimum=1, maximum=HIGHEST_PORT)]
Address = Annotated[
    StrictStr,
    AfterValidator(address),
    _described(type="string", pattern=f"^({IPV4}|{IPV6})$"),
]
IPv4 = Annotated[StrictStr, AfterValidator(ipv4), _described(type="string", pattern=f"^{IPV4}$")]
IPv6 = Annotated[StrictStr, AfterValidator(ipv6), _described(type="string", pattern=f"^{IPV6}$")]
HostKey = Annotated[StrictStr, AfterValidator(_host_key), _described(type="string", pattern=r"^(ssh|ecdsa)-\S+ \S+$")]
Source = Annotated[
    StrictStr,
    AfterValidator(source),
    _described(type="string", pattern=f"^({IPV4}|{IPV6})(/[0-9]{{1,3}})?$"),
]
Interface = Annotated[
    StrictStr,
    _Matching(
        rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{LONGEST_INTERFACE - 1}}}",
        "is not an interface's name",
        "write it as `ip link` shows it, such as wg0",
    ),
]
UserName = Annotated[StrictStr, _Matching(r"[a-z_][a-z0-9_-]{0,31}", "is not a user name", "write it like root")]
LoginName = Annotated[
    StrictStr,
    _Matching(r"[a-z0-9][a-z0-9-]{0,31}", "is not a name to log in with", "use lower-case letters and digits"),
]
RegistryHost = Annotated[
    StrictStr,
    _Matching(
        r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?",
        "is not a registry's host name",
        "write it as images of it begin, such as ghcr.io, or docker.io",
    ),
]
NetworkName = Annotated[
    StrictStr,
    _Matching(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", "is not a network name", "use letters, digits, hyphens and dots"),
]
Storage = Annotated[
    StrictStr,
    _Matching(
        # No directory that a system has: what is in it is backed up and restored.
        r"(/[\w-][\w.-]*){2,}|[A-Za-z0-9][A-Za-z0-9_.-]+",
        "is neither a volume's name nor an absolute directory",
        "write it like smarter-net-letsencrypt or /root/letsencrypt",
    ),
]
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"{_LABEL}(\.{_LABEL})*"
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
Repository = Annotated[
    StrictStr,
    _Matching(
        r"(/[\w-][\w.-]*){2,}"
        rf"|sftp:[a-z_][a-z0-9_-]{{0,31}}@{_HOST}:(/[\w-][\w.-]*)+"
        rf"|s3:(https://{_HOST}(:{_PORT})?|http://127\.0\.0\.1:{_PORT})"
        r"(/[\w-][\w.-]*)+",
        "is not a place for backups",
        "write an absolute path of the server, sftp:user@host:/path, or s3:https://host/bucket",
    ),
]
MailServer = Annotated[
    StrictStr,
    _Matching(rf"{_HOST}:{_PORT}", "is not a mail server", "write host and port, such as smtp.example.com:587"),
]
_WEB_ADDRESS = rf"https?://{_HOST}(:{_PORT})?(/[A-Za-z0-9._~/-]*)?"
WebAddress = Annotated[StrictStr, AfterValidator(_web_address), _described(type="string", pattern=f"^{_WEB_ADDRESS}$")]
ChatId = Annotated[StrictInt, AfterValidator(_chat), _described(type="integer")]
Count = Annotated[StrictInt, AfterValidator(_count), _described(type="integer", minimum=1, maximum=MOST_KEPT)]
Email = Annotated[
    StrictStr, _Matching(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "is not a mail address", "write it like ops@smarterbot.cl")
]
ZoneId = Annotated[
    StrictStr,
    _Matching(r"[0-9a-f]{32}", "is not a zone's identifier", "copy the 32 hexadecimal digits from the zone's overview"),
]
UrlPath = Annotated[StrictStr, _Matching(r"/[!-~]*", "is not a path", "start it with a slash, such as /health")]
SecretName = Annotated[
    StrictStr, AfterValidator(_secret_name), _described(type="string", pattern=f"^{_SECRET_NAME.pattern}$")
]
SitePath = Annotated[
    StrictStr,
    _Matching(
        r"(/(?!\.\.?(/|$))[A-Za-z0-9._~-]+)+",
        "is not a plain path",
        "write it as /api: a slash first and none at the end",
    ),
]
ContainerPath = Annotated[
    StrictStr,
    _Matching(
        r"(/(?!\.\.?(/|$))[A-Za-z0-9._@+-]+)+",
        "is not an absolute path",
        "write it as its container sees it, such as /data: a slash first and none at the end",
    ),
]
PathBelow = Annotated[
    StrictStr,
    _Matching(
        r"(?!\.\.?(/|$))[A-Za-z0-9._@+-]+(/(?!\.\.?(/|$))[A-Za-z0-9._@+-]+)*",
        "is not a path below the volume",
        "write it as seen from there, such as cache: no slash first and none at the end",
    ),
]
FileName = Annotated[
    StrictStr,
    _Matching(
        r"(?!\.\.?$)[A-Za-z0-9._@+-]+",
        "is not the name of a file in the volume",
        "write it like data.db, without folder",
    ),
]
VolumeName = Annotated[
    StrictStr,
    _Matching(
        r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", "is not a volume's name", "use lower-case letters, digits and hyphens"
    ),
]
HeaderName = Annotated[
    StrictStr, _Matching(r"[A-Za-z][A-Za-z0-9-]*", "is not a header's name", "write it as X-Robots-Tag")
]
HeaderValue = Annotated[
    StrictStr,
    _Matching(r"[!-z|~]([ -z|~]*[!-z|~])?", "is not a header's value", "write plain text on one line, without braces"),
]
VariableName = Annotated[
    StrictStr, _Matching(r"[A-Za-z_][A-Za-z0-9_]*", "is not a variable's name", "use letters, digits and underscores")
]
VariableValue = Annotated[StrictStr, AfterValidator(_text)]
Command = Annotated[tuple[Text, ...], BeforeValidator(_sequence), BeforeValidator(_command)]
HealthCommand = Annotated[
    tuple[Text, ...],
    BeforeValidator(_sequence),
    BeforeValidator(_health_command),
    _described(anyOf=[{"const": "none"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]),
]
ListOf = Annotated[tuple[T, ...], BeforeValidator(_sequence)]
NotEmpty = Annotated[tuple[T, ...], AfterValidator(_not_empty), BeforeValidator(_sequence), _AtLeastOne()]
