"""`!city`: which cities a community room belongs to, and the names people give them there."""

from __future__ import annotations

from types import MappingProxyType

from bot.core.audience import Right
from bot.core.changes import SetAlias, SetRoom
from bot.core.cities import normalise
from bot.core.commands.command import Asked, Command, places_of
from bot.core.effects import Decision
from bot.core.lookalikes import in_latin
from bot.core.model import CitySlug, CommandName
from bot.core.parse import CATEGORY_WORDS
from bot.core.phrases import Line, Phrase
from bot.core.report import ladder


def city(asked: Asked) -> Decision:
    """`!city nyc [chicago …]`, `!city off`, `!city alias nyc bigapple`, `!city list`, `!city`."""
    match asked.keys:
        case ():
            return _which(asked)
        case ("list", *_):
            return asked.answer(Line(Phrase.CITY_LIST, cities=tuple(each.slug for each in asked.view.atlas)))
        case ("off",):
            return asked.answer(Line(Phrase.CITY_OFF), changes=(SetRoom(asked.room, cities=()),))
        case ("alias", name, alias):
            return _alias(asked, name, alias)
        case ("alias", *_):
            return asked.explain(CommandName.CITY)
        case _:
            return _set(asked)


def _which(asked: Asked) -> Decision:
    cities = asked.view.room.cities
    now = Line(Phrase.CITY_NOW, cities=cities) if cities else Line(Phrase.CITY_NOT_SET)
    return asked.answer(now, Line(Phrase.HOW_TO_USE, commands=(CommandName.CITY,)))


def _set(asked: Asked) -> Decision:
    cities, near = places_of(asked, asked.words.arguments)
    if not cities:
        return asked.answer(*unknown(near or ()))
    without = tuple(each for each in cities if not ladder(each, asked.view))
    warning = (Line(Phrase.CITY_SET_WITHOUT_SUPPORTERS, cities=without),) if without else ()
    changes = (SetRoom(asked.room, cities=cities),)
    return asked.answer(Line(Phrase.CITY_SET, cities=cities), *warning, changes=changes)


def unknown(near: tuple[CitySlug, ...]) -> tuple[Line, ...]:
    """A city nobody described: the nearest one, or where to find them all."""
    if near:
        return (Line(Phrase.CITY_UNKNOWN_HERE, near=near),)
    return (Line(Phrase.CITY_UNKNOWN_HERE_SEE_LIST),)


def _alias(asked: Asked, name: str, alias: str) -> Decision:
    """A name can mean one place only, and never one of our own hashtags."""
    atlas = asked.view.atlas
    cities = atlas.find(name)
    if len(cities) != 1:
        return asked.answer(*unknown(atlas.nearest(name)))
    key = normalise(alias)
    if not any(letter.isalpha() for letter in key) or key in CATEGORY_WORDS:
        return asked.answer(Line(Phrase.CITY_ALIAS_UNUSABLE))
    # What looks like another city's name would lead quick readers' reports there.
    taken = atlas.taken(key) or atlas.taken(in_latin(key))
    if taken and taken != cities:
        return asked.answer(Line(Phrase.CITY_ALIAS_TAKEN, cities=taken))
    changes = (SetAlias(key, cities[0], asked.room),)
    return asked.answer(Line(Phrase.CITY_ALIAS_SET, cities=cities), changes=changes)


CITY = Command(
    CommandName.CITY,
    Right.SET_UP_ROOM,
    city,
    aliases=("cities",),
    variants=MappingProxyType({"list": Right.ASK}),
)
