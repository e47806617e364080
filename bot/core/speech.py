"""What a rendered message is made of: blocks of words, with private words still sealed in their type.

`texts/` makes these from phrases; `matrix/` turns them into an event. A `Spoken` has no place for
private words; an `Announced` has, and is the one thing of that kind that goes into a community room.
"""

from __future__ import annotations

from msgspec import Struct

from bot.core.model import UserId
from bot.core.sensitive import Sensitive


class Paragraph(Struct, frozen=True):
    """One paragraph, plain text of ours; line breaks are kept."""

    text: str
    strong: bool = False


class Items(Struct, frozen=True):
    """A list, one line each."""

    texts: tuple[str, ...]


class Quote(Struct, frozen=True):
    """Somebody's words, shown as a quotation."""

    words: Sensitive


class Spoken(Struct, frozen=True):
    """A message for any room."""

    blocks: tuple[Paragraph | Items, ...]


class Announced(Struct, frozen=True):
    """An alert for a community room: words of supporters, approved by another of them. No more."""

    blocks: tuple[Paragraph | Items | Quote, ...]


class Whispered(Struct, frozen=True):
    """A message for one person's private chat or a safe supporter room."""

    blocks: tuple[Paragraph | Items | Quote, ...]
    rings: bool = False
    """Everybody in the room is called to it."""
    calls: tuple[UserId, ...] = ()
    """These people are."""
