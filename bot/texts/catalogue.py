"""One language's words by symbolic id, read from its gettext file (`en.po`, `es.po`) when first spoken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from gettext import GNUTranslations
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from types import MappingProxyType
from typing import Final, final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.core.model import Language

FOLDER: Final = files("bot.texts")


class IncompleteCatalogue(LookupError):
    """An id that has no words: the file must be mended before the bot can speak this language."""

    def __init__(self, language: str, message: str) -> None:
        super().__init__(f'texts/{language}.po: the words for "{message}" are missing')


@final
class Catalogue:
    """Ids to words. Words that are marked as uncertain ("fuzzy") count as missing."""

    __slots__ = ("_gettext", "forms", "language")

    def __init__(self, po: bytes, language: str) -> None:
        self.language: Final = language
        catalog = read_po(BytesIO(po), locale=language)
        self.forms: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
            {
                _all(message.id)[0]: _all(message.string)
                for message in catalog
                if message.id and not message.fuzzy and all(_all(message.string))
            }
        )
        """Every id with its words: one form, or one for each plural of the language."""
        self._gettext: Final = _counting(catalog)

    def words(self, message: str, number: int | None = None) -> str:
        """The words for an id; of several forms, the one for this number."""
        if message not in self.forms:
            raise IncompleteCatalogue(self.language, message)
        if number is None or len(self.forms[message]) == 1:
            return self.forms[message][0]
        return self._gettext.ngettext(message, message, number)


def _all(words: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ("",))


def _counting(catalog: Catalog) -> GNUTranslations:
    """Chooses among forms; all other words need no choice, and would only be held twice."""
    counted, compiled = Catalog(catalog.locale), BytesIO()
    counted.mime_headers = catalog.mime_headers
    for message in catalog:
        if message.pluralizable:
            counted[message.id] = message
    write_mo(compiled, counted)
    compiled.seek(0)
    return GNUTranslations(compiled)


@final
class Shipped(Mapping[Language, Catalogue]):
    """A catalogue for every language the bot speaks, each read when it is first asked for."""

    __slots__ = ("_folder", "_read")

    def __init__(self, folder: Traversable = FOLDER) -> None:
        self._folder: Final = folder
        self._read: Final[dict[Language, Catalogue]] = {}

    def __getitem__(self, language: Language) -> Catalogue:
        if language not in self._read:
            po = (self._folder / f"{language}.po").read_bytes()
            self._read[language] = Catalogue(po, language.value)
        return self._read[language]

    def __iter__(self) -> Iterator[Language]:
        return iter(Language)

    def __len__(self) -> int:
        return len(Language)
