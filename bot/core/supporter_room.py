"""Talk in supporter rooms: commands and replies to cards; every other word stays in the room."""

from __future__ import annotations

from bot.core.commands import hint, run
from bot.core.commands.reply import as_reply
from bot.core.effects import Decision
from bot.core.model import Message
from bot.core.parse import Reading
from bot.core.phrases import Line, Phrase
from bot.core.view import View


def in_supporter_room(message: Message, reading: Reading, view: View) -> Decision:
    """A category here is supporters speaking about one: it is no post to anybody."""
    if reading.command is not None:
        return run(message, reading.command, view)
    case = view.thread_case
    if case is not None and message.thread is None and message.reply_to == case.event:
        return as_reply(message, reading.words, view)
    if reading.categories:
        return hint(message, view, Line(Phrase.NO_POSTS_HERE))
    return Decision()
