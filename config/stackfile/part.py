"""What all parts of the stack file share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, field_validator

from config.values.errors import Mistake


class Model(BaseModel):
    """A part of the stack file: frozen, kebab-case keys, no unknown ones, nothing left blank."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
        hide_input_in_errors=True,
    )

    @field_validator("*", mode="after")
    @classmethod
    def _not_blank(cls, value: object) -> object:
        """A line without a value is a mistake, not a value that is left out: `allow-from:` would let in everybody."""
        if value is None:
            raise Mistake("is left blank", "write a value, or remove the line")
        return value
