"""`!roomcheck [fix]`: what the bot can and cannot do in this room, and what to do about it."""

from __future__ import annotations

from bot.core.audience import Right, faults
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision, Origin, Plan, Reason, RepairRoom
from bot.core.model import CitySlug, CommandName, RoomFacts, RoomId, RoomKind
from bot.core.phrases import Line, Phrase
from bot.core.report import ladder
from bot.core.view import FactsOf, Question, View


def _facts_here(asked: Asked) -> tuple[Question, ...]:
    return (FactsOf(asked.room),)


def roomcheck(asked: Asked) -> Decision:
    facts, supporters = asked.view.facts(asked.room), asked.view.room.kind is RoomKind.SUPPORTER
    if facts is None:
        return asked.answer(Line(Phrase.CHECK_NO_ANSWER))
    if asked.keys == ("fix",) and supporters:
        return _fix(asked, facts)
    lines = _supporter_room(asked, facts) if supporters else _community_room(asked, facts)
    return asked.answer(*lines)


def _fix(asked: Asked, facts: RoomFacts) -> Decision:
    """The deed first; what to say about it is decided when it is done."""
    if not facts.may_repair:
        return asked.answer(Line(Phrase.CHECK_MAY_NOT_FIX))
    origin = Origin(Reason.REPAIR, asked.room, asked.sender, language=asked.language)
    return Decision((), (Plan("repair", (RepairRoom(asked.room),), origin),))


def _supporter_room(asked: Asked, facts: RoomFacts) -> tuple[Line, ...]:
    """Safe or not by the same rule that every telling asks."""
    view = asked.view
    found = faults(facts, view.rosters.get(asked.room), view.me)
    if not found:
        return (serves(asked.room, view), Line(Phrase.CHECK_SAFE))
    return (
        serves(asked.room, view),
        Line(Phrase.CHECK_NOT_SAFE),
        *(Line(Phrase.FAULT, unsafe=why) for why in found),
    )


def serves(room: RoomId, view: View) -> Line:
    """Whose cases come into a supporter room."""
    cities = tuple(city for each in view.supporter_rooms if each.room == room for city in each.cities)
    return Line(Phrase.ROOM_SERVES, cities=cities) if cities else Line(Phrase.ROOM_SERVES_AS_FALLBACK)


def _community_room(asked: Asked, facts: RoomFacts) -> tuple[Line, ...]:
    """Each thing the bot needs here: there, or how to get it."""
    room = asked.view.room
    return (
        Line(Phrase.CITY_NOW, cities=room.cities) if room.cities else Line(Phrase.CITY_NOT_SET),
        *_without_supporters(asked, room.cities),
        Line(Phrase.CHECK_MAY_REMOVE if facts.may_remove else Phrase.CHECK_MAY_NOT_REMOVE),
        Line(Phrase.CHECK_ENCRYPTED if facts.encrypted else Phrase.CHECK_NOT_ENCRYPTED),
        Line(Phrase.GUARD_NOW, guard=room.guard),
        *((Line(Phrase.CHECK_REPLACED),) if facts.replaced else ()),
    )


def _without_supporters(asked: Asked, cities: tuple[CitySlug, ...]) -> tuple[Line, ...]:
    without = tuple(city for city in cities if not ladder(city, asked.view))
    return (Line(Phrase.CITY_SET_WITHOUT_SUPPORTERS, cities=without),) if without else ()


ROOMCHECK = Command(
    CommandName.ROOMCHECK, Right.LOOK_AFTER_ROOM, roomcheck, aliases=("check",), asks=_facts_here
)
