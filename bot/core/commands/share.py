"""`!share`: whether what somebody writes privately goes to nobody, to supporters, or also into an alert."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.core.alert_steps import ended
from bot.core.audience import Right
from bot.core.case_steps import in_thread
from bot.core.cases import is_quiet
from bot.core.changes import Agree, Change
from bot.core.commands.command import Asked, Command
from bot.core.consent import Use, may
from bot.core.effects import Decision, ForgetCase, Plan
from bot.core.model import CommandName, Consent
from bot.core.phrases import Line, Phrase

WORDS: Final[Mapping[str, Consent]] = MappingProxyType(
    {
        "nobody": Consent.LISTEN,
        "off": Consent.LISTEN,
        "listen": Consent.LISTEN,
        "supporters": Consent.SUPPORTERS,
        "on": Consent.SUPPORTERS,
        "alert": Consent.ALERT,
    }
)
STANDS: Final[Mapping[Consent, Phrase]] = MappingProxyType(
    {
        Consent.LISTEN: Phrase.SHARE_NOBODY,
        Consent.SUPPORTERS: Phrase.SHARE_SUPPORTERS,
        Consent.ALERT: Phrase.SHARE_ALERT,
    }
)


def share(asked: Asked) -> Decision:
    """`!share nobody|supporters|alert`; alone: how it stands."""
    now = asked.view.sender.consent
    if not asked.keys:
        how = Line(Phrase.HOW_TO_USE, commands=(CommandName.SHARE,))
        return Decision((), (asked.whisper(Line(STANDS[now]), how),))
    wanted = WORDS.get(asked.first)
    if wanted is None or len(asked.keys) > 1:
        return asked.explain(CommandName.SHARE)
    said = asked.whisper(Line(STANDS[wanted]))
    change = Agree(asked.sender, wanted, asked.view.now)
    taken_back = _no_alerts(asked, wanted)
    plans = (*taken_back.plans, said, *_in_threads(asked, now, wanted), *_unsent(asked, wanted))
    return Decision((change, *taken_back.changes), plans)


def _no_alerts(asked: Asked, wanted: Consent) -> Decision:
    """Alerts that came of their cases go from every room, first of all."""
    if may(Use.ALERT, wanted):
        return Decision()
    over = [ended(alert, Phrase.ALERT_NO_LONGER_AGREED) for alert in asked.view.sender.alerts]
    changes: tuple[Change, ...] = tuple(change for each in over for change in each.changes)
    return Decision(changes, tuple(plan for each in over for plan in each.plans))


def _in_threads(asked: Asked, now: Consent, wanted: Consent) -> tuple[Plan, ...]:
    """Supporters hear why it grows silent, that it goes on, and whether an alert may be made of it."""
    news = [
        phrase
        for use, yes, no in (
            (Use.CASE, Phrase.WORKER_GOES_ON, Phrase.WORKER_PAUSES),
            (Use.ALERT, Phrase.WORKER_ALLOWS_ALERT, Phrase.WORKER_ALLOWS_NO_ALERT),
        )
        if may(use, now) is not may(use, wanted)
        for phrase in ((yes,) if may(use, wanted) else (no,))
    ]
    theirs = (case for case in asked.view.sender.cases if case.room is not None and not is_quiet(case))
    lines = tuple(map(Line, news))
    return tuple(in_thread(case, *lines, name="share") for case in theirs) if lines else ()


def _unsent(asked: Asked, wanted: Consent) -> tuple[Plan, ...]:
    """What waits for a room that is safe goes to nobody any more, and is not kept either."""
    if may(Use.CASE, wanted):
        return ()
    waiting = (case for case in asked.view.sender.cases if case.room is None and not is_quiet(case))
    return tuple(Plan(f"unsent {case.card.case}", (ForgetCase(case.card.case),)) for case in waiting)


SHARE = Command(CommandName.SHARE, Right.SETTLE_MINE, share, aliases=("consent",))
