"""One-time keys: only those that open a session reach nio."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from bot.matrix.onetime import admitted
from tests.matrix.test_signatures import json_values
from tests.matrix.world import Someone

ROSA = Someone("@rosa:sws.test", 1, "PHONE")
PHONE = ROSA.devices["PHONE"]
KNOWN = {(str(ROSA.user), "PHONE"): (PHONE.ed25519, PHONE.curve25519)}


def offered(**changes: Any) -> dict[str, Any]:
    PHONE.offer(**changes)
    return {"one_time_keys": {ROSA.user: {"PHONE": PHONE.one_time.pop()}}}


def test_a_good_key_is_let_through_as_it_came() -> None:
    body = offered()
    assert admitted(body, KNOWN) == {**body, "failures": {}}


def test_a_fallback_key_is_let_through() -> None:
    assert admitted(offered(fallback=True), KNOWN)["one_time_keys"]


@pytest.mark.parametrize("key", ["A" * 43, "", "A" * 44, None, 7, {}, "é" * 43])
def test_a_key_that_opens_no_session_is_dropped_though_it_is_signed(key: object) -> None:
    assert admitted(offered(key=key), KNOWN)["one_time_keys"] == {}


def test_a_key_that_its_device_did_not_sign_is_dropped() -> None:
    body = offered()
    ((_, thing),) = body["one_time_keys"][ROSA.user]["PHONE"].items()
    thing["more"] = 1
    assert admitted(body, KNOWN)["one_time_keys"] == {}


def test_a_key_of_a_device_we_do_not_know_is_dropped() -> None:
    assert admitted(offered(), {})["one_time_keys"] == {}


def test_two_keys_for_one_device_are_dropped() -> None:
    body = offered()
    body["one_time_keys"][ROSA.user]["PHONE"].update(offered()["one_time_keys"][ROSA.user]["PHONE"])
    assert admitted(body, KNOWN)["one_time_keys"] == {}


@given(json_values)
def test_no_answer_at_all_makes_it_raise(value: Any) -> None:
    for body in (
        value,
        {"one_time_keys": value},
        {"one_time_keys": {ROSA.user: value}},
        {"one_time_keys": {ROSA.user: {"PHONE": value}}},
        {"one_time_keys": {ROSA.user: {"PHONE": {"signed_curve25519:A": value}}}},
    ):
        assert admitted(body, KNOWN)["one_time_keys"] == {}
