"""What a worker agreed to (just listen, supporters, a de-identified alert), and what that allows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.core.cases import is_quiet
from bot.core.model import CardNote, Consent
from bot.core.view import CaseView


class Use(StrEnum):
    """What words from a private chat could be used for."""

    CASE = "case"
    """Supporters of the city read them."""
    ALERT = "alert"
    """An alert is made of them, without anything that leads to the worker."""


TABLE: Final[Mapping[Consent, frozenset[Use]]] = MappingProxyType(
    {
        Consent.LISTEN: frozenset(),
        Consent.SUPPORTERS: frozenset({Use.CASE}),
        Consent.ALERT: frozenset({Use.CASE, Use.ALERT}),
    }
)
"""Who says nothing about it has written to reach supporters; an alert is never taken for granted."""

AGREED_BEFOREHAND: Final = frozenset({CardNote.CHECKIN_MISSED, CardNote.ALARM_WORD})
"""Words left for a check-in were left for supporters, whatever was said about others since."""


def may(use: Use, consent: Consent) -> bool:
    return use in TABLE[consent]


def covers(case: CaseView, consent: Consent) -> bool:
    """May a case that began in a private chat go to supporters now?"""
    return may(Use.CASE, consent) or bool(AGREED_BEFOREHAND & set(case.card.notes))


def warns(case: CaseView, consent: Consent) -> bool:
    """May others be warned because of this case? Never of an alarm: whoever is with them must not notice."""
    return may(Use.ALERT, consent) and not is_quiet(case)
