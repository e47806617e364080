"""We promise that supporters hear first where only a few may be sent at a time, and in the end everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.model import EventId, JoinRule, Millis, RoomId, SupporterRoom
from bot.loops.pace import SURGE
from bot.loops.patience import LISTENING
from bot.ports import TryAgainLater
from tests.stage import DAWN, NYC, HandClock, Stage, knowledge, stage
from tests.wire import ME, Homeserver

EVERY, BURST = 5_000, 10
"""What Synapse allows an ordinary account: 0.2 a second after a burst of 10."""
LOBBY, TEAM, FALLBACK, SOL, MIA = (
    RoomId("!lobby"),
    RoomId("!nyc"),
    RoomId("!fallback"),
    "@sol:test",
    "@mia:test",
)
A_FEW = 3
WORKERS = tuple(f"@worker{number}:test" for number in range(60))


class Limited(Homeserver):
    """Refuses what comes faster than that, and says when it takes something again."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock
        self._full = DAWN - EVERY * BURST
        """When all that was sent will be forgotten, less the burst."""
        self.taken: list[str] = []
        self.refusals = 0
        self.refuse_anyway = 0
        """So many more sends, however slowly they come."""

    def send(
        self,
        room: RoomId,
        text: str,
        key: str,
        thread: EventId | None = None,
        edits: EventId | None = None,
    ) -> EventId:
        now = self._clock.now()
        begins = max(self._full, now - EVERY * BURST)
        if self.refuse_anyway > 0:
            self.refusals, self.refuse_anyway = self.refusals + 1, self.refuse_anyway - 1
            raise TryAgainLater("slow down", Millis(300))
        if begins + EVERY > now:
            self.refusals += 1
            raise TryAgainLater("slow down", Millis(begins + EVERY - now))
        self._full = begins + EVERY
        self.taken.append(text)
        return super().send(room, text, key, thread, edits)

    def asks(self, person: str, text: str) -> None:
        self.at = self._clock.now()
        self.post(self.rooms[LOBBY], person, text)

    def spend(self) -> None:
        """Somebody has had all of the burst."""
        self._full = self._clock.now()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[tuple[Stage, Limited]]:
    clock = HandClock()
    server = Limited(clock)
    known = knowledge((SupporterRoom(TEAM, (NYC,)),), FALLBACK)
    async with stage(tmp_path / "data", server, known, clock=clock) as bot:
        await bot.quiet()
        server.room(LOBBY, MIA, *WORKERS, encrypted=False, join_rule=JoinRule.PUBLIC)
        for name in (TEAM, FALLBACK):
            server.join(server.room(name, SOL), ME)
        await bot.settle()
        server.spend()
        yield bot, server


def cards(server: Limited) -> list[str]:
    return [text for text in server.rooms[TEAM].texts() if text.startswith("Case ")]


def before_the_last_card(server: Limited) -> int:
    """So many messages that are no card were sent while a card waited."""
    told = [text.startswith("Case ") for text in server.taken]
    return told[: len(told) - told[::-1].index(True)].count(False)


def said(server: Limited, words: str) -> int:
    return sum(words in text for text in server.rooms[LOBBY].texts())


async def test_sixty_posts_are_all_told_and_no_telling_waits_for_a_receipt(
    here: tuple[Stage, Limited],
) -> None:
    bot, server = here
    for number, worker in enumerate(WORKERS):
        server.asks(worker, f"#swshelp #nyc mark{number:02}")
    await bot.settle(most=600)
    assert server.refusals
    assert sorted(mark for text in cards(server) for mark in text.split() if mark.startswith("mark")) == [
        f"mark{number:02}" for number in range(60)
    ]
    assert before_the_last_card(server) <= A_FEW
    assert all("have what you wrote" in server.heard_privately(worker) for worker in WORKERS)
    assert 1 <= said(server, "Supporters of New York City have this") <= 3


