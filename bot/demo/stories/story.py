"""What a story is: a name to call it by, a headline, and what happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from bot.demo.town import Town


class Story(Struct, frozen=True):
    """Stands by itself: it needs no other story to have been played before."""

    name: str
    headline: str
    play: Callable[[Town], Awaitable[None]]
