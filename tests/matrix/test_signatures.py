"""Signed JSON: what is covered, what is refused, and that nothing raises."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import vodozemac
from hypothesis import given
from hypothesis import strategies as st

from bot.matrix.signatures import canonical, decode, encode, signed_by
from bot.matrix.signing import SigningKey

ROSA = "@rosa:sws.test"
KEY = SigningKey(bytes(range(32)))

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def signed(value: dict[str, Any], key: SigningKey = KEY) -> dict[str, Any]:
    return {**value, "signatures": {ROSA: {f"ed25519:{key.public}": key.sign(value)}}}


def test_what_we_sign_others_can_check() -> None:
    made = vodozemac.Ed25519Signature.from_base64(KEY.sign({"b": 1, "a": "ü"}))
    vodozemac.Ed25519PublicKey.from_base64(KEY.public).verify_signature('{"a":"ü","b":1}'.encode(), made)


def test_a_signature_covers_everything_but_signatures_and_the_unsigned_part() -> None:
    thing = signed({"a": 1})
    assert signed_by(thing, ROSA, KEY.public, KEY.public)
    assert signed_by({**thing, "unsigned": {"x": 1}}, ROSA, KEY.public, KEY.public)
    assert not signed_by({**thing, "a": 2}, ROSA, KEY.public, KEY.public)
    assert not signed_by({**thing, "b": 2}, ROSA, KEY.public, KEY.public)


def test_a_signature_counts_for_its_owner_and_its_key_alone() -> None:
    thing, other = signed({"a": 1}), SigningKey(bytes(32))
    assert not signed_by(thing, "@mal:sws.test", KEY.public, KEY.public)
    assert not signed_by(thing, ROSA, "OTHER", KEY.public)
    assert not signed_by(thing, ROSA, KEY.public, other.public)


@given(json_values)
def test_checking_raises_at_nothing_a_server_can_send(value: Any) -> None:
    assert signed_by(value, ROSA, KEY.public, KEY.public) is False
    assert signed_by({"a": value, "signatures": value}, ROSA, "A", KEY.public) is False
    made = {"a": value, "signatures": {ROSA: {"ed25519:A": encode(bytes(64))}}}
    assert signed_by(made, ROSA, "A", KEY.public) is False


def test_deep_nesting_and_odd_types_are_no_signature_and_no_crash() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    made = {ROSA: {"ed25519:A": encode(bytes(64))}}
    for odd in (deep, float("nan"), "\ud800", {1: 2, "a": 1}, object()):
        assert signed_by({"a": odd, "signatures": made}, ROSA, "A", KEY.public) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "A" * 44,
        "A" * 42 + "=",
        "A" * 42 + "B",
        "é" * 43,
        " " + "A" * 42,
        "A" * 42 + "\n",
        None,
        7,
        b"A" * 43,
    ],
)
def test_only_the_one_spelling_of_thirty_two_bytes_is_a_key(text: object) -> None:
    assert decode(text) is None
    assert not signed_by(signed({}), ROSA, KEY.public, text)  # type: ignore[arg-type]


def test_a_key_of_another_length_would_panic_past_every_except_exception() -> None:
    # Why `decode` measures before vodozemac is asked. When this fails, vodozemac was mended.
    with pytest.raises(BaseException, match="source slice length") as caught:
        vodozemac.Ed25519PublicKey.from_base64("A" * 44)
    assert not isinstance(caught.value, Exception)


@given(st.binary(min_size=32, max_size=32))
def test_every_key_is_read_back_as_it_was_written(raw: bytes) -> None:
    assert decode(encode(raw)) == raw


def test_canonical_json_sorts_and_keeps_letters() -> None:
    assert canonical({"b": {"z": 1, "a": "日"}, "a": [], "signatures": {}, "unsigned": 1}) == (
        '{"a":[],"b":{"a":"日","z":1}}'.encode()
    )


def test_a_signing_key_is_neither_printed_nor_pickled() -> None:
    assert encode(KEY.seed()) not in f"{KEY!r}{KEY}"
    with pytest.raises(TypeError, match="secret storage"):
        pickle.dumps(KEY)
