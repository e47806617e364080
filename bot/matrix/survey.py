"""Looks at the homeserver as the bot's account does, with no encryption keys opened: for `sws-bot check`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from msgspec import Struct
from msgspec.structs import replace
from nio import AsyncClient

from bot.core.model import Millis, RoomFacts, RoomId, UserId
from bot.matrix import rooms
from bot.matrix.opening import MARK, PROOF
from bot.matrix.session import Session
from bot.matrix.translate import part
from bot.matrix.trust import Person, Verdict, judge, verdict
from bot.matrix.wire import ask, path
from bot.ports import Forbidden, Gone, LoggedOut, TryAgainLater

ENOUGH: Final = 15
"""A server that takes so many messages at once does not hold the bot up."""


class Login(StrEnum):
    ALIVE = "alive"
    REFUSED = "refused"
    """The homeserver does not accept the access token."""
    OTHER_DEVICE = "other device"


class Signed(StrEnum):
    """Can today's clients believe this device?"""

    YES = "yes"
    NO = "no"
    NO_IDENTITY = "no identity"
    NOT_SHOWN = "not shown"


class Identity(Struct, frozen=True):
    signed: Signed
    unsigned_others: int
    """Other devices of the account that are not signed: one is enough for Element X to refuse to send."""


class SeenRoom(Struct, frozen=True):
    name: str | None
    facts: RoomFacts
    ours: bool
    """The room in which the bot writes to itself."""


class Pace(Struct, frozen=True):
    """What came of sending several messages at once."""

    accepted: int
    wait: Millis | None
    """So long the homeserver asked us to wait; None: it took them all."""


class Survey:
    """Questions with the saved login; each raises what `wire.ask` raises."""

    def __init__(self, session: Session, pins: Mapping[UserId, str]) -> None:
        self._session = session
        self._pins = pins
        self._client = AsyncClient(session.homeserver, session.user)
        self._client.user_id = session.user
        self._client.access_token = session.token.reveal()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def login(self) -> Login:
        try:
            told = await ask(self._client, "GET", path("account", "whoami"))
        except LoggedOut:
            return Login.REFUSED
        same = (told.get("user_id"), told.get("device_id")) == (self._session.user, self._session.device)
        return Login.ALIVE if same else Login.OTHER_DEVICE

    async def identity(self) -> Identity:
        me = (await self._people(frozenset({self._session.user}))).get(self._session.user)
        if me is None or self._session.device not in me.devices:
            return Identity(Signed.NOT_SHOWN, 0)
        others = [device for id_, device in me.devices.items() if id_ != self._session.device]
        unsigned = sum(not device.signed for device in others)
        if me.master is None:
            return Identity(Signed.NO_IDENTITY, unsigned)
        signed = verdict(me.devices[self._session.device], me.master, me.master) is Verdict.SIGNED
        return Identity(Signed.YES if signed else Signed.NO, unsigned)

    async def joined(self) -> tuple[RoomId, ...]:
        told = (await ask(self._client, "GET", path("joined_rooms"))).get("joined_rooms")
        if not isinstance(told, list):
            raise TryAgainLater("the homeserver did not say which rooms the bot is in")
        return tuple(RoomId(room) for room in told if isinstance(room, str))

    async def room(self, id_: RoomId) -> SeenRoom | None:
        """None when the bot is not in it."""
        try:
            found = await rooms.state(self._client, id_)
        except (Forbidden, Gone):
            return None
        facts = rooms.facts(found, self._session.user)
        name = found.content("m.room.name").get("name")
        ours = found.content("m.room.create").get(MARK) == PROOF and facts.joined == {self._session.user}
        if facts.encrypted and not ours:
            facts = await self._judged(facts)
        return SeenRoom(name if isinstance(name, str) else None, facts, ours)

    async def _judged(self, facts: RoomFacts) -> RoomFacts:
        others = facts.joined - {self._session.user}
        people = await self._people(others)
        masters = {person: people[person].master if person in people else None for person in others}
        changed = {
            p for p, master in masters.items() if p in self._pins and master not in (None, self._pins[p])
        }
        without = {p for p, master in masters.items() if master is None}
        return replace(facts, unpinned=frozenset(without), changed=frozenset(changed))

    async def _people(self, people: frozenset[UserId]) -> Mapping[UserId, Person]:
        asked: dict[str, list[str]] = {person: [] for person in sorted(people)}
        body = await ask(self._client, "POST", path("keys", "query"), {"device_keys": asked})
        if part(body, "failures"):
            raise TryAgainLater("some people's homeservers do not answer about their devices")
        return judge(body)

    async def pace(self, own: RoomId, once: str) -> Pace:
        """Send several messages at once into the bot's own room, where nobody is disturbed."""
        for number in range(ENOUGH):
            where = path("rooms", own, "send", "org.sws.pace", f"{once}.{number}")
            try:
                await ask(self._client, "PUT", where, {})
            except TryAgainLater as later:
                if later.after is None:
                    raise
                return Pace(number, later.after)
        return Pace(ENOUGH, None)
