"""Who may see what and who may ask for what: the rule of a safe supporter room, and the table of rights."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from bot.core.model import History, JoinRule, RoomFacts, RoomKind, Trust, Unsafe, UserId

CLOSED_DOORS = frozenset({JoinRule.INVITE, JoinRule.KNOCK})
"""A knock is only a question: whoever answers it invites, and an invited stranger makes the room unsafe."""
CLOSED_BOOKS = frozenset({History.JOINED, History.INVITED})


def unsafe(facts: RoomFacts | None, roster: frozenset[UserId] | None, me: UserId) -> Unsafe | None:
    """Why private words may not go into this room now: the first reason that holds, or None when it is safe.

    `facts` is None when the homeserver gave no complete answer, `roster` when no steward and no configuration
    made this a supporter room. What we do not know counts against the room.
    """
    return next(iter(faults(facts, roster, me)), None)


def faults(facts: RoomFacts | None, roster: frozenset[UserId] | None, me: UserId) -> tuple[Unsafe, ...]:
    """Everything that stands between this room and being safe, in the order of the rule."""
    unconfirmed = (Unsafe.NOT_CONFIRMED,) if roster is None else ()
    if facts is None:
        return (*unconfirmed, Unsafe.UNKNOWN)
    others = facts.joined - {me}
    expected = others | facts.invited if roster is None else roster
    found = (
        # First: an upgrade also silences the old room, which says less about what is to be done.
        (facts.replaced, Unsafe.REPLACED),
        (me not in facts.joined or not facts.may_speak, Unsafe.NOT_THERE),
        (not facts.encrypted, Unsafe.NOT_ENCRYPTED),
        (facts.join_rule not in CLOSED_DOORS, Unsafe.NOT_INVITE_ONLY),
        (facts.history not in CLOSED_BOOKS, Unsafe.HISTORY_OPEN),
        (facts.guests, Unsafe.GUESTS),
        (bool((others | facts.invited) - {me} - expected), Unsafe.STRANGER),
        (bool(facts.changed & others), Unsafe.IDENTITY_CHANGED),
        (bool(facts.unpinned & others), Unsafe.IDENTITY_MISSING),
        (not others, Unsafe.NOBODY_THERE),
    )
    return unconfirmed + tuple(why for holds, why in found if holds)


ACTED_ON = frozenset({Trust.PLAIN, Trust.UNSIGNED, Trust.SIGNED})
"""Messages that may be a report or change something of the sender's own: nobody forged them in an encrypted
room. A person whose device is not verified is still heard; the card says so."""
HEARD = ACTED_ON | {Trust.CHANGED}
"""Messages that may be a report. Who lost a phone and had to reset their keys needs help all the more, and
cannot be told why none comes: supporters get it with the same doubt as from a device not verified. A
homeserver that writes in somebody's name could show such a device just as well: refusing protects nobody."""
SURE = frozenset({Trust.SIGNED})
SURE_OR_PLAIN = frozenset({Trust.PLAIN, Trust.SIGNED})
"""In a room without encryption nobody can be surer than the homeserver: enough to set up a community room."""
ANYHOW = frozenset(Trust)
"""Answers that only repeat what everybody may know."""


class Role(Enum):
    """What a person can be, the least first; the value is nothing but a name."""

    SUPPORTER = "supporter"
    """On the roster of this supporter room."""
    ROOM_ADMIN = "room admin"
    STEWARD = "steward"


class Right(Enum):
    """Kinds of commands, by what it takes to use them."""

    ASK = "ask"
    SETTLE_MINE = "settle mine"
    SET_UP_ROOM = "set up room"
    LOOK_AFTER_ROOM = "look after room"
    OFFER_ROOM = "offer room"
    TAKE_BACK_ROOM = "take back room"
    TRUST_PEOPLE = "trust people"
    CHOOSE_PEOPLE = "choose people"
    ANSWER_CASES = "answer cases"
    WARN_OTHERS = "warn others"
    """Write, approve and take back alerts: words of supporters that go into community rooms."""
    RAISE_HAND = "raise hand"
    """Claim a case by a reaction, which is never encrypted: it can be taken back, and gives nothing away."""
    DECIDE_ROOMS = "decide rooms"


class Access(Struct, frozen=True):
    """Where a right holds, who has it (every role named), and how sure we must be who is asking."""

    places: frozenset[RoomKind]
    roles: tuple[Role, ...] = ()
    trust: frozenset[Trust] = ANYHOW


COMMUNITY, SUPPORTERS, PRIVATE = RoomKind.COMMUNITY, RoomKind.SUPPORTER, RoomKind.PRIVATE

TABLE: Mapping[Right, Access] = {
    Right.ASK: Access(frozenset(RoomKind)),
    Right.SETTLE_MINE: Access(frozenset({PRIVATE}), (), ACTED_ON),
    Right.SET_UP_ROOM: Access(frozenset({COMMUNITY}), (Role.ROOM_ADMIN,), SURE_OR_PLAIN),
    Right.LOOK_AFTER_ROOM: Access(frozenset({COMMUNITY, SUPPORTERS}), (Role.ROOM_ADMIN,), SURE_OR_PLAIN),
    Right.OFFER_ROOM: Access(frozenset({COMMUNITY, SUPPORTERS}), (Role.ROOM_ADMIN,), SURE_OR_PLAIN),
    Right.TAKE_BACK_ROOM: Access(frozenset({SUPPORTERS}), (Role.ROOM_ADMIN,), SURE_OR_PLAIN),
    Right.TRUST_PEOPLE: Access(frozenset({SUPPORTERS}), (Role.SUPPORTER,), SURE),
    Right.CHOOSE_PEOPLE: Access(frozenset({SUPPORTERS}), (Role.SUPPORTER, Role.ROOM_ADMIN), SURE),
    Right.ANSWER_CASES: Access(frozenset({SUPPORTERS}), (Role.SUPPORTER,), SURE),
    Right.WARN_OTHERS: Access(frozenset({SUPPORTERS}), (Role.SUPPORTER,), SURE),
    Right.RAISE_HAND: Access(frozenset({SUPPORTERS}), (Role.SUPPORTER,)),
    Right.DECIDE_ROOMS: Access(frozenset({PRIVATE}), (Role.STEWARD,), SURE),
}


class Verdict(Enum):
    """What a person who asks for something is told; the first that holds."""

    ALLOWED = "allowed"
    WRONG_PLACE = "wrong place"
    NOT_SUPPORTER = "not supporter"
    NOT_ROOM_ADMIN = "not room admin"
    NOT_STEWARD = "not steward"
    NOT_SURE = "not sure"
    """We cannot be sure enough that it is them."""


MISSING: Mapping[Role, Verdict] = {
    Role.SUPPORTER: Verdict.NOT_SUPPORTER,
    Role.ROOM_ADMIN: Verdict.NOT_ROOM_ADMIN,
    Role.STEWARD: Verdict.NOT_STEWARD,
}


def may(right: Right, place: RoomKind, roles: frozenset[Role], trust: Trust) -> Verdict:
    """May somebody with these roles, asking here, with this certainty, use this right?"""
    access = TABLE[right]
    if place not in access.places:
        return Verdict.WRONG_PLACE
    missing = next((role for role in access.roles if role not in roles), None)
    if missing is not None:
        return MISSING[missing]
    return Verdict.ALLOWED if trust in access.trust else Verdict.NOT_SURE
