"""We promise of the words of an event that …"""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.model import (
    AttachmentKind,
    Membership,
    Message,
    Millis,
    Presence,
    Reaction,
    RoomId,
    Trust,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.matrix.translate import incoming, invitation, is_event
from tests.matrix.wired import ROOM
from tests.matrix.written import event, member, text

ROSA = "@rosa:sws.test"
ME = UserId("@bot:sws.test")


def read(content: dict[str, Any]) -> Message:
    message = incoming(event(ROSA, "m.room.message", content), ROOM, Trust.SIGNED)
    assert isinstance(message, Message)
    return message


def test_a_text_comes_in_with_its_room_sender_time_and_trust() -> None:
    written = text(ROSA, "hello")
    message = incoming(written, ROOM, Trust.UNSIGNED)
    assert isinstance(message, Message)
    assert (message.id, message.room, message.sender) == (written["event_id"], ROOM, ROSA)
    assert (message.at, message.body, message.trust) == (
        1_700_000_000_000,
        Sensitive("hello"),
        Trust.UNSIGNED,
    )
    assert (message.thread, message.reply_to, message.edits, message.attachment) == (None, None, None, None)


@pytest.mark.parametrize("kind", ["m.notice", "m.key.verification.request", "org.example.poll"])
def test_what_bots_and_machines_say_is_nothing_to_us(kind: str) -> None:
    assert incoming(event(ROSA, "m.room.message", {"msgtype": kind, "body": "x"}), ROOM, Trust.PLAIN) is None


@pytest.mark.parametrize(
    ("kind", "attachment"),
    [
        ("m.image", AttachmentKind.PICTURE),
        ("m.audio", AttachmentKind.VOICE),
        ("m.video", AttachmentKind.VIDEO),
        ("m.file", AttachmentKind.FILE),
    ],
)
def test_the_name_of_a_file_is_dropped_and_what_was_written_under_it_is_kept(
    kind: str, attachment: AttachmentKind
) -> None:
    bare = read({"msgtype": kind, "body": "IMG_rosa_garcia.jpg", "url": "mxc://x/y"})
    assert (bare.attachment, bare.body) == (attachment, Sensitive(""))
    same = read({"msgtype": kind, "body": "rosa.jpg", "filename": "rosa.jpg"})
    assert same.body == Sensitive("")
    captioned = read({"msgtype": kind, "body": "#swsdoxx nyc", "filename": "rosa.jpg"})
    assert (captioned.attachment, captioned.body) == (attachment, Sensitive("#swsdoxx nyc"))


@pytest.mark.parametrize("body", ["I am here geo:51.5,0.1", "geo:51.5,0.1", "I am here", ""])
def test_a_place_somebody_sends_is_words_like_any_other(body: str) -> None:
    here = read({"msgtype": "m.location", "body": body, "geo_uri": "geo:51.5,0.1"})
    assert here.attachment is None
    assert here.body.reveal().count("geo:51.5,0.1") == 1
    assert here.body.reveal().startswith(body)


def test_an_edit_brings_the_new_text_and_not_the_starred_one() -> None:
    edited = read(
        {
            "msgtype": "m.text",
            "body": "* new",
            "m.new_content": {"msgtype": "m.text", "body": "new"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$old"},
        }
    )
    assert (edited.body, edited.edits) == (Sensitive("new"), "$old")


def test_an_edit_without_a_new_text_is_nothing() -> None:
    relation = {"rel_type": "m.replace", "event_id": "$old"}
    content = {"msgtype": "m.text", "body": "* new", "m.relates_to": relation}
    assert incoming(event(ROSA, "m.room.message", content), ROOM, Trust.PLAIN) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("> <@bot:sws.test> what city?\n> and when?\n\nnyc", "nyc"),
        ("> * <@bot:sws.test> waves\n\nnyc", "nyc"),
        ("> <@bot:sws.test> what city?\n\n> my own quotation\nnyc", "> my own quotation\nnyc"),
        ("> only my own quotation\nnyc", "> only my own quotation\nnyc"),
        ("> <@bot:sws.test> what city?", ""),
    ],
)
def test_a_reply_comes_without_the_lines_that_old_clients_repeat(body: str, words: str) -> None:
    relation = {"m.in_reply_to": {"event_id": "$asked"}}
    reply = read({"msgtype": "m.text", "body": body, "m.relates_to": relation})
    assert (reply.body, reply.reply_to) == (Sensitive(words), "$asked")


def test_a_quotation_in_what_is_no_reply_is_kept() -> None:
    body = "> <@x:y> he wrote\n\nand I am scared"
    assert read({"msgtype": "m.text", "body": body}).body == Sensitive(body)


def test_a_message_in_a_thread_is_a_reply_only_when_it_was_meant_as_one() -> None:
    relation = {"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": {"event_id": "$last"}}
    meant = read({"msgtype": "m.text", "body": "x", "m.relates_to": relation})
    fallen_back = read(
        {"msgtype": "m.text", "body": "x", "m.relates_to": {**relation, "is_falling_back": True}}
    )
    assert (meant.thread, meant.reply_to) == ("$root", "$last")
    assert (fallen_back.thread, fallen_back.reply_to) == ("$root", None)


