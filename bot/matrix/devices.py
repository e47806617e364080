"""Whose devices get our keys: asks for device keys, pins identities, and lets only judged keys reach nio."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from typing import Any

from nio import Api, AsyncClient, KeysQueryResponse
from nio.crypto import OlmDevice

from bot.core.model import Trust, UserId
from bot.matrix.trust import Device, Person, Verdict, admitted, is_user, judge, verdict
from bot.ports import Pins, TryAgainLater

_AS_TRUST = {
    Verdict.SIGNED: Trust.SIGNED,
    Verdict.UNSIGNED: Trust.UNSIGNED,
    Verdict.CHANGED: Trust.CHANGED,
    Verdict.BAD: Trust.UNBOUND,
}


class Devices:
    """What the homeserver last showed of each person, held against the pins.

    Kept in memory: after a start everybody is asked about again before anything is sent to them. The client
    calls `screen` with every answer to a keys query, and `settle` once nio has taken it in.
    """

    def __init__(self, client: AsyncClient, pins: Pins) -> None:
        self._client = client
        self._pins = pins
        self._people: dict[UserId, Person] = {}
        self._asked: frozenset[str] = frozenset()
        self._silent: frozenset[str] = frozenset()
        self._spoken_of = False
        self._asking = asyncio.Lock()
        self._alarmed: dict[UserId, str | None] = {}
        self._changes: list[UserId] = []

    # -- asking ----------------------------------------------------------------------------------------

    async def learn(self, people: Iterable[UserId] = ()) -> None:
        """Bring what we know up to date: everybody whose devices changed, and these people.

        Who the homeserver does not answer about stays as they were, and is asked about again next time.
        Raises `TryAgainLater` when there was no answer at all.
        """
        wanted = frozenset(filter(is_user, people))
        async with self._asking:
            pending = self._client.users_for_key_query
            stale = frozenset(pending) | {person for person in wanted if self._unsettled(person)}
            if not stale:
                return
            # Taken out now: who changes while the answer travels is put in again, and must stay in.
            pending.clear()
            silent, answered = self._silent, frozenset[str]()
            try:
                answered = await self._ask(stale)
            finally:
                self._silent = stale - answered
                self._spoken_of |= bool(silent & answered)
                pending.update(self._silent)

    async def _ask(self, people: frozenset[str]) -> frozenset[str]:
        method, path, content = Api.keys_query(self._client.access_token, people)
        self._asked = people
        try:
            answer = await self._client._send(KeysQueryResponse, method, path, content)
        finally:
            self._asked = frozenset()
        if not isinstance(answer, KeysQueryResponse):
            raise TryAgainLater("the homeserver did not answer about people's devices")
        return frozenset(answer.device_keys)

    def awaiting(self, people: Iterable[UserId]) -> bool:
        """Did somebody's devices change since we asked? Who there was no answer about does not count."""
        return bool((self._client.users_for_key_query - self._silent) & frozenset(people))

    def _unsettled(self, person: UserId) -> bool:
        seen = self._people.get(person)
        # Seen but not pinned: the pin was dropped by `!trust`, and who they are now is pinned anew.
        return seen is None or (seen.master is not None and person not in self._pins.known())

    # -- judging ---------------------------------------------------------------------------------------

    async def screen(self, body: object) -> dict[str, Any]:
        """Judge an answer, pin who is new, and give back what nio may see of it."""
        people = {user: person for user, person in judge(body).items() if user in self._asked}
        new = {user: person.master for user, person in people.items() if person.master is not None}
        await self._pins.remember({user: key for user, key in new.items() if user not in self._pins.known()})
        people = self._without_doubles(people)
        self._people.update(people)
        for user in people:
            self._notice_change(user)
        self._readmit(people)
        return admitted(body, people)

    def _without_doubles(self, people: Mapping[UserId, Person]) -> dict[UserId, Person]:
        """Drop a device that shows a key of another device: nio finds sessions by that key alone."""
        olm = self._client.olm
        own = olm.account.identity_keys["curve25519"]
        owner = {own: (self._client.user_id, self._client.device_id)}
        for known in olm.device_store:
            owner.setdefault(known.curve25519, (known.user_id, known.id))
        kept = {}
        for user, person in people.items():
            devices = {
                id_: device
                for id_, device in person.devices.items()
                if owner.setdefault(device.curve25519, (user, id_)) == (user, id_)
            }
            kept[user] = Person(user, person.master, devices)
        return kept

    def _notice_change(self, user: UserId) -> None:
        master, pin = self._people[user].master, self._pins.known().get(user)
        if pin is None or master == pin:
            self._alarmed.pop(user, None)
        elif user not in self._alarmed or self._alarmed[user] != master:
            # Also to none at all: who was known and no longer shows who they are may not be them.
            self._alarmed[user] = master
            self._changes.append(user)

    def _readmit(self, people: Mapping[UserId, Person]) -> None:
        """Undo what nio never undoes: a deleted device that is back, or a device id that is used anew."""
        olm = self._client.olm
        for person in people.values():
            for id_, device in person.devices.items():
                old = olm.device_store[person.user].get(id_)
                if old is None:
                    continue
                if old.ed25519 == device.ed25519:
                    if old.deleted:
                        old.deleted = False
                        olm.store.save_device_keys({person.user: {id_: old}})
                elif self._judged(device) is Verdict.SIGNED:
                    del olm.device_store[person.user][id_]

    def settle(self, people: Iterable[str]) -> None:
        """Write our verdicts into nio, which then checks senders by them."""
        for user in people:
            for known in list(self._client.olm.device_store.active_user_devices(user)):
                if self._verdict(known) is Verdict.SIGNED:
                    if not known.verified:
                        self._client.verify_device(known)
                elif not known.blacklisted:
                    self._client.blacklist_device(known)

    def _verdict(self, known: OlmDevice) -> Verdict:
        """Of a device as nio has it: the keys must be those that were judged."""
        person = self._people.get(UserId(known.user_id))
        device = person.devices.get(known.id) if person else None
        if device is None or (device.ed25519, device.curve25519) != (known.ed25519, known.curve25519):
            return Verdict.BAD
        return self._judged(device)

    def _judged(self, device: Device) -> Verdict:
        person = self._people.get(device.user)
        return verdict(device, person.master if person else None, self._pins.known().get(device.user))

    # -- answers ---------------------------------------------------------------------------------------

    def trust(self, sender: UserId, curve25519: str, ed25519: str | None) -> Trust:
        """How sure we are that `sender` wrote what was decrypted with a session of these two keys.

        Ask after `learn`: a device that we have not heard of is nobody's.
        """
        person = self._people.get(sender)
        for device in person.devices.values() if person else ():
            if device.curve25519 == curve25519 and device.ed25519 == ed25519:
                return _AS_TRUST[self._judged(device)]
        return Trust.UNBOUND

    def knows(self, person: UserId) -> bool:
        """Has the homeserver ever answered about this person? Ask after `learn`."""
        return person in self._people

    def entitled(self, people: Iterable[UserId]) -> dict[tuple[str, str], OlmDevice]:
        """The devices of these people that get our keys, by user and device id; never this device itself."""
        me = (self._client.user_id, self._client.device_id)
        store = self._client.olm.device_store
        return {
            (user, known.id): known
            for user in people
            for known in list(store.active_user_devices(user))
            if (user, known.id) != me and self._verdict(known) is Verdict.SIGNED
        }

    def left_out(
        self, people: Iterable[UserId], entitled: Container[tuple[str, str]]
    ) -> dict[tuple[str, str], Device]:
        """Well-formed devices of these people that get no keys, and are to be told so."""
        me = (self._client.user_id, self._client.device_id)
        return {
            (user, id_): device
            for user in people
            if user in self._people
            for id_, device in self._people[user].devices.items()
            if (user, id_) != me and (user, id_) not in entitled
        }

    def unpinned(self, people: Iterable[UserId]) -> frozenset[UserId]:
        """Who shows no identity, or was not answered about. Ask after `learn`."""
        pins = self._pins.known()
        return frozenset(
            person
            for person in people
            if person not in pins or person not in self._people or self._people[person].master is None
        )

    def changed(self, people: Iterable[UserId]) -> frozenset[UserId]:
        """Who shows another identity than the one first seen."""
        pins = self._pins.known()
        return frozenset(
            person
            for person in people
            if person in pins
            and person in self._people
            and self._people[person].master not in (None, pins[person])
        )

    def take_spoken_of(self) -> bool:
        """Since this was last asked, was there an answer about somebody there had been none about?"""
        taken, self._spoken_of = self._spoken_of, False
        return taken

    def take_changes(self) -> tuple[UserId, ...]:
        """Who has shown another identity, or none any more, since this was last asked; each change once."""
        taken, self._changes = tuple(self._changes), []
        return taken
