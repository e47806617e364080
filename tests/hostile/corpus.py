"""What hostile people send: every row is named with what it tries, as plain values that go on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Contents = Mapping[str, tuple[str, Any]]
"""Name of the row → type of the event and its content."""

MEGOLM: Final = "m.megolm.v1.aes-sha2"
OLM: Final = "m.olm.v1.curve25519-aes-sha2"
KEY: Final = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
"""Base64 of 32 bytes that are nobody's key."""
ZERO: Final = "A" * 43
LONG: Final = "x" * 60_000


def nested(depth: int, thing: Any = None) -> Any:
    """Lists in lists, `depth` of them."""
    for _ in range(depth):
        thing = [thing]
    return thing


def text(body: Any, **more: Any) -> tuple[str, Any]:
    return "m.room.message", {"msgtype": "m.text", "body": body, **more}


def sealed(**parts: Any) -> tuple[str, Any]:
    """An encrypted event that no key opens."""
    content = {
        "algorithm": MEGOLM,
        "sender_key": KEY,
        "device_id": "EVIL",
        "session_id": KEY,
        "ciphertext": "AwgAEg",
        **parts,
    }
    return "m.room.encrypted", content


TIMELINE: Final[Contents] = {
    "a body that is a number": text(7),
    "a body that is a list": text(["#swsdoxx"]),
    "a body that is nothing": text(None),
    "a body of half a character": text("#swshelp \ud800"),
    "a body of control characters": text("\x00\x01\x02\x7f\x85\u2028\u202e#swshelp"),
    "a body of the largest size": text(LONG),
    "sixty thousand marks of a tag": text("#" * 60_000),
    "sixty thousand backticks": text("`" * 60_000),
    "a quotation that never ends": text("> " * 30_000),
    "nested brackets of a link": text("[" * 30_000 + "](" * 10_000),
    "a command of the largest size": text("!" + "a" * 60_000),
    "a command with ten thousand arguments": text("!resources " + "nyc " * 10_000),
    "no content at all": ("m.room.message", {}),
    "a message type that is a list": ("m.room.message", {"msgtype": ["m.text"], "body": "x"}),
    "a message type nobody knows": ("m.room.message", {"msgtype": "m.\u202etext", "body": "#swshelp"}),
    "deeply nested content": ("m.room.message", {"msgtype": "m.text", "body": "x", "deep": nested(150)}),
    "a format that is an object": text("x", format={}, formatted_body=[]),
    "an edit of itself in a circle": text(
        "x", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$a"}}
    ),
    "an edit of what is no event": text(
        "x",
        **{
            "m.relates_to": {"rel_type": "m.replace", "event_id": "../../../../logout"},
            "m.new_content": {"msgtype": "m.text", "body": "#swsdoxx"},
        },
    ),
    "an edit of a list": text("x", **{"m.relates_to": {"rel_type": "m.replace", "event_id": ["$a"]}}),
    "an edit without new words": text(
        "x", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$a"}, "m.new_content": 7}
    ),
    "a relation that is a text": text("x", **{"m.relates_to": "m.thread"}),
    "a reply to a number": text("x", **{"m.relates_to": {"m.in_reply_to": {"event_id": 7}}}),
    "a reply to a reply to nothing": text("x", **{"m.relates_to": {"m.in_reply_to": []}}),
    "a thread of half a character": text(
        "x", **{"m.relates_to": {"rel_type": "m.thread", "event_id": "\udfff"}}
    ),
    "a picture without an address": ("m.room.message", {"msgtype": "m.image", "body": "a.jpg"}),
    "a picture whose file is a number": ("m.room.message", {"msgtype": "m.image", "body": "a", "file": 7}),
    "a file whose name is an object": ("m.room.message", {"msgtype": "m.file", "body": "x", "filename": {}}),
    "a reaction to nothing": ("m.reaction", {"m.relates_to": 7}),
    "a reaction of a list": ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "key": []}}),
    "encryption turned on by an ordinary event": ("m.room.encryption", {"algorithm": MEGOLM}),
    "power levels as an ordinary event": ("m.room.power_levels", {"users": {"@mallory:sws.test": 100}}),
    "a tombstone as an ordinary event": ("m.room.tombstone", {"replacement_room": "!evil:sws.test"}),
    "sealed, and nobody has the key": sealed(),
    "sealed with nothing": ("m.room.encrypted", {"algorithm": MEGOLM}),
    "sealed with an algorithm nobody knows": sealed(algorithm="m.rot13"),
    "sealed with an algorithm that is a list": sealed(algorithm=[MEGOLM]),
    "sealed as if for a device": (
        "m.room.encrypted",
        {"algorithm": OLM, "sender_key": KEY, "ciphertext": {}},
    ),
    "a ciphertext that is no base64": sealed(ciphertext="%%%"),
    "a ciphertext that is an object": sealed(ciphertext={"body": "x", "type": 0}),
    "a ciphertext of one letter": sealed(ciphertext="A"),
    "a ciphertext of the largest size": sealed(ciphertext="A" * 60_000),
    "a session id that is a list": sealed(session_id=[]),
    "a session id of the largest size": sealed(session_id=LONG),
    "a sender key that is an object": sealed(sender_key={}),
    "a sender key that is no key": sealed(sender_key="é" * 43),
    "sealed, with a relation that is a number": sealed(**{"m.relates_to": 7}),
    "sealed, and deeply nested": sealed(deep=nested(150)),
}
"""Sent by anybody who is in a room."""

