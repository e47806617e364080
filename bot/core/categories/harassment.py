"""#swsharassment: somebody is being harassed; the post stays unless it names a private person."""

from __future__ import annotations

from bot.core.categories.hashtag import Hashtag
from bot.core.guard import Finding
from bot.core.model import Category, Guard
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.resources import Topic
from bot.core.telling import Reach, Telling

LEADS_TO_A_PERSON = frozenset(Finding) - {Finding.LINK, Finding.HANDLE}
"""Links and handles name the account that harasses, which is what a report is about; a phone number, an
address or a plate leads to a private person's door."""


def removes(found: frozenset[Finding], guard: Guard) -> bool:
    return guard is not Guard.OFF and bool(found & LEADS_TO_A_PERSON)


def in_public(telling: Telling) -> tuple[Line, ...]:
    if telling.reach is Reach.NOBODY:
        return (Line(Phrase.HARASSMENT_PLEASE_DO_NOT_ENGAGE),)
    return (Line(Phrase.HARASSMENT_WITH_SUPPORTERS),)


def to_worker(telling: Telling) -> tuple[Line | Whisper, ...]:
    entries = telling.entries(Topic.DIGITAL_SAFETY, Topic.PEER_SUPPORT)
    tips = (Line(Phrase.HARASSMENT_KEEP_A_RECORD),)
    return (*tips, Line(Phrase.HARASSMENT_RESOURCES, resources=entries)) if entries else tips


HARASSMENT = Hashtag(Category.HARASSMENT, removes, in_public, to_worker)
