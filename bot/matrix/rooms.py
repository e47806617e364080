"""What a room is like and what people may do in it, read from the homeserver's full answer each time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from bot.core.model import History, JoinRule, Power, RoomFacts, RoomId, UserId
from bot.matrix.client import Client
from bot.matrix.translate import part
from bot.matrix.wire import fetch, path
from bot.ports import TryAgainLater

JOIN_RULES: Final[Mapping[str, JoinRule]] = {
    "invite": JoinRule.INVITE,
    "knock": JoinRule.KNOCK,
    "restricted": JoinRule.RESTRICTED,
    "knock_restricted": JoinRule.RESTRICTED,
    "public": JoinRule.PUBLIC,
}
HISTORIES: Final[Mapping[str, History]] = {
    "joined": History.JOINED,
    "invited": History.INVITED,
    "shared": History.SHARED,
    "world_readable": History.WORLD_READABLE,
}
NOBODY: Final[frozenset[UserId]] = frozenset()
ADMIN: Final = 50
DIGITS: Final = 20
"""More than any number of Matrix has; Python refuses to read one of thousands."""
ABOVE_ANY_NUMBER: Final = 2**60
REPAIRED: Final = {
    "m.room.history_visibility": {"history_visibility": "joined"},
    "m.room.join_rules": {"join_rule": "invite"},
    "m.room.guest_access": {"guest_access": "forbidden"},
}
CREATORS_ABOVE_ALL: Final = frozenset({"org.matrix.hydra.11"})
"""The unstable name of room version 12."""


class State(Struct, frozen=True):
    """The current state of a room, as one complete answer gave it."""

    events: Mapping[tuple[str, str], Mapping[str, Any]]

    def content(self, kind: str, key: str = "") -> Mapping[str, Any]:
        """Empty when there is no such event."""
        content = part(self.events.get((kind, key)), "content")
        return content if isinstance(content, Mapping) else {}

    def memberships(self) -> Mapping[str, frozenset[UserId]]:
        """Who is in the room, who is asked in, and so on."""
        found: defaultdict[str, set[UserId]] = defaultdict(set)
        for (kind, key), event in self.events.items():
            if kind == "m.room.member" and isinstance(how := part(part(event, "content"), "membership"), str):
                found[how].add(UserId(key))
        return {how: frozenset(people) for how, people in found.items()}


async def state(client: Client, room: RoomId) -> State:
    """Raises `TryAgainLater` when the answer is not complete, `Forbidden` when we are not in the room."""
    told = await fetch(client, "GET", path("rooms", room, "state"))
    if not isinstance(told, list):
        raise TryAgainLater("the homeserver's answer about a room is not a list")
    return read(told, client.user_id)


def read(told: Iterable[object], me: str) -> State:
    """Raises `TryAgainLater` unless the parts are there that every room with us in it has."""
    events: dict[tuple[str, str], Mapping[str, Any]] = {}
    for event in told:
        kind, key = part(event, "type"), part(event, "state_key")
        if not isinstance(event, dict) or not isinstance(kind, str) or not isinstance(key, str):
            raise TryAgainLater("the homeserver's answer about a room holds something that is no state")
        events[kind, key] = event
    if ("m.room.create", "") not in events or ("m.room.member", me) not in events:
        raise TryAgainLater("the homeserver's answer about a room is not complete")
    return State(events)


def facts(found: State, me: UserId) -> RoomFacts:
    """All but what is known of people's identities: a room's state does not say it."""
    encrypted = ("m.room.encryption", "") in found.events
    mine = level(found, me)
    people = found.memberships()
    joined = people.get("join", NOBODY)
    return RoomFacts(
        encrypted=encrypted,
        # Without the event a room is invite-only, shared, and closed to guests: the specification says so.
        join_rule=_one_of(JOIN_RULES, found, "m.room.join_rules", "join_rule", "invite", JoinRule.OTHER),
        history=_one_of(
            HISTORIES, found, "m.room.history_visibility", "history_visibility", "shared", History.OTHER
        ),
        guests=("m.room.guest_access", "") in found.events
        and found.content("m.room.guest_access").get("guest_access") != "forbidden",
        joined=joined,
        invited=people.get("invite", NOBODY),
        replaced=("m.room.tombstone", "") in found.events,
        may_remove=me in joined and mine >= max(needed(found, "redact"), _to_send(found, "m.room.redaction")),
        may_speak=me in joined
        and mine >= _to_send(found, "m.room.encrypted" if encrypted else "m.room.message"),
        may_repair=me in joined and all(mine >= _to_set(found, kind) for kind in REPAIRED),
    )


def _one_of(table: Mapping[str, Any], found: State, kind: str, key: str, default: str, other: Any) -> Any:
    value = found.content(kind).get(key) if (kind, "") in found.events else default
    return table.get(value, other) if isinstance(value, str) else other


# -- power ---------------------------------------------------------------------------------------------------


def power(found: State, person: UserId) -> Power:
    if person not in found.memberships().get("join", NOBODY):
        return Power.ABSENT
    return Power.ADMIN if level(found, person) >= ADMIN else Power.MEMBER


def level(found: State, person: UserId) -> int:
    """A person's power level; above any number for the creators of a room of version 12 or later."""
    create = found.events["m.room.create", ""]
    creator = part(create, "sender")
    if creators_above_all(found.content("m.room.create")):
        more = found.content("m.room.create").get("additional_creators")
        if person == creator or (isinstance(more, list) and person in more):
            return ABOVE_ANY_NUMBER
    elif ("m.room.power_levels", "") not in found.events:
        return 100 if person == creator else 0
    levels = found.content("m.room.power_levels")
    users = levels.get("users")
    own = users.get(person) if isinstance(users, Mapping) else None
    return _number(own, _number(levels.get("users_default"), 0))


def creators_above_all(create: Mapping[str, Any]) -> bool:
    """A version we cannot read is taken for a later one only by its creators' leave: it is not."""
    version = create.get("room_version", "1")
    if not isinstance(version, str):
        return False
    return version in CREATORS_ABOVE_ALL or (
        len(version) <= DIGITS and version.isdecimal() and int(version) >= 12
    )


def needed(found: State, deed: str) -> int:
    return _number(found.content("m.room.power_levels").get(deed), ADMIN)


def _to_send(found: State, kind: str) -> int:
    return _for_event(found, kind, "events_default", 0)


def _to_set(found: State, kind: str) -> int:
    without_levels = ("m.room.power_levels", "") not in found.events
    return _for_event(found, kind, "state_default", 0 if without_levels else ADMIN)


def _for_event(found: State, kind: str, default: str, otherwise: int) -> int:
    levels = found.content("m.room.power_levels")
    events = levels.get("events")
    own = events.get(kind) if isinstance(events, Mapping) else None
    return _number(own, _number(levels.get(default), otherwise))


def _number(value: object, otherwise: int) -> int:
    """Old rooms may hold numbers as text."""
    if isinstance(value, bool) or value is None:
        return otherwise
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= DIGITS and value.strip().removeprefix("-").isdecimal():
        return int(value)
    return otherwise
