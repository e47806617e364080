"""A case that went on to others: their room has it, and whoever it left may still take it while it waits."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.case_steps import has_enough, in_thread, moved
from bot.core.cases import CLAIMED, CLAIMS_EACH, WAITING
from bot.core.changes import PlaceCase
from bot.core.effects import Decision, Plan, WhisperInRoom
from bot.core.model import RoomId, UserId
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.view import CaseView, Left, View


def left_here(case: CaseView | None, room: RoomId) -> Left | None:
    """Its card of before, if it went from this room to others."""
    return None if case is None else next((left for left in case.left if left.room == room), None)


def take_back(case: CaseView, left: Left, person: UserId, view: View) -> Decision:
    """Claimed where it was: decided on like every claim, so that one team has it and never two."""
    name, here = case.card.case, _as_it_stood(case, left)
    if case.state is not WAITING or not left.may_claim or case.room is None:
        return Decision((), (in_thread(here, Whisper(Line(Phrase.CASE_WITH_OTHERS), case=name)),))
    if has_enough(person, view):
        enough = Whisper(Line(Phrase.CASE_ENOUGH, number=CLAIMS_EACH), case=name, by=person)
        return Decision((), (in_thread(here, enough),))
    claimed = moved(
        here, CLAIMED, view, Whisper(Line(Phrase.CASE_CLAIMED_BACK), case=name, by=person), person
    )
    place = PlaceCase(name, left.room, left.event, back=True)
    line = Whisper(Line(Phrase.CASE_WENT_BACK), case=name)
    there = WhisperInRoom(case.room, (line,), thread=case.event, case=name)
    return Decision((place, *claimed.changes), (*claimed.plans, Plan(f"back {name}", (there,))))


def _as_it_stood(case: CaseView, left: Left) -> CaseView:
    """In the room it left, under the card it had there."""
    return replace(case, room=left.room, event=left.event)
