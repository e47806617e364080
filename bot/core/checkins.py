"""Check-ins: asked at the time somebody named; without an answer, supporters get the words left for that."""

from __future__ import annotations

from typing import Final

from bot.core.alarm_word import used
from bot.core.case_steps import in_thread
from bot.core.cases import is_open, is_quiet
from bot.core.changes import BeginCheckIn, CancelTimer, Change, EndCheckIn, OpenCase, SetTimer, TimerKind
from bot.core.effects import Decision, Origin, Plan, Reason, SayPrivately, TellSupporters, Timer
from bot.core.model import Card, CardNote, CheckIn, CitySlug, Message, Millis, Posted, Urgency, UserId
from bot.core.parse import read, without_names
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.report import Team, teams
from bot.core.sensitive import Sensitive
from bot.core.view import View

MINUTE: Final = Millis(60 * 1000)
GRACE: Final = Millis(10 * 60 * 1000)
"""So long an answer may take after we asked."""


def begin(message: Message, span: Millis, words: Sensitive, view: View) -> Decision:
    """One at a time: another one takes the place of the one that runs, and keeps its words if it has none."""
    before = view.sender.check_in
    cities = _cities(message, view)
    if not words and before is not None:
        words = before.words
    team = _team(cities, view)
    if not team.rooms and view.fallback is None:
        return _said(message.sender, view, Line(Phrase.CHECKIN_NOBODY))
    running = CheckIn(message.sender, message.room, Millis(view.now + span), words, cities, message.id)
    timer = SetTimer(_name(message.sender), TimerKind.CHECK_IN, running.due, message.room, message.sender)
    shown = team.cities if team.rooms else ()
    how = Phrase.CHECKIN_BEGUN if shown else Phrase.CHECKIN_BEGUN_SOMEWHERE
    what = Phrase.CHECKIN_WITH_WORDS if words else Phrase.CHECKIN_WITHOUT_WORDS
    lines = (Line(how, cities=shown, number=span // MINUTE), Line(what))
    said = _said(message.sender, view, *lines)
    return Decision((BeginCheckIn(running, view.now), timer, *used(message.room, view)), said.plans)


def _cities(message: Message, view: View) -> tuple[CitySlug, ...]:
    """Those they name; else those of the check-in before, or of what they asked for last."""
    tags = read(message.body).tags
    named = tuple(dict.fromkeys(city for tag in tags for city in view.atlas.find(tag.key)))
    before = view.sender.check_in
    # Of an alarm nothing may be seen here, not even where its supporters are.
    shown = (case for case in view.sender.cases if not is_quiet(case))
    lately = next((case.card.cities for case in shown if case.card.cities), ())
    return named or (() if before is None else before.cities) or lately


def _team(cities: tuple[CitySlug, ...], view: View) -> Team:
    """The first of their cities that has supporters; else whoever is there for everybody."""
    return next((team for team in teams(cities, view) if team.rooms), Team(cities, ()))


def _name(person: UserId) -> str:
    return f"check-in {person}"


# -- the time has come ---------------------------------------------------------------------------------------


def due(timer: Timer, view: View) -> Decision:
    """Asked once, by a message that their phone is heard for: a silent one would be missed."""
    running = view.sender.check_in
    if running is None or timer.person is None:
        return Decision()
    missed = Millis(view.now + GRACE)
    again = SetTimer(_name(timer.person), TimerKind.CHECK_IN_MISSED, missed, timer.room, timer.person)
    line = Line(Phrase.CHECKIN_ASKS, number=GRACE // MINUTE)
    asks = SayPrivately(timer.person, (line,), view.sender.language, rings=True)
    return Decision((again,), (Plan("check-in answer", (asks,)),))


def missed(timer: Timer, view: View) -> Decision:
    """No answer: those words, and no others, go to supporters."""
    running = view.sender.check_in
    if running is None or timer.person is None:
        return Decision()
    return _to_supporters(running, CardNote.CHECKIN_MISSED, Reason.CHECK_IN, view)


def _to_supporters(running: CheckIn, note: CardNote, reason: Reason, view: View) -> Decision:
    if not view.fresh_names:
        raise ValueError("a check-in that was missed needs a fresh case name")
    team, name = _team(running.cities, view), view.fresh_names[0]
    card = Card(
        case=name,
        categories=(),
        cities=team.cities,
        posted=Posted.PRIVATELY,
        urgency=Urgency.URGENT,
        words=without_names(running.words, running.person),
        notes=(note,),
    )
    opened = OpenCase(card, running.person, running.chat, running.source, view.now)
    origin = Origin(
        reason,
        running.chat,
        running.person,
        running.source,
        cities=team.cities,
        posted=Posted.PRIVATELY,
        urgency=Urgency.URGENT,
        language=view.sender.language,
        case=name,
    )
    told = Plan("check-in", (TellSupporters(card, team.rooms, view.fallback),), origin)
    return Decision((opened, *_over(running.person)), (told,))


def _over(person: UserId) -> tuple[Change, ...]:
    return EndCheckIn(person), CancelTimer(_name(person))


# -- they are fine, or have to say so -----------------------------------------------------------------------


def fine(message: Message, view: View) -> Decision:
    """The check-in ends and its words go; supporters who were called because of one are told."""
    missed_cases = [
        case
        for case in view.sender.cases
        if CardNote.CHECKIN_MISSED in case.card.notes and is_open(case) and case.room is not None
    ]
    told = tuple(in_thread(case, Line(Phrase.WORKER_ALL_RIGHT)) for case in missed_cases)
    over = _over(message.sender) if view.sender.check_in is not None else ()
    ended = (*over, *used(message.room, view))
    said = _said(message.sender, view, Line(Phrase.CHECKIN_FINE))
    return Decision(ended, (*said.plans, *told))


def alarm(message: Message, view: View) -> Decision:
    """It looks as if all were fine, to the letter; and supporters are called without a word about it here."""
    running = view.sender.check_in or CheckIn(
        message.sender, message.room, view.now, Sensitive(""), _cities(message, view), message.id
    )
    looks = fine(message, view)
    called = _to_supporters(running, CardNote.ALARM_WORD, Reason.ALARM, view)
    seen = tuple(plan for plan in looks.plans if plan.name == "check-in answer")
    return Decision((*called.changes, *used(message.room, view)), (*seen, *called.plans))


def withdrawn(person: UserId, view: View) -> tuple[Change, ...]:
    """Their message with the words was deleted: the check-in stays, the words go."""
    running = view.sender.check_in
    if running is None or running.person != person:
        return ()
    without = CheckIn(person, running.chat, running.due, Sensitive(""), running.cities, running.source)
    return (BeginCheckIn(without, view.now),)


def _said(person: UserId, view: View, *lines: Line | Whisper) -> Decision:
    said = SayPrivately(person, lines, view.sender.language)
    return Decision((), (Plan("check-in answer", (said,)),))
