"""#swshelp: somebody needs something, and everybody in the room may help."""

from __future__ import annotations

from bot.core.categories.hashtag import Hashtag, never
from bot.core.model import Category
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.telling import Reach, Telling


def in_public(telling: Telling) -> tuple[Line, ...]:
    return (_who_has_it(telling), *_fitting(telling))


def _who_has_it(telling: Telling) -> Line:
    if telling.reach is Reach.NOBODY:
        return Line(Phrase.HELP_PLEASE)
    if telling.reached:
        return Line(Phrase.HELP_WITH_SUPPORTERS, cities=telling.reached)
    return Line(Phrase.HELP_WITH_SUPPORTERS_SOMEWHERE)


def _fitting(telling: Telling) -> tuple[Line, ...]:
    entries = telling.origin.resources
    return (Line(Phrase.RESOURCES_THAT_MAY_FIT, resources=entries),) if entries and not telling.later else ()


def to_worker(telling: Telling) -> tuple[Line | Whisper, ...]:
    return (Line(Phrase.STAY_ANONYMOUS), *(() if telling.public else _fitting(telling)))


HELP = Hashtag(Category.HELP, never, in_public, to_worker)
