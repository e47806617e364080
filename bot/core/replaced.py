"""A supporter room in whose place another was put never serves again: its open cases go to others."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from bot.core.case_steps import rests
from bot.core.cases import is_open
from bot.core.changes import Change, UnplaceCase
from bot.core.effects import Decision, Origin, Outcome, Plan, Reason, TellSupporters
from bot.core.model import CardNote, RoomId, Unsafe
from bot.core.report import ladder
from bot.core.results import Held
from bot.core.view import CaseView, View


def go_on_from(room: RoomId, cases: Iterable[CaseView], view: View) -> Decision:
    """Each open case that stands there, once: from this decision on it stands there no longer."""
    here = [case for case in cases if case.room == room and is_open(case)]
    changes: list[Change] = []
    for case in here:
        changes += (UnplaceCase(case.card.case), *rests(case))
    return Decision(tuple(changes), tuple(_to_others(case, room, view) for case in here))


def found_while_telling(outcome: Outcome, view: View) -> Decision:
    """No sync showed it, but the room refused what came later because another is in its place."""
    refused = {
        (result.case, refusal.room)
        for result in outcome.results
        if isinstance(result, Held)
        for refusal in result.refused
        if refusal.why is Unsafe.REPLACED
    }
    theirs = [case for case in view.sender.cases if (case.card.case, case.room) in refused]
    found = [go_on_from(case.room, (case,), view) for case in theirs if case.room is not None]
    changes = tuple(change for each in found for change in each.changes)
    return Decision(changes, tuple(plan for each in found for plan in each.plans))


def _to_others(case: CaseView, room: RoomId, view: View) -> Plan:
    """Other rooms that serve its cities, then the fallback. What a card said of its old room goes."""
    card = case.card
    rooms = dict.fromkeys(each for city in card.cities for each in ladder(city, view) if each != room)
    notes = tuple(note for note in card.notes if note is not CardNote.CITY_ROOM_UNSAFE)
    fallback = None if view.fallback == room else view.fallback
    origin = Origin(
        reason=Reason.REPLACED,
        room=case.original_room,
        sender=case.person,
        event=case.original_event,
        categories=card.categories,
        cities=card.cities,
        posted=card.posted,
        urgency=card.urgency,
        case=card.case,
    )
    return Plan(
        f"onward {card.case}", (TellSupporters(replace(card, notes=notes), tuple(rooms), fallback),), origin
    )
