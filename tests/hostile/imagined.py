"""A realistic answer to a sync, and what chance and malice make of it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import strategies as st

from tests.hostile.corpus import nested

ROSA, MALLORY, BOT = (f"@{name}:sws.test" for name in ("rosa", "mallory", "bot"))
Path = tuple[str | int, ...]

JUNK: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    7.5,
    2**53,
    2**63,
    -(2**63),
    float("inf"),
    "",
    "x",
    "\x00",
    "\ud800",
    "\u202e",
    "é" * 300,
    "x" * 70_000,
    "$event",
    "../../logout",
    "!room:sws.test",
    ROSA,
    MALLORY,
    BOT,
    "join",
    "invite",
    "m.room.message",
    "m.room.encrypted",
    "m.room.encryption",
    "m.room.member",
    "m.room.redaction",
    "m.text",
    "m.replace",
    "m.thread",
    "#swsdoxx #nyc",
    "!serve nyc",
    [],
    [None],
    [[]],
    ["x"] * 50,
    {},
    {"": {}},
    {"events": [{}]},
    {"event_id": "$x"},
    {"membership": "join"},
    {"rel_type": "m.replace", "event_id": "$x"},
    {"\udfff": "\udfff"},
    nested(80),
)

LEAST: Final[dict[str, Any]] = {"sender": ROSA, "origin_server_ts": 1_700_000_000_000}


def _event(number: int, kind: str, content: Any, **more: Any) -> dict[str, Any]:
    return {**LEAST, "type": kind, "event_id": f"$imagined{number}", "content": content, **more}


REALISTIC: Final[dict[str, Any]] = {
    "next_batch": "s72595_4483_1934",
    "device_one_time_keys_count": {"signed_curve25519": 50},
    "device_unused_fallback_key_types": ["signed_curve25519"],
    "device_lists": {"changed": [MALLORY], "left": [ROSA]},
    "to_device": {
        "events": [
            {
                "type": "m.room.encrypted",
                "sender": ROSA,
                "content": {
                    "algorithm": "m.olm.v1.curve25519-aes-sha2",
                    "sender_key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
                    "ciphertext": {"us": {"type": 0, "body": "AwohAA"}},
                },
            },
            {"type": "m.room_key_request", "sender": MALLORY, "content": {"action": "request"}},
        ]
    },
    "rooms": {
        "join": {
            "!room:sws.test": {
                "timeline": {
                    "events": [
                        _event(1, "m.room.message", {"msgtype": "m.text", "body": "#swshelp #nyc please"}),
                        _event(2, "m.room.member", {"membership": "join"}, state_key=MALLORY, sender=MALLORY),
                        _event(
                            3,
                            "m.room.encrypted",
                            {
                                "algorithm": "m.megolm.v1.aes-sha2",
                                "sender_key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
                                "session_id": "s",
                                "ciphertext": "AwgAEg",
                                "device_id": "PHONE",
                            },
                        ),
                        _event(4, "m.room.redaction", {"redacts": "$imagined1"}, redacts="$imagined1"),
                        _event(
                            5,
                            "m.room.message",
                            {
                                "msgtype": "m.text",
                                "body": "* better",
                                "m.new_content": {"msgtype": "m.text", "body": "better"},
                                "m.relates_to": {"rel_type": "m.replace", "event_id": "$imagined1"},
                            },
                        ),
                        _event(
                            6,
                            "m.room.message",
                            {
                                "msgtype": "m.image",
                                "body": "a caption",
                                "filename": "me.jpg",
                                "url": "mxc://sws.test/x",
                                "m.relates_to": {"rel_type": "m.thread", "event_id": "$imagined1"},
                            },
                        ),
                        _event(
                            7,
                            "m.room.message",
                            {
                                "msgtype": "m.text",
                                "body": "> <@rosa:sws.test> please\n\n!resources legal",
                                "m.relates_to": {"m.in_reply_to": {"event_id": "$imagined1"}},
                            },
                        ),
                    ],
                    "limited": True,
                    "prev_batch": "t1",
                },
                "state": {"events": [_event(8, "m.room.name", {"name": "Lobby"}, state_key="")]},
                "summary": {"m.joined_member_count": 3},
                "unread_notifications": {},
            }
        },
        "invite": {
            "!asked:sws.test": {
                "invite_state": {
                    "events": [
                        {
                            "type": "m.room.member",
                            "state_key": BOT,
                            "sender": ROSA,
                            "content": {"membership": "invite", "is_direct": True},
                        }
                    ]
                }
            }
        },
        "leave": {
            "!left:sws.test": {
                "timeline": {
                    "events": [
                        _event(9, "m.room.member", {"membership": "leave"}, state_key=BOT, sender=ROSA)
                    ]
                }
            }
        },
    },
}
"""One of everything that we read."""


def _paths(thing: Any, here: Path = ()) -> Iterator[Path]:
    parts = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, part in parts:
        yield (*here, key)
        yield from _paths(part, (*here, key))


PATHS: Final = tuple(_paths(REALISTIC))
INNER: Final[dict[str, Any]] = {
    "type": "m.room.message",
    "room_id": "!room:sws.test",
    "sender": ROSA,
    "content": {
        "msgtype": "m.text",
        "body": "> <@mallory:sws.test> hello\n\n#swshelp #nyc please",
        "format": "org.matrix.custom.html",
        "formatted_body": "<b>please</b>",
        "m.new_content": {"msgtype": "m.text", "body": "better"},
        "m.mentions": {"user_ids": [MALLORY]},
        "m.relates_to": {
            "rel_type": "m.thread",
            "event_id": "$imagined1",
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": "$imagined1"},
        },
    },
}
"""What is sealed inside an event."""
INNER_PATHS: Final = tuple(_paths(INNER))

Change = tuple[Path, int, Any]
"""Where, which of `DEEDS`, and with what."""
DEEDS: Final = ("replace", "remove", "double", "rename", "swap")


def _changes_at(paths: tuple[Path, ...]) -> st.SearchStrategy[list[tuple[Path, int, Any, Path]]]:
    deeds, others = st.integers(0, len(DEEDS) - 1), st.sampled_from(PATHS)
    return st.lists(
        st.tuples(st.sampled_from(paths), deeds, st.sampled_from(JUNK), others), min_size=1, max_size=4
    )


changes = _changes_at(PATHS)
"""Arbitrary changes of the realistic answer."""
inner_changes = _changes_at(INNER_PATHS)
"""Arbitrary changes of what is sealed."""

soup = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(JUNK),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("events", "timeline", "state", "type", "content", "sender", "join", "invite", "rooms")
            )
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
"""JSON without any sense."""


def with_sealed(sealed: dict[str, Any], key: dict[str, Any]) -> dict[str, Any]:
    """The realistic answer with an event in it that can be decrypted, and what brought its key."""
    body: dict[str, Any] = copy.deepcopy(REALISTIC)
    events = body["rooms"]["join"]["!room:sws.test"]["timeline"]["events"]
    place = next(at for at, event in enumerate(events) if event["type"] == "m.room.encrypted")
    events[place] = {**sealed, "event_id": events[place]["event_id"]}
    body["to_device"]["events"][0] = key
    return body


def changed(wanted: list[tuple[Path, int, Any, Path]], of: dict[str, Any] | None = None) -> dict[str, Any]:
    body: dict[str, Any] = copy.deepcopy(of or REALISTIC)
    for where, deed, junk, other in wanted:
        _change(body, where, DEEDS[deed], copy.deepcopy(junk), other)
    return body


def _change(body: Any, where: Path, deed: str, junk: Any, other: Path) -> None:
    """Where an earlier change took the place away, nothing happens."""
    holder: Any = _at(body, where[:-1])
    key: Any = where[-1]
    if not _has(holder, key):
        return
    match deed:
        case "replace":
            holder[key] = junk
        case "remove":
            del holder[key]
        case "double" if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case "rename" if isinstance(holder, dict) and isinstance(junk, str):
            holder[junk] = holder.pop(key)
        case "swap":
            holder[key] = copy.deepcopy(_at(REALISTIC, other))
        case _:
            holder[key] = [holder[key]]


def _at(thing: Any, where: Path) -> Any:
    key: Any
    for key in where:
        if not _has(thing, key):
            return None
        thing = thing[key]
    return thing


def _has(thing: Any, key: str | int) -> bool:
    if isinstance(thing, list):
        return isinstance(key, int) and key < len(thing)
    return isinstance(thing, dict) and key in thing
