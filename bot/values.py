"""Single values of our lists, read strictly: choices, days, years, links, mail addresses, phones."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

import phonenumbers
import yaml

from bot.document import NOTHING, TEXT, Place

_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_MAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+")
_DATES = (TEXT, "tag:yaml.org,2002:timestamp")

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


def fields(place: Place, known: Collection[str], required: Collection[str] = ()) -> Mapping[str, Place]:
    """The members of a mapping; a key with nothing behind it is a fault: `note: #nyc` reads as nothing."""
    found = place.entries()
    for value in found.values():
        if value.node is not None and value.node.tag == NOTHING:
            raise value.fault("has nothing behind it (text that begins with # must stand in quotes)")
    return place.known(found, known, required)


def named(
    list_of: Place, known: Collection[str], required: Collection[str]
) -> tuple[tuple[Place, Mapping[str, Place]], ...]:
    """The entries of a list with their fields, each called by its id in every fault from here on; no id may
    stand twice."""
    found: dict[str, tuple[Place, Mapping[str, Place]]] = {}
    for item in list_of.items():
        given = item.entries()
        if "id" not in given:
            raise item.fault('needs the setting "id"')
        name = slug(given["id"])
        here = Place(item.file, f"{list_of.path}[{name}]", item.node)
        if name in found:
            raise here.fault(f"stands twice, first on line {line(found[name][0])}")
        found[name] = (here, fields(here, known, required))
    return tuple(found.values())


def line(place: Place) -> int:
    return place.node.start_mark.line + 1 if place.node is not None else 1


def text(place: Place) -> str:
    """One line or paragraph that says something."""
    words = " ".join(place.text().split())
    if not words:
        raise place.fault("must not be empty")
    return words


def texts(place: Place) -> tuple[str, ...]:
    found = tuple(text(item) for item in place.items())
    if len(set(found)) < len(found):
        raise place.fault("names something twice")
    return found


def slug(place: Place) -> str:
    name = text(place)
    if not _SLUG.fullmatch(name):
        raise place.fault("must be lower-case letters and digits, joined by hyphens")
    return name


def choice(place: Place, kind: type[E]) -> E:
    try:
        return kind(place.text())
    except ValueError:
        raise place.fault(f"must be one of: {', '.join(kind)}") from None


def choices(place: Place, kind: type[E]) -> tuple[E, ...]:
    return tuple(dict.fromkeys(choice(item, kind) for item in place.items()))


def code(place: Place, pattern: str, what: str) -> str:
    """A country or a language; `what` says how it is written."""
    letters = place.text()
    if not re.fullmatch(pattern, letters):
        raise place.fault(f"must be {what}")
    return letters


def yes(place: Place) -> bool:
    node = place.node
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:bool":
        return node.value.casefold() in ("true", "yes", "on")
    raise place.fault("must be true or false, without quotes")


def year(place: Place) -> int:
    node = place.node
    if isinstance(node, yaml.ScalarNode) and re.fullmatch(r"(?:19|20)\d\d", node.value):
        return int(node.value)
    raise place.fault("must be a year, like 2026")


def day(place: Place) -> date:
    node = place.node
    if (
        isinstance(node, yaml.ScalarNode)
        and node.tag in _DATES
        and re.fullmatch(r"\d{4}-\d\d-\d\d", node.value)
    ):
        try:
            return date.fromisoformat(node.value)
        except ValueError:
            pass
    raise place.fault('must be a day, like "2026-11-22"')


def link(place: Place) -> str:
    address = place.text()
    try:
        parts = urlsplit(address)
        good = (
            parts.scheme in ("http", "https")
            and "." in (parts.hostname or "")
            and not re.search(r"\s", address)
        )
    except ValueError:
        good = False
    if not good:
        raise place.fault("must be a whole web address, like https://example.org")
    return address


def mail(place: Place) -> str:
    address = place.text()
    if not _MAIL.fullmatch(address):
        raise place.fault("must be one mail address, like help@example.org")
    return address


def phone(place: Place) -> str:
    number = place.text()
    if re.fullmatch(r"\d{2,6}", number):
        return number
    try:
        good = number.startswith("+") and phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        good = False
    if not good:
        raise place.fault('must be one number with its country, like "+1-877-776-2004", or a short code')
    return number


def maybe(given: Mapping[str, Place], key: str, read: Callable[[Place], T]) -> T | None:
    return read(given[key]) if key in given else None


def each(given: Mapping[str, Place], key: str, read: Callable[[Place], T]) -> tuple[T, ...]:
    return tuple(read(item) for item in given[key].items()) if key in given else ()
