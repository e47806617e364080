"""#swsdoxx: somebody's private details are being spread; the post goes, its links go to the takedown desk."""

from __future__ import annotations

from bot.core.categories.hashtag import Hashtag, always
from bot.core.model import Category
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.resources import Topic
from bot.core.telling import Reach, Telling


def in_public(telling: Telling) -> tuple[Line, ...]:
    """The same words whatever was posted: no city, no kind of detail, nothing to search for."""
    if telling.reach is Reach.NOBODY:
        return (Line(Phrase.DOXX_PLEASE_DO_NOT_SHARE),)
    return (Line(Phrase.DOXX_WITH_SUPPORTERS),)


def to_worker(telling: Telling) -> tuple[Line | Whisper, ...]:
    taken_down = (Line(Phrase.DOXX_POST_IS_TAKEN_DOWN),) if telling.public else ()
    steps = (*taken_down, Line(Phrase.DOXX_FIRST_STEPS), Line(Phrase.DOXX_SEND_LINKS))
    entries = telling.entries(Topic.DIGITAL_SAFETY, Topic.IMAGE_ABUSE)
    return (*steps, Line(Phrase.DOXX_RESOURCES, resources=entries)) if entries else steps


DOXX = Hashtag(Category.DOXX, always, in_public, to_worker)
