"""#swsdanger: a warning about somebody or some place; the post stays unless it could lead to a person."""

from __future__ import annotations

from bot.core.categories.hashtag import Hashtag
from bot.core.guard import identifying
from bot.core.model import Category
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.resources import Topic
from bot.core.telling import Reach, Telling


def in_public(telling: Telling) -> tuple[Line, ...]:
    """Names the cities whose supporters have it and nothing else; nothing while nobody has it."""
    if telling.reach is Reach.NOBODY:
        return ()
    if telling.reached:
        return (Line(Phrase.DANGER_WITH_SUPPORTERS, cities=telling.reached),)
    return (Line(Phrase.DANGER_WITH_SUPPORTERS_SOMEWHERE),)


def to_worker(telling: Telling) -> tuple[Line | Whisper, ...]:
    entries = telling.entries(Topic.CRISIS_LINE)
    safety = (Line(Phrase.DANGER_SAFETY_STEPS),)
    return (*safety, Line(Phrase.CRISIS_LINES, resources=entries)) if entries else safety


DANGER = Hashtag(Category.DANGER, identifying, in_public, to_worker)
