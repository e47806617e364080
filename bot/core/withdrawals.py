"""Deleted messages: what was passed on of them is removed on the other side too."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core import checkins
from bot.core.case_steps import new_card
from bot.core.cases import is_quiet
from bot.core.changes import Change, RewordCase, WithdrawPart
from bot.core.effects import Decision, Origin, Plan, Reason, RemoveCopy
from bot.core.model import Removal, RoomKind, Side
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, View


def removed(removal: Removal, view: View) -> Decision:
    """A post that goes from a community room takes nothing along: the bot asks for that, or does it."""
    if removal.sender == view.me or view.room.kind is RoomKind.COMMUNITY:
        return Decision()
    if view.room.kind is RoomKind.SUPPORTER:
        return Decision((), tuple(_reply_removed(removal, case) for case in view.edited_cases))
    changes: list[Change] = []
    plans: list[Plan] = []
    for case in view.edited_cases:
        change, more = _words_removed(removal, case)
        changes.append(change)
        plans += more
    running = view.sender.check_in
    if running is not None and removal.target == running.source:
        changes += checkins.withdrawn(removal.sender, view)
    return Decision(tuple(changes), tuple(plans))


def _words_removed(removal: Removal, case: CaseView) -> tuple[Change, tuple[Plan, ...]]:
    """The worker took something back: it goes from the supporter room, and the card says that it did."""
    name = case.card.case
    gone = Plan(f"withdraw {name}", (RemoveCopy(name, removal.target, Side.WORKER),))
    if removal.target == case.original_event and is_quiet(case):
        # Whoever has to hide an alarm deletes it: its words go, and it stands.
        return RewordCase(name, replace(case.card, words=Sensitive(""))), (gone,)
    if removal.target == case.original_event:
        # the words stood on the card: with its copies the card goes too, and a new one takes its place
        return RewordCase(name, None), (gone,)
    return WithdrawPart(name), (gone, new_card(case))


def _reply_removed(removal: Removal, case: CaseView) -> Plan:
    name = case.card.case
    thread = case.event if case.room == removal.room else None
    origin = Origin(Reason.UNSAID, removal.room, removal.sender, event=thread, case=name)
    return Plan(f"unsay {name}", (RemoveCopy(name, removal.target, Side.SUPPORTER),), origin)
