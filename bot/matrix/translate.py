"""What a Matrix event means in our own words; pure, and never raises whatever the event holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.core.effects import Incoming
from bot.core.model import (
    EventId,
    Invitation,
    Membership,
    Message,
    Millis,
    Presence,
    Reaction,
    Removal,
    RoomId,
    Trust,
    Unreadable,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.matrix.attachments import MESSAGES, attached, kind_of

Event = Mapping[str, Any]
"""An event as the homeserver gave it, or the event that was sealed inside one."""

TEXTS: Final = frozenset({"m.text", "m.emote", "m.location"})
"""Not `m.notice`: that is how bots speak, and bots do not answer each other."""
PRESENCES: Final[Mapping[str, Presence]] = {
    "join": Presence.JOINED,
    "invite": Presence.INVITED,
    "leave": Presence.GONE,
    "ban": Presence.GONE,
}
RAISED_HAND: Final = "🙋"
_QUOTED: Final = re.compile(r"\A> (?:\* )?<@[^\n]*(?:\n>[^\n]*)*(?:\n\n?|\Z)")


def incoming(event: Event, room: RoomId, trust: Trust) -> Incoming | None:
    """The event as something to decide on; None when it is nothing to us or not what it should be."""
    if not is_event(event):
        return None
    match event["type"]:
        case "m.room.member":
            return _membership(event, room)
        case "m.room.redaction":
            return _removal(event, room)
        case "m.reaction" if "state_key" not in event:
            return _reaction(event, room)
        case "m.room.message" if "state_key" not in event:
            return _message(event, room, trust)
        case _:
            return None


def is_event(event: object) -> bool:
    """Has what every event has. A homeserver checks this for events of others, but not all do."""
    if not isinstance(event, dict):
        return False
    at = event.get("origin_server_ts")
    return (
        all(named(event, key) is not None for key in ("type", "event_id", "sender"))
        and isinstance(at, int)
        and not isinstance(at, bool)
        # What no database column could hold is no moment.
        and 0 <= at < 2**53
        and isinstance(event.get("content"), dict)
    )


def unreadable(event: Event, room: RoomId) -> Unreadable:
    """An encrypted event we have no key for."""
    return Unreadable(EventId(event["event_id"]), room, UserId(event["sender"]), _at(event))


def invitation(events: object, room: RoomId, me: UserId, now: Millis) -> Invitation | None:
    """Who asked us in, from the stripped state that comes with an invitation."""
    for event in events if isinstance(events, list) else ():
        content = part(event, "content")
        if (
            part(event, "type") == "m.room.member"
            and part(event, "state_key") == me
            and part(content, "membership") == "invite"
            and named(event, "sender") is not None
        ):
            return Invitation(room, UserId(event["sender"]), now, part(content, "is_direct") is True)
    return None


def part(thing: object, key: str) -> Any:
    """A part of something that may not be what it should be. JSON knows no mapping but `dict`."""
    return thing.get(key) if isinstance(thing, dict) else None


# -- one kind each -----------------------------------------------------------------------------------------


def _membership(event: Event, room: RoomId) -> Membership | None:
    person, content = named(event, "state_key"), event["content"]
    presence = PRESENCES.get(str(content.get("membership")))
    earlier = part(event.get("unsigned"), "prev_content")
    before = part(earlier, "membership")
    if presence is None or person is None or before == content["membership"]:
        # The last: somebody changed a name or picture.
        return None
    return Membership(
        EventId(event["event_id"]), room, UserId(person), presence, _at(event), _asker(event, earlier)
    )


def _asker(event: Event, earlier: object) -> UserId | None:
    """Who asked for a chat of two. Our own invitations are not sent to us; that somebody followed one is."""
    if event["content"].get("membership") == "invite" and event["content"].get("is_direct") is True:
        return UserId(event["sender"])
    asked = named(event.get("unsigned"), "prev_sender")
    direct = part(earlier, "membership") == "invite" and part(earlier, "is_direct") is True
    return UserId(asked) if direct and asked is not None else None


def _removal(event: Event, room: RoomId) -> Removal | None:
    # Room version 11 moved `redacts` into the content.
    target = named(event["content"], "redacts") or named(event, "redacts")
    if target is None:
        return None
    return Removal(EventId(event["event_id"]), room, UserId(event["sender"]), EventId(target), _at(event))


def _reaction(event: Event, room: RoomId) -> Reaction | None:
    """Only a raised hand, of any person and colour, means something to us."""
    relation = event["content"].get("m.relates_to")
    target, sign = _related(relation, "m.annotation"), named(relation, "key")
    if target is None or sign is None or not sign.startswith(RAISED_HAND):
        return None
    return Reaction(EventId(event["event_id"]), room, UserId(event["sender"]), target, _at(event))


def _message(event: Event, room: RoomId, trust: Trust) -> Message | None:
    relation = event["content"].get("m.relates_to")
    edits = _related(relation, "m.replace")
    content = event["content"].get("m.new_content") if edits else event["content"]
    kind, body = part(content, "msgtype"), part(content, "body")
    if not isinstance(kind, str) or not isinstance(body, str) or kind not in TEXTS | MESSAGES.keys():
        return None
    reply_to = named(part(relation, "m.in_reply_to"), "event_id")
    words = _caption(content, body) if kind in MESSAGES else _with_place(content, body)
    return Message(
        id=EventId(event["event_id"]),
        room=room,
        sender=UserId(event["sender"]),
        at=_at(event),
        body=Sensitive(_whole(without_quote(words) if reply_to else words)),
        trust=trust,
        thread=_related(relation, "m.thread"),
        # In a thread a client names the last message for clients that know no threads: that is no reply.
        reply_to=None if reply_to is None or part(relation, "is_falling_back") is True else EventId(reply_to),
        edits=edits,
        attachment=kind_of(content),
        file=attached(content),
    )


def _related(relation: object, kind: str) -> EventId | None:
    event = named(relation, "event_id") if part(relation, "rel_type") == kind else None
    return None if event is None else EventId(event)


def _caption(content: Event, body: str) -> str:
    """What was written under an attachment; the name of a file may name its owner, and is dropped."""
    name = content.get("filename")
    return body if isinstance(name, str) and name != body else ""


def _with_place(content: Event, body: str) -> str:
    """Somebody who sends where they are may be in danger: the place is part of the words."""
    place = named(content, "geo_uri") if content["msgtype"] == "m.location" else None
    return body if place is None or place in body else f"{body} {place}".strip()


def without_quote(words: str) -> str:
    """The words without the lines that older clients repeat from the message they answer."""
    return _QUOTED.sub("", words)


def named(thing: object, key: str) -> str | None:
    """A text that can be kept and sent: half of a surrogate pair, which JSON allows, can not."""
    value = part(thing, key)
    return value if isinstance(value, str) and value and value == _whole(value) else None


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _at(event: Event) -> Millis:
    return Millis(event["origin_server_ts"])
