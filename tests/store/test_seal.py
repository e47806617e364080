"""We promise that what is stored can be read with the store key only, and only in the place it was put."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from Crypto.Cipher import ChaCha20_Poly1305

from bot.store.seal import KEY_LENGTH, Seal, StoreFault, WrongKey
from tests.stage import KEY

SEAL = Seal(KEY)
OTHER = Seal(bytes(KEY_LENGTH))


def test_what_was_sealed_opens_again() -> None:
    assert SEAL.open("inbox", b"row", SEAL.close("inbox", b"row", b"some words")) == b"some words"


def test_what_the_first_version_sealed_with_another_library_still_opens() -> None:
    """XChaCha20-Poly1305 of PyCryptodome: the nonce, the tag, and what is sealed."""
    nonce, tag = bytes(range(100, 124)), "c7f57bba085f8df54205559ef989bd0f"
    assert SEAL.open("inbox", b"row", nonce + bytes.fromhex(tag + "fce4b5914bd8469cf7f6")) == b"some words"


def test_what_is_sealed_now_opens_with_that_library() -> None:
    """Whoever goes back to the version before still reads everything."""
    made = SEAL.close("inbox", b"row", b"some words")
    box = hmac.digest(KEY, b"sws box", hashlib.sha256)
    cipher = ChaCha20_Poly1305.new(key=box, nonce=made[:24])
    cipher.update(b"inbox\0row")
    assert cipher.decrypt_and_verify(made[40:], made[24:40]) == b"some words"


def test_no_words_are_left_in_what_was_sealed() -> None:
    assert b"some words" not in SEAL.close("inbox", b"row", b"some words")


def test_the_same_words_never_look_the_same_twice() -> None:
    assert SEAL.close("inbox", b"row", b"same") != SEAL.close("inbox", b"row", b"same")


@pytest.mark.parametrize(("table", "row"), [("outbox", b"row"), ("inbox", b"other"), ("inboxr", b"ow")])
def test_a_row_moved_elsewhere_does_not_open(table: str, row: bytes) -> None:
    with pytest.raises(WrongKey):
        SEAL.open(table, row, SEAL.close("inbox", b"row", b"some words"))


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongKey, match="store_key"):
        OTHER.open("inbox", b"row", SEAL.close("inbox", b"row", b"some words"))


@pytest.mark.parametrize("place", [0, 23, 24, 39, 40, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    sealed = bytearray(SEAL.close("inbox", b"row", b"some words"))
    sealed[place] ^= 1
    with pytest.raises(WrongKey):
        SEAL.open("inbox", b"row", bytes(sealed))


@pytest.mark.parametrize("length", [0, 5, 24, 39])
def test_a_row_cut_short_is_noticed(length: int) -> None:
    with pytest.raises(WrongKey):
        SEAL.open("inbox", b"row", SEAL.close("inbox", b"row", b"some words")[:length])


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_the_wrong_length_is_refused_without_showing_it(length: int) -> None:
    with pytest.raises(StoreFault, match="store_key") as refused:
        Seal(b"k" * length)
    assert "kkk" not in str(refused.value)


def test_names_lead_forward_only() -> None:
    name = SEAL.name("person", "@mia:test")
    assert name == SEAL.name("person", "@mia:test")
    assert name != OTHER.name("person", "@mia:test")
    assert name != SEAL.name("room", "@mia:test")
    assert b"mia" not in name


def test_names_are_those_that_every_version_made() -> None:
    """Else nothing that was stored would be found again."""
    index = hmac.digest(KEY, b"sws index", hashlib.sha256)
    made = hmac.digest(index, b"\0\0\0\6person\0\0\0\x09@mia:test", hashlib.sha256)[:16]
    assert SEAL.name("person", "@mia:test") == SEAL.name("person", "@mia:test") == made


def test_names_of_several_parts_are_not_mixed_up() -> None:
    assert SEAL.name("plan", "ab", "c") != SEAL.name("plan", "a", "bc")
    assert SEAL.key("ab", "c") != SEAL.key("a", "bc")


def test_the_key_of_a_deed_stays_the_same_and_says_nothing() -> None:
    key = SEAL.key("Message $event", "tell", "0", "!room")
    assert key == Seal(KEY).key("Message $event", "tell", "0", "!room")
    assert "event" not in key
    assert key != SEAL.key("Message $event", "tell", "1", "!room")
    assert key.encode() != SEAL.name("deed", "Message $event", "tell", "0", "!room").hex().encode()