async def test_posts_that_come_one_by_one_are_told_before_what_is_said_about_them(
    here: tuple[Stage, Limited],
) -> None:
    bot, server = here
    for number, worker in enumerate(WORKERS[:20]):
        server.asks(worker, f"#swshelp #nyc mark{number:02}")
        await bot.pass_time(1_000)
    await bot.settle(most=600)
    assert len(cards(server)) == 20
    assert before_the_last_card(server) <= A_FEW


async def test_the_first_of_many_posts_do_not_spend_on_receipts_what_the_next_tellings_need(
    here: tuple[Stage, Limited],
) -> None:
    bot, server = here
    await bot.pass_time(BURST * EVERY)
    server.taken.clear()
    for number, worker in enumerate(WORKERS[:20]):
        server.asks(worker, f"#swshelp #nyc mark{number:02}")
        await bot.pass_time(1_000)
    await bot.settle(most=600)
    assert len(cards(server)) == 20
    assert before_the_last_card(server) <= 2 * (SURGE - 1)
    assert all("have what you wrote" in server.heard_privately(worker) for worker in WORKERS[:20])


async def test_an_urgent_post_overtakes(here: tuple[Stage, Limited]) -> None:
    bot, server = here
    for number, worker in enumerate(WORKERS[:20]):
        server.asks(worker, f"#swshelp #nyc mark{number:02}")
    await bot.quiet()
    await bot.pass_time(EVERY)
    before = len(cards(server))
    server.asks(MIA, "#swsdanger #nyc he is at the door")
    await bot.pass_time(EVERY)
    assert len(cards(server)) == before + 1
    assert "he is at the door" in cards(server)[-1]


async def test_who_posted_twice_reads_one_receipt_and_the_room_one_public_word(
    here: tuple[Stage, Limited],
) -> None:
    bot, server = here
    for number in range(2):
        server.asks(MIA, f"#swshelp #nyc mark{number}")
    await bot.settle(most=100)
    assert len(cards(server)) == 2
    assert server.heard_privately(MIA).count("have what you wrote") == 1
    assert said(server, "Supporters of New York City have this") == 1


async def test_who_is_told_late_is_told_why(here: tuple[Stage, Limited]) -> None:
    bot, server = here
    for worker in WORKERS[:20]:
        server.asks(worker, "#swshelp #nyc")
    await bot.settle(most=200)
    assert "It took" not in server.heard_privately(WORKERS[0])
    assert "It took 1 min until they had it" in server.heard_privately(WORKERS[19])


async def test_who_was_refused_again_and_again_is_told_within_half_a_minute_of_the_end_of_it(
    here: tuple[Stage, Limited],
) -> None:
    bot, server = here
    server.refuse_anyway = 14
    server.asks(WORKERS[0], "#swshelp #nyc a place for tonight")
    for _ in range(60):
        await bot.quiet()
        if server.refuse_anyway == 0:
            break
        await bot.pass_time(1_000 if server.refuse_anyway > 6 else 30_000)
    assert (server.refuse_anyway, cards(server)) == (0, [])
    await bot.pass_time(LISTENING)
    assert len(cards(server)) == 1


async def test_who_claims_is_answered_before_everybody_is_called_for_what_nobody_claimed(
    here: tuple[Stage, Limited],
) -> None:
    bot, server = here
    for worker in WORKERS[:6]:
        server.asks(worker, "#swshelp #nyc")
    await bot.settle(most=100)
    team = server.rooms[TEAM]
    card = next(event for event in team.events if event.text.startswith("Case ") and "Waiting" in event.text)
    bot.clock.time = Millis(bot.clock.time + 60 * 60_000)
    server.spend()
    await bot.quiet()
    taken = len(server.taken)
    server.post(team, SOL, "!claim", thread=card.id)
    await bot.quiet()
    for _ in range(3):
        await bot.pass_time(EVERY)
    assert any(f"{SOL} has" in text for text in server.taken[taken : taken + 3])
    await bot.settle(most=200)
    assert sum("nobody" in text.lower() for text in server.taken[taken:]) >= 5
