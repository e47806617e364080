"""Makes a picture anew from its pixels, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from bot.core.model import Unfit
from bot.ports import CannotPassOn, TryAgainLater

PROGRAM: Final = Path(__file__).with_name("pictures.py")
"""Not imported: what opens pictures is in no process that has keys."""
SECONDS: Final = 60.0
WHY: Final[Mapping[int, Unfit]] = MappingProxyType({3: Unfit.NOT_CLEANABLE, 4: Unfit.TOO_LARGE})
"""By its exit status; any other but 0 means that the picture could not be read."""


class Picture(Struct, frozen=True):
    """A new picture."""

    made: bytes
    type: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """The same for everybody's."""
        return "picture.png" if self.type == "image/png" else "picture.jpg"

    def __repr__(self) -> str:
        return "[private]"


async def clean(original: bytes) -> Picture:
    """Raises `CannotPassOn`; `TryAgainLater` when this machine could not start the process."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # None of our secrets, and no second copy of each thread's memory.
            env={"PATH": os.defpath, "MALLOC_ARENA_MAX": "1"},
        )
    except OSError as fault:
        raise TryAgainLater(f"no process to clean a picture in ({type(fault).__name__})") from fault
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate(original)
    except TimeoutError:
        raise CannotPassOn(Unfit.TOO_LARGE) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise CannotPassOn(WHY.get(process.returncode, Unfit.DAMAGED))
    return _picture(said)


def _picture(said: bytes) -> Picture:
    head, _, made = said.partition(b"\n")
    told = json.loads(head)
    return Picture(made, told["type"], told["width"], told["height"])
