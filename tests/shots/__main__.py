"""Takes the pictures of `docs/screenshots/`: `python -m tests.shots [FOLDER]`."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from bot.demo.homeserver import installed
from tests.shots.screen import missing
from tests.shots.story import take_pictures
from tests.source import TOP

LONGEST = 420.0
"""Seconds for all of it."""


async def _bounded(into: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="sws-shots-") as folder:
        async with asyncio.timeout(LONGEST):
            await take_pictures(Path(folder), into, print)


def main(arguments: list[str]) -> int | str:
    if absent := missing():
        return f"the pictures need programs that are not installed: apt-get install {' '.join(absent)}"
    if not installed():
        return 'the pictures need a homeserver of their own: pip install "sws-bot[demo]"'
    into = Path(arguments[0]) if arguments else TOP / "docs" / "screenshots"
    into.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asyncio.run(_bounded(into))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
