"""Ends the bot at every single await of every story; takes a quarter of an hour."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.promises.crash import Fuse, Story, Theatre
from tests.promises.test_crash_anywhere import ALL_STORIES


async def play(story: Story, folder: Path) -> int:
    """Returns how many moments there were. Raises at the first one after which the story ends badly."""
    theatre = Theatre(story, folder)
    await theatre.open()
    moments = len(await theatre.moments())
    for moment in range(moments):
        story.check(await theatre.play(Fuse(moment)))
    return moments


def main() -> None:
    """Stories whose name holds the words given, or all of them."""
    words = " ".join(sys.argv[1:])
    for story in ALL_STORIES:
        if words not in story.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            moments = asyncio.run(play(story, Path(folder)))
        sys.stdout.write(f"{story.name}: ended {moments} times; nothing was lost or told twice\n")


if __name__ == "__main__":
    main()
