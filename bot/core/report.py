"""One call for help, worked out: what it asks for, which cities it means, and the cases that come of it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from bot.core.asking import ask
from bot.core.changes import OpenCase
from bot.core.cities import normalise
from bot.core.effects import Origin, Plan, Reason, TellSupporters
from bot.core.files import note
from bot.core.guard import Finding
from bot.core.limits import Limit
from bot.core.model import (
    Card,
    CardNote,
    CaseName,
    Category,
    CitySlug,
    Language,
    Message,
    Posted,
    ResourceId,
    RoomId,
    Trust,
    Urgency,
)
from bot.core.parse import Reading, Word, without_names
from bot.core.resources import Scope
from bot.core.synonyms import FILLERS, LANGUAGE_WORDS, ONLINE_WORDS, TOPIC_WORDS
from bot.core.view import View

ANYWHERE = frozenset({Scope.ONLINE, Scope.GLOBAL})
MOST_ROOMS = 5
"""So many teams one report can reach: nobody is in more cities at once, and a flood of tags stays small."""

_UNPLACED = """
    urgent emergency help helpme please pls sos asap safety safe warning beware alert danger doxx doxxed
    doxxing harassment stalker stalking police cops client clients scam scammer money rent food work worker
    workers sexwork sexworker sexworkers sexworkiswork escort escorts camgirl onlyfans stripper dom domme
    trans queer tonight today now anon anonymous sws solidarity
"""
NOT_PLACES = frozenset(_UNPLACED.split())
"""Words people put behind a # that are no city. A tag that is none of these, no topic and no city we know
is taken for a city we do not know."""


class Report(Struct, frozen=True):
    """A message that asks for something."""

    message: Message
    reading: Reading
    posted: Posted
    cities: tuple[CitySlug, ...]
    unknown: tuple[Word, ...]
    """Tags that look like cities and are none that we know."""
    language: Language

    @property
    def urgency(self) -> Urgency:
        return urgency(self.reading)


def urgency(reading: Reading) -> Urgency:
    grave = {Category.DOXX, Category.DANGER} & set(reading.categories)
    return Urgency.URGENT if grave else reading.urgency


def limit(reading: Reading) -> Limit:
    """What a report counts against."""
    return Limit.URGENT_REPORT if urgency(reading) is Urgency.URGENT else Limit.REPORT


def work_out(message: Message, reading: Reading, posted: Posted, view: View) -> Report:
    """The tags name the cities; without tags the room does; a tag we do not know is never guessed at."""
    known = tuple(dict.fromkeys(city for tag in reading.tags for city in view.atlas.find(tag.key)))
    unknown = tuple(tag for tag in reading.tags if not view.atlas.find(tag.key) and _place_like(tag))
    cities = known if known or (unknown and view.fallback is not None) else view.room.cities
    language = view.room.language if posted is Posted.PUBLICLY else view.sender.language
    return Report(message, reading, posted, cities, unknown, language)


def _place_like(tag: Word) -> bool:
    key = normalise(tag.key)
    return not any(key in words for words in (NOT_PLACES, FILLERS, TOPIC_WORDS, LANGUAGE_WORDS, ONLINE_WORDS))


def ladder(city: CitySlug, view: View) -> tuple[RoomId, ...]:
    """The rooms that serve a city, in the order they are tried."""
    return tuple(room.room for room in view.supporter_rooms if city in room.cities)


class Team(Struct, frozen=True):
    """Cities that the same rooms serve, and those rooms; no rooms: the fallback's."""

    cities: tuple[CitySlug, ...]
    rooms: tuple[RoomId, ...]


def teams(cities: tuple[CitySlug, ...], view: View) -> tuple[Team, ...]:
    """One team, and so one case, for each distinct ladder."""
    together: dict[tuple[RoomId, ...], list[CitySlug]] = {}
    for city in cities:
        together.setdefault(ladder(city, view), []).append(city)
    found = tuple(Team(tuple(slugs), rooms) for rooms, slugs in together.items())
    return found[: min(MOST_ROOMS, len(view.fresh_names))] or (Team((), ()),)


