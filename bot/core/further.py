"""What a worker says after the report: more for the thread, an edit, or the city that was asked for."""

from __future__ import annotations

from bot.core.cases import WAITING, is_quiet
from bot.core.changes import AnsweredCity
from bot.core.effects import Decision, Origin, Plan, Reason, SayPrivately, TellMore
from bot.core.files import goes_along, note
from bot.core.model import CardNote, CitySlug, Message
from bot.core.parse import Reading, Says, places, without_names
from bot.core.phrases import Line, Phrase
from bot.core.report import Team, open_again, teams
from bot.core.turning_urgent import turns_urgent
from bot.core.view import CaseView, View


def go_on(message: Message, reading: Reading, case: CaseView, view: View) -> Decision:
    """The words go into the thread, and what came with them as far as it may; they may sound urgent."""
    why, hurry = note(message, view), turns_urgent(case, reading, view)
    along = goes_along(message, (case.card.case,), view)
    if why not in (None, CardNote.PICTURE_FOLLOWS):
        more: tuple[Plan, ...] = (tell_more(message, reading, case, why=why),)
    else:
        more = () if reading.says is Says.NOTHING else (tell_more(message, reading, case),)
    return Decision((*hurry.changes, *along.changes), (*more, *hurry.plans, *along.plans))


def tell_more(
    message: Message,
    reading: Reading,
    case: CaseView,
    *,
    why: CardNote | None = None,
) -> Plan:
    """Into the thread of the case, an edit in place of the old words; `why`: what becomes of a file."""
    words = without_names(reading.words, message.sender)
    origin = Origin(
        reason=Reason.MORE,
        room=message.room,
        sender=message.sender,
        event=message.id,
        categories=case.card.categories,
        cities=case.card.cities,
        posted=case.card.posted,
        urgency=case.card.urgency,
        case=case.card.case,
        at=message.at,
    )
    came = () if why is None or message.attachment is None else (message.attachment,)
    told = TellMore(
        case.card.case,
        words,
        message.edits is not None,
        came,
        () if why is None else (why,),
        message.edits or message.id,
    )
    # "Supporters have this too" is no answer to a file that they do not have, and no word about an alarm.
    return Plan("more", (told,), None if reading.says is Says.NOTHING or is_quiet(case) else origin)


def answers_city(message: Message, reading: Reading, view: View) -> Decision | None:
    """If these words name the city that was asked for: the kept card goes there. Otherwise None."""
    asked = view.sender.asked_city
    case = next((each for each in view.sender.cases if each.card.case == asked), None)
    if case is None:
        return None
    cities, only = _named(reading, view)
    if not cities:
        return None
    team = next((team for team in teams(cities, view) if team.rooms), None)
    with_them = team is not None and case.room in team.rooms
    plans = () if with_them else (_move(message, case, team or Team(cities, ()), view),)
    alone = only and not with_them and message.attachment is None
    more = Decision() if alone else go_on(message, reading, case, view)
    return Decision((AnsweredCity(message.sender), *more.changes), (*plans, *more.plans))


def names_another_city(message: Message, reading: Reading, view: View) -> Decision:
    """First words that name another city by an edit: the case goes there, as long as nobody has it."""
    named = _tagged(reading, view)
    if not named or any(set(named) & set(case.card.cities) for case in view.edited_cases):
        return Decision()
    first = (case for case in view.edited_cases if case.original_event == message.edits)
    waiting = next((case for case in first if case.state is WAITING and case.room is not None), None)
    team = next((team for team in teams(named, view) if team.rooms), None)
    if waiting is None or team is None or waiting.room in team.rooms:
        return Decision()
    settled = view.sender.asked_city == waiting.card.case
    changes = (AnsweredCity(message.sender),) if settled else ()
    return Decision(changes, (_move(message, waiting, team, view),))


def _tagged(reading: Reading, view: View) -> tuple[CitySlug, ...]:
    return tuple(dict.fromkeys(city for tag in reading.tags for city in view.atlas.find(tag.key)))


def _named(reading: Reading, view: View) -> tuple[tuple[CitySlug, ...], bool]:
    """The cities named, and whether nothing else was said."""
    tagged = _tagged(reading, view)
    spans = places(reading.words)
    whole = view.atlas.find(spans[0].key) if spans else ()
    part = next((found for span in spans if (found := view.atlas.find(span.key))), ())
    return tagged or whole or part, bool(whole)


def _move(message: Message, case: CaseView, team: Team, view: View) -> Plan:
    """To the city's own team; the same case, so that the talk goes on in one thread."""
    if not team.rooms:
        line = Line(Phrase.CITY_WITHOUT_SUPPORTERS, cities=team.cities)
        return Plan("answer", (SayPrivately(message.sender, (line,), view.sender.language),))
    origin = Origin(
        reason=Reason.MOVE,
        room=message.room,
        sender=message.sender,
        event=message.id,
        categories=case.card.categories,
        cities=team.cities,
        posted=case.card.posted,
        urgency=case.card.urgency,
        language=view.sender.language,
        case=case.card.case,
        at=message.at,
    )
    return Plan("move", (open_again(case.card, team),), origin)
