"""`python -m tests.chaos`: every fault and attack on the running bot, and a table of what came of it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.plan import FULL, SLICE, Row, play

HEADLINE = ("what happens", "faults", "posts", "delivered", "lost", "doubled", "leaked", "seconds")


def table(rows: list[Row]) -> str:
    """In Markdown, as it stands in docs/reliability.md."""
    lines = ["| " + " | ".join(HEADLINE) + " |", "|---|" + "---:|" * (len(HEADLINE) - 1)]
    total = Row("all of it")
    for row in rows:
        total = total + row
    for row in [*rows, total]:
        cells = (
            row.faults,
            row.posts,
            row.delivered,
            row.lost,
            row.doubled,
            row.leaked,
            f"{row.seconds:.0f}",
        )
        lines.append(f"| {row.name} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(arguments: list[str]) -> int:
    """Exit 0 when nothing was lost, doubled or leaked, and nothing else went wrong either."""
    began, plan = time.monotonic(), SLICE if "--slice" in arguments else FULL
    with tempfile.TemporaryDirectory(prefix="sws-chaos-") as folder:
        rows = await play(Path(folder), plan, _say)
    sys.stdout.write(f"\n{table(rows)}\n\n")
    wrong = [f"{row.name}: {row.wrong}" for row in rows if row.wrong]
    peace = f"Nothing went wrong. It took {time.monotonic() - began:.0f} seconds."
    sys.stdout.write(("\n".join(wrong) or peace) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
