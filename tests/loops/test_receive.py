"""We promise that what came is written down before more is asked for, and that late keys help."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.core.effects import SayInRoom
from bot.core.model import History, Invitation, Message, Millis, RoomId, Unreadable
from bot.core.phrases import Line, Phrase
from bot.loops import receive
from bot.loops.receive import AFTER_YOU, AT_ONCE, LONGEST_PULL, SOON
from bot.ports import Batch, TryAgainLater
from bot.store import ledger, outbox
from bot.store.ledger import PATIENCE
from tests.loops.scripted import MIA, SOL, Set, scripted, tell


async def bookmark(here: Set) -> str | None:
    async with here.bot.around.database.transaction() as tx:
        return await ledger.bookmark(tx)


async def test_the_next_sync_begins_where_the_last_one_ended(here: Set) -> None:
    asked: list[str | None] = []
    real = here.bot.around.chat.pull

    async def pull(mark: str | None, wait: Millis, behind: frozenset[RoomId]) -> Batch:
        asked.append(mark)
        return await real(mark, wait, behind)

    here.bot.around.chat.pull = pull  # type: ignore[method-assign,assignment]
    here.server.post(here.lobby, MIA, "one")
    await here.bot.sync()
    here.server.post(here.lobby, MIA, "two")
    await here.bot.sync()
    assert asked == ["0", "1"]
    assert await bookmark(here) == "2"


async def test_without_a_bookmark_nothing_old_is_answered(tmp_path: Path) -> None:
    async with scripted(tmp_path / "one") as first:
        first.server.post(first.lobby, MIA, "long ago")
    async with scripted(tmp_path / "two", server=first.server) as again:
        await again.bot.quiet()
        assert again.script.words() == []


async def test_a_sync_that_fails_changes_nothing_and_is_asked_for_again(here: Set) -> None:
    here.server.post(here.lobby, MIA, "one")
    here.server.fail("pull", TryAgainLater("down"))
    with pytest.raises(TryAgainLater):
        await here.bot.sync()
    assert await bookmark(here) == "0"
    await here.bot.quiet()
    assert here.script.words() == ["one"]


async def test_a_sync_whose_answer_was_lost_is_asked_for_again(here: Set) -> None:
    here.server.post(here.lobby, MIA, "one")
    here.server.fail("pull", TryAgainLater("cut off"), done_first=True)
    with pytest.raises(TryAgainLater):
        await here.bot.sync()
    await here.bot.quiet()
    assert here.script.words() == ["one"]


# -- keys that come late --------------------------------------------------------------------------------


async def test_a_message_is_read_when_its_key_comes(here: Set) -> None:
    event = here.server.post_without_key(here.lobby, MIA, "sealed words")
    await here.bot.quiet()
    assert here.script.words() == []
    here.server.bring_key(event)
    await here.bot.quiet()
    assert here.script.words() == ["sealed words"]
    assert await here.bot.count("undecrypted") == 0


async def test_other_keys_leave_it_waiting(here: Set) -> None:
    here.server.post_without_key(here.lobby, MIA, "sealed words")
    other = here.server.post_without_key(here.lobby, SOL, "other words")
    await here.bot.quiet()
    here.server.bring_key(other)
    await here.bot.quiet()
    assert here.script.words() == ["other words"]
    assert await here.bot.count("undecrypted") == 1


async def test_after_its_time_the_core_hears_that_it_cannot_be_read(here: Set) -> None:
    here.server.post_without_key(here.lobby, MIA, "sealed words")
    await here.bot.quiet()
    await here.bot.pass_time(PATIENCE - 1)
    assert here.script.heard == []
    await here.bot.pass_time(1)
    assert [type(each) for each in here.script.heard] == [Unreadable]
    await here.bot.pass_time(PATIENCE)
    assert len(here.script.heard) == 1


async def test_a_key_that_comes_even_later_still_helps(here: Set) -> None:
    event = here.server.post_without_key(here.lobby, MIA, "sealed words")
    await here.bot.quiet()
    await here.bot.pass_time(PATIENCE)
    here.server.bring_key(event)
    await here.bot.quiet()
    assert here.script.words() == ["sealed words"]


async def test_the_end_of_patience_is_not_slept_through(here: Set) -> None:
    waits: list[Millis] = []
    real = here.bot.around.chat.pull

    async def pull(mark: str | None, wait: Millis, behind: frozenset[RoomId]) -> Batch:
        waits.append(wait)
        return await real(mark, Millis(0), behind)

    here.bot.around.chat.pull = pull  # type: ignore[method-assign,assignment]
    here.server.post_without_key(here.lobby, MIA, "sealed words")
    await receive.once(here.bot.around, here.bot.core.passes_by)
    here.bot.clock.time = Millis(here.bot.clock.time + PATIENCE - 7_000)
    await receive.once(here.bot.around, here.bot.core.passes_by)
    here.bot.clock.time = Millis(here.bot.clock.time + 60_000)
    await receive.once(here.bot.around, here.bot.core.passes_by)
    await receive.once(here.bot.around, here.bot.core.passes_by)
    assert waits == [LONGEST_PULL, 7_000, 0, LONGEST_PULL]


async def test_what_can_be_read_at_last_is_overwritten_soon_like_all_else(here: Set) -> None:
    """Whoever overwrites hears of it, also when nothing comes of the words."""
    event = here.server.post_without_key(here.lobby, MIA, "sealed words")
    await here.bot.quiet()
    await here.bot.around.bells.outbox.heard(Millis(0))
    here.server.bring_key(event)
    await receive.once(here.bot.around, here.bot.core.passes_by, Millis(0))
    assert await here.bot.around.bells.outbox.heard(Millis(0))


async def test_a_key_that_came_while_the_bot_was_away_is_used_at_the_start(here: Set) -> None:
    event = here.server.post_without_key(here.lobby, MIA, "sealed words")
    await here.bot.quiet()
    here.server.keys.add(event)
    await here.bot.start()
    await here.bot.quiet()
    assert here.script.words() == ["sealed words"]


async def test_reading_again_that_fails_is_tried_again_soon(here: Set) -> None:
    event = here.server.post_without_key(here.lobby, MIA, "sealed words")
    await here.bot.quiet()
    here.server.fail("read_again", TryAgainLater("busy"), times=2)
    here.server.keys.add(event)
    waits = await pulls(here, 4)
    await here.bot.quiet()
    assert here.script.words() == ["sealed words"]
    assert waits == [AT_ONCE, SOON, LONGEST_PULL, LONGEST_PULL]


async def test_what_came_without_a_key_is_looked_at_again_soon_and_then_left_alone(here: Set) -> None:
    event = here.server.post_without_key(here.lobby, MIA, "sealed words")
    waits = await pulls(here, 2)
    assert waits == [AT_ONCE, SOON]
    here.server.keys.add(event)
    assert await pulls(here, 2) == [AT_ONCE, LONGEST_PULL]
    await here.bot.quiet()
    assert here.script.words() == ["sealed words"]


async def pulls(here: Set, count: int) -> list[Millis]:
    """The loop itself, for so many syncs. Returns how long each was allowed to take."""
    waits: list[Millis] = []
    bells, real = here.bot.around.bells, here.bot.around.chat.pull

    async def pull(mark: str | None, wait: Millis, behind: frozenset[RoomId]) -> Batch:
        waits.append(wait)
        if len(waits) == count:
            bells.stop()
        return await real(mark, Millis(0))

    here.bot.around.chat.pull = pull  # type: ignore[method-assign,assignment]
    await receive.receive(here.bot.around, here.bot.core.passes_by, lambda: None)
    here.bot.around.chat.pull = real  # type: ignore[method-assign]
    bells.stopped.clear()
    return waits


async def test_the_first_sync_after_a_start_waits_for_no_news(here: Set) -> None:
    """With it the bot is ready, and what waited for the homeserver is sent off."""
    assert await pulls(here, 3) == [AT_ONCE, LONGEST_PULL, LONGEST_PULL]


async def test_the_first_answer_after_silence_sends_off_what_waited_for_it(here: Set) -> None:
    here.server.fail("say", TryAgainLater("down"), times=20)
    await here.do(SayInRoom(here.lobby.id, (Line(Phrase.RECEIPT_SOMEWHERE),)))
    for _ in range(8):
        due = await here.bot.next_due()
        assert due is not None
        here.bot.clock.time = due
        await here.bot.quiet()
    here.server.faults.clear()
    await pulls(here, 1)
    await here.bot.pass_time(outbox.SOON)
    assert len(here.lobby.texts()) == 1


# -- after a start, and when rooms change ---------------------------------------------------------------


async def test_a_pending_invitation_is_considered_again_at_every_start(here: Set) -> None:
    here.server.invite_bot(here.server.room("!new", SOL), SOL)
    await here.bot.quiet()
    await here.bot.start()
    await here.bot.quiet()
    assert [type(each) for each in here.script.heard] == [Invitation, Invitation]


async def test_a_message_is_not_considered_again_at_a_start(here: Set) -> None:
    here.server.post(here.lobby, MIA, "once")
    await here.bot.quiet()
    await here.bot.start()
    await here.bot.quiet()
    assert here.script.words() == ["once"]
    assert isinstance(here.script.heard[0], Message)


async def test_what_was_held_for_a_room_is_tried_when_the_room_changes(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL, history=History.SHARED)
    await here.serves(nyc, SOL)
    await here.do(tell(nyc))
    nyc.history = History.JOINED
    mark = str(len(here.server.news))

    async def changed(_mark: str | None, _wait: Millis, _behind: frozenset[RoomId]) -> Batch:
        return Batch(mark, changed=frozenset({nyc.id}))

    here.bot.around.chat.pull = changed  # type: ignore[method-assign,assignment]
    await here.bot.quiet()
    assert len(nyc.texts()) == 1


async def test_the_loop_says_after_each_sync_that_it_is_alive(here: Set) -> None:
    beats: list[int] = []

    def synced() -> None:
        beats.append(1)
        if len(beats) == 3:
            here.bot.around.bells.stop()

    await asyncio.wait_for(receive.receive(here.bot.around, here.bot.core.passes_by, synced), 5)
    assert len(beats) == 3
    assert here.bot.around.pulse.answers >= 3


@pytest.mark.parametrize(("slept", "rings"), [(LONGEST_PULL, False), (Millis(10 * LONGEST_PULL), True)])
async def test_after_a_clock_that_jumped_what_is_due_is_looked_at_and_no_room_has_to_say_a_word(
    here: Set, slept: Millis, rings: bool
) -> None:
    await here.bot.quiet()
    bells, real = here.bot.around.bells, here.bot.around.chat.pull
    rung: list[tuple[bool, bool]] = []

    async def pull(mark: str | None, _wait: Millis, behind: frozenset[RoomId]) -> Batch:
        for bell in (bells.inbox, bells.outbox):
            await bell.heard(Millis(0))
        here.bot.clock.time = Millis(here.bot.clock.time + slept)
        return await real(mark, Millis(0), behind)

    def synced() -> None:
        rung.append((bells.inbox._event.is_set(), bells.outbox._event.is_set()))
        if len(rung) == 2:
            bells.stop()

    here.bot.around.chat.pull = pull  # type: ignore[method-assign,assignment]
    await receive.receive(here.bot.around, here.bot.core.passes_by, synced)
    assert rung[1] == (rings, rings)


async def test_what_came_is_dealt_with_before_the_homeserver_is_asked_for_more(here: Set) -> None:
    began = here.bot.clock.now()
    await pulls(here, 3)
    assert here.bot.clock.now() - began >= 2 * AFTER_YOU
