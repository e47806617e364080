"""A raised hand (🙋) on a card: claims the case, and is never more than that."""

from __future__ import annotations

from bot.core.audience import Right, Role, Verdict, may
from bot.core.case_moves import left_here, take_back
from bot.core.case_steps import claim
from bot.core.cases import is_open
from bot.core.effects import Decision
from bot.core.model import Reaction, Trust
from bot.core.view import View


def raised(reaction: Reaction, view: View) -> Decision:
    """On anything but the card of an open case, and by anybody but a supporter here, it means nothing."""
    case = view.thread_case
    supporter = reaction.sender in view.rosters.get(reaction.room, frozenset())
    roles = frozenset({Role.SUPPORTER}) if supporter else frozenset()
    allowed = may(Right.RAISE_HAND, view.room.kind, roles, Trust.INJECTED) is Verdict.ALLOWED
    if case is None or not allowed:
        return Decision()
    left = left_here(case, reaction.room)
    if left is not None and left.event == reaction.target:
        return take_back(case, left, reaction.sender, view)
    if case.room != reaction.room or case.event != reaction.target:
        return Decision()
    return claim(case, reaction.sender, view) if is_open(case) else Decision()