STATE: Final[Mapping[str, tuple[str, str, Any]]] = {
    "encryption under a name of its own": ("m.room.encryption", "x", {"algorithm": MEGOLM}),
    "a member who is no user": ("m.room.member", "garbage", {"membership": "invite"}),
    "a member without a name": ("m.room.member", "", {"membership": "join"}),
    "a membership that is a list": ("m.room.member", "@ghost:sws.test", {"membership": ["join"]}),
    "power levels that are texts": ("m.room.power_levels", "", {"users": {"@mallory:sws.test": "9" * 5000}}),
    "power levels that are a list": ("m.room.power_levels", "", {"users": [], "events": 7}),
    "join rules that are a number": ("m.room.join_rules", "", {"join_rule": 7}),
    "a history that is an object": ("m.room.history_visibility", "", {"history_visibility": {}}),
    "a name of the largest size": ("m.room.name", "", {"name": LONG}),
    "a topic of half a character": ("m.room.topic", "", {"topic": "\ud800"}),
    "a message that is state": ("m.room.message", "", {"msgtype": "m.text", "body": "#swsdoxx"}),
    "a sealed event that is state": ("m.room.encrypted", "", {"algorithm": MEGOLM}),
}
"""Sent by an admin of a room."""

TO_DEVICE: Final[Contents] = {
    "a sealed message with nothing in it": ("m.room.encrypted", {}),
    "a sealed message of no algorithm": ("m.room.encrypted", {"algorithm": None, "ciphertext": []}),
    "a sealed message for another device": ("m.room.encrypted", {"algorithm": OLM, "ciphertext": {KEY: {}}}),
    "a room's seal on a message to a device": (
        "m.room.encrypted",
        {"algorithm": MEGOLM, "ciphertext": "AwgA"},
    ),
    "a room key in the clear": ("m.room_key", {"algorithm": MEGOLM, "room_id": "!room:sws.test"}),
    "a forwarded room key in the clear": ("m.forwarded_room_key", {"algorithm": MEGOLM}),
    "a request for all our keys": (
        "m.room_key_request",
        {
            "action": "request",
            "requesting_device_id": "EVIL",
            "request_id": "1",
            "body": {"algorithm": MEGOLM, "room_id": "!room:sws.test", "session_id": KEY, "sender_key": KEY},
        },
    ),
    "a request that is no request": ("m.room_key_request", {"action": 7, "body": []}),
    "a withheld note about nothing": ("m.room_key.withheld", {"code": 7}),
    "a verification that never ends": ("m.key.verification.request", {"methods": 7, "transaction_id": []}),
    "a verification cancelled before it began": ("m.key.verification.cancel", {}),
    "a dummy that is not sealed": ("m.dummy", {}),
    "a secret nobody asked for": ("m.secret.send", {"request_id": "x", "secret": "m.cross_signing.master"}),
    "a message of the largest size": ("m.room.encrypted", {"algorithm": OLM, "ciphertext": LONG}),
    "a deeply nested message": ("m.room.encrypted", {"algorithm": OLM, "ciphertext": nested(150)}),
    "a type of half a character": ("m.\ud800", {}),
    "a type nobody knows": ("org.example.evil", {"a": [1, {"b": None}]}),
}
"""Sent by anybody at all to the bot's device."""

OPENS_OUR_CHANNEL: Final[Mapping[str, Any]] = {
    "a body that is a number": {"type": 0, "body": 7},
    "a body that is no base64": {"type": 0, "body": "%%%"},
    "a body that is empty": {"type": 0, "body": ""},
    "a first message cut short": {"type": 0, "body": "AwohAA"},
    "a later message of a channel that is not there": {"type": 1, "body": "AwohAA"},
    "a type of message there is not": {"type": 7, "body": "AwohAA"},
    "a type that is a text": {"type": "0", "body": "AwohAA"},
    "a type that is true": {"type": True, "body": "AwohAA"},
    "no body": {"type": 0},
    "nothing": {},
    "a list": [],
    "a number beyond all numbers": {"type": 2**70, "body": "AwohAA"},
}
"""In place of what is sealed for our device, under our device's key."""

