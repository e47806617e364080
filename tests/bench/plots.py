"""Pictures of how cost grows, from the rows of a run; needs matplotlib, which only this needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.meters import quantile
from tests.bench.table import Row

PLOTS: Mapping[str, tuple[str, str, str]] = {
    "devices-steady": (
        r"supporter room of ([\d,]+) devices: steady, ms",
        "devices in the supporter room",
        "ms",
    ),
    "devices-first": (
        r"supporter room of ([\d,]+) devices: first telling over the steady ones'",
        "devices in the supporter room",
        "times a steady telling",
    ),
    "rooms-restart": (r"restart with ([\d,]+) rooms, s", "rooms", "seconds to the first told report"),
    "rooms-memory": (r"resident memory, ([\d,]+) rooms, MiB", "rooms", "MiB resident"),
    "members-told": (
        r"community room of ([\d,]+) people: (?:one hop|report to decrypted), p50, ms",
        "people in the community room",
        "ms",
    ),
    "members-reports": (
        r"community room of ([\d,]+) people: processor seconds per 1,000 reports",
        "people in the community room",
        "processor seconds per 1,000 reports",
    ),
    "members-chatter": (
        r"community room of ([\d,]+) people: processor seconds per 1,000 chatter messages",
        "people in the community room",
        "processor seconds per 1,000 messages",
    ),
    "cases-told": (r"([\d,]+) stored cases: report to decrypted, p50, ms", "stored cases", "ms"),
    "cases-reports": (
        r"([\d,]+) stored cases: processor seconds per 1,000 reports",
        "stored cases",
        "processor seconds per 1,000 reports",
    ),
}
"""By the file's name: which rows, and what stands at the two axes."""


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """One picture a line of `PLOTS`, a line in it for every subject that was measured at several sizes."""
    from matplotlib.figure import Figure

    made = []
    for name, (pattern, across, up) in PLOTS.items():
        found = lines(rows, pattern)
        if not found:
            continue
        figure = Figure(figsize=(5, 3.2), layout="constrained")
        axes = figure.subplots()
        for subject, points in sorted(found.items()):
            axes.plot(*zip(*sorted(points), strict=True), marker="o", label=subject)
        axes.set(xlabel=across, ylabel=up, xscale=scale(found), ylim=(0, None))
        axes.legend()
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
        made.append(folder / f"{name}.svg")
    return made


def scale(found: Mapping[str, list[tuple[int, float]]]) -> str:
    """Sizes lie ten times apart; but nought, which an empty store has, has no place on such an axis."""
    return "linear" if any(size == 0 for points in found.values() for size, _ in points) else "log"


def lines(rows: Sequence[Row], pattern: str) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        match = re.fullmatch(pattern, row.name)
        for subject, values in row.values.items() if match else ():
            assert match is not None
            size = int(match[1].replace(",", ""))
            found.setdefault(subject, []).append((size, quantile(values, 0.5)))
    return {subject: points for subject, points in found.items() if len(points) > 1}
