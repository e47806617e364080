"""Promises of core.lookalikes: what looks like a name is known to look like it."""

from __future__ import annotations

import pytest

from bot.core.lookalikes import LATIN, in_latin


@pytest.mark.parametrize(
    ("written", "read"),
    [("nус", "nyc"), ("сһісаgo", "chicago"), ("nеwаrk", "newark"), ("ոyc", "nyc"), ("αthens", "athens")],
)
def test_a_name_in_two_alphabets_is_read_as_the_name_it_looks_like(written: str, read: str) -> None:
    assert in_latin(written) == read


@pytest.mark.parametrize("name", ["nyc", "sãopaulo", "東京", "القاهرة", "2"])
def test_a_name_of_one_alphabet_that_looks_like_no_other_stays_as_it_is(name: str) -> None:
    assert in_latin(name) == name


def test_every_pair_leads_to_plain_letters_and_none_from_them() -> None:
    assert all(ord(letter) < 128 for letter in LATIN.values())
    assert all(code > 127 for code in LATIN)
