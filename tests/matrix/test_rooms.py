"""We promise of what a room is taken for that …"""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.model import History, JoinRule, Power, UserId
from bot.matrix.rooms import State, facts, power, read
from bot.ports import TryAgainLater

ME = UserId("@bot:sws.test")
ROSA = UserId("@rosa:sws.test")
MAL = UserId("@mal:sws.test")


def state(kind: str, content: Any, key: str = "", sender: str = ROSA) -> dict[str, Any]:
    return {"type": kind, "state_key": key, "sender": sender, "content": content, "event_id": "$x"}


def room(*more: dict[str, Any], version: Any = "11", create: dict[str, Any] | None = None) -> State:
    created = {"room_version": version, **(create or {})}
    if version is None:
        del created["room_version"]
    people = [state("m.room.member", {"membership": "join"}, person) for person in (ME, ROSA, MAL)]
    return read([state("m.room.create", created), *people, *more], ME)


def levels(**content: Any) -> dict[str, Any]:
    return state("m.room.power_levels", content)


# -- who has a say -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"users": {MAL: 50}}, Power.ADMIN),
        ({"users": {MAL: 49}}, Power.MEMBER),
        ({"users": {MAL: "50"}}, Power.ADMIN),
        ({"users": {MAL: " 7 "}}, Power.MEMBER),
        ({"users_default": 50}, Power.ADMIN),
        ({"users_default": 50, "users": {MAL: 0}}, Power.MEMBER),
        ({"users_default": 50, "users": {MAL: -1}}, Power.MEMBER),
        ({"users": {MAL: True}}, Power.MEMBER),
        ({"users": {MAL: [100]}}, Power.MEMBER),
        ({"users": [MAL]}, Power.MEMBER),
        ({"users": {MAL: 1e9}}, Power.MEMBER),
        ({}, Power.MEMBER),
    ],
)
def test_a_say_is_what_the_power_levels_say_now(content: dict[str, Any], expected: Power) -> None:
    assert power(room(levels(**content)), MAL) is expected


def test_who_is_not_in_the_room_has_no_say_whatever_their_level() -> None:
    gone = state("m.room.member", {"membership": "leave"}, MAL)
    assert power(room(levels(users={MAL: 100}), gone), MAL) is Power.ABSENT
    assert power(room(levels(users={"@never:x": 100})), UserId("@never:x")) is Power.ABSENT


@pytest.mark.parametrize("version", ["12", "13", "org.matrix.hydra.11"])
def test_creators_of_a_version_12_room_are_above_any_number(version: str) -> None:
    found = room(levels(users={}), version=version, create={"additional_creators": [MAL]})
    assert power(found, ROSA) is Power.ADMIN
    assert power(found, MAL) is Power.ADMIN
    assert power(found, ME) is Power.MEMBER


@pytest.mark.parametrize("version", ["11", "1", None, 12, "x", "org.example.12"])
def test_creators_of_other_rooms_have_the_level_that_is_written_down(version: Any) -> None:
    found = room(levels(users={ROSA: 0}), version=version, create={"additional_creators": [MAL]})
    assert power(found, ROSA) is Power.MEMBER
    assert power(found, MAL) is Power.MEMBER


def test_additional_creators_of_another_shape_name_nobody() -> None:
    found = room(levels(users={}), version="12", create={"additional_creators": f"{MAL} and others"})
    assert power(found, MAL) is Power.MEMBER


def test_without_power_levels_only_the_creator_has_a_say() -> None:
    assert power(room(), ROSA) is Power.ADMIN
    assert power(room(), MAL) is Power.MEMBER


# -- what it is like -----------------------------------------------------------------------------------------