@pytest.mark.parametrize("state_key", ["", "x"])
def test_a_message_that_says_it_is_state_is_no_message(state_key: str) -> None:
    assert incoming(text(ROSA, "x", state_key=state_key), ROOM, Trust.PLAIN) is None


@pytest.mark.parametrize("membership", ["knock", "x", None, 7, []])
def test_a_membership_that_means_nothing_to_us_is_nothing(membership: Any) -> None:
    found = event(ROSA, "m.room.member", {"membership": membership}, state_key=ROSA)
    assert incoming(found, ROOM, Trust.PLAIN) is None


def test_a_change_of_name_is_no_arrival() -> None:
    assert incoming(member(ROSA, "join", before="join"), ROOM, Trust.PLAIN) is None
    arrival = incoming(member(ROSA, "join", before="leave"), ROOM, Trust.PLAIN)
    assert isinstance(arrival, Membership)
    assert arrival.presence is Presence.JOINED


def test_only_an_invitation_into_a_chat_of_two_says_whose_chat_it_is() -> None:
    for content, whose in (
        ({"membership": "invite", "is_direct": True}, ME),
        ({"membership": "invite", "is_direct": "yes"}, None),
        ({"membership": "invite"}, None),
        ({"membership": "join", "is_direct": True}, None),
    ):
        found = incoming(event(ME, "m.room.member", content, state_key=ROSA), ROOM, Trust.PLAIN)
        assert isinstance(found, Membership)
        assert (found.person, found.chat_of) == (ROSA, whose)


def test_who_followed_an_invitation_into_a_chat_of_two_says_whose_chat_it_is() -> None:
    asked = {"membership": "invite", "is_direct": True}
    for before, by, whose in (
        (asked, ME, ME),
        (asked, 7, None),
        (asked, "\ud800", None),
        ({"membership": "invite"}, ME, None),
        ({"membership": "leave", "is_direct": True}, ME, None),
    ):
        joined = event(ROSA, "m.room.member", {"membership": "join"}, state_key=ROSA)
        unsigned = {"prev_content": before, "prev_sender": by}
        found = incoming({**joined, "unsigned": unsigned}, ROOM, Trust.PLAIN)
        assert isinstance(found, Membership)
        assert found.chat_of == whose


def test_half_a_character_is_replaced_in_words_and_refused_in_names() -> None:
    """JSON may hold half of a surrogate pair; no file and no request can."""
    assert read({"msgtype": "m.text", "body": "a\ud800b"}).body == Sensitive("a?b")
    for key in ("type", "sender", "event_id"):
        assert not is_event({**text(ROSA, "x"), key: "\ud800"})
    assert incoming(member("\udfff", "join", by=ROSA), ROOM, Trust.PLAIN) is None
    assert incoming(event(ROSA, "m.room.redaction", {"redacts": "\ud800"}), ROOM, Trust.PLAIN) is None
    relation = {"rel_type": "m.thread", "event_id": "\ud800", "m.in_reply_to": {"event_id": "\ud800"}}
    message = read({"msgtype": "m.text", "body": "x", "m.relates_to": relation})
    assert (message.thread, message.reply_to) == (None, None)


@pytest.mark.parametrize("at", [-1, 2**53, 1e3, None, "7"])
def test_a_moment_that_cannot_be_kept_is_no_moment(at: Any) -> None:
    assert not is_event({**text(ROSA, "x"), "origin_server_ts": at})


@pytest.mark.parametrize(
    "events",
    [
        None,
        7,
        [7, None, {}],
        [member("@other:sws.test", "invite", by=ROSA)],
        [member(ME, "join", by=ROSA)],
        [{**member(ME, "invite"), "sender": 7}],
        [{**member(ME, "invite"), "content": 7}],
    ],
)
def test_an_invitation_that_asks_somebody_else_or_comes_from_nobody_is_none(events: Any) -> None:
    assert invitation(events, RoomId("!x:sws.test"), ME, Millis(1)) is None


@pytest.mark.parametrize("sign", ["🙋", "🙋\U0001f3fd", "🙋\u200d♀\ufe0f"])
def test_a_raised_hand_of_anybody_comes_in_with_what_it_was_put_on(sign: str) -> None:
    put = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$card", "key": sign}}
    hand = incoming(event(ROSA, "m.reaction", put), ROOM, Trust.PLAIN)
    assert isinstance(hand, Reaction)
    assert (hand.room, hand.sender, hand.target) == (ROOM, ROSA, "$card")


@pytest.mark.parametrize(
    "relation",
    [
        {"rel_type": "m.annotation", "event_id": "$card", "key": "👍"},
        {"rel_type": "m.annotation", "event_id": "$card"},
        {"rel_type": "m.thread", "event_id": "$card", "key": "🙋"},
        {"rel_type": "m.annotation", "event_id": 5, "key": "🙋"},
        None,
    ],
)
def test_every_other_reaction_is_nothing_to_us(relation: object) -> None:
    assert incoming(event(ROSA, "m.reaction", {"m.relates_to": relation}), ROOM, Trust.PLAIN) is None
