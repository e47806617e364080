"""Promises of core.audience: one rule of safety, one table of rights."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from bot.core.audience import TABLE, Right, Role, Verdict, faults, may, unsafe
from bot.core.model import History, JoinRule, RoomFacts, RoomKind, Trust, Unsafe, UserId

ME, ANA, BO, EVE = (UserId(f"@{n}:example.org") for n in ("sws", "ana", "bo", "eve"))
SAFE = RoomFacts(
    encrypted=True,
    join_rule=JoinRule.INVITE,
    history=History.JOINED,
    guests=False,
    joined=frozenset({ME, ANA, BO}),
    invited=frozenset(),
    replaced=False,
    may_remove=True,
    may_speak=True,
    may_repair=True,
)
ROSTER = frozenset({ANA, BO})
FAULTY = {
    Unsafe.NOT_THERE: replace(SAFE, joined=frozenset({ANA, BO})),
    Unsafe.NOT_ENCRYPTED: replace(SAFE, encrypted=False),
    Unsafe.NOT_INVITE_ONLY: replace(SAFE, join_rule=JoinRule.PUBLIC),
    Unsafe.HISTORY_OPEN: replace(SAFE, history=History.SHARED),
    Unsafe.GUESTS: replace(SAFE, guests=True),
    Unsafe.STRANGER: replace(SAFE, joined=SAFE.joined | {EVE}),
    Unsafe.IDENTITY_CHANGED: replace(SAFE, changed=frozenset({BO})),
    Unsafe.IDENTITY_MISSING: replace(SAFE, unpinned=frozenset({BO})),
    Unsafe.REPLACED: replace(SAFE, replaced=True),
    Unsafe.NOBODY_THERE: replace(SAFE, joined=frozenset({ME})),
}


def test_a_closed_encrypted_room_of_known_people_is_safe() -> None:
    assert unsafe(SAFE, ROSTER, ME) is None


@pytest.mark.parametrize("why", FAULTY)
def test_each_single_fault_makes_a_room_unsafe_and_is_named(why: Unsafe) -> None:
    assert unsafe(FAULTY[why], ROSTER, ME) is why
    assert faults(FAULTY[why], ROSTER, ME) == (why,)


def test_a_room_nobody_confirmed_is_unsafe_however_good_it_looks() -> None:
    assert unsafe(SAFE, None, ME) is Unsafe.NOT_CONFIRMED


def test_no_answer_from_the_homeserver_counts_as_unsafe() -> None:
    assert unsafe(None, ROSTER, ME) is Unsafe.UNKNOWN


def test_every_reason_but_these_two_is_covered_above() -> None:
    assert set(Unsafe) - set(FAULTY) == {Unsafe.NOT_CONFIRMED, Unsafe.UNKNOWN}


def test_an_invited_stranger_is_a_stranger_already() -> None:
    assert unsafe(replace(SAFE, invited=frozenset({EVE})), ROSTER, ME) is Unsafe.STRANGER


def test_a_bot_that_may_not_speak_is_not_really_there() -> None:
    assert unsafe(replace(SAFE, may_speak=False), ROSTER, ME) is Unsafe.NOT_THERE


@pytest.mark.parametrize("rule", [JoinRule.RESTRICTED, JoinRule.PUBLIC, JoinRule.OTHER])
def test_a_door_that_opens_without_an_invitation_is_open(rule: JoinRule) -> None:
    assert unsafe(replace(SAFE, join_rule=rule), ROSTER, ME) is Unsafe.NOT_INVITE_ONLY


def test_a_room_where_people_must_knock_is_closed() -> None:
    assert unsafe(replace(SAFE, join_rule=JoinRule.KNOCK), ROSTER, ME) is None


@pytest.mark.parametrize("history", [History.SHARED, History.WORLD_READABLE, History.OTHER])
def test_history_that_later_members_can_read_is_open(history: History) -> None:
    assert unsafe(replace(SAFE, history=history), ROSTER, ME) is Unsafe.HISTORY_OPEN


def test_somebody_on_the_roster_who_left_is_no_fault() -> None:
    assert unsafe(replace(SAFE, joined=frozenset({ME, ANA})), ROSTER, ME) is None


def test_several_faults_are_all_told_and_the_first_of_the_order_is_the_reason() -> None:
    broken = replace(SAFE, encrypted=False, guests=True, joined=frozenset({ME, EVE}))
    assert faults(broken, ROSTER, ME) == (Unsafe.NOT_ENCRYPTED, Unsafe.GUESTS, Unsafe.STRANGER)
    assert unsafe(broken, ROSTER, ME) is Unsafe.NOT_ENCRYPTED


def test_the_faults_of_an_unconfirmed_room_are_told_together() -> None:
    assert faults(replace(SAFE, history=History.SHARED), None, ME) == (
        Unsafe.NOT_CONFIRMED,
        Unsafe.HISTORY_OPEN,
    )
    assert faults(None, None, ME) == (Unsafe.NOT_CONFIRMED, Unsafe.UNKNOWN)


def test_the_bots_own_identity_is_not_asked_for_in_a_room() -> None:
    assert unsafe(replace(SAFE, unpinned=frozenset({ME}), changed=frozenset({ME})), ROSTER, ME) is None


# -- rights -----------------------------------------------------------------------------------------------

EVERY_ROLE = frozenset(Role)
EVERYONE = [
    frozenset(r for r, on in zip(Role, bits, strict=True) if on) for bits in product((False, True), repeat=3)
]


@pytest.mark.parametrize("right", Right)
def test_every_right_has_one_row_in_the_table(right: Right) -> None:
    assert right in TABLE


@pytest.mark.parametrize("right", Right)
def test_a_right_holds_only_in_its_places_for_its_people_and_when_we_are_sure_enough(right: Right) -> None:
    access = TABLE[right]
    for place, roles, trust in product(RoomKind, EVERYONE, Trust):
        expected = place in access.places and roles.issuperset(access.roles) and trust in access.trust
        assert (may(right, place, roles, trust) is Verdict.ALLOWED) == expected


@pytest.mark.parametrize("trust", [Trust.INJECTED, Trust.UNBOUND, Trust.CHANGED])
@pytest.mark.parametrize("right", [right for right in Right if right not in {Right.ASK, Right.RAISE_HAND}])
def test_a_message_that_may_be_forged_changes_nothing_whoever_it_names(right: Right, trust: Trust) -> None:
    for place in RoomKind:
        assert may(right, place, EVERY_ROLE, trust) is not Verdict.ALLOWED


@pytest.mark.parametrize("right", Right)
def test_whatever_takes_a_role_is_refused_to_an_unsigned_device(right: Right) -> None:
    if TABLE[right].roles and right is not Right.RAISE_HAND:
        assert all(may(right, place, EVERY_ROLE, Trust.UNSIGNED) is not Verdict.ALLOWED for place in RoomKind)


def test_all_that_an_unencrypted_reaction_can_do_is_done_by_supporters_in_their_room() -> None:
    access = TABLE[Right.RAISE_HAND]
    assert (access.places, access.roles) == (frozenset({RoomKind.SUPPORTER}), (Role.SUPPORTER,))


def test_a_steward_decides_only_in_an_encrypted_private_chat() -> None:
    allowed = {
        (p, t)
        for p in RoomKind
        for t in Trust
        if may(Right.DECIDE_ROOMS, p, EVERY_ROLE, t) is Verdict.ALLOWED
    }
    assert allowed == {(RoomKind.PRIVATE, Trust.SIGNED)}


def test_being_a_room_admin_is_not_being_a_supporter() -> None:
    admin = frozenset({Role.ROOM_ADMIN})
    assert may(Right.CHOOSE_PEOPLE, RoomKind.SUPPORTER, admin, Trust.SIGNED) is Verdict.NOT_SUPPORTER
    assert may(Right.TRUST_PEOPLE, RoomKind.SUPPORTER, admin, Trust.SIGNED) is Verdict.NOT_SUPPORTER


def test_anyone_may_ask_for_resources_anywhere() -> None:
    assert all(may(Right.ASK, p, frozenset(), t) is Verdict.ALLOWED for p in RoomKind for t in Trust)
