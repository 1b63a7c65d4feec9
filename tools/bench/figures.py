"""The figures of a run: rows of a table, and JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.bench.measure import Series

JSON = dict[str, Any]


@dataclass
class Figure:
    """One thing, measured for us, for a peer and for what costs least."""

    what: str
    unit: str
    ours: Series
    peer: Series | None = None
    peer_name: str = "Compose"
    floor: Series | None = None
    floor_name: str = ""
    aim: str = ""

    def ratio(self, other: Series | None) -> float | None:
        """How many times the other's figure ours is."""
        return self.ours.median / other.median if other and other.median else None

    def json(self) -> JSON:
        """For the JSON file."""
        made: JSON = {"what": self.what, "unit": self.unit, "ours": _series(self.ours)}
        for name, series, who in (("peer", self.peer, self.peer_name), ("floor", self.floor, self.floor_name)):
            if series:
                made[name] = {"who": who, **_series(series), "ratio": round(self.ratio(series) or 0, 3)}
        return {**made, "aim": self.aim} if self.aim else made


@dataclass
class Section:
    """One part of the bench: its figures, further tables and remarks."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    rows: list[tuple[str | float | None, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def json(self) -> JSON:
        """For the JSON file."""
        return {
            "title": self.title,
            "figures": [figure.json() for figure in self.figures],
            "table": [dict(zip(self.columns, row, strict=True)) for row in self.rows],
            "notes": self.notes,
        }

    def tables(self) -> Iterable[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
        """Header and rows as text: the figures first, then the further table."""
        if self.figures:
            header = ("what", "unit", "ours", "peer", "floor", "ours/peer", "ours/floor", "aim")
            yield header, [_cells(figure) for figure in self.figures]
        if self.rows:
            yield self.columns, [tuple(number(cell) for cell in row) for row in self.rows]


def number(value: str | float | None) -> str:
    """Three digits that count."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def _series(series: Series) -> JSON:
    return {"median": round(series.median, 4), "runs": [round(value, 4) for value in series.values]}


def _cells(figure: Figure) -> tuple[str, ...]:
    def named(series: Series | None, who: str) -> str:
        return f"{number(series.median)} {who}".strip() if series else "-"

    return (
        figure.what,
        figure.unit,
        number(figure.ours.median),
        named(figure.peer, figure.peer_name),
        named(figure.floor, figure.floor_name),
        number(figure.ratio(figure.peer)),
        number(figure.ratio(figure.floor)),
        figure.aim,
    )


def rich_tables(section: Section) -> list[Table]:
    """The section for a terminal."""
    made = []
    for header, rows in section.tables():
        table = Table(title=section.title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
        for at, column in enumerate(header):
            table.add_column(column, justify="left" if at == 0 else "right", overflow="fold")
        for row in rows:
            table.add_row(*row)
        made.append(table)
    return made


def markdown(section: Section) -> str:
    """The section for its page."""
    parts = [f"# {section.title}"]
    for header, rows in section.tables():
        lines = [header, tuple("---" for _ in header), *rows]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    parts += [f"- {note}" for note in section.notes]
    return "\n\n".join(parts) + "\n"
