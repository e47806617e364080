"""The resource list: what an entry is, and which entries answer a question best."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, final

from msgspec import Struct
from msgspec.structs import replace

from bot.core.cities import Atlas, normalise
from bot.core.model import City, CitySlug, ResourceId
from bot.core.takedown import Confidence

PAGE: Final = 5
STALE_AFTER_DAYS: Final = 180


class Topic(StrEnum):
    """What kind of help an entry gives."""

    MUTUAL_AID = "mutual_aid"
    FUNDING = "funding"
    PEER_SUPPORT = "peer_support"
    CRISIS_LINE = "crisis_line"
    LEGAL = "legal"
    HEALTH = "health"
    HARM_REDUCTION = "harm_reduction"
    BAD_DATE = "bad_date"
    DIGITAL_SAFETY = "digital_safety"
    IMAGE_ABUSE = "image_abuse"
    MENTAL_HEALTH = "mental_health"
    HOUSING = "housing"
    MIGRANT = "migrant"
    TRANS = "trans"
    LABOR = "labor"
    INCARCERATION = "incarceration"
    RIGHTS_ORG = "rights_org"


class Scope(StrEnum):
    """How far an entry reaches."""

    CITY = "city"
    REGION = "region"
    NATIONAL = "national"
    ONLINE = "online"
    GLOBAL = "global"


class Status(StrEnum):
    LISTED = "listed"
    CHECK = "check"
    """Stale, or no contact of its own was seen."""
    PAUSED = "paused"
    CLOSED = "closed"
    """Kept so that the bot can say so, and nobody adds it back."""


class PeerLed(StrEnum):
    FULL = "full"
    PARTLY = "partly"
    NONE = "none"
    UNKNOWN = "unknown"


class Freshness(StrEnum):
    """How far an entry can be trusted today."""

    UNCHECKED = "unchecked"
    """Nobody of us has checked it yet."""
    CHECKED = "checked"
    STALE = "stale"
    """Checked once, too long ago."""


class Phone(Struct, frozen=True):
    number: str
    serves: str | None = None


class Resource(Struct, frozen=True):
    id: ResourceId
    name: str
    description: str
    topics: tuple[Topic, ...]
    scope: Scope
    source: tuple[str, ...]
    seen: date
    """When its sources were read."""
    status: Status
    publish: bool
    countries: tuple[str, ...] = ()
    cities: tuple[CitySlug, ...] = ()
    languages: tuple[str, ...] = ()
    peer_led: PeerLed = PeerLed.UNKNOWN
    confidence: Confidence = Confidence.THIRD_PAGE
    url: str | None = None
    phones: tuple[Phone, ...] = ()
    email: str | None = None
    address: str | None = None
    hours: str | None = None
    note: str | None = None
    """Shown to people."""
    upkeep: str | None = None
    """For whoever keeps the list; never shown."""
    withheld: str | None = None
    """Why `publish` is false though the entry is open."""
    evidence_year: int | None = None
    """The newest year visible in what was read; of a closed entry, the year it closed or was last seen."""
    checked: date | None = None
    """When somebody of us last called, wrote or went there."""

    def freshness(self, today: date) -> Freshness:
        if self.checked is None:
            return Freshness.UNCHECKED
        age = (today - self.checked).days
        return Freshness.STALE if age > STALE_AFTER_DAYS else Freshness.CHECKED


class Query(Struct, frozen=True):
    """What somebody asked for; empty in every part: what is there at all?"""

    cities: tuple[CitySlug, ...] = ()
    """As the bot's own atlas calls them."""
    places: tuple[CitySlug, ...] = ()
    """As the list calls them; it may know more cities than the bot has supporters in."""
    countries: tuple[str, ...] = ()
    """Of the cities; national entries of other countries are left out."""
    topics: tuple[Topic, ...] = ()
    languages: tuple[str, ...] = ()
    online: bool = False
    words: tuple[str, ...] = ()
    """Words that are none of the above: looked for in names and descriptions, and never repeated."""

    def __repr__(self) -> str:
        return "Query(…)"


