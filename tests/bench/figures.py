"""What takes part of every message, by itself: guard, parser, resource search."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from bot.core.asking import ask
from bot.core.cities import Atlas
from bot.core.guard import findings
from bot.core.model import ResourceId
from bot.core.parse import read
from bot.core.resources import Library
from bot.core.sensitive import Sensitive
from bot.lists import RESOURCES, ResourceFile

REGIONS = ("US", "GB", "DE")
TYPICAL = (
    "#swsdanger #nyc he would not leave, tall, grey van, 212-555-0117, careful around 5th and Main please"
)
WORST = tuple(
    (pattern * 4000)[:4000]
    for pattern in ("1 2 3-4.5 (6) ", "a.b@c.", "@a ", "dot at one ", "+1 917 5", "12 elm st ")
)
ENTRIES = 10_000


def figures() -> dict[str, float]:
    """Milliseconds of each, the median of some runs; for the guard's worst the slowest of hostile texts."""
    library = _long_list()
    query = ask(("legal", "nyc"), Atlas(()), library)
    return {
        "guard, a typical message": _median(lambda: findings(Sensitive(TYPICAL), REGIONS), 200),
        "guard, the worst 4,000 characters": max(
            _median(partial(findings, Sensitive(text), REGIONS), 5) for text in WORST
        ),
        "parsing a typical message": _median(lambda: read(Sensitive(TYPICAL)), 500),
        "resource query over 10,000 entries": _median(lambda: library.search(query), 20),
    }


def _long_list() -> Library:
    shipped = ResourceFile(RESOURCES).current()
    some = shipped.entries
    many = tuple(
        replace(some[number % len(some)], id=ResourceId(f"{some[number % len(some)].id}-{number}"))
        for number in range(ENTRIES)
    )
    return Library(many, ())


def _median(work: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)[len(found) // 2]
