"""We promise that an alert shows the words its supporters approved, and nothing of what it came of.

Each story is played twice, with other words, and all that the public, the log and stewards see is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.model import EventId, RoomId
from bot.core.spans import DAY
from tests.promises.alert_stories import FAR, KNOWN, PORCH, WARNING, _rooms, name_of
from tests.promises.stories import CHAT, KIM, LOBBY, MIA, NYC_ROOM, SOL, STEWARD
from tests.stage import Stage, stage
from tests.wire import ME, Homeserver

OTHER_WARNING = "two people at a door who say they read the meter"
TABLES = ("inbox", "outbox", "results", "cases", "alerts", "spent_names", "acts", "seen", "timers")


@dataclass(frozen=True)
class Told:
    """What a worker writes, and what supporters make of it."""

    by_worker: str = "he said he knows my street, and he followed me to the station"
    alert: str = WARNING
    second: bool = True


@dataclass(frozen=True)
class Seen:
    """All that somebody outside can see, at three moments: drafted, out, over."""

    public: tuple[tuple[str, ...], ...]
    steward: tuple[str, ...]
    journal: str
    calls: tuple[tuple[str, int], ...]
    rows: tuple[int, ...]


async def _play(folder: Path, told: Told) -> Seen:
    server, seen = Homeserver(), list[tuple[str, ...]]()
    async with stage(folder, server, KNOWN, width=1) as bot:
        await bot.quiet()
        _rooms(server)
        await bot.settle()
        for person, words in ((MIA, f"#nyc {told.by_worker}"), (MIA, "!share alert")):
            server.post(server.rooms[CHAT], person, words)
            await bot.settle()
        nyc = server.rooms[NYC_ROOM]
        server.post(nyc, SOL, f"!alert {told.alert}", thread=_card(server))
        await bot.settle()
        seen.append(_public(server))
        if told.second:
            server.post(nyc, KIM, f"!approve {name_of(server)}")
        for length in (0, 6_000, 6_000):
            await bot.pass_time(length)
        seen.append(_public(server))
        await bot.pass_time(4 * DAY)
        seen.append(_public(server))
        return await _seen(bot, server, tuple(seen))


def _card(server: Homeserver) -> EventId:
    return next(event.id for event in server.rooms[NYC_ROOM].events if event.text.startswith("Case "))


def _public(server: Homeserver) -> tuple[str, ...]:
    """What the bot has standing in community rooms, the order of the rooms left out."""
    return tuple(text for room in (LOBBY, PORCH, FAR) for text in server.rooms[room].texts())


async def _seen(bot: Stage, server: Homeserver, public: tuple[tuple[str, ...], ...]) -> Seen:
    return Seen(
        public,
        tuple(server.rooms[STEWARD].texts()),
        bot.journal.getvalue(),
        tuple(sorted(server.calls.items())),
        tuple([await bot.count(table) for table in TABLES]),
    )


async def test_nothing_of_what_the_worker_wrote_makes_a_difference_outside(tmp_path: Path) -> None:
    first = await _play(tmp_path / "first", Told())
    second = await _play(tmp_path / "second", Told("it was at 12 Elm Street, his plate is KLM-4417, ☂"))
    assert first == second
    before, out, over = first.public
    assert sum(WARNING in text for text in out) == 2
    assert before == over


async def test_of_two_alerts_only_the_approved_words_differ(tmp_path: Path) -> None:
    first = await _play(tmp_path / "first", Told())
    second = await _play(tmp_path / "second", Told(alert=OTHER_WARNING))
    words = [[text.replace(said, "") for text in seen.public[1]] for seen, said in _both(first, second)]
    assert words[0] == words[1]
    assert first.public[1] != second.public[1]
    assert (first.steward, first.journal, first.calls, first.rows) == (
        *(second.steward, second.journal, second.calls, second.rows),
    )


def _both(first: Seen, second: Seen) -> tuple[tuple[Seen, str], tuple[Seen, str]]:
    return (first, WARNING), (second, OTHER_WARNING)


@pytest.mark.parametrize("words", [WARNING, OTHER_WARNING])
async def test_a_draft_that_nobody_else_approved_is_seen_by_nobody(words: str, tmp_path: Path) -> None:
    seen = await _play(tmp_path, Told(alert=words, second=False))
    before, out, over = seen.public
    assert before == out == over
    assert not any(words in text for text in before)
    assert seen.rows[TABLES.index("alerts")] == 0  # it was kept for a day


async def test_an_alert_is_no_reply_and_names_nobody(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await bot.quiet()
        _rooms(server)
        await bot.settle()
        server.post(server.rooms[NYC_ROOM], SOL, f"!alert nyc {SOL} says: {WARNING}")
        await bot.settle()
        server.post(server.rooms[NYC_ROOM], KIM, f"!approve {name_of(server)}")
        for length in (0, 6_000, 6_000):
            await bot.pass_time(length)
        for room in (RoomId(LOBBY), PORCH):
            (said,) = [event for event in server.rooms[room].events if WARNING in event.text]
            assert (said.sender, said.thread) == (ME, None)
            assert not any(name in said.text for name in (SOL, KIM, name_of(server), NYC_ROOM))
