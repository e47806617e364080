"""One language's words by symbolic id, read from its gettext file (`en.po`, `es.po`) at start."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from types import MappingProxyType
from typing import Final, final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.core.model import Language


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
        compiled = BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        self._gettext: Final = GNUTranslations(compiled)

    def words(self, message: str, number: int | None = None) -> str:
        """The words for an id; of several forms, the one for this number."""
        if message not in self.forms:
            raise IncompleteCatalogue(self.language, message)
        if number is None or len(self.forms[message]) == 1:
            return self.forms[message][0]
        return self._gettext.ngettext(message, message, number)


def _all(words: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ("",))


def shipped() -> Mapping[Language, Catalogue]:
    """A catalogue for every language the bot speaks."""
    folder = files("bot.texts")
    return MappingProxyType(
        {each: Catalogue((folder / f"{each}.po").read_bytes(), each.value) for each in Language}
    )