@final
class Library:
    """All entries, and the places they speak of."""

    __slots__ = (
        "_about",
        "_by_topic",
        "_by_word",
        "_entries",
        "_names",
        "_worth",
        "languages",
        "places",
        "vocabulary",
    )

    def __init__(self, entries: tuple[Resource, ...], places: tuple[City, ...] = ()) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._names = {entry.id: _tokens(f"{entry.name} {entry.id}") for entry in entries}
        self._about = {entry.id: _tokens(entry.description) for entry in entries}
        self._worth = {entry.id: _worth(entry) for entry in entries}
        self._by_topic: dict[Topic, set[ResourceId]] = {}
        self._by_word: dict[str, set[ResourceId]] = {}
        for entry in entries:
            for topic in entry.topics:
                self._by_topic.setdefault(topic, set()).add(entry.id)
            for word in self._names[entry.id]:
                self._by_word.setdefault(word, set()).add(entry.id)
        self.places: Final = Atlas(places)
        self.vocabulary: Final[Mapping[str, None]] = MappingProxyType(
            dict.fromkeys(sorted(token for tokens in self._names.values() for token in tokens))
        )
        """Every word that stands in a name."""
        self.languages: Final = frozenset(code for entry in entries for code in entry.languages)

    def get(self, resource: ResourceId) -> Resource | None:
        return self._entries.get(resource)

    def search(self, query: Query) -> tuple[Resource, ...]:
        """The entries that answer, best first. A closed one only by name, or where nothing open answers."""
        places = {place for slug in query.cities for place in (slug, *self.places.find(slug))}
        wanted = replace(query, places=tuple(dict.fromkeys((*query.places, *places))))
        possible = self._possible(query)
        open_ones = [entry for entry in possible if entry.publish]
        closed = [entry for entry in possible if entry.status is Status.CLOSED]
        named = [entry for entry in closed if self._names[entry.id].intersection(query.words)]
        best = self._ranked((*open_ones, *named), wanted) or self._ranked(closed, wanted)
        speaking = tuple(entry for entry in best if set(entry.languages) & set(query.languages))
        return speaking or best

    def _possible(self, query: Query) -> Iterable[Resource]:
        """What is about one of the topics asked for, or bears a name asked for; the rest never answers."""
        if not query.topics:
            return self._entries.values()
        about = (self._by_topic.get(topic, set()) for topic in query.topics)
        bearing = (self._by_word.get(word, set()) for word in query.words)
        return [self._entries[id_] for id_ in set().union(*about, *bearing)]

    def _ranked(self, entries: Iterable[Resource], query: Query) -> tuple[Resource, ...]:
        scored = ((self._score(entry, query), entry) for entry in entries)
        found = [(-score, entry.name, entry) for score, entry in scored if score is not None]
        return tuple(entry for *_, entry in sorted(found, key=lambda row: (row[0], row[1], row[2].id)))

    def _score(self, entry: Resource, query: Query) -> int | None:
        named = len(self._names[entry.id].intersection(query.words))
        if named and named == len(query.words):
            return 1000 + self._worth[entry.id]
        told = len(self._about[entry.id].intersection(query.words))
        bare = not (query.topics or query.places or query.languages or query.countries or query.online)
        place = self._place(entry, query)
        topics = _topics(entry, query)
        if place is None or topics is None or (query.words and bare and not (named or told)):
            return None
        return place + topics + 40 * named + 10 * told + self._worth[entry.id]

    def _place(self, entry: Resource, query: Query) -> int | None:
        """How near an entry is to where it is asked for; None: too far to be of use."""
        here = [place for place in entry.cities if place in query.places and self._same_country(place, query)]
        if here and not query.online:
            return 60
        if entry.scope in (Scope.CITY, Scope.REGION) and entry.cities:
            asked_elsewhere = bool(query.places or query.online)
            abroad = query.countries and not set(query.countries) & set(entry.countries)
            return None if asked_elsewhere or abroad else 10
        fits = not entry.countries or not query.countries or bool(set(query.countries) & set(entry.countries))
        if entry.scope in (Scope.NATIONAL, Scope.REGION):
            return (10 if query.online else 30) if fits else None
        return (30 if query.online else 25) if fits else 5

    def _same_country(self, place: CitySlug, query: Query) -> bool:
        country = self.places.city(place).country if place in self.places else None
        return country is None or not query.countries or country in query.countries

    @property
    def entries(self) -> tuple[Resource, ...]:
        return tuple(self._entries.values())


def _topics(entry: Resource, query: Query) -> int | None:
    if not query.topics:
        return 0
    hits = [topic for topic in query.topics if topic in entry.topics]
    if not hits:
        return None
    return 100 + 20 * len(hits) + (10 if entry.topics[0] in hits else 0)


def _worth(entry: Resource) -> int:
    """Peers first, then what is surest to be there."""
    led = {PeerLed.FULL: 8, PeerLed.PARTLY: 5, PeerLed.UNKNOWN: 2, PeerLed.NONE: 0}[entry.peer_led]
    sure = 4 if entry.checked else 0
    sure += 2 if entry.confidence is Confidence.OWN_SITE else 0
    sure += 4 if entry.status is Status.LISTED else 0
    return led + sure + max(0, min(5, (entry.evidence_year or 2020) - 2020))


def _tokens(text: str) -> frozenset[str]:
    return frozenset(
        token for word in re.split(r"[\s/()\-–,.:;]+", text) if len(token := normalise(word)) > 1
    )


def pages(found: tuple[Resource, ...]) -> tuple[tuple[Resource, ...], ...]:
    """Five at a time."""
    return tuple(found[start : start + PAGE] for start in range(0, len(found), PAGE))
