"""Promises of core.tone: a bare greeting is no report, anything more is; urgent words are heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.tone import greets_only, urgent


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Hi!",
        "hello?",
        "HELLO",
        "hey there 👋",
        "hi 🙂",
        "test",
        "testing 123",
        "test test",
        "is this thing on? testing",
        "hello, anybody there?",
        "anyone here?",
        "good morning, hello",
        "hola",
        "¡Hola! buenos días",
        "bonjour",
        "Hallo, guten Tag",
        "oi, bom dia",
        "привет",
        "你好",
        "こんにちは",
        "안녕하세요",
        "prueba",
        "hello bot",
    ],
)
def test_a_bare_greeting_or_test_is_one(text: str) -> None:
    assert greets_only(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "help",
        "hi help",
        "hi 911",
        "hello, he found my address",
        "test results came back positive",
        "hi 🆘",
        "🆘",
        "there",
        "is this on",
        "hello he is here",
        "hola necesito ayuda",
        "hi nyc",
        "hi" + " there" * 20,
        "yes",
    ],
)
def test_anything_more_than_a_greeting_is_a_report(text: str) -> None:
    assert not greets_only(text)


@pytest.mark.parametrize(
    "text",
    [
        "this is URGENT",
        "urgently need a place",
        "it is an emergency",
        "please help me now",
        "he is outside my door",
        "he won't let me leave",
        "he won’t let me out",
        "I am in danger",
        "SOS",
        "🆘",
        "es urgente",
        "estoy en peligro",
        "c'est une urgence",
        "ein Notfall",
        "срочно",
        "救命",
        "he said he will kill me",
        "not urgent before but now it is an emergency",
    ],
)
def test_words_that_cannot_wait_are_urgent(text: str) -> None:
    assert urgent(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "looking for a lawyer",
        "not urgent",
        "it's non-urgent",
        "this isn't urgent",
        "no emergency",
        "the source code",
    ],
)
def test_words_that_can_wait_are_not_urgent(text: str) -> None:
    assert not urgent(text)


@given(st.text())
def test_tone_never_raises(text: str) -> None:
    assert greets_only(text) in (True, False)
    assert urgent(text) in (True, False)


@given(st.text(alphabet="!?.,… \n👋🙂", max_size=20))
def test_punctuation_never_makes_a_report_of_a_greeting(around: str) -> None:
    assert greets_only(f"{around}hello{around}")
