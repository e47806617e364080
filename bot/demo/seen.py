"""What one person's client shows of a message, and what is said when it never came."""

from __future__ import annotations

from msgspec import Struct

from bot.core.model import Trust


class NeverCame(Exception):
    """Something that a client waited for did not come; the message says what, and what came instead."""


class Seen(Struct, frozen=True):
    """A message as one person's client shows it."""

    id: str
    room: str
    sender: str
    body: str
    thread: str | None
    encrypted: bool
    trust: Trust | None
    """None: this client has no key for it."""
    removed: bool = False
