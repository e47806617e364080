"""The resource list: what an entry is, and which entries answer a question best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, final

from bot.core.cities import Atlas
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


@dataclass(frozen=True, slots=True)
class Phone:
    number: str
    serves: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
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


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody asked for; empty in every part: what is there at all?"""

    cities: tuple[CitySlug, ...] = ()
    countries: tuple[str, ...] = ()
    """Of the cities; national entries of other countries are left out."""
    topics: tuple[Topic, ...] = ()
    languages: tuple[str, ...] = ()
    online: bool = False
    words: tuple[str, ...] = field(default=(), repr=False)
    """Words that are none of the above: looked for in names and descriptions, and never repeated."""


@final
class Library:
    """All entries, and where they are."""

    __slots__ = ("_entries", "places")

    def __init__(self, entries: tuple[Resource, ...], places: tuple[City, ...] = ()) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self.places: Final = Atlas(places)
        """Cities the list itself names; a list may know more cities than the bot has supporters in."""

    def search(self, query: Query) -> tuple[Resource, ...]:
        return tuple(e for e in self._entries.values() if e.publish)

    def get(self, resource: ResourceId) -> Resource | None:
        return self._entries.get(resource)

    def ask(self, words: Iterable[str], atlas: Atlas, home: tuple[CitySlug, ...] = ()) -> Query:
        """Words somebody wrote after `!resources`, as a question; `home` are the cities of the room it was asked in."""
        return Query(cities=home)

    @property
    def entries(self) -> tuple[Resource, ...]:
        return tuple(self._entries.values())


def pages(found: tuple[Resource, ...]) -> tuple[tuple[Resource, ...], ...]:
    """Five at a time."""
    return tuple(found[start : start + PAGE] for start in range(0, len(found), PAGE))
