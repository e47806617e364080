"""We promise that urgent cases overtake, then tellings, replies, receipts; each lane in order."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.effects import (
    AskOthers,
    Effect,
    ForgetCase,
    ForgetPerson,
    JoinRoom,
    LeaveRoom,
    Origin,
    Outcome,
    PassOn,
    Plan,
    PostAlert,
    Reason,
    RemoveCopy,
    RemoveOldFile,
    RemoveOriginal,
    RepairRoom,
    RetractAlert,
    SayInRoom,
    SayPrivately,
    SendPicture,
    TellFile,
    TellMore,
    TellSupporters,
    Timer,
    Unsay,
    UpdateCard,
    UpdateOldCards,
    WhisperInRoom,
    WriteAnew,
)
from bot.core.model import EventId, Message, Urgency
from bot.loops.order import Rank, lane, rank
from tests.store.samples import full, members

RANKS = {
    TellSupporters: Rank.TELLING,
    AskOthers: Rank.TELLING,
    PassOn: Rank.REPLY,
    RemoveCopy: Rank.TELLING,
    RemoveOldFile: Rank.TELLING,
    TellMore: Rank.TELLING,
    RemoveOriginal: Rank.URGENT,
    UpdateCard: Rank.ANSWER,
    UpdateOldCards: Rank.ANSWER,
    TellFile: Rank.REPLY,
    SendPicture: Rank.REPLY,
    ForgetCase: Rank.ANSWER,
    ForgetPerson: Rank.ANSWER,
    WriteAnew: Rank.ANSWER,
    Unsay: Rank.ANSWER,
    SayPrivately: Rank.ANSWER,
    WhisperInRoom: Rank.ANSWER,
    JoinRoom: Rank.ANSWER,
    LeaveRoom: Rank.ANSWER,
    RepairRoom: Rank.ANSWER,
    SayInRoom: Rank.PUBLIC,
    PostAlert: Rank.PUBLIC,
    RetractAlert: Rank.URGENT,
}


@pytest.mark.parametrize("kind", members(Effect), ids=lambda kind: kind.__name__)
def test_every_deed_has_its_rank(kind: Any) -> None:
    assert rank(Plan("p", (_usual(full(kind)),))) is RANKS[kind]


def _usual(effect: Any) -> Any:
    return told(Urgency.USUAL) if isinstance(effect, TellSupporters) else effect


def told(urgency: Urgency) -> TellSupporters:
    telling: TellSupporters = full(TellSupporters)
    return replace(telling, card=replace(telling.card, urgency=urgency))


def test_an_urgent_case_goes_before_the_others() -> None:
    assert rank(Plan("p", (told(Urgency.URGENT),))) is Rank.URGENT
    assert rank(Plan("p", (told(Urgency.USUAL), told(Urgency.URGENT)))) is Rank.URGENT
    assert Rank.URGENT < Rank.TELLING < Rank.REPLY < Rank.ANSWER < Rank.UNASKED < Rank.PUBLIC


def test_a_plan_is_as_pressing_as_its_most_pressing_deed() -> None:
    assert rank(Plan("p", (full(SayInRoom), full(SayPrivately)))) is Rank.ANSWER
    assert rank(Plan("p", (full(SayInRoom), told(Urgency.USUAL)))) is Rank.TELLING


@pytest.mark.parametrize("kind", members(Effect), ids=lambda kind: kind.__name__)
def test_what_nobody_asked_for_just_now_goes_after_every_answer(kind: Any) -> None:
    plan = Plan("p", (_usual(full(kind)),))
    for incoming in (full(Timer), outcome(Reason.ESCALATION)):
        usual = RANKS[kind]
        later = usual is Rank.ANSWER or kind is AskOthers
        assert rank(plan, incoming) is (Rank.UNASKED if later else usual)
    for incoming in (full(Message), outcome(Reason.REPORT)):
        assert rank(plan, incoming) is RANKS[kind]


def test_an_urgent_case_is_put_before_others_as_a_telling() -> None:
    for urgency, expected in ((Urgency.URGENT, Rank.TELLING), (Urgency.USUAL, Rank.UNASKED)):
        origin = replace(full(Origin), urgency=urgency)
        assert rank(Plan("p", (full(AskOthers),), origin), full(Timer)) is expected


def outcome(reason: Reason) -> Outcome:
    made: Outcome = full(Outcome)
    return replace(made, origin=replace(made.origin, reason=reason))


def test_what_is_told_to_supporters_waits_for_no_other_plan() -> None:
    assert lane(Plan("p", (full(TellSupporters), full(RemoveOriginal)))) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SayPrivately, SayPrivately),
        (TellMore, TellMore),
        (WhisperInRoom, WhisperInRoom),
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


def test_what_is_said_beside_all_threads_stays_in_order_and_no_thread_waits_for_another() -> None:
    here = replace(full(WhisperInRoom), room=full(SayInRoom).room, thread=None)
    assert lane(Plan("p", (here,))) == lane(Plan("q", (full(SayInRoom),)))
    threads = [replace(here, thread=EventId(card)) for card in ("$one", "$other")]
    assert len({lane(Plan("p", (each,))) for each in (here, *threads)}) == 3
