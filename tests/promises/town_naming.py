"""Supporters of a town name cases that are not theirs: what they hear tells them nothing."""

from __future__ import annotations

from pathlib import Path

from bot.core.model import EventId, RoomId, UserId
from bot.core.spans import MINUTE
from tests.promises.town import Kind, Town, ours
from tests.promises.town_days import NOBODYS, name_on
from tests.promises.town_lives import Lives
from tests.stage import Stage

COMMANDS = ("!claim", "!release", "!close", "!reopen", "!postpone", "!handoff", "!note", "!reply")
OVER = ("!claim", "!release", "!close", "!handoff", "!note", "!reply")
"""What can be done about a case only while it is open."""
STEPS = ((), ("!claim",), ("!close",), ("!claim", "!close"))
"""What was done about a case: it waits, is looked after, is closed."""


async def commands_by_name(town: Town, folder: Path) -> None:
    """Every command, with every name that means nothing here: one answer, and nothing else happens."""
    lives = Lives(town, folder)
    await lives.life(lives.first_words)

    async def ask(bot: Stage) -> None:
        cards = await _cases(bot, town)
        foreign = [card for room, card in cards if room != town.nyc]
        (own,) = [card for room, card in cards if room == town.nyc]
        for command in COMMANDS:
            answers = [await _answer(bot, town, f"{command} {NOBODYS}", None)]
            for card in foreign:
                answers.append(await _answer(bot, town, f"{command} {_name(town, card)}", None))
                answers.append(await _answer(bot, town, command, card))
            if command in OVER:
                answers.append(await _answer(bot, town, f"{command} {_name(town, own)}", None))
            assert len(answers[0]) == 1, command
            assert len(set(answers)) == 1, command

    await lives.life(ask)


async def _cases(bot: Stage, town: Town) -> list[tuple[RoomId, EventId]]:
    """Another team's cases in every state, and a closed one of one's own."""
    mia, tom = town.names.workers
    for category in ("#swshelp", "#swsharassment", "#swsfyi"):
        town.say(town.lobby, tom, f"{category} #chicago", Kind.POST)
    await bot.settle()
    found = [(town.chicago, card.id) for card in town.cards(town.chicago)]
    assert len(found) == len(STEPS)
    assert mia != tom
    for (room, card), steps in zip(found, STEPS, strict=True):
        for step in steps:
            town.do(town.teams[room][0], room, step, card)
    [own] = town.cards(town.nyc)
    town.do(town.teams[town.nyc][0], town.nyc, "!close", own.id)
    await bot.settle()
    return [*found, (town.nyc, own.id)]


def _name(town: Town, card: EventId) -> str:
    cards = (each for room in town.teams for each in town.cards(room))
    return name_on(next(each for each in cards if each.id == card).text)


async def _answer(bot: Stage, town: Town, words: str, thread: EventId | None) -> tuple[str, ...]:
    """What a supporter of New York City hears; nobody else hears anything, and nothing is removed."""
    supporter: UserId = town.teams[town.nyc][0]
    town.pass_time(MINUTE // 10)
    before = _everything(town)
    town.do(supporter, town.nyc, words, thread)
    await bot.quiet()
    after = _everything(town)
    heard = after.pop(town.nyc)
    mine = before.pop(town.nyc)
    assert after == before
    assert heard[: len(mine)] == mine
    return tuple(text for text, _ in heard[len(mine) :])


def _everything(town: Town) -> dict[RoomId, list[tuple[str, bool]]]:
    return {room.id: [(e.text, e.removed) for e in ours(room)] for room in town.server.rooms.values()}
