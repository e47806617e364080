"""`python -m tests.bench`: the running bot measured beside a floor, a plain relay and a plain nio bot."""

from __future__ import annotations

import argparse
import asyncio
import compileall
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from bot.demo.homeserver import Homeserver, homeserver
from tests.bench.devices import tellings
from tests.bench.figures import figures
from tests.bench.limits import limited
from tests.bench.members import among
from tests.bench.plans import FULL, QUICK, Plan
from tests.bench.plots import draw
from tests.bench.rounds import Measured, floor, measure, people_and_rooms, running, street
from tests.bench.starts import many_rooms, start
from tests.bench.stored import fill
from tests.bench.subjects import Kind
from tests.bench.table import Row, as_json, as_text
from tests.bench.watched import HELD, longest
from tests.chaos.scene import patched_environment
from tests.source import TOP

FLOOR = "floor"
OURS = Kind.OURS.value
SUBJECTS = (FLOOR, *(kind.value for kind in Kind))


class Part(StrEnum):
    """What can be measured by itself."""

    ROUNDS = "rounds"
    ROOMS = "rooms"
    MEMBERS = "members"
    STORED = "stored"
    LIMITS = "limits"
    FIGURES = "figures"


class Bench:
    """Collects rows while it measures."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan, self._folder = plan, folder
        self.rows: dict[str, Row] = {}

    async def run(self, parts: Sequence[Part] = tuple(Part)) -> AsyncIterator[list[Row]]:
        """One part after the other; what has been measured up to then, after each."""
        work = {
            Part.ROUNDS: self._rounds,
            Part.ROOMS: self._rooms,
            Part.MEMBERS: self._members,
            Part.STORED: self._stored,
            Part.LIMITS: self._limits,
            Part.FIGURES: self._figures,
        }
        for part in parts:
            await work[part]()
            yield list(self.rows.values())

    async def _rounds(self) -> None:
        for number in range(self._plan.rounds):
            async with homeserver(self._folder / f"synapse-{number}") as server:
                await self._round(server, number)

    async def _rooms(self) -> None:
        for count in self._plan.rooms:
            async with homeserver(self._folder / f"synapse-of-{count}") as server:
                await self._starts(server, count)

    async def _members(self) -> None:
        if not self._plan.members:
            return
        async with homeserver(self._folder / "synapse-members") as server:
            for people in self._plan.members:
                found = await among(server, people, self._folder, self._plan.among)
                room = f"community room of {people:,} people"
                self._note(f"{room}: one hop, p50, ms", "", FLOOR, found.hop.p50 * 1000, 0)
                self._note_cost(room, found.ours)
                chatter = f"{room}: processor seconds per 1,000 chatter messages"
                self._note(chatter, "", OURS, found.ours.chatter_per_1000, 1)
                _say(f"{room}: {found.said} words were said there")

    async def _limits(self) -> None:
        if not self._plan.default_limits:
            return
        found = await limited(self._folder / "limited")
        self._note("60 posts in a minute under default limits: told", "60", OURS, found.told, 0)
        name = "the same: time until the last telling, over the limit's own arithmetic"
        self._note(name, "≤ 1.1", OURS, found.seconds / found.at_best)

    async def _figures(self) -> None:
        goals = {"guard, a typical message": "≤ 0.5", "guard, the worst 4,000 characters": "≤ 20"}
        goals |= {"parsing a typical message": "≤ 0.05", "resource query over 10,000 entries": "≤ 5"}
        for name, value in figures().items():
            self._note(f"{name}, ms", goals[name], OURS, value, 3)

    async def _round(self, server: Homeserver, number: int) -> None:
        size = self._plan.size
        lowest = await floor(server, f"floor-{number}", self._folder, size)
        found: dict[Kind, Measured] = {}
        for kind in Kind:
            name = f"{kind.name.lower().replace('_', '-')}-{number}"
            async with street(server, kind, name, self._folder, size.workers) as here:
                found[kind] = await measure(here, size)
            _say(f"round {number + 1}: {kind.value}: {found[kind].p50 * 1000:.0f} ms")
        self._note("one hop, send to sync, p50, ms", "", FLOOR, lowest.p50 * 1000, 1)
        for kind, one in found.items():
            self._note_round(kind.value, one, lowest)
        relay, wide = found[Kind.RELAY], found[Kind.WIDE_RELAY]
        ours = found[Kind.OURS]
        self._note("p50 over the unencrypted relay's", "≤ 1.05", OURS, ours.p50 / relay.p50)
        self._note(
            "burst: reports a second over the 8 workers'", "≥ 0.95", OURS, ours.burst_rate / wide.burst_rate
        )
        for devices in self._plan.devices:
            await self._devices(server, devices, number)

    def _note_round(self, subject: str, one: Measured, lowest: Measured) -> None:
        size = self._plan.size
        self._note("report to decrypted, p50 over one hop's", "≤ 2.2", subject, one.p50 / lowest.p50)
        self._note("the same, p95 over one hop's p95", "≤ 1.9", subject, one.p95 / lowest.p95)
        self._note(
            f"burst of {size.burst} from five people: forwarded",
            str(size.burst),
            subject,
            one.burst_arrived,
            0,
        )
        self._note("the same, reports a second", "", subject, one.burst_rate, 1)
        self._note("processor seconds per 1,000 reports, paced", "≤ 9", subject, one.processor_per_1000, 1)
        self._note("processor seconds per 1,000 chatter messages", "≤ 2.0", subject, one.chatter_per_1000, 1)

    async def _devices(self, server: Homeserver, devices: int, number: int) -> None:
        for kind in (Kind.OURS, Kind.PLAIN_NIO):
            folder = self._folder / f"devices-{number}"
            found = await tellings(server, kind, devices, folder, self._plan.steady)
            name = f"supporter room of {devices} devices"
            self._note(
                f"{name}: first telling over the steady ones'",
                "≤ 1.3",
                kind.value,
                found.first / found.steady,
            )
            self._note(f"{name}: steady, ms", "", kind.value, found.steady * 1000, 0)
        _say(f"round {number + 1}: {devices} devices")

    async def _starts(self, server: Homeserver, count: int) -> None:
        kinds = (Kind.OURS, Kind.PLAIN_NIO)
        goal = {20: "≤ 55", 1000: "≤ 62"}.get(count, "")
        async with many_rooms(server, kinds, count, self._folder / f"rooms-{count}") as streets:
            for here in streets:
                found = await start(here, self._plan.patience)
                who = here.subject.kind.value
                self._note(
                    f"first start with {count:,} rooms, s", "≤ 6" if count == 1000 else "", who, found.first
                )
                restart = "≤ 0.6" if count == 1000 else ""
                for again in found.again:
                    self._note(f"restart with {count:,} rooms, s", restart, who, again)
                self._note(f"resident memory, {count:,} rooms, MiB", goal, who, found.memory, 0)
        _say(f"{count} rooms")

    async def _stored(self) -> None:
        """The same with an empty store, and with more and more in it."""
        cases, timers = self._plan.stored[-1]
        async with homeserver(self._folder / "synapse-stored") as server:
            empty, *_, full = [await self._with(server, *stored) for stored in ((0, 0), *self._plan.stored)]
        what = f"{cases:,} stored cases and {timers:,} timers"
        self._note(f"{what}: p50 over that of an empty store", "≤ 1.1", OURS, full.p50 / empty.p50)
        ratio = full.processor_per_1000 / max(empty.processor_per_1000, 0.1)
        self._note(f"{what}: processor time over that of an empty store", "≤ 1.1", OURS, ratio)

    async def _with(self, server: Homeserver, cases: int, timers: int) -> Measured:
        name, size = f"stored-{cases}", self._plan.size
        async with people_and_rooms(server, Kind.OURS, name, self._folder, size.workers) as here:
            assert here.subject.ours is not None
            await fill(here.subject.ours, here.supporters, cases, timers)
            held = self._folder / f"held-{name}"
            here.subject.launcher = ("-m", "tests.bench.watched")
            with patched_environment(**{HELD: str(held)}):
                async with running(here):
                    ready = time.perf_counter()
                    found = await measure(here, size)
        self._note_cost(f"{cases:,} stored cases", found)
        if which := {0: "empty", self._plan.stored[-1][0]: "stored"}.get(cases):
            step = f"longest step of the loop, {which} store, ms"
            self._note(step, "≤ 50", OURS, longest(held, ready) * 1000, 0)
        _say(f"{cases:,} stored cases and {timers:,} timers")
        return found

    def _note_cost(self, where: str, one: Measured) -> None:
        """How cost grows is drawn from these; they have no goal."""
        self._note(f"{where}: report to decrypted, p50, ms", "", OURS, one.p50 * 1000, 0)
        self._note(f"{where}: processor seconds per 1,000 reports", "", OURS, one.processor_per_1000, 1)

    def _note(self, name: str, goal: str, subject: str, value: float, digits: int = 2) -> None:
        self.rows.setdefault(name, Row(name, goal, digits=digits)).add(subject, value)


def installed(top: Path = TOP) -> None:
    """Our own files as pip leaves what it installs: compiled, also where the environment forbids Python to do
    that by itself (`PYTHONDONTWRITEBYTECODE`). Else each start would do it anew, and that would be measured.
    """
    for folder in ("bot", "tests/bench"):
        compileall.compile_dir(top / folder, quiet=2)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


async def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measures the bot beside others.")
    parser.add_argument("--quick", action="store_true", help="one round of less, under five minutes")
    parser.add_argument(
        "--only", nargs="+", type=Part, metavar="PART", help=f"of {', '.join(Part)}; else all of them"
    )
    parser.add_argument("--rounds", type=int, help="how many rounds (a full run: 3)")
    parser.add_argument(
        "--plots", type=Path, metavar="FOLDER", help="draw them there (pip install matplotlib)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values there, too")
    chosen = parser.parse_args(arguments)
    plan = QUICK if chosen.quick else FULL
    plan = replace(plan, rounds=chosen.rounds) if chosen.rounds else plan
    installed()
    with tempfile.TemporaryDirectory(prefix="sws-bench-") as folder:
        rows: list[Row] = []
        async for rows in Bench(plan, Path(folder)).run(chosen.only or tuple(Part)):
            if chosen.json:
                chosen.json.write_text(as_json(rows))
    if chosen.plots:
        draw(rows, chosen.plots)
    sys.stdout.write(as_text(rows, SUBJECTS) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
