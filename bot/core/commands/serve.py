"""`!serve`, `!confirm` and `!decline`: how a room becomes a supporter room, and stops being one."""

from __future__ import annotations

from types import MappingProxyType

from bot.core.audience import Right, faults
from bot.core.changes import AskServe, NoteAct, SettleServe, StopServing
from bot.core.commands.cities import unknown
from bot.core.commands.command import Asked, Command, places_of
from bot.core.effects import Decision, Plan, SayInRoom
from bot.core.limits import Limit, within
from bot.core.model import CaseName, CitySlug, CommandName, RoomFacts, Unsafe, UserId
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.stewards import alert
from bot.core.view import FactsOf, Question, ServeRequest

FIXED_LATER = frozenset({Unsafe.NOT_INVITE_ONLY, Unsafe.HISTORY_OPEN, Unsafe.GUESTS})
"""What `!roomcheck fix` can set once a steward has confirmed the room."""


def _facts_here(asked: Asked) -> tuple[Question, ...]:
    return (FactsOf(asked.room),)


def serve(asked: Asked) -> Decision:
    """A room admin offers this room; it is told nothing until a steward has seen who is in it."""
    if asked.keys == ("off",):
        return _off(asked)
    if not asked.keys:
        return asked.explain(CommandName.SERVE)
    cities, near = places_of(asked, asked.words.arguments)
    if not cities:
        return asked.answer(*unknown(near or ()))
    if not within(Limit.SERVE, asked.view.sender.acts.get(Limit.SERVE, ()), asked.view.now):
        return asked.answer(Line(Phrase.TOO_FAST))
    facts = asked.view.facts(asked.room)
    found = tuple(why for why in faults(facts, None, asked.view.me) if why is not Unsafe.NOT_CONFIRMED)
    blocking = tuple(why for why in found if why not in FIXED_LATER)
    if facts is None or blocking:
        return asked.answer(Line(Phrase.SERVE_NOT_YET), *(Line(Phrase.FAULT, unsafe=why) for why in blocking))
    later = tuple(Line(Phrase.FAULT, unsafe=why) for why in found)
    lines = (
        Line(Phrase.SERVE_ASKED, cities=cities),
        *((Line(Phrase.SERVE_FIX_AFTERWARDS), *later) if later else ()),
    )
    return _ask(asked, asked.view.fresh_names[0], cities, facts, lines)


def members(facts: RoomFacts, me: UserId) -> frozenset[UserId]:
    """Everybody who would read a case: in the room, or asked into it."""
    return (facts.joined | facts.invited) - {me}


def _ask(
    asked: Asked, code: CaseName, cities: tuple[CitySlug, ...], facts: RoomFacts, lines: tuple[Line, ...]
) -> Decision:
    roster = members(facts, asked.view.me)
    request = AskServe(code, asked.room, cities, roster, asked.sender, asked.view.now)
    changes = (request, NoteAct(asked.sender, Limit.SERVE, asked.view.now))
    return asked.answer(*lines, changes=changes, plans=alert(asked.view, (shown(request),)))


def shown(request: AskServe | ServeRequest) -> Whisper:
    """What a steward decides on: the room, the cities, and every person who would read cases."""
    line = Line(Phrase.STEWARD_SERVE_ASKED, cities=request.cities, number=len(request.roster))
    return Whisper(line, case=request.code, room=request.room, people=tuple(sorted(request.roster)))


def _off(asked: Asked) -> Decision:
    if asked.room in asked.view.listed_rooms:
        return asked.answer(Line(Phrase.SERVE_IS_LISTED))
    told = alert(asked.view, (Whisper(Line(Phrase.STEWARD_SERVE_OFF), room=asked.room),))
    return asked.answer(Line(Phrase.SERVE_OFF), changes=(StopServing(asked.room),), plans=told)


# -- a steward decides -----------------------------------------------------------------------------------


def _request(asked: Asked) -> ServeRequest | None:
    code = asked.first.strip("`")
    return next((each for each in asked.view.serve_requests if each.code == code), None)


def _facts_there(asked: Asked) -> tuple[Question, ...]:
    request = _request(asked)
    return () if request is None else (FactsOf(request.room),)


def confirm(asked: Asked) -> Decision:
    """Only the people who were shown become supporters; when others came meanwhile, they are shown first."""
    request = _request(asked)
    if request is None:
        return asked.answer(Line(Phrase.CONFIRM_UNKNOWN))
    facts = asked.view.facts(request.room)
    if facts is None:
        return asked.answer(Line(Phrase.CONFIRM_LATER))
    now = members(facts, asked.view.me)
    if now != request.roster:
        again = AskServe(request.code, request.room, request.cities, now, request.asked_by, asked.view.now)
        return Decision((again,), (asked.whisper(Line(Phrase.CONFIRM_PEOPLE_CHANGED), shown(again)),))
    left = tuple(Line(Phrase.FAULT, unsafe=why) for why in faults(facts, now, asked.view.me))
    pause = (Line(Phrase.SERVE_PAUSED_UNTIL), *left) if left else ()
    lines = (Line(Phrase.SERVE_CONFIRMED, cities=request.cities), *pause)
    there = Plan("serving", (SayInRoom(request.room, lines),))
    here = Line(Phrase.CONFIRM_DONE, cities=request.cities)
    return asked.answer(
        here, *pause, changes=(SettleServe(request.code, confirmed=True, by=asked.sender),), plans=(there,)
    )


def decline(asked: Asked) -> Decision:
    request = _request(asked)
    if request is None:
        return asked.answer(Line(Phrase.CONFIRM_UNKNOWN))
    there = Plan("declined", (SayInRoom(request.room, (Line(Phrase.SERVE_DECLINED),)),))
    settled = SettleServe(request.code, confirmed=False, by=asked.sender)
    return asked.answer(Line(Phrase.DECLINE_DONE), changes=(settled,), plans=(there,))


SERVE = Command(
    CommandName.SERVE,
    Right.OFFER_ROOM,
    serve,
    variants=MappingProxyType({"off": Right.TAKE_BACK_ROOM}),
    asks=_facts_here,
)
CONFIRM = Command(CommandName.CONFIRM, Right.DECIDE_ROOMS, confirm, asks=_facts_there)
DECLINE = Command(CommandName.DECLINE, Right.DECIDE_ROOMS, decline, aliases=("deny",))
