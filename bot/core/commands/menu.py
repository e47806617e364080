"""`!menu`, `!about` and `!status`: what one can do here, who reads what, how one's case stands."""

from __future__ import annotations

from bot.core.audience import Right
from bot.core.cases import is_quiet
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision
from bot.core.model import CaseState, CommandName, Millis, RoomKind
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.view import CaseView, View

MENUS = {
    RoomKind.COMMUNITY: Line(
        Phrase.MENU_COMMUNITY,
        commands=(
            CommandName.RESOURCES,
            CommandName.ABOUT,
            CommandName.CITY,
            CommandName.GUARD,
            CommandName.LANGUAGE,
            CommandName.ROOMCHECK,
            CommandName.SERVE,
        ),
    ),
    RoomKind.PRIVATE: Line(
        Phrase.MENU_PRIVATE,
        commands=(
            CommandName.STATUS,
            CommandName.CHECKIN,
            CommandName.FINE,
            CommandName.SHARE,
            CommandName.WITHDRAW,
            CommandName.FORGET,
            CommandName.WHATDOYOUKNOW,
            CommandName.WHO,
            CommandName.RESOURCES,
            CommandName.ABOUT,
            CommandName.LANGUAGE,
        ),
    ),
    RoomKind.SUPPORTER: Line(
        Phrase.MENU_SUPPORTERS,
        commands=(
            CommandName.CASES,
            CommandName.CLAIM,
            CommandName.REPLY,
            CommandName.NOTE,
            CommandName.HANDOFF,
            CommandName.RELEASE,
            CommandName.CLOSE,
            CommandName.REOPEN,
            CommandName.POSTPONE,
            CommandName.ALERT,
            CommandName.APPROVE,
            CommandName.RETRACT,
            CommandName.SNIPPETS,
            CommandName.AVAILABLE,
            CommandName.AWAY,
            CommandName.RESOURCES,
            CommandName.ROOMCHECK,
            CommandName.SUPPORTERS,
            CommandName.TRUST,
            CommandName.SERVE,
            CommandName.ABOUT,
        ),
    ),
}
MENU_STEWARD = Line(
    Phrase.MENU_STEWARD, commands=(CommandName.CONFIRM, CommandName.DECLINE, CommandName.TRUST)
)


def menu(asked: Asked) -> Decision:
    """What can be done in this room; `!menu city` explains one command."""
    named = next((name for name in CommandName if name.value == asked.first), None)
    if named is not None:
        return asked.explain(named)
    kind = asked.view.room.kind
    steward = (MENU_STEWARD,) if kind is RoomKind.PRIVATE and asked.sender in asked.view.stewards else ()
    return asked.answer(MENUS[kind], *steward)


def about(asked: Asked) -> Decision:
    return asked.answer(Line(Phrase.ABOUT))


def status(asked: Asked) -> Decision:
    """How one's cases stand, said in the encrypted chat alone."""
    cases = tuple(case for case in asked.view.sender.cases if not is_quiet(case))
    if not cases:
        return Decision((), (asked.whisper(Line(Phrase.STATUS_NONE)),))
    rows = tuple(_standing(case, asked.view) for case in cases)
    return Decision((), (asked.whisper(*rows, _where_next(asked.view)),))


def _standing(case: CaseView, view: View) -> Whisper:
    cities, categories = case.card.cities, case.card.categories
    if case.room is None:
        phrase = Phrase.STATUS_WAITS
    elif case.state is CaseState.CLAIMED:
        phrase = Phrase.STATUS_TAKEN
    else:
        phrase = Phrase.STATUS_WITH_SUPPORTERS if cities else Phrase.STATUS_WITH_SUPPORTERS_SOMEWHERE
    return Whisper(Line(phrase, cities=cities, categories=categories), age=_age(case, view))


def _where_next(view: View) -> Whisper:
    """Where the next words go when they say nothing of it."""
    case = view.sender.case
    if case is None:
        return Whisper(Line(Phrase.STATUS_NEXT_NEW))
    line = Line(Phrase.STATUS_NEXT, categories=case.card.categories)
    return Whisper(line, age=_age(case, view))


def _age(case: CaseView, view: View) -> Millis:
    return Millis(max(0, view.now - case.at))


MENU = Command(
    CommandName.MENU, Right.ASK, menu, aliases=("help", "start", "commands", "ayuda", "aide", "hilfe")
)
ABOUT = Command(CommandName.ABOUT, Right.ASK, about, aliases=("privacy", "whoareyou"))
STATUS = Command(CommandName.STATUS, Right.SETTLE_MINE, status)
