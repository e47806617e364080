"""`!reply`: a supporter's words to the worker of a case, through the bot, without either name."""

from __future__ import annotations

from bot.core.audience import Right, Role, Verdict, may
from bot.core.case_steps import heard_of
from bot.core.cases import is_open
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision, Effect, Origin, PassOn, Plan, Reason, SayInRoom, SendPicture
from bot.core.model import Attached, AttachmentKind, CommandName, Message, RoomKind
from bot.core.parse import without_names
from bot.core.phrases import Line, Phrase
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, View


def reply(asked: Asked) -> Decision:
    """Only in the thread of an open case of this room: outside one, nothing is sent to anybody."""
    case = asked.view.thread_case
    if case is None or case.room != asked.room or not is_open(case):
        return asked.answer(Line(Phrase.REPLY_WHERE))
    if not fits(asked.message):
        return asked.answer(Line(Phrase.REPLY_ONLY_PICTURES))
    if not asked.words.arguments and asked.message.attachment is None:
        return asked.explain(CommandName.REPLY)
    return pass_on(asked.message, asked.words.rest, case, asked.view)


def fits(message: Message) -> bool:
    """What came with it, if anything, is a picture: nothing else can be cleaned."""
    if message.attachment is None:
        return True
    return message.attachment is AttachmentKind.PICTURE and message.file is not None


def pass_on(message: Message, words: Sensitive, case: CaseView, view: View) -> Decision:
    """The words go to the worker; whoever has the case was heard of."""
    source = message.edits or message.id
    effect = PassOn(case.card.case, without_names(words, message.sender), source)
    steps: tuple[Effect, ...] = (effect,)
    new = message.edits is None or view.attached is not Attached.SAME
    if new and message.file is not None:
        steps = (*steps, SendPicture(case.person, message.file, case.card.case, source))
    origin = Origin(Reason.REPLY, message.room, message.sender, event=case.event, case=case.card.case)
    mine = heard_of(case, message.sender, view) if case.claimer == message.sender else ()
    return Decision(mine, (Plan("reply", steps, origin),))


def as_reply(message: Message, words: Sensitive, view: View) -> Decision:
    """A Matrix reply to the card itself, by somebody who may answer; anything less stays in the room."""
    case, supporter = view.thread_case, view.sender.person in view.rosters.get(message.room, frozenset())
    roles = frozenset({Role.SUPPORTER}) if supporter else frozenset()
    verdict = may(Right.ANSWER_CASES, RoomKind.SUPPORTER, roles, message.trust)
    if case is None or case.room != message.room or verdict is not Verdict.ALLOWED:
        return Decision()
    if not is_open(case):
        return _refuse(message, view, Phrase.REPLY_WHERE)
    if message.attachment is not None:
        # Whoever sends a picture has to say that it is for the worker: most are for the room.
        return _refuse(message, view, Phrase.REPLY_WITH_PICTURE)
    return pass_on(message, words, case, view) if words else Decision()


def _refuse(message: Message, view: View, phrase: Phrase) -> Decision:
    said = SayInRoom(message.room, (Line(phrase),), view.room.language)
    return Decision((), (Plan("answer", (said,)),))


REPLY = Command(CommandName.REPLY, Right.ANSWER_CASES, reply, aliases=("answer", "r"))
