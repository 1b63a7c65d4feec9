"""Values with a unit, spelled canonically by construction; those with a grammar are in `config.values.names`.

Docker and Pulumi compare text: a duration written `60s` is read back as `1m0s` and differs for ever. So each of these
types is normal from the start, `str()` is the one spelling there is, and parsing that spelling gives the same value.
Every `parse` raises `Mistake`, which says what would be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic_core import core_schema

from config.values.errors import Mistake, kind, shown

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue as JsonSchema

_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DURATION = re.compile(r"(?:\d{1,6}(?:\.\d{1,6})?(?:h|ms|m|s))+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)", re.ASCII)
_MEBIBYTES = {"MiB": 1, "GiB": 1024, "TiB": 1024 * 1024}
_MEMORY = re.compile(r"(\d{1,7}(?:\.\d{1,6})?)(MiB|GiB|TiB)", re.ASCII)
_CPUS = re.compile(r"\d{1,4}(?:\.\d{1,2})?", re.ASCII)
_CAPABILITY = re.compile(r"[A-Z][A-Z_]{1,30}")


class Unit:
    """What the types below share: text in a stack file, one canonical spelling, a place in the JSON Schema."""

    __slots__ = ()

    PATTERN: ClassVar[str]
    """Regular expression for editors; `parse` is what decides."""
    EXAMPLES: ClassVar[tuple[str, ...]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the value that `text` spells; `Mistake` if it spells none."""
        raise NotImplementedError

    @classmethod
    def accept(cls, value: object) -> Self:
        """Return `value` if it is of this type already, else what its text spells."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise Mistake(f"must be text, not {kind(value)}", f"write it like {cls.EXAMPLES[0]!r}")
        return cls.parse(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate with `accept`."""
        del source, handler
        return core_schema.no_info_plain_validator_function(
            cls.accept, serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """Describe the text, for editors."""
        del schema, handler
        return {"type": "string", "pattern": f"^{cls.PATTERN}$", "examples": list(cls.EXAMPLES)}


@dataclass(frozen=True, slots=True, order=True)
class Duration(Unit):
    """A length of time, to the millisecond, spelled as Go does and as Docker reads it back: `1m30s`, `1m0s`."""

    milliseconds: int

    PATTERN: ClassVar[str] = r"(\d+(\.\d+)?(h|ms|m|s))+"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("30s", "1m30s", "500ms")

    def __post_init__(self) -> None:
        """Refuse what lies in the past."""
        if self.milliseconds < 0:
            raise Mistake("is negative", "write a duration such as 30s")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `30s`, `1m30s`, `500ms`, `1.5s`."""
        if not _DURATION.fullmatch(text):
            cure = f"add the unit: {shown(text)}s" if text.isdecimal() else "write it like 30s, 1m30s or 500ms"
            raise Mistake(f"{shown(text)} is not a duration", cure)
        total = sum(Decimal(number) * _MILLISECONDS[unit] for number, unit in _DURATION_PART.findall(text))
        if total != int(total):
            raise Mistake(f"{shown(text)} is finer than a millisecond", "use whole milliseconds, such as 500ms")
        return cls(int(total))

    @property
    def seconds(self) -> float:
        """The same length in seconds."""
        return self.milliseconds / 1000

    @property
    def whole_seconds(self) -> int:
        """The same length in whole seconds, rounded up: what Docker and the scripts on the host count in."""
        return -(-self.milliseconds // 1000)

    def __str__(self) -> str:
        """Go's `Duration.String()`."""
        if self.milliseconds == 0:
            return "0s"
        if self.milliseconds < _MILLISECONDS["s"]:
            return f"{self.milliseconds}ms"
        minutes, rest = divmod(self.milliseconds, _MILLISECONDS["m"])
        seconds = f"{rest / 1000:.3f}".rstrip("0").rstrip(".")
        hours, minutes = divmod(minutes, 60)
        if hours:
            return f"{hours}h{minutes}m{seconds}s"
        return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


@dataclass(frozen=True, slots=True, order=True)
class Memory(Unit):
    """An amount of memory in whole mebibytes, the unit that Docker's provider takes."""

    mebibytes: int

    PATTERN: ClassVar[str] = r"\d+(\.\d+)?(MiB|GiB|TiB)"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("512MiB", "1GiB")

    def __post_init__(self) -> None:
        """Refuse nothing at all: Docker reads 0 as no limit."""
        if self.mebibytes <= 0:
            raise Mistake("is no memory at all", "write an amount such as 512MiB")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `512MiB`, `1GiB`, `1.5GiB`."""
        match = _MEMORY.fullmatch(text)
        if not match:
            raise Mistake(f"{shown(text)} is not an amount of memory", "write it like 512MiB or 1GiB")
        mebibytes = Decimal(match[1]) * _MEBIBYTES[match[2]]
        if mebibytes != int(mebibytes):
            raise Mistake(f"{shown(text)} is not a whole number of mebibytes", f"write {int(mebibytes) + 1}MiB")
        return cls(int(mebibytes))

    @property
    def bytes(self) -> int:
        """The same amount in bytes."""
        return self.mebibytes * 1024 * 1024

    def __str__(self) -> str:
        """In gibibytes where they are whole, else in mebibytes."""
        gibibytes, rest = divmod(self.mebibytes, 1024)
        return f"{self.mebibytes}MiB" if rest else f"{gibibytes}GiB"


@dataclass(frozen=True, slots=True, order=True)
class Cpus(Unit):
    """A share of processors in hundredths, spelled as Docker reads it back: `0.5`, `1.0`."""

    hundredths: int

    PATTERN: ClassVar[str] = r"\d+(\.\d{1,2})?"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("0.5", "2.0")

    def __post_init__(self) -> None:
        """Refuse nothing at all: Docker reads 0 as no limit."""
        if self.hundredths <= 0:
            raise Mistake("is no processor at all", "write a share such as 0.5")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `0.5`, `1`, `2.25`."""
        if not _CPUS.fullmatch(text):
            raise Mistake(f"{shown(text)} is not a number of processors", "write it like 0.5 or 2.0")
        return cls(int(Decimal(text) * 100))

    def __str__(self) -> str:
        """One decimal at least, no zero after it."""
        whole, rest = divmod(self.hundredths, 100)
        return f"{whole}.{f'{rest:02d}'.rstrip('0') or '0'}"


@dataclass(frozen=True, slots=True, order=True)
class Capability(Unit):
    """A Linux capability as Docker reads it back: with the prefix, `ALL` without."""

    name: str

    PATTERN: ClassVar[str] = r"(ALL|CAP_[A-Z_]+)"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("CAP_NET_BIND_SERVICE", "ALL")

    def __post_init__(self) -> None:
        """Add the prefix, and put it in capitals."""
        bare = self.name.upper().removeprefix("CAP_")
        if not _CAPABILITY.fullmatch(bare):
            raise Mistake(f"{shown(self.name)} is not a capability", "write it like CAP_CHOWN")
        object.__setattr__(self, "name", bare if bare == "ALL" else f"CAP_{bare}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `CAP_CHOWN`, `chown`, `ALL`."""
        return cls(text)

    def __str__(self) -> str:
        """Return the name."""
        return self.name
