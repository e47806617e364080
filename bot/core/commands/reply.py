"""`!reply`: a supporter's words to the worker of a case, through the bot, without either name."""

from __future__ import annotations

from bot.core.audience import Right, Role, Verdict, may
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision, Origin, Plan, Reason, SayPrivately
from bot.core.model import CommandName, Message, RoomKind
from bot.core.parse import without_names
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, View


def reply(asked: Asked) -> Decision:
    """Only in the thread of a case of this room; outside one nothing is sent to anybody."""
    case = asked.view.thread_case
    if case is None or case.room != asked.room:
        return asked.answer(Line(Phrase.REPLY_WHERE))
    if not asked.words.arguments:
        return asked.explain(CommandName.REPLY)
    return Decision((), (_pass_on(asked.message, asked.words.rest, case),))


def _pass_on(message: Message, words: Sensitive, case: CaseView) -> Plan:
    said = Whisper(Line(Phrase.REPLY_FROM_SUPPORTER), quote=without_names(words, message.sender))
    origin = Origin(Reason.REPLY, message.room, message.sender, event=message.thread or case.event)
    return Plan("reply", (SayPrivately(case.person, (said,)),), origin)


def as_reply(message: Message, words: Sensitive, view: View) -> Decision:
    """A Matrix reply to the card itself, by somebody who may answer; anything less stays in the room."""
    case, supporter = view.thread_case, view.sender.person in view.rosters.get(message.room, frozenset())
    roles = frozenset({Role.SUPPORTER}) if supporter else frozenset()
    verdict = may(Right.ANSWER_CASES, RoomKind.SUPPORTER, roles, message.trust)
    if case is None or case.room != message.room or not words or verdict is not Verdict.ALLOWED:
        return Decision()
    return Decision((), (_pass_on(message, words, case),))


REPLY = Command(CommandName.REPLY, Right.ANSWER_CASES, reply, aliases=("answer", "r"))
