"""We promise that tellings go before private replies, those before public words, and nothing out of order."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.effects import (
    AskOthers,
    Effect,
    ForgetCase,
    ForgetPerson,
    JoinRoom,
    LeaveRoom,
    PassOn,
    Plan,
    RemoveCopy,
    RemoveOriginal,
    RepairRoom,
    SayInRoom,
    SayPrivately,
    SendPicture,
    TellFile,
    TellMore,
    TellSupporters,
    UpdateCard,
    UpdateOldCards,
    WhisperInRoom,
)
from bot.loops.order import Rank, lane, rank
from tests.store.samples import full, members

RANKS = {
    TellSupporters: Rank.URGENT,
    AskOthers: Rank.URGENT,
    PassOn: Rank.URGENT,
    RemoveCopy: Rank.URGENT,
    TellMore: Rank.URGENT,
    RemoveOriginal: Rank.URGENT,
    UpdateCard: Rank.ANSWER,
    UpdateOldCards: Rank.ANSWER,
    TellFile: Rank.ANSWER,
    SendPicture: Rank.ANSWER,
    ForgetCase: Rank.ANSWER,
    ForgetPerson: Rank.ANSWER,
    SayPrivately: Rank.ANSWER,
    WhisperInRoom: Rank.ANSWER,
    JoinRoom: Rank.ANSWER,
    LeaveRoom: Rank.ANSWER,
    RepairRoom: Rank.ANSWER,
    SayInRoom: Rank.PUBLIC,
}


@pytest.mark.parametrize("kind", members(Effect), ids=lambda kind: kind.__name__)
def test_every_deed_has_its_rank(kind: Any) -> None:
    assert rank(Plan("p", (full(kind),))) is RANKS[kind]


def test_a_plan_is_as_pressing_as_its_most_pressing_deed() -> None:
    assert rank(Plan("p", (full(SayInRoom), full(SayPrivately)))) is Rank.ANSWER
    assert rank(Plan("p", (full(SayInRoom), full(TellSupporters)))) is Rank.URGENT


def test_what_is_told_to_supporters_waits_for_no_other_plan() -> None:
    assert lane(Plan("p", (full(TellSupporters), full(RemoveOriginal)))) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SayPrivately, SayPrivately),
        (TellMore, TellMore),
        (SayInRoom, WhisperInRoom),
        (SayInRoom, LeaveRoom),
        (JoinRoom, SayInRoom),
        (RepairRoom, SayInRoom),
    ],
)
def test_what_one_reader_reads_stays_in_order(one: Any, other: Any) -> None:
    assert lane(Plan("p", (full(one),))) == lane(Plan("q", (full(other),))) is not None


def test_two_readers_do_not_wait_for_each_other() -> None:
    lanes = {lane(Plan("p", (full(kind),))) for kind in (SayPrivately, SayInRoom, TellMore)}
    assert len(lanes) == 3
