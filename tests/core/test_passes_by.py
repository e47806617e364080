"""We promise that nothing is passed by that anything would have come of."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.commands import WORDS as COMMAND_WORDS
from bot.core.decide import decide, passes_by, questions
from bot.core.effects import Decision
from bot.core.model import (
    AttachmentKind,
    EventId,
    Guard,
    Invitation,
    Language,
    Message,
    Reaction,
    RoomId,
    RoomKind,
    Trust,
    Unreadable,
    UserId,
)
from bot.core.parse import CATEGORY_WORDS
from bot.core.sensitive import Sensitive
from bot.core.view import RoomView
from tests.core.world import ADA, CHAT, EVE, LOBBY, ME, MIA, NEWARK, NOW, NYC, ROSA, SOL, VIEW

ROOMS = st.sampled_from([LOBBY, RoomId("!elsewhere:example.org")])
"""A supporter room that the configuration names is none of these: it is read as one, roster or not."""
EVENTS = st.none() | st.sampled_from([EventId("$one"), EventId("$two")])
PIECES = st.sampled_from(
    [
        *(f"#{word}" for word in CATEGORY_WORDS),
        *(f"!{word}" for word in CATEGORY_WORDS),
        *("#", "!", "＃", "！", "#nyc", "nyc", "#help", "yes", "no", "1", "fine", "hello", "sws", "> "),
        *("!help", "!menu", "!status", "!forget", "!claim amber-heron", "@sws:example.org", "stop", "👋"),
        *("\n", " ", "\u200b", "\u0000", "212-555-0142", "https://example.org/x", "amber-heron"),
    ]
)
WORDS = st.lists(PIECES | st.text(max_size=12), max_size=8).map("".join) | st.lists(PIECES).map(" ".join)

MESSAGES = st.builds(
    Message,
    id=st.sampled_from([EventId("$event"), EventId("$other")]),
    room=ROOMS,
    sender=st.sampled_from([ME, MIA, ADA, SOL, ROSA, EVE]),
    at=st.just(NOW),
    body=WORDS.map(Sensitive),
    trust=st.sampled_from(Trust),
    thread=EVENTS,
    reply_to=EVENTS,
    edits=EVENTS,
    attachment=st.none() | st.sampled_from(AttachmentKind),
)
COMMUNITY = st.builds(
    RoomView,
    room=ROOMS,
    kind=st.just(RoomKind.COMMUNITY),
    cities=st.sampled_from([(), (NYC,), (NYC, NEWARK)]),
    chosen=st.sampled_from(Language),
    guard=st.sampled_from(Guard),
    person=st.none() | st.just(UserId(MIA)),
    encrypted=st.booleans(),
)


def seen(message: Message, room: RoomView) -> tuple[object, object]:
    """What is decided, and what had to be asked for it."""
    sender = replace(VIEW.sender, person=message.sender)
    view = replace(VIEW, room=replace(room, room=message.room), sender=sender)
    return decide(message, view), questions(message, view)


def said(words: str) -> Message:
    return Message(EventId("$event"), LOBBY, MIA, NOW, Sensitive(words), Trust.SIGNED)


@given(MESSAGES, COMMUNITY)
@example(said(""), RoomView(LOBBY))
@example(said("does anybody know a good doctor in #nyc?"), RoomView(LOBBY))
def test_whatever_passes_by_is_decided_to_be_nothing_and_needs_no_asking(
    message: Message, room: RoomView
) -> None:
    if passes_by(message, room):
        assert seen(message, room) == (Decision(), ())


@given(MESSAGES, COMMUNITY)
def test_whatever_something_comes_of_does_not_pass_by(message: Message, room: RoomView) -> None:
    if seen(message, room) != (Decision(), ()):
        assert not passes_by(message, room)


def test_no_call_for_help_and_no_command_passes_by() -> None:
    calls = [f"#{word}" for word in CATEGORY_WORDS]
    for words in (*calls, *(f"please {call} now" for call in calls), *(f"!{name}" for name in COMMAND_WORDS)):
        assert not passes_by(said(words), RoomView(LOBBY)), words


def test_talk_passes_by_only_in_a_community_room() -> None:
    passing = {kind: passes_by(said("good morning"), RoomView(CHAT, kind)) for kind in RoomKind}
    assert passing == {kind: kind is RoomKind.COMMUNITY for kind in RoomKind}


def test_a_correction_is_always_looked_at() -> None:
    """What it corrects may be a call for help."""
    assert not passes_by(replace(said("never mind"), edits=EventId("$one")), RoomView(LOBBY))


def test_nothing_but_a_message_passes_by() -> None:
    others = (
        Unreadable(EventId("$event"), LOBBY, MIA, NOW),
        Reaction(EventId("$event"), LOBBY, MIA, EventId("$one"), NOW),
        Invitation(LOBBY, MIA, NOW, direct=True),
    )
    assert not any(passes_by(each, RoomView(LOBBY)) for each in others)
