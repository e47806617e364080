"""We promise of words too long for one event that …"""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.sensitive import Sensitive
from bot.core.speech import Items, Paragraph, Quote, Whispered
from bot.matrix.fitting import _at_most, _size, fitted
from bot.matrix.wording import content

MOST = 65_536
ENVELOPE = 4_000
"""For what the homeserver and the seal put around."""


def sealed_size(words: Whispered) -> int:
    """As nio seals it: JSON in ASCII, then base64."""
    return len(json.dumps({"type": "m.room.message", "content": content(words)})) * 4 // 3 + ENVELOPE


def quoted(words: Whispered) -> str:
    return "".join(block.words.reveal() for block in words.blocks if isinstance(block, Quote))


def test_ordinary_words_stay_one_message_as_they_are() -> None:
    words = Whispered((Paragraph("A case", strong=True), Quote(Sensitive("help " * 400)), Items(("a", "b"))))
    assert fitted(words) == (words,)


def test_a_call_to_everybody_rings_once_however_long_it_is() -> None:
    short = Whispered((Paragraph("Nobody has claimed it yet."),), rings=True)
    assert fitted(short) == (short,)
    long = Whispered((Paragraph("A case"), Quote(Sensitive("help " * 20_000))), rings=True)
    assert [part.rings for part in fitted(long)] == [True, *(len(fitted(long)) - 1) * [False]]


@given(st.text(), st.lists(st.text(), max_size=3))
def test_nothing_is_taken_for_shorter_than_it_is(text: str, more: list[str]) -> None:
    """What surely fits is not measured letter by letter."""
    for block in (Paragraph(text), Quote(Sensitive(text)), Items((text, *more))):
        assert _at_most(block) >= _size(block)


def test_no_letter_takes_more_room_than_the_longest() -> None:
    every = map(chr, (*range(0x3000), *range(0xFE00, 0x110000, 97)))
    assert all(_at_most(Paragraph(letter)) >= _size(Paragraph(letter)) for letter in every)


def test_nothing_at_all_is_one_empty_message() -> None:
    assert fitted(Whispered(())) == (Whispered(()),)


LONGEST = {
    "latin": "a" * 65_000,
    "nearly one message": "a" * 17_980,
    "lines": "x\n" * 32_000,
    "cyrillic": "я" * 32_000,
    "emoji": "🙋" * 16_000,
    "markup": "<&\"'>" * 13_000,
    "escapes": "\\\x01" * 32_000,
    "separators": "\u2028\x85\x1d" * 20_000,
}


def test_the_longest_words_an_event_can_hold_arrive_whole_and_each_part_can_be_sent() -> None:
    for name, text in LONGEST.items():
        parts = fitted(Whispered((Paragraph("A case"), Quote(Sensitive(text)), Paragraph("What you can do"))))
        assert "".join(map(quoted, parts)) == text, name
        assert max(map(sealed_size, parts)) <= MOST, name
        assert len(parts) > 1
        # The card's own message begins with the words, so that nobody has to look for them.
        assert len(quoted(parts[0])) > 500, name


def test_a_long_list_and_a_long_paragraph_are_parted_too() -> None:
    people = tuple(f"@person{number}:a-rather-long-name.example.org" for number in range(3000))
    parts = fitted(Whispered((Paragraph("y" * 60_000), Items(people), Items(("z" * 60_000,)))))
    assert max(map(sealed_size, parts)) <= MOST
    entries = [
        text for part in parts for block in part.blocks if isinstance(block, Items) for text in block.texts
    ]
    assert tuple(entries[:3000]) == people
    assert "".join(entries[3000:]) == "z" * 60_000
    paragraphs = [block.text for part in parts for block in part.blocks if isinstance(block, Paragraph)]
    assert "".join(paragraphs) == "y" * 60_000


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40), st.integers(1, 4000))
def test_whatever_is_said_and_however_often_it_arrives_in_order(text: str, times: int) -> None:
    parts = fitted(Whispered((Quote(Sensitive(text * times)),)))
    assert "".join(map(quoted, parts)) == text * times
    assert max(map(sealed_size, parts)) <= MOST
