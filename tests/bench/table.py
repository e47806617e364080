"""The rows of the bench: every figure beside its goal, with the spread over the rounds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.meters import quantile


@dataclass(slots=True)
class Row:
    """One line: a value from each round for every subject that was measured."""

    name: str
    goal: str
    values: dict[str, list[float]] = field(default_factory=dict)
    digits: int = 2

    def add(self, subject: str, value: float) -> None:
        self.values.setdefault(subject, []).append(value)

    def shown(self, subject: str) -> str:
        """The median, and how far the rounds lie apart."""
        values = self.values.get(subject, [])
        if not values:
            return "–"
        middle = f"{quantile(values, 0.5):,.{self.digits}f}"
        if len(values) == 1:
            return middle
        return f"{middle} ({min(values):,.{self.digits}f}–{max(values):,.{self.digits}f})"


def as_text(rows: Sequence[Row], subjects: Sequence[str]) -> str:
    """In Markdown, as it stands in docs/performance.md."""
    lines = [
        "| | " + " | ".join((*subjects, "goal for this bot")) + " |",
        "|---|" + "---:|" * (len(subjects) + 1),
    ]
    for row in rows:
        cells = [row.shown(subject) for subject in subjects]
        lines.append(f"| {row.name} | " + " | ".join((*cells, row.goal)) + " |")
    return "\n".join(lines)


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps([{"name": row.name, "goal": row.goal, "values": row.values} for row in rows], indent=1)
