"""Runs the bot as the demo does, and notes when one step of its loop kept all others waiting.

`python -m tests.bench.watched MODULE ARGUMENT…`; the file that `BENCH_HELD` names gets a line for each step
of more than `NOTED` seconds: when it ended by the machine's steady clock, and how long it took.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from bot.demo import attached

HELD = "BENCH_HELD"
NOTED = 0.01


def _watch(file: Path) -> None:
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.perf_counter()
        run(handle)
        ended = time.perf_counter()
        if ended - began > NOTED:
            with file.open("a") as notes:
                notes.write(f"{ended} {ended - began}\n")

    asyncio.Handle._run = timed  # type: ignore[method-assign,assignment]  # that is what this module is for


def longest(file: Path, since: float) -> float:
    """Seconds of the longest step that ended after `since`; `NOTED` where none was longer."""
    steps = (
        [tuple(map(float, line.split())) for line in file.read_text().splitlines()] if file.exists() else []
    )
    return max((took for ended, took in steps if ended > since), default=NOTED)


if __name__ == "__main__":
    _watch(Path(os.environ[HELD]))
    attached.main(sys.argv)
