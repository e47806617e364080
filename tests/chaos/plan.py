"""What is played in a full run, and in the slice of it that runs with the tests."""

from __future__ import annotations

import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tests.chaos import bad_answers, trials
from tests.chaos.drift import DRIFTS, drift
from tests.chaos.kills import kill_under_load
from tests.chaos.load import bear
from tests.chaos.proxy import Fault
from tests.chaos.scene import Scene, scene

MOST_GROWTH = 5.0
"""Percent by which memory may grow in the second half of the load."""
SLOWEST = 10.0
"""Seconds a command, or a cry for help after a flood, may take while everything else goes on."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    faults: int = 0
    posts: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    leaked: int = 0
    seconds: float = 0.0
    wrong: str = ""

    def __add__(self, other: Row) -> Row:
        return Row(
            self.name,
            self.faults + other.faults,
            self.posts + other.posts,
            self.delivered + other.delivered,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.leaked + other.leaked,
            self.seconds + other.seconds,
            self.wrong or other.wrong,
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that is done to the bot. `play` may return a word to add to its name."""

    name: str
    play: Callable[[Scene], Awaitable[object]]
    faults: int = 0
    """How many, when it is not requests that fail: those the proxy counts."""
    patience: float = 120


@dataclass(frozen=True, slots=True)
class Plan:
    trials: tuple[Trial, ...]
    writers: int


async def _killed(scene: Scene, kills: int, posts: int) -> str:
    done = await kill_under_load(scene, kills, posts)
    return f" ({done.while_starting} while starting, {done.while_ready} at work)"


async def _loaded(scene: Scene, rooms: int, plain: int, posts: int) -> str:
    load = await bear(scene, rooms, plain, posts)
    assert load.growth <= MOST_GROWTH, f"memory grew by {load.growth:.1f} %"
    assert load.slowest <= SLOWEST, f"a command took {load.slowest:.0f} s"
    assert load.urgent <= SLOWEST, f"a cry for help after a flood took {load.urgent:.0f} s"
    usual = sorted(load.answers)[len(load.answers) // 2]
    return (
        f" ({len(load.answers)} commands answered, in {usual:.1f} s mostly, {load.slowest:.1f} s at most;"
        f" #swsdanger after a flood in {load.urgent:.1f} s;"
        f" memory {load.memory[0] // 1024} MiB, {load.growth:+.1f} % in the second half)"
    )


def _requests(*faults: Fault) -> tuple[Trial, ...]:
    return tuple(Trial(fault.value, partial(bad_answers.one_fault, fault=fault)) for fault in faults)


def _drifts(*names: str) -> tuple[Trial, ...]:
    return tuple(Trial(f"a supporter room {name}", partial(drift, name=name), faults=1) for name in names)


def kills(count: int, posts: int) -> Trial:
    return Trial(
        f"SIGKILL {count} times, five writers", partial(_killed, kills=count, posts=posts), count, 120
    )


def load(rooms: int, plain: int, posts: int) -> Trial:
    name = f"{plain:,} plain messages, {posts} posts and a flood in {rooms} rooms"
    return Trial(name, partial(_loaded, rooms=rooms, plain=plain, posts=posts), 1)


def away(messages: int, keys: int) -> Trial:
    name = f"away while {messages} messages and {keys} room keys pile up"
    return Trial(name, partial(trials.away, messages=messages, keys=keys), 1, 120)


EVERY = Trial("every bad answer at once", bad_answers.every_fault)
LOST = Trial("every answer lost after the request was accepted, then SIGKILL", bad_answers.answers_lost, 1)
GAP = Trial("history refused once with 404, once with 400", bad_answers.gap_refused)
DEAD = Trial("dead token", partial(trials.dead_token, fault=Fault.DEAD_TOKEN))
SOFT = Trial("soft logout", partial(trials.dead_token, fault=Fault.SOFT_LOGOUT))
DOWN = Trial("homeserver stopped and started", trials.homeserver_down, 1)
REFUSED = Trial("connections refused", trials.refused, 1)
CLOCK = Trial("clock two days ahead, then three back", trials.clock_jumps, 3)
FULL_DISK = Trial("disk full", trials.disk_full, 1)
READ_ONLY = Trial("disk read-only", trials.disk_read_only, 1)
LOCKED = Trial("databases locked by somebody else", trials.database_locked, 1)
DAMAGED = Trial("database damaged on its first, second and middle page", trials.database_damaged, 3)
NEWER = Trial("database of a newer version", trials.database_newer, 1)
NO_KEYS = Trial("encryption keys lost", trials.crypto_store_lost, 1)
CASE = Trial("a private report, claimed and answered amid bad answers", bad_answers.private_report)

SLICE = Plan(
    (
        kills(6, 60),
        EVERY,
        CASE,
        LOST,
        GAP,
        REFUSED,
        CLOCK,
        FULL_DISK,
        NO_KEYS,
        away(40, 25),
        load(12, 600, 60),
        # Last: further words about a case that stands in an upgraded room are held.
        *_drifts("turns public", "holds a supporter with another identity", "is upgraded"),
    ),
    writers=8,
)
FULL = Plan(
    (
        kills(200, 2_000),
        *_requests(*bad_answers.REQUESTS),
        EVERY,
        CASE,
        LOST,
        GAP,
        Trial(Fault.DRIP.value, bad_answers.drip, patience=150),
        REFUSED,
        Trial("no name service", trials.nameless, 1),
        DOWN,
        Trial("certificate expired", trials.expired_certificate, 1),
        DEAD,
        SOFT,
        CLOCK,
        FULL_DISK,
        READ_ONLY,
        LOCKED,
        DAMAGED,
        NEWER,
        NO_KEYS,
        away(500, 300),
        load(200, 10_000, 500),
        *_drifts(*DRIFTS),
    ),
    writers=60,
)


async def play(folder: Path, plan: Plan, say: Callable[[str], None]) -> list[Row]:
    """Everything in the plan on one scene; what goes wrong with one thing does not keep the next away."""
    rows = []
    async with scene(folder, writers=plan.writers) as place:
        for trial in plan.trials:
            row = await one(place, trial)
            say(f"{row.seconds:6.1f} s  {row.name}{'  WRONG: ' + row.wrong if row.wrong else ''}")
            rows.append(row)
    return rows


async def one(place: Scene, trial: Trial) -> Row:
    began, wrong, more = time.monotonic(), "", ""
    await place.fresh()
    played = place.proxy.played.total()
    try:
        more = str(await trial.play(place) or "")
        if not await place.all_arrived(trial.patience):
            wrong = "not everything arrived"
    except Exception as failed:  # noqa: BLE001 - every trial is to be seen in the table
        wrong = f"{type(failed).__name__}: {failed} ({traceback.extract_tb(failed.__traceback__)[-1].name})"
    place.proxy.calm()
    await place.tally.settled(place.sams_eyes, place.lees_eyes)
    count = await place.count()
    row = Row(
        trial.name + more,
        trial.faults + place.proxy.played.total() - played,
        count.posts,
        count.delivered,
        len(count.lost),
        len(count.doubled),
        len(count.leaked),
        time.monotonic() - began,
        wrong or ("" if count.good else str(count)),
    )
    return replace(row, wrong=row.wrong[:500])