ROOM_KEYS: Final[Mapping[str, Any]] = {
    "no content": {"content": None},
    "content that is a list": {"content": []},
    "another algorithm": {"content": {"algorithm": "m.rot13"}},
    "a room that is a number": {
        "content": {"algorithm": MEGOLM, "room_id": 7, "session_id": KEY, "session_key": KEY}
    },
    "a key that is no key": {
        "content": {
            "algorithm": MEGOLM,
            "room_id": "!room:sws.test",
            "session_id": KEY,
            "session_key": "AgAA",
        }
    },
    "a key that is a list": {
        "content": {"algorithm": MEGOLM, "room_id": "!room:sws.test", "session_id": KEY, "session_key": []}
    },
    "a key of the largest size": {
        "content": {"algorithm": MEGOLM, "room_id": "!room:sws.test", "session_id": KEY, "session_key": LONG}
    },
    "sent by somebody else": {"sender": "@rosa:sws.test"},
    "sent to somebody else": {"recipient": "@rosa:sws.test"},
    "for another device of ours": {"recipient_keys": {"ed25519": KEY}},
    "recipient keys that are a list": {"recipient_keys": []},
    "with the signing key of nobody": {"keys": {"ed25519": ZERO}},
    "with a signing key of another length": {"keys": {"ed25519": "AAAA"}},
    "keys that are a number": {"keys": 7},
    "a type that is a list": {"type": ["m.room_key"]},
    "a forwarded key that nobody asked for": {"type": "m.forwarded_room_key"},
    "deeply nested": {"deep": nested(150)},
}
"""What is changed in a room key that comes properly sealed to our device."""

INSIDE: Final[Mapping[str, Any]] = {
    "no JSON": b"\xff\xfe#swsdoxx",
    "half a JSON": b'{"type": "m.room.message", "content": {',
    "a list": b"[]",
    "a number": b"7",
    "a number of five thousand digits": b'{"type": ' + b"9" * 5000 + b"}",
    "five thousand lists in each other": b"[" * 5000 + b"]" * 5000,
    "nothing in it": {},
    "a type that is a number": {"type": 7, "content": {}},
    "content that is a list": {"type": "m.room.message", "content": []},
    "power levels": {
        "type": "m.room.power_levels",
        "state_key": "",
        "content": {"users": {"@mallory:sws.test": 100}},
    },
    "a ghost who joins": {
        "type": "m.room.member",
        "state_key": "@ghost:sws.test",
        "content": {"membership": "join"},
    },
    "our own leaving": {
        "type": "m.room.member",
        "state_key": "@bot:sws.test",
        "content": {"membership": "leave"},
    },
    "encryption turned off": {"type": "m.room.encryption", "state_key": "", "content": {}},
    "a removal of somebody's message": {
        "type": "m.room.redaction",
        "content": {"redacts": "$x"},
        "redacts": "$x",
    },
    "a message sealed twice": {
        "type": "m.room.encrypted",
        "content": {"algorithm": MEGOLM, "ciphertext": "A"},
    },
    "another room's message": {
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": "#swsdoxx"},
        "room_id": "!other:sws.test",
    },
    "another sender's name": {
        "type": "m.room.message",
        "sender": "@rosa:sws.test",
        "content": {"msgtype": "m.text", "body": 7},
    },
}
"""What is sealed with a good room key."""

EVENTS: Final[Mapping[str, Any]] = {
    "nothing": None,
    "a number": 7,
    "a text": "m.room.message",
    "a list": [[]],
    "an empty object": {},
    "no id": {"type": "m.room.message", "sender": "@mallory:sws.test", "origin_server_ts": 1, "content": {}},
    "an id that is a list": {"event_id": []},
    "a sender that is a number": {"sender": 7},
    "a sender of half a character": {"sender": "@\ud800:sws.test"},
    "a time that is a text": {"origin_server_ts": "now"},
    "a time before all time": {"origin_server_ts": -(2**63)},
    "a time after all time": {"origin_server_ts": 2**63},
    "a time that is true": {"origin_server_ts": True},
    "content that is a text": {"content": "#swsdoxx"},
    "a state key that is a list": {"state_key": []},
    "unsigned that is a number": {"type": "m.room.member", "state_key": "@x:sws.test", "unsigned": 7},
    "our own words that we never said": {"sender": "@bot:sws.test"},
    "our own arrival with nobody behind it": {
        "type": "m.room.member",
        "state_key": "@bot:sws.test",
        "content": {"membership": "join"},
    },
    "a removal of a list": {"type": "m.room.redaction", "redacts": [], "content": {"redacts": {}}},
    "a type that is nothing": {"type": None},
}
"""What only a homeserver can put into a timeline; what is left out is as it should be."""

