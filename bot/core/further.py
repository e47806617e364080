"""What a worker says after the report: more for the thread, an edit, or the city that was asked for."""

from __future__ import annotations

from bot.core.effects import AnsweredCity, Decision, Origin, Plan, Reason, SayPrivately, TellMore
from bot.core.model import AttachmentKind, CitySlug, Message
from bot.core.parse import Reading, places, without_names
from bot.core.phrases import Line, Phrase
from bot.core.report import Team, open_again, teams
from bot.core.view import CaseView, View


def attachments(message: Message) -> tuple[AttachmentKind, ...]:
    return () if message.attachment is None else (message.attachment,)


def not_carried(message: Message, view: View) -> tuple[Plan, ...]:
    """Whoever attached something is told that it goes to nobody, and what does."""
    if message.attachment is None or message.edits is not None:
        return ()
    line = Line(Phrase.ATTACHMENT_NOT_CARRIED)
    return (Plan("attachment", (SayPrivately(message.sender, (line,), view.sender.language),)),)


def tell_more(message: Message, reading: Reading, case: CaseView, *, edited: bool = False) -> Plan:
    """The words go into the thread of the case, wherever its card stands."""
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
    )
    return Plan("more", (TellMore(case.card.case, words, edited, attachments(message)),), origin)


def answers_city(message: Message, reading: Reading, view: View) -> Decision | None:
    """If these words name the city that was asked for: the kept card goes there. Otherwise None."""
    case = view.sender.case
    if case is None or view.sender.asked_city != case.card.case:
        return None
    cities, only = _named(reading, view)
    if not cities:
        return None
    team = next((team for team in teams(cities, view) if team.rooms), None)
    with_them = team is not None and case.room in team.rooms
    plans = () if with_them else (_move(message, case, team or Team(cities, ()), view),)
    more = () if only and not with_them else (tell_more(message, reading, case),)
    return Decision((AnsweredCity(message.sender),), (*plans, *more))


def _named(reading: Reading, view: View) -> tuple[tuple[CitySlug, ...], bool]:
    """The cities named, and whether nothing else was said."""
    tagged = tuple(dict.fromkeys(city for tag in reading.tags for city in view.atlas.find(tag.key)))
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
    )
    return Plan("move", (open_again(case.card, team),), origin)
