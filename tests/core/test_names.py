"""Promises of core.names: Matrix's own names are recognised, and the author's never reach supporters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import RoomId, UserId
from bot.core.names import REMOVED, person, room, without

ROSA = UserId("@rosa:example.org")
NEW_ROOM = "!" + "Ab-_9" * 8 + "xyz"
NEW_EVENT = "$" + "Ab-_9" * 8 + "xyz"


@pytest.mark.parametrize(
    "name",
    [
        "@rosa:example.org",
        "@Rosa:Example.org",
        "rosa:example.org",
        "@rosa",
        "!abcdef:example.org",
        NEW_ROOM,
        "#sws-nyc:example.org",
        "#sws:localhost",
        "$143273582443PhrSn:example.org",
        NEW_EVENT,
        "https://matrix.to/#/@rosa:example.org",
        "https://matrix.to/#/%40rosa%3Aexample.org?via=example.org",
        "matrix.to/#/!abc:example.org/$event",
        "http://www.matrix.to/#/#sws:example.org",
        "matrix:u/rosa:example.org",
        "matrix:roomid/abc:example.org/e/xyz?via=a",
        "https://app.element.io/#/room/!abc:example.org",
        "https://chat.example.org/#/user/@rosa:example.org",
        "element://vector/room/!abc",
    ],
)
def test_a_name_that_leads_to_the_author_or_the_room_is_removed(name: str) -> None:
    for text in (name, f"I am {name} there", f"({name})", f"{name}\n{name}"):
        cleaned = without(text, ROSA)
        assert REMOVED in cleaned
        for trace in ("rosa", "example.org", "matrix.to", "abc", "Ab-_9", "sws"):
            assert trace not in cleaned.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "the stalker is @eve:evil.example",
        "@rosaline:example.org",
        "@rosa:other.org",
        "Rosa from work",
        "price $200:ok",
        "look!now:ok",
        "#swshelp #nyc: please",
        "$100 at 10:30",
        "!resources legal nyc",
        "https://x.com/rosa",
        "one/two @ three",
        "",
    ],
)
def test_words_that_supporters_need_are_kept(text: str) -> None:
    assert without(text, ROSA) == text


def test_a_name_with_every_odd_letter_is_removed_as_it_is_and_not_as_a_pattern() -> None:
    odd = UserId("@r.o+s=a/1-_:example.org:8448")
    assert without(f"me: {odd}!", odd) == f"me: {REMOVED}!"
    assert without("@rXo+s=a/1-_", odd) == "@rXo+s=a/1-_"


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_authors_id_is_gone_from_any_text_it_stands_free_in(before: str, after: str) -> None:
    assert ROSA not in without(f"{before} {ROSA} {after}", ROSA)


@given(st.text(), st.from_regex(r"@[a-z.=_/-]{1,12}:[a-z]{1,8}\.[a-z]{2,3}", fullmatch=True))
def test_removing_names_never_raises(text: str, author: str) -> None:
    assert isinstance(without(text, UserId(author)), str)


@pytest.mark.parametrize(
    "word",
    [
        "@ana:example.org",
        "@ana:example.org,",
        "(@ana:example.org)",
        "<@ana:example.org>",
        "https://matrix.to/#/@ana:example.org",
        "https://matrix.to/#/%40ana%3Aexample.org?via=x",
    ],
)
def test_a_person_is_recognised_however_a_client_writes_them(word: str) -> None:
    assert person(word) == UserId("@ana:example.org")


@pytest.mark.parametrize(
    "word", ["ana", "@ana", "@:example.org", "ana:example.org", "@ana:", "!abc:example.org", ""]
)
def test_what_is_no_person_is_none(word: str) -> None:
    assert person(word) is None


@pytest.mark.parametrize(
    "word", ["!abc:example.org", NEW_ROOM, "!a:[2001:db8::1]:8448", "!abc:localhost:8008"]
)
def test_rooms_of_both_forms_are_recognised(word: str) -> None:
    assert room(word) == RoomId(word)
    assert room(f"https://matrix.to/#/{word}") == RoomId(word)


@pytest.mark.parametrize(
    "word", ["abc:example.org", "!abc", "#abc:example.org", "!", "", NEW_ROOM + "toolong"]
)
def test_what_is_no_room_is_none(word: str) -> None:
    assert room(word) is None


def test_names_longer_than_matrix_allows_are_refused() -> None:
    assert person("@" + "a" * 300 + ":example.org") is None
    assert room("!" + "a" * 250 + ":example.org") is None
