"""What a process has used, as Linux counts it: processor seconds and memory; and a quantile."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def processor(pid: int) -> float:
    """Seconds of processor time of a process and of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return sum(int(fields[place]) for place in (11, 12, 13, 14)) / TICK


def resident(pid: int) -> float:
    """MiB of memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


async def quiet(pid: int, within: float = 60) -> None:
    """Wait until a process has nothing to do: hardly any work in half a second, twice."""
    calm = 0
    async with asyncio.timeout(within):
        while calm < 2:
            before = processor(pid)
            await asyncio.sleep(0.5)
            calm = calm + 1 if processor(pid) - before <= 1 / TICK else 0


def quantile(values: Sequence[float], part: float) -> float:
    """The nearest value; the median for 0.5."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]
