"""`!checkin` and `!fine`: somebody asks to be asked whether they are all right, and says that they are."""

from __future__ import annotations

from bot.core import alarm_word, checkins
from bot.core.audience import Right
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision, Plan, RemoveOriginal
from bot.core.model import CommandName
from bot.core.parse import after
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.spans import named

ENDS = frozenset({"off", "stop", "cancel", "done", "fine", "ok"})


def check_in(asked: Asked) -> Decision:
    """`!checkin 90m [words]`, `!checkin word WORD`, `!checkin off`; alone: how it stands."""
    if asked.first == "word":
        return _alarm_word(asked)
    if asked.first in ENDS:
        return fine(asked)
    if not asked.keys:
        return Decision(alarm_word.used(asked.room, asked.view), (asked.whisper(*_standing(asked)),))
    wanted = named(asked.keys)
    if wanted is None:
        return asked.explain(CommandName.CHECKIN)
    words = after(asked.words.rest, wanted.words)
    return checkins.begin(asked.message, wanted.span, words, asked.view)


def fine(asked: Asked) -> Decision:
    """The alarm word after it is heard as well: who stands beside them sees only that they are fine."""
    if alarm_word.is_alarm(asked.words.rest, asked.view):
        return checkins.alarm(asked.message, asked.view)
    return checkins.fine(asked.message, asked.view)


def _standing(asked: Asked) -> tuple[Line | Whisper, ...]:
    running = asked.view.sender.check_in
    how = Line(Phrase.HOW_TO_USE, commands=(CommandName.CHECKIN,))
    if running is None:
        return (how,)
    left = max(0, running.due - asked.view.now)
    return (Line(Phrase.CHECKIN_RUNNING, number=-(-left // checkins.MINUTE)), how)


def _alarm_word(asked: Asked) -> Decision:
    """The message that holds it goes from the chat at once, as far as a homeserver can be asked to."""
    word = after(asked.words.rest, 1)
    gone = Plan("unsay word", (RemoveOriginal(asked.room, asked.message.id),))
    if len(asked.keys) == 1:
        return asked.explain(CommandName.CHECKIN)
    if len(asked.keys) == 2 and asked.keys[1] in ENDS:
        gone_too = alarm_word.take_back(asked.sender)
        return Decision(gone_too, (asked.whisper(Line(Phrase.ALARM_WORD_GONE)), gone))
    kept = alarm_word.keep(asked.sender, word, asked.room, asked.view)
    return Decision(kept, (asked.whisper(Line(Phrase.ALARM_WORD_KEPT)), gone))


CHECKIN = Command(
    CommandName.CHECKIN, Right.SETTLE_MINE, check_in, aliases=("check-in", "safecall", "safe-call")
)
FINE = Command(CommandName.FINE, Right.SETTLE_MINE, fine, aliases=("imfine", "i-am-fine", "safe"))
