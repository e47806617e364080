"""`python -m tests.bench.layers`: where the processor time of a report, and of a message of talk, goes.

The time itself is measured without a profiler, and shared out by what one found right after.
"""

from __future__ import annotations

import asyncio
import os
import pstats
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.demo.homeserver import homeserver
from tests.bench.meters import TICK, processor, quiet
from tests.bench.profiled import FOUND
from tests.bench.rounds import Measured, Size, Street, chatter, paced, people_and_rooms, running, warm_up
from tests.bench.subjects import Kind
from tests.chaos.scene import patched_environment

SIZE: Final = Size(workers=14, posts=60, every=0.4, chatter=300)
COMMITS: Final = "commits, in SQLite's own thread"
ELSE: Final = "everything else"
WAITING: Final = ("~", 0, "<method 'poll' of 'select.epoll' objects>")
ENCRYPTING: Final = ("sharing", "devices", "trust", "reading", "keystore", "keys")
LAYERS: Final[Mapping[str, tuple[str, ...]]] = {
    "requests: aiohttp, yarl": (
        *("/aiohttp/", "/yarl/", "/multidict/"),
        *("bot/matrix/wire.py", "bot/matrix/client.py"),
    ),
    "turns of the loop: asyncio": ("/asyncio/", "/selectors.py", "/contextlib.py"),
    "sealing what is kept, and names": ("bot/store/seal.py", "/nacl/", "/hmac.py"),
    "rows to values and back: msgspec": ("bot/store/codec.py", "/msgspec/", "<string>"),
    "JSON": ("/json/",),
    "the store: SQLite's statements": ("bot/store/", "/aiosqlite/", "/sqlite3/", "/cachetools/"),
    "end-to-end encryption: nio, who may read": (
        *("/nio/", "/peewee.py", "/vodozemac/"),
        *(f"bot/matrix/{name}.py" for name in ENCRYPTING),
    ),
    "sync, rooms, sending": ("bot/matrix/",),
    "deciding": ("bot/core/", "/phonenumbers/"),
    "the loops": ("bot/loops/",),
    "words: texts and HTML": ("bot/texts/", "/html/", "/gettext.py"),
    "log": ("bot/logs.py", "/logging/"),
}
"""The first that fits, by the file a function stands in; what is built in counts to who called it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds of processor time for one report or message."""

    loop: float
    others: float
    """Of other threads, which only commit."""

    @property
    def all(self) -> float:
        return self.loop + self.others


def layer(file: str) -> str:
    fitting = (name for name, places in LAYERS.items() if any(place in file for place in places))
    return next(fitting, ELSE)


def shares(stats: Mapping[Any, Any]) -> Counter[str]:
    """Of a profile, seconds by layer; what nobody called is left out, and so is waiting."""
    found: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in stats.items():
        if function == WAITING:
            continue
        if function[0] != "~":
            found[layer(function[0])] += own
            continue
        for caller, (_, _, part, _) in callers.items():
            found[layer(caller[0])] += part
    return found


def table(work: Mapping[str, tuple[Spent, Counter[str]]]) -> str:
    """Each layer's milliseconds, and its share of all, for each kind of work."""
    lines = [["layer", *(part for name in work for part in (f"{name}, ms", "share"))]]
    for name in (*LAYERS, ELSE, COMMITS):
        line = [name]
        for spent, found in work.values():
            part = spent.others if name == COMMITS else spent.loop * found[name] / found.total()
            line += [f"{part:.2f}", f"{part / spent.all:.0%}"]
        lines.append(line)
    lines.append(["all", *(part for spent, _ in work.values() for part in (f"{spent.all:.2f}", ""))])
    head, *rest = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join((head, f"|---|{'---:|' * (2 * len(work))}", *rest))


async def _spent(pid: int, count: int, work: Callable[[], Awaitable[None]]) -> Spent:
    loop, whole = _of_loop(pid), processor(pid)
    await work()
    loop, whole = _of_loop(pid) - loop, processor(pid) - whole
    return Spent(loop * 1000 / count, max(0.0, whole - loop) * 1000 / count)


def _of_loop(pid: int) -> float:
    fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def _profiled(pid: int, file: Path, work: Callable[[], Awaitable[None]]) -> Counter[str]:
    os.kill(pid, signal.SIGUSR1)
    await work()
    os.kill(pid, signal.SIGUSR2)
    await quiet(pid)
    return shares(pstats.Stats(str(file)).stats)  # type: ignore[attr-defined]


async def _measure(here: Street, file: Path) -> dict[str, tuple[Spent, Counter[str]]]:
    await warm_up(here)
    pid, work = here.subject.pid, {}
    for name, count, kind in (("a report", SIZE.posts, paced), ("a message of talk", SIZE.chatter, chatter)):

        async def once(kind: Callable[..., Awaitable[None]] = kind) -> None:
            await kind(here, SIZE, Measured())
            await quiet(pid)

        spent = await _spent(pid, count, once)
        work[name] = spent, await _profiled(pid, file, once)
    return work


async def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sws-layers-") as name:
        folder = Path(name)
        async with (
            homeserver(folder / "synapse") as server,
            people_and_rooms(server, Kind.OURS, "layers", folder, SIZE.workers) as here,
        ):
            here.subject.launcher = ("-m", "tests.bench.profiled")
            with patched_environment(**{FOUND: str(folder / "profile")}):
                async with running(here):
                    found = await _measure(here, folder / "profile")
    sys.stdout.write(table(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
