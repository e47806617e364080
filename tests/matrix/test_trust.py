"""Whose devices get our keys: the judgement of a keys query, against every lie we could think of."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import UserId
from bot.matrix.signing import SigningKey
from bot.matrix.trust import Verdict, admitted, judge, verdict
from tests.matrix.test_signatures import json_values
from tests.matrix.world import Someone, answer_about

ROSA = Someone("@rosa:sws.test", 1, "PHONE", "LAPTOP")
MAL = Someone("@mal:sws.test", 2, "EVIL")
TRUTH = answer_about(ROSA, MAL)
PIN = ROSA.master.public


def rosas(body: object, device: str = "PHONE", pin: str | None = PIN) -> Verdict:
    person = judge(body).get(ROSA.user)
    return verdict(person.devices.get(device), person.master, pin) if person else Verdict.BAD


def spoilt(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    body = copy.deepcopy(TRUTH)
    change(body)
    return body


def test_a_device_that_its_pinned_owner_signed_is_signed() -> None:
    assert rosas(TRUTH) is Verdict.SIGNED
    assert judge(TRUTH)[ROSA.user].master == PIN


def test_a_device_without_its_owners_signature_is_unsigned() -> None:
    other = Someone("@rosa:sws.test", 1, "PHONE")
    other.devices["PHONE"].signed = False
    assert rosas(answer_about(other)) is Verdict.UNSIGNED


def test_nobody_unpinned_is_signed() -> None:
    assert rosas(TRUTH, pin=None) is Verdict.UNSIGNED


def test_another_master_key_than_the_first_seen_is_a_change() -> None:
    assert rosas(TRUTH, pin=MAL.master.public) is Verdict.CHANGED


def test_somebody_without_cross_signing_is_unsigned() -> None:
    body = {"device_keys": TRUTH["device_keys"]}
    assert judge(body)[ROSA.user].master is None
    assert rosas(body) is Verdict.UNSIGNED


ROSAS_MASTER = ("master_keys", ROSA.user)
ROSAS_SELF = ("self_signing_keys", ROSA.user)


def put(*where: Any) -> Callable[[dict[str, Any]], None]:
    """A change: walk along all but the last, and put the last there."""
    *path, last, value = where

    def change(body: dict[str, Any]) -> None:
        for step in path:
            body = body[step]
        body[last] = copy.deepcopy(value)

    return change


def resigned(part: str, key: SigningKey, **changes: Any) -> Callable[[dict[str, Any]], None]:
    """A cross-signing object of Rosa with these changes, signed all over again with `key`."""

    def change(body: dict[str, Any]) -> None:
        thing = {**body[part][ROSA.user], **changes}
        thing["signatures"] = {ROSA.user: {f"ed25519:{key.public}": key.sign(thing)}}
        body[part][ROSA.user] = thing

    return change


EXTRA = {
    f"ed25519:{ROSA.master.public}": ROSA.master.public,
    f"ed25519:{MAL.master.public}": MAL.master.public,
}

LIES_ABOUT_IDENTITY = {
    "two keys in the master object": resigned("master_keys", ROSA.master, keys=EXTRA),
    "no key in the master object": put(*ROSAS_MASTER, "keys", {}),
    "master key under another id": put(*ROSAS_MASTER, "keys", {"ed25519:X": ROSA.master.public}),
    "master key of another algorithm": put(*ROSAS_MASTER, "keys", {f"rsa:{PIN}": PIN}),
    "master key of another user": resigned("master_keys", ROSA.master, user_id=MAL.user),
    "master key for another use": resigned("master_keys", ROSA.master, usage=["self_signing"]),
    "master key for two uses": resigned("master_keys", ROSA.master, usage=["master", "self_signing"]),
    "usage is no list": put(*ROSAS_MASTER, "usage", "master"),
    "padded master key": put(*ROSAS_MASTER, "keys", {f"ed25519:{PIN}=": f"{PIN}="}),
    "self-signing key of another user": resigned("self_signing_keys", ROSA.master, user_id=MAL.user),
    "self-signing key for another use": resigned("self_signing_keys", ROSA.master, usage=["user_signing"]),
    "two self-signing keys": resigned("self_signing_keys", ROSA.master, keys=EXTRA),
    "self-signing key that the master did not sign": put(*ROSAS_SELF, "signatures", {}),
    "self-signing key signed by itself": resigned("self_signing_keys", ROSA.self_signing),
    "self-signing key signed by somebody else": resigned("self_signing_keys", MAL.master),
    "somebody else's self-signing key": put(*ROSAS_SELF, TRUTH["self_signing_keys"][MAL.user]),
    "no self-signing key": put("self_signing_keys", {}),
    "master key that signs devices itself": resigned(
        "self_signing_keys", ROSA.master, keys={f"ed25519:{PIN}": PIN}
    ),
}


@pytest.mark.parametrize("lie", LIES_ABOUT_IDENTITY.values(), ids=LIES_ABOUT_IDENTITY.keys())
def test_a_lie_about_an_identity_signs_no_device(lie: Callable[[dict[str, Any]], None]) -> None:
    assert rosas(spoilt(lie)) is not Verdict.SIGNED


PHONE = ("device_keys", ROSA.user, "PHONE")
LIES_ABOUT_DEVICES = {
    "other curve key": put(*PHONE, "keys", "curve25519:PHONE", MAL.devices["EVIL"].curve25519),
    "no curve key": put(
        *PHONE, "keys", {"ed25519:PHONE": ROSA.devices["PHONE"].account.ed25519_key.to_base64()}
    ),
    "no keys": put(*PHONE, "keys", None),
    "a key that is no text": put(*PHONE, "keys", "curve25519:OTHER", 7),
    "other user": put(*PHONE, "user_id", MAL.user),
    "other id": put(*PHONE, "device_id", "LAPTOP"),
    "no signatures": put(*PHONE, "signatures", {}),
    "signatures of the wrong shape": put(*PHONE, "signatures", {ROSA.user: []}),
    "a signature that is no text": put(*PHONE, "signatures", MAL.user, {"ed25519:X": 1}),
    "algorithms of the wrong shape": put(*PHONE, "algorithms", "m.olm"),
    "more than was signed": put(*PHONE, "more", 1),
    "somebody else's device": put(*PHONE, TRUTH["device_keys"][MAL.user]["EVIL"]),
    "another device of the same person": put(*PHONE, TRUTH["device_keys"][ROSA.user]["LAPTOP"]),
    "no object": put(*PHONE, "PHONE"),
}


@pytest.mark.parametrize("lie", LIES_ABOUT_DEVICES.values(), ids=LIES_ABOUT_DEVICES.keys())
def test_a_lie_about_a_device_makes_it_bad_and_harms_no_other(lie: Callable[[dict[str, Any]], None]) -> None:
    body = spoilt(lie)
    assert rosas(body) is Verdict.BAD
    assert rosas(body, "LAPTOP") is Verdict.SIGNED
    assert "PHONE" not in admitted(body, judge(body))["device_keys"][ROSA.user]


def test_a_device_named_like_a_cross_signing_key_is_bad() -> None:
    # Its own signature would pass for the identity's: CVE-2022-39250 and its kin.
    for key in (ROSA.master, ROSA.self_signing, ROSA.user_signing):
        rosa = Someone("@rosa:sws.test", 1, key.public)
        assert rosas(answer_about(rosa), key.public) is Verdict.BAD


def test_a_device_signed_with_the_user_signing_key_is_unsigned() -> None:
    rosa = Someone("@rosa:sws.test", 1, "PHONE")
    body = answer_about(rosa)
    body["device_keys"][rosa.user]["PHONE"] = rosa.devices["PHONE"].keys(rosa.user_signing)
    assert rosas(body) is Verdict.UNSIGNED


def test_what_nio_sees_has_no_display_names_and_no_failures() -> None:
    kept = admitted(TRUTH, judge(TRUTH))
    assert kept["failures"] == {}
    assert "Phone of somebody" not in str(kept)
    assert kept["device_keys"][ROSA.user].keys() == {"PHONE", "LAPTOP"}


# -- anything at all ---------------------------------------------------------------------------------------


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    found = []
    for step, inner in steps:
        found.append((*so_far, step))
        if isinstance(inner, dict | list):
            found.extend(paths(inner, (*so_far, step)))
    return found


PATHS = [path for path in paths(TRUTH) if "unsigned" not in path]
SIGNED_PATHS = [
    path
    for path in PATHS
    if ROSA.user in path and path[0] in ("device_keys", "self_signing_keys") and "LAPTOP" not in path
]


@given(json_values)
def test_no_answer_at_all_makes_the_judge_raise(body: Any) -> None:
    assert not any(device.signed for person in judge(body).values() for device in person.devices.values())
    for part in ("device_keys", "master_keys", "self_signing_keys", "user_signing_keys"):
        broken = {**TRUTH, part: body}
        admitted(broken, judge(broken))
        broken = {**TRUTH, part: {ROSA.user: body}}
        admitted(broken, judge(broken))


@given(st.sampled_from(PATHS), json_values)
def test_whatever_stands_anywhere_in_the_answer_the_judge_does_not_raise(
    path: tuple[Any, ...], value: Any
) -> None:
    body = spoilt(put(*path, value))
    people = judge(body)
    kept = admitted(body, people)
    assert set(kept["device_keys"]) == set(people)


@given(st.sampled_from(SIGNED_PATHS), json_values)
def test_a_device_is_never_signed_after_anything_that_was_signed_has_changed(
    path: tuple[Any, ...], value: Any
) -> None:
    body = spoilt(put(*path, value))
    before: Any = TRUTH
    for step in path:
        before = before[step]
    other_signature = "signatures" in path and path[-1] == f"ed25519:{PIN}" and path[0] == "device_keys"
    if value != before and not other_signature:
        assert rosas(body) is not Verdict.SIGNED


def test_a_user_id_that_is_none_is_passed_over() -> None:
    odd: dict[str, Any] = {"device_keys": {"rosa": {}, "": {}, ROSA.user: {}}}
    assert judge(odd).keys() == {UserId(ROSA.user)}
