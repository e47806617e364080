"""This machine's clock and dice."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from typing import final

from bot.core.model import Millis


@final
class MachineClock:
    def now(self) -> Millis:
        return Millis(time.time_ns() // 1_000_000)

    async def sleep(self, length: Millis) -> None:
        await asyncio.sleep(max(0, length) / 1000)


@final
class MachineRandomness:
    def choose(self, count: int) -> int:
        """From the system's secure source: case names must not be guessed."""
        return secrets.randbelow(count)

    def jitter(self) -> float:
        return random.random()
