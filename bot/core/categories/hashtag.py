"""What a category is made of: when its post is removed, what the room hears, what its worker gets."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from bot.core.guard import Finding
from bot.core.model import Category, Guard
from bot.core.phrases import Line, Whisper
from bot.core.telling import Telling


def never(_found: frozenset[Finding], _guard: Guard) -> bool:
    """The post stays, whatever stands in it."""
    return False


def always(_found: frozenset[Finding], _guard: Guard) -> bool:
    """The post goes at once."""
    return True


def nothing(_telling: Telling) -> tuple[Line, ...]:
    """The room hears nothing."""
    return ()


class Hashtag(Struct, frozen=True):
    """One row of PRODUCT's table. The three functions are all that differs between categories."""

    category: Category
    removes: Callable[[frozenset[Finding], Guard], bool]
    """Whether a public post with these findings is taken down, in a room this careful."""
    in_public: Callable[[Telling], tuple[Line, ...]]
    to_worker: Callable[[Telling], tuple[Line | Whisper, ...]]
    """What stands in the receipt beside who has the report."""
