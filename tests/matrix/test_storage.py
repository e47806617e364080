"""Secret storage and the recovery key, by the letters of the specification."""

from __future__ import annotations

import pickle
from functools import reduce
from operator import xor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.sensitive import Sensitive
from bot.matrix.storage import (
    ALPHABET,
    RecoveryKey,
    Sealed,
    WrongRecoveryKey,
    check,
    description,
    from_base64,
    seal,
    unseal,
)
from tests.matrix.test_signatures import json_values

KEY = RecoveryKey(bytes(range(32)))
OTHER = RecoveryKey(bytes(32))
IV = bytes([0xFF] * 16)
keys = st.binary(min_size=32, max_size=32).map(RecoveryKey)


@given(keys)
def test_a_recovery_key_is_read_back_however_it_is_spaced(key: RecoveryKey) -> None:
    words = key.words()
    for written in (words, words.replace(" ", ""), f"  {words}\n", words.replace(" ", "\n")):
        assert RecoveryKey.read(Sensitive(written)).raw == key.raw


@given(keys)
def test_a_recovery_key_looks_as_people_know_it(key: RecoveryKey) -> None:
    words = key.words()
    assert words.startswith("Es")
    assert {len(group) for group in words.split(" ")} <= {3, 4}
    assert set(words) <= {*ALPHABET, " "}


@given(keys, st.data())
def test_a_mistyped_letter_is_noticed(key: RecoveryKey, data: st.DataObject) -> None:
    letters = list(key.words().replace(" ", ""))
    place = data.draw(st.integers(0, len(letters) - 1))
    letters[place] = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != letters[place]]))
    try:
        read = RecoveryKey.read(Sensitive("".join(letters)))
    except WrongRecoveryKey:
        return
    # One parity byte lets one mistake in 256 pass; the key's description then refuses it.
    with pytest.raises(WrongRecoveryKey, match="not the one of this account"):
        check(read, description(key, IV))


@given(st.text())
def test_what_is_no_recovery_key_is_refused_and_not_repeated(words: str) -> None:
    with pytest.raises(WrongRecoveryKey) as refused:
        RecoveryKey.read(Sensitive(words + "QQcanaryQQ0"))
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("words", ["", "E", "Es", "1" * 48, "z" * 48, "0" * 48, "EsTo" * 12])
def test_too_short_too_long_or_other_is_refused(words: str) -> None:
    with pytest.raises(WrongRecoveryKey):
        RecoveryKey.read(Sensitive(words))


def test_the_parity_byte_is_over_everything_before_it() -> None:
    number = 0
    for letter in KEY.words().replace(" ", ""):
        number = number * 58 + ALPHABET.index(letter)
    body = number.to_bytes(35, "big")
    assert body[:2] == b"\x8b\x01"
    assert body[34] == reduce(xor, body[:34])


@given(keys, st.text(min_size=1), st.text(), st.binary(min_size=16, max_size=16))
def test_a_secret_comes_out_as_it_went_in(key: RecoveryKey, name: str, secret: str, iv: bytes) -> None:
    sealed = Sealed.read(seal(key, name, secret, iv).content())
    assert unseal(key, name, sealed) == secret


def test_a_secret_opens_with_its_own_key_and_name_alone() -> None:
    sealed = seal(KEY, "m.cross_signing.master", "secret", IV)
    for key, name in ((OTHER, "m.cross_signing.master"), (KEY, "m.cross_signing.self_signing")):
        with pytest.raises(WrongRecoveryKey, match="does not open"):
            unseal(key, name, sealed)


@given(json_values)
def test_no_account_data_makes_it_raise_anything_else(value: Any) -> None:
    for content in (value, {"iv": value, "ciphertext": value, "mac": value}):
        with pytest.raises(WrongRecoveryKey):
            unseal(KEY, "name", Sealed.read(content))
    with pytest.raises(WrongRecoveryKey):
        check(KEY, {"algorithm": "m.secret_storage.v1.aes-hmac-sha2", "iv": value, "mac": value})


def test_bit_63_of_the_iv_is_clear() -> None:
    assert seal(KEY, "name", "secret", IV).iv[8] == 0x7F


def test_the_right_key_is_told_from_a_wrong_one() -> None:
    described = description(KEY, IV)
    check(KEY, described)
    with pytest.raises(WrongRecoveryKey, match="not the one"):
        check(OTHER, described)
    with pytest.raises(WrongRecoveryKey, match="cannot open"):
        check(KEY, {**described, "algorithm": "org.example"})


@pytest.mark.parametrize("text", ["AAECAw", "AAECAw=="])
def test_padding_does_not_matter(text: str) -> None:
    assert from_base64(text) == bytes(range(4))


def test_a_recovery_key_is_neither_printed_nor_pickled() -> None:
    assert KEY.words() not in f"{KEY!r}{KEY}"
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
