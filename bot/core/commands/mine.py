"""`!withdraw`, `!forget`, `!whatdoyouknow`: a worker takes back what they said, and sees what is kept."""

from __future__ import annotations

from bot.core.audience import Right
from bot.core.cases import is_quiet
from bot.core.commands.command import Asked, Command
from bot.core.effects import (
    Decision,
    ForgetCase,
    ForgetPerson,
    Origin,
    Plan,
    Reason,
    WhisperInRoom,
    WriteAnew,
)
from bot.core.model import CommandName, Posted
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.view import CaseView, KeptOf, Question


def withdraw(asked: Asked) -> Decision:
    """As an answer to a message about a case, that case; else everything of theirs that is open."""
    answered = asked.view.answered_case
    theirs = tuple(case for case in asked.view.sender.cases if not is_quiet(case))
    cases = theirs if answered is None else (answered,)
    if not cases:
        return Decision((), (asked.whisper(Line(Phrase.WITHDRAW_NOTHING)),))
    steps = tuple(ForgetCase(case.card.case) for case in cases)
    gone = Plan("withdraw", steps, _origin(asked, Reason.WITHDRAWAL))
    return Decision((), (*_taken_back(cases), gone))


def forget(asked: Asked) -> Decision:
    """Everything about them, now. What was done is said when it is done; then the bot leaves the chat."""
    steps = (ForgetPerson(asked.sender, asked.room, asked.view.now), WriteAnew(asked.sender))
    gone = Plan("forget", steps, _origin(asked, Reason.FORGETTING))
    return Decision((), (*_taken_back(asked.view.sender.cases), gone))


def _origin(asked: Asked, reason: Reason) -> Origin:
    return Origin(reason, asked.room, asked.sender, posted=Posted.PRIVATELY, language=asked.language)


def _taken_back(cases: tuple[CaseView, ...]) -> tuple[Plan, ...]:
    """Supporters need not look for a thread that is gone; the name says nothing, and may stay."""
    return tuple(
        Plan(f"taken back {case.card.case}", (WhisperInRoom(case.room, (_line(case),)),))
        for case in cases
        if case.room is not None
    )


def _line(case: CaseView) -> Whisper:
    return Whisper(Line(Phrase.CASE_TAKEN_BACK), case=case.card.case)


def _kept_of(asked: Asked) -> tuple[Question, ...]:
    return (KeptOf(asked.sender),)


def what_do_you_know(asked: Asked) -> Decision:
    """Counts and the names of fields, from the tables there are; nothing else."""
    kept = asked.view.kept(asked.sender)
    lines = (Whisper(Line(Phrase.KNOWN), kept=kept), Line(Phrase.KNOWN_HOW_TO_FORGET))
    return Decision((), (asked.whisper(*lines),))


WITHDRAW = Command(CommandName.WITHDRAW, Right.SETTLE_MINE, withdraw)
FORGET = Command(CommandName.FORGET, Right.SETTLE_MINE, forget, aliases=("forgetme",))
WHATDOYOUKNOW = Command(
    CommandName.WHATDOYOUKNOW, Right.SETTLE_MINE, what_do_you_know, aliases=("mydata",), asks=_kept_of
)
