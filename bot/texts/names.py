"""Names of things in one language: cities, commands, reasons, kinds; and lists of them as people say them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, final

from bot.core.cities import Atlas
from bot.core.model import Category, CitySlug, CommandName, Millis
from bot.core.phrases import Line, Whisper
from bot.texts.catalogue import Catalogue

AGES: Final = (("days", 24 * 60), ("hours", 60), ("minutes", 1))
Field = Callable[["Names", Line, Whisper], str]


@final
class Names:
    """Everything that may be filled into a phrase."""

    __slots__ = ("_atlas", "words")

    def __init__(self, catalogue: Catalogue, atlas: Atlas) -> None:
        self.words: Final = catalogue.words
        self._atlas: Final = atlas

    def all_of(self, names: Sequence[str]) -> str:
        """ "A, B and C"."""
        return self._list("list.and", names)

    def one_of(self, names: Sequence[str]) -> str:
        """ "A, B or C"."""
        return self._list("list.or", names)

    def _list(self, join: str, names: Sequence[str]) -> str:
        if len(names) < 2:
            return "".join(names)
        return self.words(join).format(rest=", ".join(names[:-1]), last=names[-1])

    def cities(self, slugs: Iterable[CitySlug]) -> list[str]:
        """A city that was taken out of the configuration meanwhile is called by its slug."""
        return [self._atlas.shown(slug) if slug in self._atlas else slug for slug in slugs]

    def commands(self, names: Iterable[CommandName]) -> list[str]:
        return [f"`!{name}`" for name in names]

    def usage(self, names: Iterable[CommandName]) -> tuple[str, ...]:
        return tuple(self.words(f"command.{name}") for name in names)

    def kinds(self, group: str, values: Iterable[str]) -> list[str]:
        return [self.words(f"{group}.{value}") for value in values]

    def categories(self, categories: tuple[Category, ...]) -> str:
        return self.all_of(self.kinds("category", categories)) or self.words("category.none")

    def places(self, cities: tuple[CitySlug, ...]) -> str:
        return self.all_of(self.cities(cities)) or self.words("place.none")

    def age(self, length: Millis) -> str:
        """ "20 min", "3 h", "2 d": short enough for a row on a phone."""
        minutes = length // 60_000
        if minutes == 0:
            return self.words("age.moment")
        unit, number = next(
            (unit, minutes // size) for unit, size in AGES if minutes >= size or unit == "minutes"
        )
        return self.words(f"age.{unit}").format(number=number)

    def fill(self, text: str, line: Line, whisper: Whisper) -> str:
        """The text with its names. A phrase that speaks of what the line does not hold raises."""
        named = {name: field(self, line, whisper) for name, field in FIELDS.items() if f"{{{name}}}" in text}
        empty = ", ".join(name for name, value in named.items() if not value)
        if empty:
            raise ValueError(f"{line.phrase} speaks of {empty}, which its line does not hold")
        return text.format_map(named) if named else text


FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "cities": lambda names, line, _: names.all_of(names.cities(line.cities)),
        "near": lambda names, line, _: names.one_of(names.cities(line.near)),
        "number": lambda _, line, __: "" if line.number is None else str(line.number),
        "commands": lambda names, line, _: names.one_of(names.commands(line.commands)),
        "usage": lambda names, line, _: "; ".join(names.usage(line.commands)),
        "guard": lambda names, line, _: "" if line.guard is None else names.words(f"guard.{line.guard}"),
        "unsafe": lambda names, line, _: "" if line.unsafe is None else names.words(f"unsafe.{line.unsafe}"),
        "case": lambda _, __, whisper: whisper.case or "",
        "room": lambda _, __, whisper: whisper.room or "",
        "kinds": lambda names, line, _: names.categories(line.categories),
        "places": lambda names, line, _: names.places(line.cities),
        "languages": lambda names, _, whisper: names.all_of(whisper.languages),
        "by": lambda _, __, whisper: whisper.by or "",
        "age": lambda names, _, whisper: "" if whisper.age is None else names.age(whisper.age),
        "findings": lambda names, _, whisper: names.all_of(names.kinds("finding", whisper.findings)),
    }
)
"""What a phrase may speak of, and where its words come from: every one a name or number of ours."""
