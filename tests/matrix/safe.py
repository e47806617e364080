"""A safe supporter room, as the homeserver describes it, and what is said there."""

from __future__ import annotations

from typing import Any

from bot.core.model import UserId
from bot.core.sensitive import Sensitive
from bot.core.speech import Paragraph, Quote, Spoken, Whispered
from tests.matrix.world import BOT, Someone

ROSA = UserId("@rosa:sws.test")
MAL = UserId("@mal:sws.test")
ROSTER = frozenset({ROSA})
WORDS = Whispered((Paragraph("A case."), Quote(Sensitive("canary words"))))
SPOKEN = Spoken((Paragraph("Supporters have this."),))
Event = dict[str, Any]


def state(kind: str, content: Any, key: str = "") -> Event:
    return {"type": kind, "state_key": key, "sender": BOT, "content": content}


def joined(*people: str, membership: str = "join") -> list[Event]:
    return [state("m.room.member", {"membership": membership}, person) for person in people]


def safe(*people: str, **instead: Any) -> list[Event]:
    """A safe supporter room of these people and the bot, with some of its state instead."""
    parts: dict[str, Any] = {
        "m.room.create": {"room_version": "11"},
        "m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"},
        "m.room.join_rules": {"join_rule": "invite"},
        "m.room.history_visibility": {"history_visibility": "joined"},
        "m.room.power_levels": {"users": {BOT: 50}},
        **instead,
    }
    return [state(kind, content) for kind, content in parts.items() if content is not None] + joined(
        BOT, *people
    )


def rosa() -> Someone:
    person = Someone(ROSA, 1, "PHONE")
    person.devices["PHONE"].offer()
    return person
