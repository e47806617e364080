"""Rate limits as arithmetic over what somebody did lately and the time now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from bot.core.model import Millis

_MINUTE = 60_000
_HOUR = 60 * _MINUTE


class Limit(StrEnum):
    """What a person can do only so often; the value is the name acts are written down under."""

    REPORT = "report"
    URGENT_REPORT = "urgent report"
    """Counted by themselves: a flood of others must not swallow the first."""
    COMMAND = "command"
    RESOURCES = "resources"
    SERVE = "serve"
    FILE = "file"
    """Pictures and files that are to be passed on."""
    ALERT = "alert"
    """Drafts of alerts: rooms that are warned all day long stop listening."""
    HINT = "hint"
    """Sentences that say how a command is used."""


class Allowance(Struct, frozen=True):
    count: int
    window: Millis


ALLOWED: Final[Mapping[Limit, Allowance]] = MappingProxyType(
    {
        Limit.REPORT: Allowance(10, Millis(10 * _MINUTE)),
        Limit.URGENT_REPORT: Allowance(10, Millis(10 * _MINUTE)),
        Limit.COMMAND: Allowance(30, Millis(_MINUTE)),
        Limit.RESOURCES: Allowance(20, Millis(10 * _MINUTE)),
        Limit.SERVE: Allowance(5, Millis(_HOUR)),
        Limit.FILE: Allowance(20, Millis(10 * _MINUTE)),
        Limit.ALERT: Allowance(6, Millis(_HOUR)),
        Limit.HINT: Allowance(5, Millis(10 * _MINUTE)),
    }
)
"""A report over its limit is never dropped: who decides may slow answers down, not losing words."""


def wait(limit: Limit, acts: Sequence[Millis], now: Millis) -> Millis:
    """How long until this may be done again; 0: now. `acts` are the times it was done, in any order."""
    allowed = ALLOWED[limit]
    recent = sorted(at for at in acts if now - allowed.window < at <= now)
    if len(recent) < allowed.count:
        return Millis(0)
    return Millis(recent[-allowed.count] + allowed.window - now)


def within(limit: Limit, acts: Sequence[Millis], now: Millis) -> bool:
    return wait(limit, acts, now) == 0
