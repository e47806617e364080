"""Which city a tag means: slugs, aliases, regions, near misses for unknown tags, and `online` as a place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, final

from bot.core.model import City, CitySlug

ONLINE: Final = City(CitySlug("online"), "Online")
"""A place without a map: always known, unless the configuration describes an `online` of its own."""

AMBIGUOUS: Final = frozenset(
    {"portland", "vancouver", "london", "victoria", "birmingham", "richmond", "la", "hamilton", "perth"}
)
"""Names of several well-known cities: shown with their country, so that nobody goes to the wrong one."""

_LONGEST = 64
_DROPPED = str.maketrans("", "", "#＃_.·。'’`´")
_DROPPED_OF_ASCII = str.maketrans("", "", "".join(map(chr, range(33))) + "\x7f#-_.'`")
_NO_ALIASES: Final[Mapping[str, CitySlug]] = MappingProxyType({})
_NO_REGIONS: Final[Mapping[str, tuple[CitySlug, ...]]] = MappingProxyType({})


class SharedAlias(ValueError):
    """One name for two places."""

    def __init__(self, alias: str, first: str, second: str) -> None:
        super().__init__(f'cities: "{alias}" names both {first} and {second}; take it away from one of them')
        self.alias, self.first, self.second = alias, first, second


class EmptyAlias(ValueError):
    """A name of which nothing is left to look up."""

    def __init__(self, city: str) -> None:
        super().__init__(f"cities: {city} has an alias without a letter or digit; remove it")
        self.city = city


class UnknownCity(LookupError):
    """A city that is spoken of and described nowhere."""

    def __init__(self, slug: str, spoken_of_by: str) -> None:
        super().__init__(f'{spoken_of_by}: no city "{slug}" is described under cities')
        self.slug = slug


def normalise(tag: str) -> str:
    """The form tags are compared in: compatible letters, no case, no Latin accents, nothing between words."""
    text = tag[:_LONGEST]
    if text.isascii():
        # Nearly every word there is, thousands of them at each start: no accents, no compatible letters.
        return text.lower().translate(_DROPPED_OF_ASCII)
    for _ in range(4):
        before = text
        text = "".join(_letters(unicodedata.normalize("NFKD", text.casefold())))
        text = unicodedata.normalize("NFKC", text).casefold().translate(_DROPPED)
        if text == before:
            break
    return text


def _letters(text: str) -> Iterator[str]:
    for letter in text:
        kind = unicodedata.category(letter)
        if not ("\u0300" <= letter <= "\u036f" or kind[0] in "ZC" or kind == "Pd"):
            yield letter


@final
class Atlas:
    """Every place we know, by every name it has. Unchangeable; `with_aliases` makes a new one."""

    __slots__ = ("_aliases", "_cities", "_names", "_regions")

    def __init__(
        self,
        cities: tuple[City, ...],
        regions: Mapping[str, tuple[CitySlug, ...]] = _NO_REGIONS,
        extra_aliases: Mapping[str, CitySlug] = _NO_ALIASES,
    ) -> None:
        """`extra_aliases` were added in chat: where one contradicts `cities` or `regions`, it is left out."""
        self._cities = {city.slug: city for city in cities}
        self._regions = dict(regions)
        self._names = self._configured(cities)
        self._aliases = {
            alias: slug
            for alias, slug in extra_aliases.items()
            if slug in self and normalise(alias) and self._names.get(normalise(alias), (slug,)) == (slug,)
        }
        for alias, slug in self._aliases.items():
            self._names.setdefault(normalise(alias), (slug,))

    def _configured(self, cities: tuple[City, ...]) -> dict[str, tuple[CitySlug, ...]]:
        names: dict[str, tuple[CitySlug, ...]] = {}
        owners: dict[str, str] = {}

        def claim(name: str, owner: str, slugs: tuple[CitySlug, ...]) -> None:
            key = normalise(name)
            if not key:
                raise EmptyAlias(owner)
            if owners.setdefault(key, owner) != owner:
                raise SharedAlias(name, owners[key], owner)
            names[key] = slugs

        for city in cities:
            for name in (city.slug, *city.aliases):
                claim(name, city.slug, (city.slug,))
            for neighbour in city.neighbours:
                if neighbour not in self._cities:
                    raise UnknownCity(neighbour, f"cities: {city.slug}: neighbours")
        for region, slugs in self._regions.items():
            claim(region, f"region {region}", slugs)
            for slug in slugs:
                if slug not in self._cities:
                    raise UnknownCity(slug, f"regions: {region}")
        names.setdefault(normalise(ONLINE.slug), (ONLINE.slug,))
        # a city's full name is a name too, as long as nobody else goes by it
        by_name: dict[str, list[CitySlug]] = {}
        for city in cities:
            by_name.setdefault(normalise(city.name), []).append(city.slug)
        for key, bearers in by_name.items():
            if key and len(bearers) == 1:
                names.setdefault(key, (bearers[0],))
        return names

    @staticmethod
    def normalise(tag: str) -> str:
        return normalise(tag)

    def find(self, tag: str) -> tuple[CitySlug, ...]:
        """The cities a tag means: one, several for a region, none when we do not know it."""
        return self._names.get(normalise(tag), ())

    def nearest(self, tag: str) -> tuple[CitySlug, ...]:
        """Up to three known cities that an unknown tag may have meant. To suggest, never to act on."""
        key = normalise(tag)
        if not key:
            return ()
        close = get_close_matches(key, self._names, n=5, cutoff=0.6)
        cities = dict.fromkeys(slug for name in close for slug in self._names[name] if slug in self._cities)
        return tuple(cities)[:3]

    @property
    def names(self) -> Mapping[str, tuple[CitySlug, ...]]:
        """Everything `find` knows, normalised."""
        return MappingProxyType(self._names)

    def taken(self, alias: str) -> tuple[CitySlug, ...]:
        """What a name means already, and may therefore not be given to another city in chat."""
        return self.find(alias)

    def city(self, slug: CitySlug) -> City:
        if slug == ONLINE.slug and slug not in self._cities:
            return ONLINE
        try:
            return self._cities[slug]
        except KeyError:
            raise UnknownCity(slug, "a message or a room") from None

    def aliases_of(self, slug: CitySlug) -> tuple[str, ...]:
        """Every alias of a city: the configuration's first, then those added in chat."""
        added = (alias for alias, city in self._aliases.items() if city == slug)
        return tuple(dict.fromkeys((*self.city(slug).aliases, *added)))

    def ambiguous(self, slug: CitySlug) -> bool:
        """Whether people need the country to know which city is meant."""
        city = self.city(slug)
        if any(normalise(name) in AMBIGUOUS for name in (city.slug, city.name, *city.aliases)):
            return True
        return any(normalise(other.name) == normalise(city.name) for other in self if other.slug != slug)

    def shown(self, slug: CitySlug) -> str:
        """The city's name for people, with its country where the name alone could mislead."""
        city = self.city(slug)
        return f"{city.name} ({city.country})" if city.country and self.ambiguous(slug) else city.name

    def with_aliases(self, aliases: Mapping[str, CitySlug]) -> Atlas:
        """This atlas with further aliases from chat; none of them contradicts the configuration."""
        return Atlas(tuple(self._cities.values()), self._regions, {**self._aliases, **aliases})

    def countries(self) -> frozenset[str]:
        """The countries of all cities: where a phone number without a prefix may come from."""
        return frozenset(city.country for city in self if city.country)

    def __contains__(self, slug: object) -> bool:
        return slug in self._cities or slug == ONLINE.slug

    def __iter__(self) -> Iterator[City]:
        return iter(self._cities.values())

    def __len__(self) -> int:
        return len(self._cities)
