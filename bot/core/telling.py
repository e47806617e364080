"""What became of a report, as the words about it need to know it."""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

from bot.core.effects import Origin, Outcome
from bot.core.model import CitySlug, Millis, Posted, ResourceId
from bot.core.report import ladder
from bot.core.resources import Query, Topic
from bot.core.results import Held, Told
from bot.core.view import View

SOON_ENOUGH: Final = Millis(60 * 1000)
LATEST: Final = Millis(30 * 24 * 60 * 60 * 1000)
"""Nothing waits longer with us: then the clock of another homeserver is wrong."""


class Reach(Enum):
    """How far a report got, the best first."""

    TEAM = "team"
    """Supporters of a city meant have it."""
    FALLBACK = "fallback"
    """The fallback team has it."""
    NOBODY = "nobody"
    """It is held."""


class Telling(Struct, frozen=True):
    """News about a report: who has it by this news, and for whom it waits."""

    origin: Origin
    told: tuple[Told, ...]
    held: tuple[Held, ...]
    later: bool
    view: View
    waited: Millis | None = None
    """So long nobody had it, when that is long enough to be explained."""

    @property
    def results(self) -> tuple[Told | Held, ...]:
        return (*self.told, *self.held)

    @property
    def reach(self) -> Reach:
        if not self.told:
            return Reach.NOBODY
        return Reach.FALLBACK if all(each.fallback for each in self.told) else Reach.TEAM

    @property
    def reached(self) -> tuple[CitySlug, ...]:
        """Cities whose own supporters have it."""
        rooms = {each.room for each in self.told if not each.fallback}
        return tuple(city for city in self.origin.cities if rooms & set(ladder(city, self.view)))

    @property
    def missed(self) -> tuple[CitySlug, ...]:
        """Cities meant that have rooms of their own, none of which has it by this news."""
        refused = {refusal.room for each in self.results for refusal in each.refused}
        open_ = tuple(c for c in self.origin.cities if ladder(c, self.view) and c not in self.reached)
        # later news says nothing of the cities that were told before
        return tuple(c for c in open_ if refused.issuperset(ladder(c, self.view))) if self.later else open_

    @property
    def unserved(self) -> tuple[CitySlug, ...]:
        """Cities meant that no supporter room serves."""
        return tuple(city for city in self.origin.cities if not ladder(city, self.view))

    @property
    def public(self) -> bool:
        return self.origin.posted is Posted.PUBLICLY

    def entries(self, *topics: Topic, most: int = 3) -> tuple[ResourceId, ...]:
        """Resources on these topics, for the cities meant."""
        atlas, cities = self.view.atlas, self.origin.cities
        countries = tuple(dict.fromkeys(filter(None, (atlas.city(c).country for c in cities if c in atlas))))
        query = Query(cities=cities, countries=countries, topics=topics)
        return tuple(entry.id for entry in self.view.library.search(query)[:most])


def waited(outcome: Outcome) -> Millis | None:
    """So long nobody had the words, when that is long enough to be explained."""
    written = outcome.at if outcome.origin.at is None else outcome.origin.at
    waited = Millis(outcome.at - written)
    return waited if SOON_ENOUGH < waited <= LATEST else None


def telling(outcome: Outcome, view: View) -> Telling:
    told = tuple(each for each in outcome.results if isinstance(each, Told))
    held = tuple(each for each in outcome.results if isinstance(each, Held))
    return Telling(outcome.origin, told, held, outcome.later, view, waited(outcome))