def test_a_room_without_the_events_is_what_the_specification_says() -> None:
    found = facts(room(), ME)
    assert (found.encrypted, found.join_rule, found.history) == (False, JoinRule.INVITE, History.SHARED)
    assert (found.guests, found.replaced) == (False, False)
    assert (found.joined, found.invited) == (frozenset({ME, ROSA, MAL}), frozenset())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("invite", JoinRule.INVITE),
        ("knock", JoinRule.KNOCK),
        ("restricted", JoinRule.RESTRICTED),
        ("knock_restricted", JoinRule.RESTRICTED),
        ("public", JoinRule.PUBLIC),
        ("org.example.lottery", JoinRule.OTHER),
        (None, JoinRule.OTHER),
        ([], JoinRule.OTHER),
    ],
)
def test_a_door_that_we_do_not_know_is_not_closed(rule: Any, expected: JoinRule) -> None:
    assert facts(room(state("m.room.join_rules", {"join_rule": rule})), ME).join_rule is expected


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [
        ("joined", History.JOINED),
        ("invited", History.INVITED),
        ("shared", History.SHARED),
        ("world_readable", History.WORLD_READABLE),
        ("x", History.OTHER),
        (None, History.OTHER),
    ],
)
def test_a_history_that_we_do_not_know_is_not_closed(visibility: Any, expected: History) -> None:
    found = room(state("m.room.history_visibility", {"history_visibility": visibility}))
    assert facts(found, ME).history is expected


@pytest.mark.parametrize(
    ("access", "guests"), [("forbidden", False), ("can_join", True), (None, True), (7, True)]
)
def test_guests_are_kept_out_only_by_saying_so(access: Any, *, guests: bool) -> None:
    assert facts(room(state("m.room.guest_access", {"guest_access": access})), ME).guests is guests


def test_members_invited_people_and_a_tombstone_are_seen() -> None:
    found = facts(
        room(
            state("m.room.member", {"membership": "invite"}, "@new:x"),
            state("m.room.member", {"membership": "ban"}, MAL),
            state("m.room.tombstone", {"replacement_room": "!x"}),
        ),
        ME,
    )
    assert (found.joined, found.invited) == (frozenset({ME, ROSA}), frozenset({UserId("@new:x")}))
    assert found.replaced


# -- what the bot may do -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"users": {ME: 50}}, (True, True, True)),
        ({"users": {ME: 49}}, (False, True, False)),
        ({"users": {ME: 0}, "redact": 0, "state_default": 0}, (True, True, True)),
        ({"users": {ME: 50}, "events": {"m.room.redaction": 60}}, (False, True, True)),
        ({"users": {ME: 50}, "events": {"m.room.join_rules": 60}}, (True, True, False)),
        ({"users": {ME: 0}, "events_default": 1}, (False, False, False)),
        ({"users": {ME: 0}, "events": {"m.room.message": 1}}, (False, False, False)),
        ({"users": {ME: 0}, "events": {"m.room.encrypted": 1}}, (False, True, False)),
    ],
)
def test_what_the_bot_may_do_follows_from_the_levels(content: Any, expected: tuple[bool, bool, bool]) -> None:
    found = facts(room(levels(**content)), ME)
    assert (found.may_remove, found.may_speak, found.may_repair) == expected


def test_in_an_encrypted_room_speaking_takes_the_level_of_encrypted_events() -> None:
    encrypted = state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    assert not facts(room(encrypted, levels(events={"m.room.encrypted": 1})), ME).may_speak
    assert facts(room(encrypted, levels(events={"m.room.message": 1})), ME).may_speak


def test_in_a_room_that_it_left_the_bot_may_do_nothing() -> None:
    gone = state("m.room.member", {"membership": "leave"}, ME)
    found = facts(room(levels(users={ME: 100}), gone), ME)
    assert (found.may_remove, found.may_speak, found.may_repair) == (False, False, False)


# -- complete answers only -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        [],
        [state("m.room.create", {})],
        [state("m.room.member", {"membership": "join"}, ME)],
        [state("m.room.create", {}), state("m.room.member", {"membership": "join"}, ME), 7],
        [state("m.room.create", {}), state("m.room.member", {"membership": "join"}, ME), {"type": "x"}],
    ],
)
def test_an_answer_with_something_missing_is_no_answer(told: Any) -> None:
    with pytest.raises(TryAgainLater):
        read(told, ME)