def tell(report: Report, view: View) -> tuple[tuple[OpenCase, ...], Plan]:
    """The cases that come of a report, and the plan that puts them before supporters."""
    if not view.fresh_names:
        raise ValueError("a decision about a report needs at least one fresh case name")
    message, found = report.message, teams(report.cities, view)
    cards = [card(report, team, name, view) for team, name in zip(found, view.fresh_names, strict=False)]
    source = message.edits or message.id
    opened = tuple(OpenCase(each, message.sender, message.room, source, view.now) for each in cards)
    steps = tuple(
        TellSupporters(each, team.rooms, view.fallback) for each, team in zip(cards, found, strict=True)
    )
    return opened, Plan("tell", steps, origin(report, Reason.REPORT, view))


def card(report: Report, team: Team, case: CaseName, view: View) -> Card:
    """What one team sees of a report."""
    message, reading = report.message, report.reading
    return Card(
        case=case,
        categories=reading.categories,
        cities=team.cities,
        posted=report.posted,
        urgency=report.urgency,
        words=without_names(reading.words, message.sender),
        platforms=view.desk.for_links(reading.links),
        attachments=() if message.attachment is None else (message.attachment,),
        notes=_notes(report, team, view),
    )


def _notes(report: Report, team: Team, view: View) -> tuple[CardNote, ...]:
    nowhere, came = not team.cities, note(report.message, view)
    found = (
        (nowhere and bool(report.unknown), CardNote.CITY_UNKNOWN),
        (nowhere and not report.unknown, CardNote.CITY_NOT_NAMED),
        (bool(team.cities) and not team.rooms, CardNote.CITY_WITHOUT_SUPPORTERS),
        (report.message.trust in (Trust.UNSIGNED, Trust.CHANGED), CardNote.SENDER_NOT_VERIFIED),
    )
    return (*(each for holds, each in found if holds), *(() if came is None else (came,)))


def origin(report: Report, reason: Reason, view: View, found: frozenset[Finding] = frozenset()) -> Origin:
    """What must be known again when the outcome is heard."""
    near = dict.fromkeys(city for tag in report.unknown for city in view.atlas.nearest(tag.key))
    return Origin(
        reason=reason,
        room=report.message.room,
        sender=report.message.sender,
        event=report.message.id,
        categories=report.reading.categories,
        cities=report.cities,
        near=tuple(near)[:3],
        unknown=tuple(tag.written for tag in report.unknown[:3]),
        posted=report.posted,
        urgency=report.urgency,
        language=report.language,
        findings=tuple(sorted(found)),
        resources=fitting(report, view),
        at=report.message.at,
    )


def fitting(report: Report, view: View) -> tuple[ResourceId, ...]:
    """Up to three entries for what a call for help asks for, near its cities; only its tags are looked at."""
    if not _asks_for_help(report.reading):
        return ()
    question = ask([tag.key for tag in report.reading.tags], view.atlas, view.library, report.cities)
    found = view.library.search(question)
    if not (question.cities or question.places or question.countries):
        # Nobody knows where they are: a group in one country is of no use to most of them.
        found = tuple(entry for entry in found if entry.scope in ANYWHERE)
    return tuple(entry.id for entry in found[:3])


def _asks_for_help(reading: Reading) -> bool:
    return reading.category in (None, Category.HELP)


def open_again(case: Card, team: Team) -> TellSupporters:
    """The kept card of a case, for the team of the city that its worker has named since."""
    left = (CardNote.CITY_NOT_NAMED, CardNote.CITY_UNKNOWN)
    notes = tuple(note for note in case.notes if note not in left)
    return TellSupporters(replace(case, cities=team.cities, notes=notes), team.rooms, None)
