"""Figures in the text form that the node exporter reads."""

from __future__ import annotations

from dataclasses import dataclass, field

PREFIX = "smarter_net_"
ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": " "})


@dataclass
class Figures:
    """Lines, in their order."""

    lines: list[str] = field(default_factory=list)

    def add(self, name: str, value: float, **labels: str) -> None:
        """Append a figure."""
        shown = ",".join(f'{key}="{text.translate(ESCAPED)}"' for key, text in labels.items())
        self.lines.append(f"{PREFIX}{name}{{{shown}}} {value:.10g}" if shown else f"{PREFIX}{name} {value:.10g}")

    @property
    def text(self) -> str:
        """All of them, those of one name together."""
        return "".join(f"{line}\n" for line in sorted(self.lines))
