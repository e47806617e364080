"""Everything the bot can say, by name; the words stand in `texts/`, and there is no other way to speak.

A `Line` can be said anywhere: it holds names and numbers we chose, and no text of anybody's.
A `Whisper` is for one person's private chat or a supporter room, and may quote or name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.guard import Finding
from bot.core.model import (
    CaseName,
    Category,
    CitySlug,
    CommandName,
    Guard,
    PlatformId,
    ResourceId,
    RoomId,
    Unsafe,
    UserId,
)
from bot.core.resources import Topic
from bot.core.sensitive import Sensitive


class Phrase(StrEnum):
    """One sentence or short paragraph; the value is its id in the catalogues."""

    # said in the community room, only after the deed
    HELP_WITH_SUPPORTERS = "help.with-supporters"
    DOXX_WITH_SUPPORTERS = "doxx.with-supporters"
    HARASSMENT_WITH_SUPPORTERS = "harassment.with-supporters"
    DANGER_WITH_SUPPORTERS = "danger.with-supporters"
    FYI_THANKS = "fyi.thanks"


@dataclass(frozen=True, slots=True)
class Line:
    """A phrase and the names and numbers it speaks of. No field of it may hold free text."""

    phrase: Phrase
    cities: tuple[CitySlug, ...] = ()
    near: tuple[CitySlug, ...] = ()
    number: int | None = None
    resources: tuple[ResourceId, ...] = ()
    categories: tuple[Category, ...] = ()
    unsafe: Unsafe | None = None
    command: CommandName | None = None
    guard: Guard | None = None
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Whisper:
    """A line with what only its reader may see."""

    line: Line
    case: CaseName | None = None
    room: RoomId | None = None
    people: tuple[UserId, ...] = ()
    platforms: tuple[PlatformId, ...] = ()
    quote: Sensitive | None = None
    findings: tuple[Finding, ...] = ()
