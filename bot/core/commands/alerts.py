"""`!alert`, `!approve`, `!retract`: supporters warn a city in their own words, two of them at least."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from bot.core.alert_steps import DRAFT_LASTS, agreed, approved, drafted, ended
from bot.core.alerts import Alert, AlertEvent, step
from bot.core.audience import Right
from bot.core.cases import is_open
from bot.core.changes import NoteAct
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision, Plan, WhisperInRoom
from bot.core.guard import copied, exempt, findings, longer
from bot.core.limits import Limit, within
from bot.core.model import CitySlug, CommandName, Millis
from bot.core.parse import after, without_names
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, FactsOf, Question, View

LONGEST: Final = 800
"""Letters: what is longer is not read on a phone, and tells more than a warning needs."""


def alert(asked: Asked) -> Decision:
    """`!alert nyc words`, or in the thread of a case `!alert words`: a preview, and nothing in public."""
    case = asked.view.thread_case
    if case is not None and (case.room != asked.room or not is_open(case)):
        return _refuse(asked, None, Line(Phrase.CASE_WHERE))
    if not asked.keys:
        return asked.explain(CommandName.ALERT)
    if case is not None and case.card.case not in asked.view.may_warn:
        return _refuse(asked, case, Line(Phrase.ALERT_NOT_AGREED))
    cities, words = _meant(asked, case)
    if not cities:
        return _refuse(asked, case, _which_city(asked))
    why = _why_not(words, case, asked)
    if why is not None:
        return _refuse(asked, case, why)
    return _draft(asked, case, cities, words)


def _meant(asked: Asked, case: CaseView | None) -> tuple[tuple[CitySlug, ...], Sensitive]:
    """The city of the case; for what is nobody's case, and where its city is unknown, a city served here."""
    rest = asked.words.rest
    if case is not None and case.card.cities:
        return case.card.cities, without_names(without_names(rest, asked.sender), case.person)
    named = asked.view.atlas.find(asked.first)
    cities = named if set(named) <= set(_served(asked)) else ()
    words = without_names(after(rest, 1), asked.sender)
    return cities, words if case is None else without_names(words, case.person)


def _served(asked: Asked) -> tuple[CitySlug, ...]:
    return next((each.cities for each in asked.view.supporter_rooms if each.room == asked.room), ())


def _which_city(asked: Asked) -> Line:
    served = _served(asked)
    if not served:
        return Line(Phrase.ALERT_NO_CITY)
    return Line(Phrase.ALERT_WHICH_CITY, cities=served, commands=(CommandName.ALERT,))


def _why_not(words: Sensitive, case: CaseView | None, asked: Asked) -> Line | Whisper | None:
    """What could lead to somebody stays here, and so do the worker's own words."""
    view = asked.view
    if not words:
        return Line(Phrase.HOW_TO_USE, commands=(CommandName.ALERT,))
    if longer(words, LONGEST):
        return Line(Phrase.ALERT_TOO_LONG, number=LONGEST)
    if found := findings(words, view.atlas.countries(), exempt(view.library, view.desk)):
        return Whisper(Line(Phrase.ALERT_IDENTIFIES), findings=tuple(sorted(found)))
    told = (*view.board, *(() if case is None else (case,)))
    if any(copied(words, each.card.words) for each in told):
        # Whoever writes it outside the thread has read that case all the same.
        return Line(Phrase.ALERT_COPIES)
    if not within(Limit.ALERT, view.sender.acts.get(Limit.ALERT, ()), view.now):
        return Line(Phrase.TOO_FAST)
    return None


def _draft(asked: Asked, case: CaseView | None, cities: tuple[CitySlug, ...], words: Sensitive) -> Decision:
    now = asked.view.now
    new = Alert(
        name=asked.view.fresh_names[0],
        room=asked.room,
        cities=cities,
        words=words,
        at=now,
        until=Millis(now + DRAFT_LASTS),
        case=None if case is None else case.card.case,
        thread=asked.message.thread,
        author=asked.sender,
    )
    made = drafted(new, asked.view)
    return Decision((*made.changes, NoteAct(asked.sender, Limit.ALERT, now)), made.plans)


def approve(asked: Asked) -> Decision:
    """By another supporter of the room than its author; the worker's yes is asked for again."""
    if not asked.keys:
        return asked.explain(CommandName.APPROVE)
    here = _named(asked, AlertEvent.APPROVE)
    if here is None:
        return _refuse(asked, None, Line(Phrase.ALERT_UNKNOWN))
    if here.author == asked.sender:
        return _refuse(asked, None, Line(Phrase.ALERT_SECOND))
    if not agreed(here, asked.view):
        return _refuse(asked, None, Line(Phrase.ALERT_NOT_AGREED))
    wanted = set(here.cities)
    rooms = tuple(room.room for room in asked.view.lobbies if wanted & set(room.cities))
    if not rooms:
        return _refuse(asked, None, Line(Phrase.ALERT_NO_ROOMS, cities=here.cities))
    return approved(here, rooms, asked.view)


def retract(asked: Asked) -> Decision:
    """By anybody of its room, or of its city once that room is no more: taking back needs no second."""
    if not asked.keys:
        return asked.explain(CommandName.RETRACT)
    here = _named(asked, AlertEvent.END)
    return (
        _refuse(asked, None, Line(Phrase.ALERT_UNKNOWN)) if here is None else ended(here, Phrase.ALERT_GONE)
    )


def _named(asked: Asked, event: AlertEvent) -> Alert | None:
    """The alert of this name in this room, if this can happen to it: else nobody learns that there is one."""
    found = asked.view.alert
    if found is None or found.name != asked.first or step(found, event) is None:
        return None
    if found.room == asked.room:
        return found
    left = _serves(asked, found) and _nobody_is_left(found, event, asked.view)
    return replace(found, room=asked.room, thread=asked.message.thread) if left else None


def _serves(asked: Asked, alert: Alert) -> bool:
    return asked.room == asked.view.fallback or bool(set(_served(asked)) & set(alert.cities))


def _nobody_is_left(alert: Alert, event: AlertEvent, view: View) -> bool:
    """Then it is for who serves its city; not knowing, it can be taken back and nothing else."""
    facts = view.facts(alert.room)
    if alert.room not in view.rosters:
        return True
    return event is AlertEvent.END if facts is None else facts.replaced


def _its_room(asked: Asked) -> tuple[Question, ...]:
    """Whether another room was put in the place of the one it was written in."""
    found = asked.view.alert
    elsewhere = found is not None and found.name == asked.first and found.room != asked.room
    return (FactsOf(found.room),) if found is not None and elsewhere and _serves(asked, found) else ()


def _refuse(asked: Asked, case: CaseView | None, line: Line | Whisper) -> Decision:
    name = None if case is None else case.card.case
    said = WhisperInRoom(asked.room, (line,), asked.language, asked.message.thread, name)
    return Decision((), (Plan("answer", (said,)),))


ALERT = Command(CommandName.ALERT, Right.WARN_OTHERS, alert, aliases=("boost",))
APPROVE = Command(CommandName.APPROVE, Right.WARN_OTHERS, approve, asks=_its_room)
RETRACT = Command(CommandName.RETRACT, Right.WARN_OTHERS, retract, asks=_its_room)
