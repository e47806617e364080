"""We promise that everything the bot can decide, do or hear is kept and read back unchanged."""

from __future__ import annotations

import json
from asyncio import Event
from typing import Any

import pytest
from msgspec import ValidationError

from bot.core.changes import Change
from bot.core.effects import Effect, Incoming, Plan, SayPrivately, TellMore
from bot.core.model import CaseName, EventId, Millis, Unreadable
from bot.core.phrases import Line, Whisper
from bot.core.results import Result
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, RoomView, ServeRequest
from bot.ports import Undecrypted
from bot.store.codec import pack, unpack
from tests.store.samples import bare, every_field, full, members

STORED = (Effect, Change, Result, Incoming, Line | Whisper)
KINDS = [(union, kind) for union in STORED for kind in members(union)]


def read(packed: bytes, kind: Any) -> Any:
    """A union is no class, which mypy would like to have here."""
    return unpack(packed, kind)


def _named(value: Any) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize(("union", "kind"), KINDS, ids=_named)
def test_every_kind_of_value_comes_back_as_it_went(union: Any, kind: Any) -> None:
    for value in (full(kind), bare(kind), *every_field(kind)):
        assert read(pack(value), union) == value


@pytest.mark.parametrize("kind", [Plan, CaseView, RoomView, ServeRequest, Undecrypted], ids=_named)
def test_what_holds_such_values_comes_back_too(kind: Any) -> None:
    for value in (full(kind), bare(kind), *every_field(kind)):
        back = unpack(pack(value), kind)
        assert back == value
        assert unpack(pack(back), kind) == value


def test_a_plan_of_every_effect_comes_back() -> None:
    plan = Plan("everything", tuple(full(kind) for kind in members(Effect)), full(Plan).origin)
    assert unpack(pack(plan), Plan) == plan


@pytest.mark.parametrize(("union", "kind"), KINDS, ids=_named)
def test_every_kind_of_value_says_what_it_is(union: Any, kind: Any) -> None:
    stored = json.loads(pack(full(kind)))
    assert stored["is"] == kind.__name__


def test_what_was_not_made_to_be_stored_is_an_error() -> None:
    with pytest.raises(TypeError, match="object"):
        pack(object())
    with pytest.raises(ValidationError, match="Event"):
        unpack(b'"x"', Event)


def test_private_words_come_back_private() -> None:
    back: TellMore = unpack(pack(TellMore(CaseName("a-b"), Sensitive("my address"))), TellMore)
    assert isinstance(back.words, Sensitive)
    assert back.words == Sensitive("my address")


def test_a_line_and_a_whisper_are_told_apart() -> None:
    line = full(Line)
    effect = SayPrivately(full(SayPrivately).person, (line, Whisper(line), line))
    assert read(pack(effect), Effect) == effect


def test_a_row_of_an_older_version_is_read_with_todays_defaults() -> None:
    older = b'{"id":"$1","room":"!r","sender":"@m:test","at":5,"body":"hi","trust":"plain","is":"Message"}'
    back = read(older, Incoming)
    assert (back.edits, back.thread, back.attachment) == (None, None, None)


def test_a_class_that_is_gone_is_an_error_and_not_another_class() -> None:
    with pytest.raises(ValidationError):
        read(b'{"is":"Shout","room":"!r"}', Effect)


def test_the_names_under_which_things_are_stored_do_not_change_by_accident() -> None:
    event = Unreadable(EventId("$1"), full(RoomView).room, full(RoomView).person, Millis(1))
    assert b'"is":"Unreadable"' in pack(event)
    assert {kind.__name__ for kind in members(Effect)} >= {
        "TellSupporters",
        "TellMore",
        "SayInRoom",
        "WhisperInRoom",
        "SayPrivately",
        "RemoveOriginal",
        "JoinRoom",
        "LeaveRoom",
        "RepairRoom",
    }
