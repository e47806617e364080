"""`!language` and `!guard`: how the bot speaks in a room, and how careful it is with its danger posts."""

from __future__ import annotations

from types import MappingProxyType

from bot.core.audience import Right
from bot.core.changes import SetRoom
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision, Plan, SayInRoom
from bot.core.model import CommandName, Guard, Language, RoomKind
from bot.core.phrases import Line, Phrase


def language(asked: Asked) -> Decision:
    """Only languages with a complete catalogue can be chosen."""
    if asked.keys not in [(each.value,) for each in Language]:
        return asked.answer(Line(Phrase.LANGUAGES))
    chosen = Language(asked.first)
    said = SayInRoom(asked.room, (Line(Phrase.LANGUAGE_SET),), chosen)
    return Decision((SetRoom(asked.room, language=chosen),), (Plan("answer", (said,)),))


def guard(asked: Asked) -> Decision:
    """How readily a danger post is taken for one that names somebody."""
    if asked.keys not in [(each.value,) for each in Guard]:
        now = Line(Phrase.GUARD_NOW, guard=asked.view.room.guard)
        return asked.answer(now, Line(Phrase.HOW_TO_USE, commands=(CommandName.GUARD,)))
    chosen = Guard(asked.first)
    return asked.answer(Line(Phrase.GUARD_SET, guard=chosen), changes=(SetRoom(asked.room, guard=chosen),))


LANGUAGE = Command(
    CommandName.LANGUAGE,
    Right.LOOK_AFTER_ROOM,
    language,
    aliases=("lang", "idioma"),
    elsewhere=MappingProxyType({RoomKind.PRIVATE: Right.SETTLE_MINE}),
)
GUARD = Command(CommandName.GUARD, Right.SET_UP_ROOM, guard)
