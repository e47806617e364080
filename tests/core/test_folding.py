"""We promise that only the same words to the same reader are said once, and nothing that quotes or rings."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.effects import Effect, LeaveRoom, Origin, Plan, Reason, SayInRoom, SayPrivately
from bot.core.folding import words
from bot.core.model import EventId, Language, Millis, Posted
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.sensitive import Sensitive
from tests.core.world import ADA, CHAT, LOBBY, MIA
from tests.store.samples import full, members

SAID = SayPrivately(MIA, (Line(Phrase.MORE_TOLD),))
PUBLIC = SayInRoom(LOBBY, (Line(Phrase.HELP_PLEASE),))
ORIGIN = Origin(Reason.RECEIPT, LOBBY, MIA, event=EventId("$1"), at=Millis(1))


def of(effect: Effect, origin: Origin | None = None) -> object:
    return words(Plan("name", (effect,), origin))


@pytest.mark.parametrize("said", [SAID, PUBLIC])
def test_the_same_words_to_the_same_reader_are_the_same(said: Effect) -> None:
    assert of(said) == words(Plan("of another post", (said,))) is not None


@pytest.mark.parametrize(
    "other",
    [
        replace(SAID, person=ADA),
        replace(SAID, lines=(Line(Phrase.MORE_HELD),)),
        replace(SAID, lines=(Line(Phrase.MORE_TOLD, number=2),)),
        PUBLIC,
        replace(PUBLIC, room=CHAT),
    ],
)
def test_other_words_or_another_reader_are_not(other: Effect) -> None:
    assert of(other) is not None
    assert of(other) != of(SAID)


def test_receipts_of_two_posts_in_one_room_are_the_same() -> None:
    later = replace(ORIGIN, event=EventId("$2"), at=Millis(2))
    assert of(SAID, ORIGIN) == of(SAID, later) is not None


@pytest.mark.parametrize(
    "other",
    [
        None,
        replace(ORIGIN, room=CHAT),
        replace(ORIGIN, posted=Posted.PRIVATELY),
        *(replace(ORIGIN, language=language) for language in Language if language is not ORIGIN.language),
    ],
)
def test_who_cannot_read_a_receipt_is_told_so_where_each_of_them_came_from(other: Origin | None) -> None:
    assert of(SAID, ORIGIN) != of(SAID, other)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.RECEIPT])
def test_what_anybody_waits_for_is_carried_out_by_itself(reason: Reason) -> None:
    assert of(SAID, replace(ORIGIN, reason=reason)) is None


def test_nothing_that_quotes_or_rings_is_folded() -> None:
    quoted = Whisper(Line(Phrase.CITY_UNKNOWN), quote=Sensitive("atlantis"))
    assert of(replace(SAID, lines=(quoted,))) is None
    assert of(replace(SAID, rings=True)) is None


def test_words_that_belong_to_a_deed_are_not_folded() -> None:
    assert words(Plan("forgotten", (PUBLIC, LeaveRoom(LOBBY)))) is None
    assert words(Plan("nothing", ())) is None


@pytest.mark.parametrize(
    "kind",
    [kind for kind in members(Effect) if kind not in (SayInRoom, SayPrivately)],
    ids=lambda k: k.__name__,
)
def test_no_other_deed_is_folded(kind: Any) -> None:
    assert of(full(kind)) is None