SYNCS: Final[Mapping[str, Any]] = {
    "device lists of numbers": {
        "device_lists": {"changed": [7, None, {}, "x", "@", "@x", "\ud800"], "left": 7}
    },
    "device lists that are a text": {"device_lists": "all"},
    "more keys than there are": {"device_one_time_keys_count": {"signed_curve25519": 10**9}},
    "fewer keys than none": {"device_one_time_keys_count": {"signed_curve25519": -(10**9)}},
    "a count that is a text": {"device_one_time_keys_count": {"signed_curve25519": "50"}},
    "fallback keys that are a number": {"device_unused_fallback_key_types": 7},
    "rooms of no name": {"rooms": {"invite": {"": {}, "\ud800": {}}, "leave": {"\udfff": {}}, "knock": 7}},
    "an invitation that is a list": {"rooms": {"invite": {"!a:sws.test": []}}},
    "an invitation from half a character": {
        "rooms": {
            "invite": {
                "!a:sws.test": {
                    "invite_state": {
                        "events": [
                            {
                                "type": "m.room.member",
                                "state_key": "@bot:sws.test",
                                "sender": "@\ud800:sws.test",
                                "content": {"membership": "invite"},
                            }
                        ]
                    }
                }
            }
        }
    },
    "to-device that is a number": {"to_device": 7},
    "presence and account data of any shape": {"presence": [], "account_data": 7, "groups": None},
}
"""Parts of a sync's answer."""

BODIES: Final[Mapping[str, str]] = {
    "a number of five thousand digits": '{"type":"a","content":{"n":' + "9" * 5000 + "}}",
    "three thousand lists in each other": '{"type":"a","content":' + "[" * 3000 + "]" * 3000 + "}",
    "three thousand objects in each other": '{"type":"a","content":'
    + '{"a":' * 3000
    + "1"
    + "}" * 3000
    + "}",
    "nesting hidden behind brackets in a text": '{"a":"]]]}}\\"","b":'
    + "[" * 3000
    + '"]"'
    + "]" * 3000
    + "}",
    "a number that is none": '{"type":"a","content":{"n":NaN,"m":-Infinity,"e":1e999}}',
    "a text that is half a character": '{"type":"\\ud800","content":{"\\udfff":1}}',
    "the same key twice": '{"type":"a","type":"b","content":{},"content":[]}',
}
"""A message to our device as it stands in the answer; JSON that Python does not read as it is."""

DEVICE_KEYS: Final[Mapping[str, Any]] = {
    "no keys": {"keys": {}},
    "keys that are a list": {"keys": []},
    "a key that is a number": {"keys": {"curve25519:EVIL": 7, "ed25519:EVIL": None}},
    "keys of no strength": {"keys": {"curve25519:EVIL": ZERO, "ed25519:EVIL": ZERO}},
    "keys of another length": {"keys": {"curve25519:EVIL": "AAAA", "ed25519:EVIL": "AAAA"}},
    "keys of the largest size": {"keys": {"curve25519:EVIL": LONG, "ed25519:EVIL": LONG}},
    "somebody else's device": {"user_id": "@ana:sws.test", "device_id": "PHONE"},
    "algorithms that are a number": {"algorithms": 7},
    "signatures that are a list": {"signatures": []},
    "a signature that is a number": {"signatures": {"@mallory:sws.test": {"ed25519:EVIL": 7}}},
    "unsigned of any shape": {"unsigned": nested(150)},
    "no object": None,
}
"""What a member of the supporter room shows as their device."""

CROSS_SIGNING: Final[Mapping[str, Any]] = {
    "no keys": {"keys": {}},
    "keys that are a number": {"keys": 7},
    "a key of no strength": {"keys": {f"ed25519:{ZERO}": ZERO}},
    "a key of another length": {"keys": {"ed25519:AAAA": "AAAA"}},
    "two keys": {"keys": {f"ed25519:{KEY}": KEY, f"ed25519:{ZERO}": ZERO}},
    "usage that is a text": {"usage": "master"},
    "somebody else's name": {"user_id": "@ana:sws.test"},
    "signatures that are a text": {"signatures": "mine"},
    "no object": None,
    "deeply nested": {"unsigned": nested(150)},
}
"""What a member shows as their identity."""

ONE_TIME: Final[Mapping[str, Any]] = {
    "a key of no strength": {"key": ZERO},
    "a key of another length": {"key": "AAAA"},
    "a key that is no base64": {"key": "%" * 43},
    "a key that is a number": {"key": 7},
    "no key": {"key": None},
    "a key of the largest size": {"key": LONG},
    "deeply nested": {"key": nested(150)},
}
"""What a member's homeserver hands out when we want to open a channel to them."""
