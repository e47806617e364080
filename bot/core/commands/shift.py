"""`!available`, `!away`, `!snippets`, `!who`: what makes a shift lighter, and what workers may know."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.core.audience import Right
from bot.core.cases import CLAIMED
from bot.core.changes import GoOffShift, GoOnShift
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision, Plan, WhisperInRoom
from bot.core.model import Category, CitySlug, CommandName, Millis, RoomKind, Shift
from bot.core.parse import CATEGORY_WORDS
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.report import ladder
from bot.core.synonyms import LANGUAGE_WORDS

HOUR: Final = Millis(60 * 60 * 1000)
SHIFT: Final = Millis(12 * HOUR)
"""So long "available" holds; nobody is on call because they forgot to say that they are not."""
MOST_LANGUAGES: Final = 8

SNIPPETS: Final[Mapping[Category, Phrase]] = MappingProxyType(
    {
        Category.DOXX: Phrase.SNIPPETS_DOXX,
        Category.DANGER: Phrase.SNIPPETS_DANGER,
        Category.HARASSMENT: Phrase.SNIPPETS_HARASSMENT,
        Category.HELP: Phrase.SNIPPETS_HELP,
    }
)
"""Tips and offers to help need no sentences of comfort."""


def available(asked: Asked) -> Decision:
    """`!available [languages]`: listed for this room until they say otherwise, twelve hours at most."""
    words = [word for word in asked.keys if word not in ("and", "y", "et", "und")]
    languages = tuple(dict.fromkeys(code for word in words if (code := _language(word))))
    if len(words) > MOST_LANGUAGES or any(_language(word) is None for word in words):
        return asked.explain(CommandName.AVAILABLE)
    shift = Shift(asked.sender, asked.room, languages, Millis(asked.view.now + SHIFT))
    hours = Line(Phrase.SHIFT_BEGUN, number=SHIFT // HOUR)
    return asked.answer(hours, changes=(GoOnShift(shift, asked.view.now),))


def _language(word: str) -> str | None:
    return word if word in LANGUAGE_WORDS.values() else LANGUAGE_WORDS.get(word)


def away(asked: Asked) -> Decision:
    return asked.answer(Line(Phrase.SHIFT_OVER), changes=(GoOffShift(asked.sender, asked.room),))


def on_shift(asked: Asked) -> Decision:
    """`!supporters [city]`: by name in their own room, as a count everywhere else."""
    cities = tuple(dict.fromkeys(city for word in asked.keys for city in asked.view.atlas.find(word)))
    if asked.view.room.kind is RoomKind.SUPPORTER:
        guess = asked.keys and not cities
        return asked.explain(CommandName.SUPPORTERS) if guess else _by_name(asked)
    if asked.keys and not cities:
        return asked.answer(Line(Phrase.SHIFT_NO_SUCH_CITY))
    cities = cities or asked.view.room.cities
    if not cities:
        number = len({shift.person for shift in asked.view.shifts})
        phrase = Phrase.SHIFT_COUNT_ALL if number else Phrase.SHIFT_NOBODY_NOW
        return asked.answer(Line(phrase, number=number))
    return asked.answer(*(_count(asked, city) for city in cities))


def _count(asked: Asked, city: CitySlug) -> Line:
    rooms = ladder(city, asked.view)
    number = len({shift.person for shift in asked.view.shifts if shift.room in rooms})
    if not rooms:
        return Line(Phrase.SHIFT_NO_TEAM, cities=(city,))
    phrase = Phrase.SHIFT_COUNT if number else Phrase.SHIFT_NOBODY_THERE
    return Line(phrase, cities=(city,), number=number)


def _by_name(asked: Asked) -> Decision:
    here = [shift for shift in asked.view.shifts if shift.room == asked.room]
    rows = tuple(_row(shift, asked) for shift in here)
    lines = rows or (Line(Phrase.SHIFT_NOBODY_HERE),)
    how = Line(Phrase.HOW_TO_USE, commands=(CommandName.AVAILABLE, CommandName.SUPPORTERS))
    said = WhisperInRoom(asked.room, (*lines, how), asked.language, asked.message.thread)
    return Decision((), (Plan("answer", (said,)),))


def _row(shift: Shift, asked: Asked) -> Whisper:
    theirs = [case for case in asked.view.board if case.state is CLAIMED and case.claimer == shift.person]
    phrase = Phrase.SHIFT_ROW_SPEAKS if shift.languages else Phrase.SHIFT_ROW
    return Whisper(Line(phrase, number=len(theirs)), by=shift.person, languages=shift.languages)


def snippets(asked: Asked) -> Decision:
    """Sentences to send with `!reply`: for the case of this thread, or the category named."""
    named = CATEGORY_WORDS.get(asked.first) or CATEGORY_WORDS.get(f"sws{asked.first}")
    case = asked.view.thread_case
    of_case = () if case is None else case.card.categories
    category = named or next((each for each in of_case if each in SNIPPETS), Category.HELP)
    if category not in SNIPPETS or (asked.first and named is None):
        return asked.explain(CommandName.SNIPPETS)
    said = WhisperInRoom(asked.room, (Line(SNIPPETS[category]),), asked.language, asked.message.thread)
    return Decision((), (Plan("answer", (said,)),))


def who(asked: Asked) -> Decision:
    """The same answer whoever is named: to confirm or deny a name would unmask somebody."""
    return Decision((), (asked.whisper(Line(Phrase.WHO)),))


AVAILABLE = Command(CommandName.AVAILABLE, Right.ANSWER_CASES, available, aliases=("onshift",))
AWAY = Command(CommandName.AWAY, Right.ANSWER_CASES, away, aliases=("offshift",))
SNIPPETS_COMMAND = Command(CommandName.SNIPPETS, Right.ANSWER_CASES, snippets, aliases=("snippet",))
WHO = Command(CommandName.WHO, Right.SETTLE_MINE, who)
