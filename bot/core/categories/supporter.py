"""#swssupporter: somebody offers to be a supporter; the room hears nothing until they are vouched for."""

from __future__ import annotations

from bot.core.categories.hashtag import Hashtag, never, nothing
from bot.core.model import Category
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.telling import Telling


def to_worker(_telling: Telling) -> tuple[Line | Whisper, ...]:
    return (Line(Phrase.SUPPORTER_WHAT_THEY_DO),)


SUPPORTER = Hashtag(Category.SUPPORTER, never, nothing, to_worker)
