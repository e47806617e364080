"""From the words after `!resources` to a question for the library; forgiving of order, typos and language."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from bot.core.cities import Atlas, normalise
from bot.core.model import CitySlug
from bot.core.resources import Library, Query, Topic
from bot.core.synonyms import COUNTRY_WORDS, FILLERS, LANGUAGE_WORDS, ONLINE_WORDS, TOPIC_WORDS, near

MOST_WORDS = 16
_LAST_ONLY = frozenset(("la", "de", "en", "es", "it"))
"""A city or languages at the end of a question, articles and verbs anywhere else."""


class _Heard(Struct):
    """What was understood so far."""

    cities: dict[CitySlug, None] = field(default_factory=dict)
    places: dict[CitySlug, None] = field(default_factory=dict)
    countries: dict[str, None] = field(default_factory=dict)
    topics: dict[Topic, None] = field(default_factory=dict)
    languages: dict[str, None] = field(default_factory=dict)
    words: dict[str, None] = field(default_factory=dict)
    online: bool = False


def ask(words: Sequence[str], atlas: Atlas, library: Library, home: tuple[CitySlug, ...] = ()) -> Query:
    """Words as a question; where they name no place, the cities of the room (`home`) are meant."""
    heard = _Heard()
    keys = [key for word in words[:MOST_WORDS] if (key := normalise(word))]
    at = 0
    while at < len(keys):
        at += next((size for size in (3, 2, 1) if _hear(keys, at, size, heard, atlas, library)), 1)
    if not (heard.places or heard.cities or heard.countries or heard.online):
        for slug in home:
            _place(slug, heard, atlas, library)
    return Query(
        cities=tuple(heard.cities),
        places=tuple(heard.places),
        countries=tuple(heard.countries),
        topics=tuple(heard.topics),
        languages=tuple(heard.languages),
        online=heard.online,
        words=tuple(heard.words),
    )


def _hear(keys: list[str], at: int, size: int, heard: _Heard, atlas: Atlas, library: Library) -> bool:
    """Take `size` words from `at` on as one name, when they are one."""
    if at + size > len(keys):
        return False
    key = "".join(keys[at : at + size])
    last = at + size == len(keys)
    if key in _LAST_ONLY and not last:
        return True
    if _exact(key, heard, atlas, library):
        return True
    if size > 1:
        return False
    if key in FILLERS:
        return True
    return _nearly(key, heard, atlas, library)


def _exact(key: str, heard: _Heard, atlas: Atlas, library: Library) -> bool:
    if key in ONLINE_WORDS:
        heard.online = True
    elif slugs := atlas.find(key):
        for slug in slugs:
            _place(slug, heard, atlas, library)
    elif slugs := library.places.find(key):
        for slug in slugs:
            _place_of_list(slug, heard, library)
    elif key in TOPIC_WORDS:
        heard.topics.update(dict.fromkeys(TOPIC_WORDS[key]))
    elif key in LANGUAGE_WORDS or (len(key) == 2 and key in library.languages):
        heard.languages[LANGUAGE_WORDS.get(key, key)] = None
    elif key in COUNTRY_WORDS:
        heard.countries[COUNTRY_WORDS[key]] = None
    else:
        return False
    return True


def _nearly(key: str, heard: _Heard, atlas: Atlas, library: Library) -> bool:
    """A word of some entry's name, else a typing error of something we know, else kept as it is."""
    known = (TOPIC_WORDS, atlas.names, library.places.names, LANGUAGE_WORDS, library.vocabulary)
    if key in library.vocabulary:
        heard.words[key] = None
        return True
    meant = next((word for table in known if (word := near(key, table)) is not None), None)
    if meant is None or not _exact(meant, heard, atlas, library):
        heard.words[meant or key] = None
    return True


def _place(slug: CitySlug, heard: _Heard, atlas: Atlas, library: Library) -> None:
    city = atlas.city(slug)
    heard.cities[slug] = None
    if city.country:
        heard.countries[city.country] = None
    for name in (slug, city.name, *city.aliases):
        for place in library.places.find(name):
            country = library.places.city(place).country
            if city.country is None or country is None or country == city.country:
                _place_of_list(place, heard, library)


def _place_of_list(place: CitySlug, heard: _Heard, library: Library) -> None:
    heard.places[place] = None
    if country := library.places.city(place).country:
        heard.countries[country] = None
