"""Finds identifying details in text and says which kinds there are, never what they say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.core.model import Guard
from bot.core.sensitive import Sensitive


class Finding(StrEnum):
    """A kind of detail that can lead to a person."""

    PHONE = "phone"
    EMAIL = "email"
    LINK = "link"
    HANDLE = "handle"
    ADDRESS = "address"
    PLATE = "plate"
    CARD = "card"
    COORDINATES = "coordinates"


@dataclass(frozen=True, slots=True)
class Exempt:
    """Public contacts that identify nobody: our own resource list, report pages, crisis lines."""

    phones: frozenset[str] = frozenset()
    """Digits with the country's prefix, without plus."""
    emails: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()


NOTHING_EXEMPT: Final = Exempt()


def findings(body: Sensitive, regions: Iterable[str], exempt: Exempt = NOTHING_EXEMPT) -> frozenset[Finding]:
    """The kinds found. `regions`: countries whose phone numbers may be written without a prefix."""
    return frozenset()


def identifying(found: frozenset[Finding], guard: Guard) -> bool:
    """Whether a danger post with these findings may name somebody, by how careful its room wants to be."""
    return guard is not Guard.OFF and bool(found)
