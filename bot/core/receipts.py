"""The receipt a worker gets privately: who has it, what comes next, what helps; nothing before it is true."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.cases import NOT_TALKS
from bot.core.categories import deciding
from bot.core.model import Category, Millis
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.resources import Topic
from bot.core.telling import Reach, Telling

Said = Line | Whisper


def receipt(news: Telling) -> tuple[Said, ...]:
    """Everything at once, because every message of ours costs the homeserver's patience."""
    if news.later:
        return tuple(_who_has_it(news) if news.told else _still_waiting(news))
    if news.reach is Reach.NOBODY:
        return (Line(Phrase.RECEIPT_HELD), *_where(news), *_meanwhile(news))
    waiting = (Line(Phrase.RECEIPT_WAITS_FOR, cities=news.missed),) if news.held and news.missed else ()
    return (
        *_who_has_it(news),
        *why_late(news.waited),
        *waiting,
        *_where(news),
        *_what_next(news),
        *_advice(news),
    )


def _who_has_it(news: Telling) -> Iterator[Said]:
    if news.reached:
        yield Line(Phrase.RECEIPT_LATER if news.later else Phrase.RECEIPT, cities=news.reached)
    elif news.later:
        yield Line(Phrase.RECEIPT_LATER_SOMEWHERE)
    else:
        yield Line(Phrase.RECEIPT_SOMEWHERE)
    if any(each.fallback for each in news.told) and news.missed:
        yield Line(Phrase.RECEIPT_CITY_ROOM_NOT_SAFE, cities=news.missed)


def why_late(waited: Millis | None) -> tuple[Said, ...]:
    """Nobody is told late that supporters have it without being told why."""
    return () if waited is None else (Whisper(Line(Phrase.RECEIPT_TOOK), age=waited),)


def _still_waiting(news: Telling) -> Iterator[Said]:
    yield Line(Phrase.RECEIPT_WAITS_FOR, cities=news.missed) if news.missed else Line(Phrase.RECEIPT_HELD)


def _where(news: Telling) -> Iterator[Said]:
    """What the city had to do with it: unknown to us, without supporters, or never named."""
    for tag in news.origin.unknown:
        yield Whisper(Line(Phrase.CITY_UNKNOWN), quote=tag)
    if news.unserved:
        yield Line(Phrase.CITY_WITHOUT_SUPPORTERS, cities=news.unserved)
    if news.origin.near:
        yield Line(Phrase.CITY_NEAREST, near=news.origin.near)
    elif not news.origin.cities:
        yield Line(Phrase.CITY_WHICH)


def _what_next(news: Telling) -> Iterator[Said]:
    if deciding(news.origin.categories).category in NOT_TALKS:
        return
    yield Line(Phrase.RECEIPT_WHAT_NEXT)
    if Category.DANGER not in news.origin.categories and not _offers(news):
        yield Line(Phrase.ANYONE_IN_DANGER)


def _offers(news: Telling) -> bool:
    """Somebody gives something: a tip, or their time. To be asked who is in danger would only frighten."""
    return deciding(news.origin.categories).category in (Category.FYI, Category.SUPPORTER)


def _advice(news: Telling) -> tuple[Said, ...]:
    return deciding(news.origin.categories).to_worker(news)


def _meanwhile(news: Telling) -> Iterator[Said]:
    """Nobody has it yet: the advice that needs nobody, and people who can be called now."""
    yield from _advice(news)
    categories = news.origin.categories
    if Category.DANGER not in categories and deciding(categories).category not in NOT_TALKS:
        entries = news.entries(Topic.CRISIS_LINE)
        if entries:
            yield Line(Phrase.MEANWHILE, resources=entries)
