"""Promises about what is said in public: never a word of anybody's, and the same whatever was written."""

from __future__ import annotations

from enum import Enum
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    Effect,
    PostAlert,
    RemoveOriginal,
    SayInRoom,
    TellSupporters,
    WhisperInRoom,
)
from bot.core.model import EventId, Message, Trust, Unsafe
from bot.core.phrases import Line, Phrase
from bot.core.results import Held, Refusal, Told
from bot.core.sensitive import Sensitive
from bot.core.speech import Announced, Items, Paragraph, Quote, Spoken, Whispered
from tests.core.world import (
    FALLBACK,
    LOBBY,
    MIA,
    NOW,
    NYC,
    NYC_ROOM,
    came_of,
    effects,
    hears,
    in_lobby,
    plan,
)

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="#＃!！>`~"), max_size=80)
"""Anything somebody may write beside the tag, without further tags or marks that take the tag away."""
NAMES_AND_NUMBERS = {
    "cities",
    "near",
    "number",
    "resources",
    "categories",
    "unsafe",
    "commands",
    "guard",
    "topics",
}


def post(words: str) -> Message:
    return Message(EventId("$post"), LOBBY, MIA, NOW, Sensitive(words), Trust.SIGNED)


def in_public(decision: Decision) -> list[Effect]:
    return [step for step in effects(decision) if isinstance(step, SayInRoom)]


def whole_way(words: str, *, held: bool) -> list[Effect]:
    """Everything said in public about a post, from its arrival to its end."""
    view = in_lobby(NYC)
    decision = decide(post(words), view)
    tell = plan(decision, "tell")
    cases = [step.card.case for step in tell.steps if isinstance(step, TellSupporters)]
    refused = (Refusal(NYC_ROOM, Unsafe.STRANGER), Refusal(FALLBACK, Unsafe.GUESTS))
    results = [
        Held(case, refused) if held else Told(case, NYC_ROOM, EventId("$card"), fallback=False)
        for case in cases
    ]
    return in_public(decision) + in_public(hears(view, came_of(tell, *results)))


@pytest.mark.parametrize("tag", ["#swsdoxx #nyc", "#swsdanger #nyc", "#swsdoxx", "#swsdanger"])
@pytest.mark.parametrize("held", [False, True])
@settings(max_examples=40, deadline=None)
@given(one=WORDS, other=WORDS)
def test_two_doxx_or_danger_posts_with_different_words_sound_the_same_in_public(
    tag: str, held: bool, one: str, other: str
) -> None:
    assert whole_way(f"{tag} {one}", held=held) == whole_way(f"{tag} {other}", held=held)


@settings(max_examples=40, deadline=None)
@given(one=WORDS, other=WORDS)
def test_whether_a_doxx_post_is_taken_down_does_not_depend_on_its_words(one: str, other: str) -> None:
    view = in_lobby(NYC)
    removed = [
        [
            step
            for step in effects(decide(post(f"#swsdoxx {words}"), view))
            if isinstance(step, RemoveOriginal)
        ]
        for words in (one, other)
    ]
    assert removed == [[RemoveOriginal(LOBBY, EventId("$post"))]] * 2


@pytest.mark.parametrize(
    "tag", ["#swshelp", "#swsharassment", "#swsfyi", "#swssupporter", "#swsdoxx", "#swsdanger"]
)
def test_nothing_said_in_public_is_a_reply_or_names_who_wrote(tag: str) -> None:
    for held in (False, True):
        for step in whole_way(f"{tag} I am {MIA}", held=held):
            assert MIA not in repr(step)
            assert "$post" not in repr(step)


def test_a_line_has_no_place_for_free_text() -> None:
    hints = get_type_hints(Line)
    assert {field.name for field in fields(Line)} == {"phrase", *NAMES_AND_NUMBERS}
    for name, hint in hints.items():
        leaves = [leaf for part in (get_args(hint) or (hint,)) for leaf in (get_args(part) or (part,))]
        for leaf in leaves:
            plain = leaf in (int, type(None), Ellipsis)
            named = isinstance(leaf, type) and issubclass(leaf, Enum)
            new_type = hasattr(leaf, "__supertype__")
            assert plain or named or new_type, (name, leaf)


def test_of_all_deeds_only_one_brings_words_into_a_community_room_and_it_carries_none_itself() -> None:
    """An alert is named, never held: what goes out is what was approved and kept, and nothing else."""
    assert {field.name for field in fields(PostAlert)} == {"alert", "room"}
    assert get_type_hints(SayInRoom)["lines"] == tuple[Line, ...]
    said_anywhere = {
        kind.__name__
        for kind in get_args(Effect)
        if {"room"} <= {field.name for field in fields(kind)} and not _is_private(kind)
    }
    assert said_anywhere == {
        *("SayInRoom", "PostAlert", "RemoveOriginal"),
        *("JoinRoom", "LeaveRoom", "RepairRoom"),
    }


def _is_private(kind: type) -> bool:
    """Only into a supporter room that is safe at that moment."""
    return kind is WhisperInRoom


def test_what_is_spoken_in_public_has_no_place_for_words_and_what_is_announced_is_no_other_type() -> None:
    assert get_args(get_args(get_type_hints(Spoken)["blocks"])[0]) == (Paragraph, Items)
    assert Quote in get_args(get_args(get_type_hints(Announced)["blocks"])[0])
    assert not issubclass(Announced, Spoken | Whispered)


def test_a_phrase_is_a_name_and_never_words() -> None:
    assert all(" " not in phrase.value and phrase.value == phrase.value.lower() for phrase in Phrase)
