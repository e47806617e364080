"""We promise that whatever order things happen in, no case crosses rooms and no receipt lies.

Two workers and three supporters of three teams write, edit, delete, claim, answer, chatter, step back, wait
in an order drawn by lot, while the bot is ended in the middle of things and started again; then everything
that stands in every room is read. Each lot is drawn twice, in towns that differ in every name, id and word.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from bot.core.model import Trust
from bot.ports import TryAgainLater
from tests.promises.town import ELSEWHERE, HERE, Names, Town, is_card
from tests.promises.town_lives import Lives
from tests.promises.town_naming import commands_by_name
from tests.promises.town_receipts import receipts_are_true
from tests.promises.town_seen import at_rest, nothing_stands
from tests.stage import stage
from tests.wire import Room

SEEDS = 16
NINETY_DAYS = 90 * 24 * 60 * 60 * 1000


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_no_order_of_things_puts_a_word_where_it_does_not_belong(seed: int, tmp_path: Path) -> None:
    here = await _played(seed, HERE, tmp_path)
    elsewhere = await _played(seed, ELSEWHERE, tmp_path)
    assert _as_anybody_would_tell_it(here) == _as_anybody_would_tell_it(elsewhere)


async def _played(seed: int, names: Names, folder: Path) -> Town:
    """From the first words to the weeks after the last ones."""
    town = Town(random.Random(seed), names)
    lives, began = Lives(town, folder / names.mark), town.clock.time
    await lives.until_evening()
    assert lives.crashes > 3
    at_rest(town)
    receipts_are_true(town)
    await lives.hear_it_all_again()
    await lives.sleep()
    nothing_stands(town)
    receipts_are_true(town)
    assert town.clock.time - began < NINETY_DAYS, "so long no name may come twice"
    return town


def _as_anybody_would_tell_it(town: Town) -> list[list[tuple[str, bool, int | None, int | None]]]:
    """All that the bot sent, room by room, but for what people and rooms are called and their words."""
    people = {person: str(number) for number, person in enumerate(town.names.people())}

    def read(text: str) -> str:
        for person, number in people.items():
            text = text.replace(person, number)
        return re.sub(rf"{town.names.word}(\d+)x", r"<\1>", text)

    def told(room: Room) -> list[tuple[str, bool, int | None, int | None]]:
        places = {event.id: place for place, event in enumerate(room.events)}
        return [
            (read(e.text), e.removed, places.get(e.thread), places.get(e.edits))  # type: ignore[arg-type]
            for e in room.events
            if e.sender == town.known.me
        ]

    return [told(room) for room in town.server.rooms.values()]


@pytest.mark.parametrize("seed", range(3))
async def test_unknown_closed_and_foreign_cases_are_answered_alike(seed: int, tmp_path: Path) -> None:
    town = Town(random.Random(seed))
    await commands_by_name(town, tmp_path)


async def _first_words(town: Town, folder: Path) -> None:
    lives = Lives(town, folder)
    await lives.life(lives.first_words)


async def test_two_claims_in_one_breath_make_one_claimer(tmp_path: Path) -> None:
    sol, kim, _ = HERE.supporters
    for first, second in ((sol, kim), (kim, sol)):
        town = Town(random.Random(1))
        await _first_words(town, tmp_path / first[1:])
        nyc = town.room(town.nyc)
        async with stage(tmp_path / first[1:], town.server, town.known, clock=town.clock) as bot:
            [card] = town.cards(town.nyc)
            town.do(first, town.nyc, "!claim", card.id)
            town.raise_hand(second, town.nyc, card.id)
            await bot.settle()
            (shown,) = [text for text in nyc.texts() if text.startswith("Case ")]
            assert shown.splitlines()[0].endswith(f"With {first}")
            assert sum(f"{first} has" in text and "already" in text for text in nyc.texts()) == 1
            assert not any(f"{second} has" in text for text in nyc.texts())


async def test_a_forged_claim_by_message_does_nothing(tmp_path: Path) -> None:
    town = Town(random.Random(2))
    await _first_words(town, tmp_path)
    nyc = town.room(town.nyc)
    async with stage(tmp_path, town.server, town.known, clock=town.clock) as bot:
        card = next(event for event in nyc.events if is_card(event))
        for trust in set(Trust) - {Trust.SIGNED}:
            town.server.post(nyc, HERE.supporters[0], "!claim", thread=card.id, trust=trust)
        await bot.settle()
        (shown,) = [text for text in nyc.texts() if text.startswith("Case ")]
        assert shown.splitlines()[0].endswith("Waiting")


async def test_who_comes_into_a_chat_of_ours_before_we_know_of_it_is_heard(tmp_path: Path) -> None:
    """The homeserver made it and its answer was lost: they are faster than our next try."""
    town = Town(random.Random(3))
    await _first_words(town, tmp_path)
    mia = HERE.workers[0]
    async with stage(tmp_path, town.server, town.known, clock=town.clock) as bot:
        for chat in town.chats(mia):
            town.server.leave(chat, mia)
        await bot.settle()
        town.server.fail("open_private_chat", TryAgainLater("lost"), done_first=True)
        town.server.post(town.room(town.lobby), mia, "#swshelp #nyc")
        await bot.quiet()
        room = town.come(mia)
        assert room.startswith("!private")
        town.server.post(town.room(room), mia, "and it is cold here")
        await bot.settle()
        assert any("and it is cold here" in text for text in town.room(town.nyc).texts())
