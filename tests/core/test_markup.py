"""Promises of core.markup: code, quotes and links are no prose; a fallback is not the author's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.links import find
from bot.core.markup import prose, without_fallback


def left(text: str) -> str:
    return prose(text, find(text))


@pytest.mark.parametrize(
    "text",
    [
        "`TAG`",
        "``TAG ` TAG``",
        "say `TAG` please",
        "`a\nTAG`",
        "```\nTAG\n```",
        "```python\nTAG\n```\n",
        "~~~\nTAG\n~~~",
        "````\n```\nTAG\n````",
        "```\nTAG never closed",
        "```\nTAG\n``` not a closing line\nTAG",
        "> TAG",
        ">TAG",
        "   > TAG",
        "hello\n> TAG\nbye",
        ">> TAG",
        "https://x.com/TAG",
        "https://x.com/#TAG",
        "x.com/TAG?a=TAG",
    ],
)
def test_code_quotes_and_links_are_taken_out(text: str) -> None:
    assert "TAG" not in left(text)


@pytest.mark.parametrize(
    "text",
    [
        "TAG",
        "` TAG",
        "a ` b\n\nTAG ` c",
        "`` TAG `",
        "`code` TAG `code`",
        "```\ncode\n```\nTAG",
        "~~~\ncode\n~~~\nTAG",
        "a > TAG",
        "> quote\nTAG",
        "    TAG",
        "https://x.com/ TAG",
        "(https://x.com/a)TAG",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert "TAG" in left(text)


@given(st.text(alphabet="`~> \nab#./:x", max_size=80))
def test_what_is_left_is_as_long_as_the_text(text: str) -> None:
    rest = left(text)
    assert len(rest) == len(text)
    assert all(kept in (letter, " ") for kept, letter in zip(rest, text, strict=True))


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("> <@ana:example.org> hi\n\nmy words", "my words"),
        ("> <@ana:example.org> hi\n> second line\n\nmy words", "my words"),
        ("> * <@ana:example.org> waves\n\nmy words", "my words"),
        ("> <@ana:example.org> hi\nmy words", "my words"),
        ("> <@ana:example.org> hi\n\nfirst\n> I quote\nsecond", "first\n> I quote\nsecond"),
        ("> <@ana:example.org> hi", ""),
        ("> <@ana:example.org> hi\n\n", ""),
    ],
)
def test_the_fallback_of_a_reply_is_dropped(body: str, own: str) -> None:
    assert without_fallback(body) == own


@pytest.mark.parametrize(
    "body", ["", "hi", "> somebody said\nmy words", ">", "hi\n> <@ana:example.org> hi", "> <x>"]
)
def test_what_is_no_fallback_is_kept(body: str) -> None:
    assert without_fallback(body) == body


@given(st.text())
def test_nothing_is_added_to_a_body(body: str) -> None:
    assert body.endswith(without_fallback(body))
