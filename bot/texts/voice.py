"""Phrases into messages: picks the words of a language, fills in names, and sets out cases and entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Final, final

from bot.core.alerts import Alert
from bot.core.cities import Atlas
from bot.core.effects import TellMore
from bot.core.model import AttachmentKind, CardNote, CaseState, Category, CitySlug, Language, Urgency
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.resources import Library
from bot.core.speech import Announced, Items, Paragraph, Quote, Spoken, Whispered
from bot.core.takedown import Desk
from bot.core.view import CaseView, Left
from bot.texts.catalogue import Catalogue
from bot.texts.entries import platform, resource
from bot.texts.names import Names

MENUS = frozenset({Phrase.MENU_COMMUNITY, Phrase.MENU_PRIVATE, Phrase.MENU_SUPPORTERS, Phrase.MENU_STEWARD})
"""Phrases that explain each command they name, one a line."""
DESK_IS_FOR = frozenset({Category.DOXX, Category.HARASSMENT})
NEXT_STEPS: Final = {
    CaseState.WAITING: "card.what-one-can-do",
    CaseState.CLAIMED: "card.while-claimed",
    CaseState.CLOSED: "card.closed",
}
"""What a card says one can do: only what would not be refused now."""

Plain = Paragraph | Items
Block = Paragraph | Items | Quote


@final
class Voice:
    """Speaks from catalogues; what changes while the bot runs (cities, resources, the day) is asked."""

    __slots__ = ("_atlas", "_catalogues", "_desk", "_library", "_today")

    def __init__(
        self,
        catalogues: Mapping[Language, Catalogue],
        atlas: Callable[[], Atlas],
        library: Callable[[], Library],
        desk: Desk,
        today: Callable[[], date],
    ) -> None:
        self._catalogues: Final = catalogues
        self._atlas: Final = atlas
        self._library: Final = library
        self._desk: Final = desk
        self._today: Final = today

    def spoken(self, lines: Sequence[Line], language: Language) -> Spoken:
        """Only lines can be spoken: there is no way from private words to here."""
        names = self._names(language)
        parts = (self._line(line, Whisper(line), names) for line in lines)
        return Spoken(tuple(chain.from_iterable(parts)))

    def whispered(self, lines: Sequence[Line | Whisper], language: Language) -> Whispered:
        names = self._names(language)
        whispers = (line if isinstance(line, Whisper) else Whisper(line) for line in lines)
        return Whispered(tuple(chain.from_iterable(self._whisper(each, names) for each in whispers)))

    def card(self, case: CaseView, language: Language) -> Whispered:
        """A case as supporters see it now: for a phone and aloud; nothing about who wrote it or where."""
        names, card = self._names(language), case.card
        words: tuple[Block, ...] = (Quote(card.words),) if card.words else ()
        quoted = tuple(Quote(note) for note in case.notes)
        head: tuple[Block, ...] = (Paragraph(names.words("card.notes")),) if quoted else ()
        notes = (*head, *quoted)
        standing = names.words(f"standing.{case.state}").format(by=case.claimer)
        return Whispered((*self._head(case, names, standing), *words, *notes, *self._rest(case, names)))

    def moved(
        self, case: CaseView, left: Left, cities: tuple[CitySlug, ...], language: Language
    ) -> Whispered:
        """Only whoever may still take it needs its words; names of another room's people are never shown."""
        names, card = self._names(language), case.card
        closed = case.state is CaseState.CLOSED
        standing = names.words("standing.closed" if closed else "standing.moved")
        who = names.all_of(names.cities(cities))
        team = names.words("team.of-cities").format(cities=who) if who else names.words("team.fallback")
        if case.state is not CaseState.WAITING or not left.may_claim:
            said = names.words("card.with-others").format(team=team)
            return Whispered((Paragraph(self._title(case, names, standing), strong=True), *blocks(said)))
        words: tuple[Block, ...] = (Quote(card.words),) if card.words else ()
        came = self._came(card.attachments, card.notes, names)
        said = names.words("card.others-asked").format(team=team)
        return Whispered((*self._head(case, names, standing), *words, *came, *blocks(said)))

    def alert(self, alert: Alert, hours: int, language: Language) -> Announced:
        """Whose words these are stands before them: the bot vouches for nothing it did not write."""
        names = self._names(language)
        head, end = (
            Line(Phrase.ALERT_FROM_SUPPORTERS, cities=alert.cities),
            Line(Phrase.ALERT_GOES_BY_ITSELF, number=hours),
        )
        said = (tuple(self._line(line, Whisper(line), names)) for line in (head, end))
        before, after = said
        return Announced((*before, Quote(alert.words), *after))

    def more(self, words: TellMore, language: Language) -> Whispered:
        names = self._names(language)
        said: tuple[Block, ...] = ()
        if words.edited and not words.words:
            said = (Paragraph(names.words("more.emptied")),)
        elif words.words:
            said = (
                Paragraph(names.words("more.edited" if words.edited else "more.title")),
                Quote(words.words),
            )
        return Whispered((*said, *self._came(words.attachments, words.notes, names, alone=not said)))

    def _names(self, language: Language) -> Names:
        return Names(self._catalogues[language], self._atlas())

    def _whisper(self, whisper: Whisper, names: Names) -> Iterator[Block]:
        yield from self._line(whisper.line, whisper, names)
        if whisper.people:
            yield Items(tuple(whisper.people))
        if whisper.kept:
            yield Items(
                tuple(f"{each.table}: {each.rows} ({', '.join(each.fields)})" for each in whisper.kept)
            )
        for each in whisper.platforms:
            yield from platform(self._desk, each, whisper.line.categories, names)
        if whisper.quote is not None:
            yield Quote(whisper.quote)

    def _line(self, line: Line, whisper: Whisper, names: Names) -> Iterator[Plain]:
        words = names.words(line.phrase.value, line.number)
        yield from blocks(names.fill(words, line, whisper))
        if line.phrase in MENUS:
            yield Items(names.usage(line.commands))
        if line.resources:
            library, today = self._library(), self._today()
            yield Items(tuple(resource(library, each, names, today) for each in line.resources))
        if line.topics:
            yield Paragraph(", ".join(names.kinds("topic", line.topics)))

    def _head(self, case: CaseView, names: Names, standing: str) -> Iterator[Plain]:
        card = case.card
        yield Paragraph(self._title(case, names, standing), strong=True)
        posted = names.words(f"posted.{card.posted}")
        cities = names.all_of(names.cities(card.cities))
        place = names.words("card.city" if cities else "card.no-city")
        yield Paragraph(place.format(cities=cities, posted=posted))
        if case.withdrawn:
            yield Paragraph(names.words("card.withdrawn-in-part" if card.words else "card.withdrawn"))

    def _title(self, case: CaseView, names: Names, standing: str) -> str:
        card = case.card
        title = names.words("card.title-urgent" if card.urgency is Urgency.URGENT else "card.title")
        kinds = names.categories(card.categories)
        return title.format(case=card.case, categories=kinds, standing=standing)

    def _rest(self, case: CaseView, names: Names) -> Iterator[Plain]:
        card = case.card
        yield from self._came(card.attachments, card.notes, names)
        yield from blocks(names.words(NEXT_STEPS[case.state]))
        if card.platforms and (DESK_IS_FOR & set(card.categories) or not card.categories):
            yield Paragraph(names.words("card.takedown"))
            for each in card.platforms:
                yield from platform(self._desk, each, card.categories, names)

    def _came(
        self,
        attachments: tuple[AttachmentKind, ...],
        notes: tuple[CardNote, ...],
        names: Names,
        *,
        alone: bool = False,
    ) -> Iterator[Plain]:
        """What came with the words, and what is to be known about it."""
        if attachments:
            kinds = names.all_of(names.kinds("attachment", attachments))
            said = names.words("more.attachments" if alone else "card.attachments")
            yield Paragraph(said.format(attachments=kinds))
        if notes:
            yield Items(tuple(names.kinds("note", notes)))


def blocks(text: str) -> Iterator[Plain]:
    """Paragraphs stand between blank lines; lines that begin with "- " are a list."""
    for part in text.split("\n\n"):
        lines = part.split("\n")
        words = [line for line in lines if not line.startswith("- ")]
        items = tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
        if words:
            yield Paragraph("\n".join(words))
        if items:
            yield Items(items)
