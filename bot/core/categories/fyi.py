"""#swsfyi: a tip for everybody, which supporters look at before it is passed on."""

from __future__ import annotations

from bot.core.categories.hashtag import Hashtag, never
from bot.core.model import Category
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.telling import Reach, Telling


def in_public(telling: Telling) -> tuple[Line, ...]:
    return () if telling.reach is Reach.NOBODY else (Line(Phrase.FYI_THANKS),)


def to_worker(_telling: Telling) -> tuple[Line | Whisper, ...]:
    return (Line(Phrase.FYI_WHAT_HAPPENS_NEXT),)


FYI = Hashtag(Category.FYI, never, in_public, to_worker)
