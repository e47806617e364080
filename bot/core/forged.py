"""Messages that somebody else may have written in a person's name: not acted on, and the person is told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.core.changes import NoteAct
from bot.core.effects import Decision, Plan, SayPrivately
from bot.core.limits import Limit, within
from bot.core.model import Category, Message, Trust
from bot.core.parse import Reading
from bot.core.phrases import Line, Phrase
from bot.core.view import View

PLEASE: Final[Mapping[Trust, Phrase]] = MappingProxyType(
    {
        Trust.INJECTED: Phrase.AGAIN_NOT_ENCRYPTED,
        Trust.UNBOUND: Phrase.AGAIN_NOT_BOUND,
        Trust.CHANGED: Phrase.AGAIN_IDENTITY_CHANGED,
        Trust.UNSIGNED: Phrase.PLEASE_VERIFY,
    }
)
"""What to do so that we can be sure it was them. In a room without encryption there is nothing to be done."""


def send_again(message: Message, reading: Reading, view: View) -> Decision:
    """Told in the private chat, so that whoever wrote it elsewhere cannot answer in the person's place."""
    if not within(Limit.HINT, view.sender.acts.get(Limit.HINT, ()), view.now):
        return Decision()
    grave = {Category.DANGER, Category.DOXX} & set(reading.categories)
    danger = (Line(Phrase.IF_IN_DANGER_NOW),) if grave else ()
    lines = (Line(PLEASE[message.trust]), *danger)
    noted = NoteAct(message.sender, Limit.HINT, view.now)
    return Decision((noted,), (Plan("again", (SayPrivately(message.sender, lines, view.sender.language),)),))
