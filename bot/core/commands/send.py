"""`!send`: a worker lets go what cannot be cleaned of hidden details, after having been told so."""

from __future__ import annotations

from bot.core.audience import Right
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision
from bot.core.files import let_go
from bot.core.model import CommandName
from bot.core.phrases import Line, Phrase


def send(asked: Asked) -> Decision:
    if not asked.view.sender.waiting_files:
        return Decision((), (asked.whisper(Line(Phrase.SEND_NOTHING)),))
    return let_go(asked.message, asked.view)


SEND = Command(CommandName.SEND, Right.SETTLE_MINE, send)
