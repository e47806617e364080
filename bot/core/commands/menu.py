"""`!menu`, `!about` and `!status`: what one can do here, who reads what, how one's case stands."""

from __future__ import annotations

from bot.core.audience import Right
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision
from bot.core.model import CommandName, RoomKind
from bot.core.phrases import Line, Phrase

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
        commands=(CommandName.STATUS, CommandName.RESOURCES, CommandName.ABOUT, CommandName.LANGUAGE),
    ),
    RoomKind.SUPPORTER: Line(
        Phrase.MENU_SUPPORTERS,
        commands=(
            CommandName.REPLY,
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
    """How one's case stands, said in the encrypted chat alone."""
    case = asked.view.sender.case
    if case is None:
        line = Line(Phrase.STATUS_NONE)
    elif case.room is None:
        line = Line(Phrase.STATUS_WAITS)
    elif case.card.cities:
        line = Line(Phrase.STATUS_WITH_SUPPORTERS, cities=case.card.cities)
    else:
        line = Line(Phrase.STATUS_WITH_SUPPORTERS_SOMEWHERE)
    return Decision((), (asked.whisper(line),))


MENU = Command(
    CommandName.MENU, Right.ASK, menu, aliases=("help", "start", "commands", "ayuda", "aide", "hilfe")
)
ABOUT = Command(CommandName.ABOUT, Right.ASK, about, aliases=("privacy", "whoareyou"))
STATUS = Command(CommandName.STATUS, Right.SETTLE_MINE, status)
