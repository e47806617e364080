"""What stewards are told: case names, rooms and reasons; never a word of a report, never who wrote it."""

from __future__ import annotations

from bot.core.effects import Plan, SayPrivately
from bot.core.model import CaseName, UserId
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.results import Held, Refusal, Told
from bot.core.telling import Telling
from bot.core.view import View


def alert(
    view: View, lines: tuple[Line | Whisper, ...], name: str = "steward", but: UserId | None = None
) -> tuple[Plan, ...]:
    """One plan for each steward, so that one who cannot be reached holds up nobody else.

    `but`: who must not read it in their own chat, because somebody may be reading along.
    """
    if not lines:
        return ()
    return tuple(
        Plan(f"{name}.{place}", (SayPrivately(steward, lines, rings=True),))
        for place, steward in enumerate(view.stewards)
        if steward != but
    )


def list_broken(stewards: tuple[UserId, ...]) -> tuple[Plan, ...]:
    """The resource list was changed and cannot be read; the last good one is kept."""
    lines = (Line(Phrase.STEWARD_LIST_BROKEN),)
    return tuple(
        Plan(f"list.{place}", (SayPrivately(steward, lines),)) for place, steward in enumerate(stewards)
    )


def about(news: Telling) -> tuple[Whisper, ...]:
    """Every room that could not be told a case, and what became of the case."""
    return tuple(line for each in news.results for line in _one(each, news))


def refusals(news: Telling) -> tuple[Whisper, ...]:
    """Only the rooms and the reasons: of a case that somebody has already, and that could not move."""
    return tuple(_refused(each, result.case) for result in news.results for each in result.refused)


def _one(result: Told | Held, news: Telling) -> tuple[Whisper, ...]:
    refused = tuple(_refused(each, result.case) for each in result.refused)
    if isinstance(result, Told):
        after = Phrase.STEWARD_FALLBACK_HAS_IT if result.fallback else Phrase.STEWARD_ANOTHER_ROOM_HAS_IT
        return (*refused, Whisper(Line(after), case=result.case)) if refused else ()
    if news.view.fallback is None:
        return (*refused, Whisper(Line(Phrase.STEWARD_HELD_WITHOUT_FALLBACK), case=result.case))
    return (*refused, Whisper(Line(Phrase.STEWARD_HELD), case=result.case))


def _refused(refusal: Refusal, case: CaseName) -> Whisper:
    return Whisper(Line(Phrase.STEWARD_ROOM_UNSAFE, unsafe=refusal.why), case=case, room=refusal.room)
