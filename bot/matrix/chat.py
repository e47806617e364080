"""The homeserver as the rest of the house sees it: `ports.Chat`, from all the parts of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.core.effects import Incoming
from bot.core.model import Attachment, EventId, Handling, Membership, Millis, Power, RoomFacts, RoomId, UserId
from bot.core.speech import Announced, Spoken, Whispered
from bot.matrix import rooms
from bot.matrix.client import Client
from bot.matrix.keys import Upkeep
from bot.matrix.looks import Looks
from bot.matrix.media import Media
from bot.matrix.opening import Opening
from bot.matrix.proof import prove
from bot.matrix.reading import Reader
from bot.matrix.seal import Seal, transaction
from bot.matrix.session import Session
from bot.matrix.sync import Sync
from bot.matrix.wire import ask, path
from bot.matrix.wording import caption, replacing
from bot.ports import Aside, Batch, Clock, Forbidden, Heard, Journal, Pins, TryAgainLater, Undecrypted


class MatrixChat:
    """One login of the bot. Between `open` and `close`; no other process may have the same folder open."""

    def __init__(self, session: Session, folder: Path, pins: Pins, clock: Clock, journal: Journal) -> None:
        self.client = Client(session, folder, pins)
        self._clock = clock
        self._journal = journal
        self._me = session.user

    async def open(self) -> None:
        """Raises `StoreInUse`, `LoggedOut`, `TryAgainLater`."""
        await self.client.open()
        try:
            self._upkeep = Upkeep(self.client)
            self._reader = Reader(self.client)
            self._seal = Seal(self.client, Looks(self.client, self._clock))
            self._media = Media(self.client)
            self._opening = Opening(self.client, self._clock)
            self._sync = Sync(self.client, self._reader, self._upkeep, self._clock, self._journal)
            await self._upkeep.check_ours()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        await self.client.close()

    async def prove(self) -> None:
        """Write to ourselves, encrypted, and read it from a sync. Raises `NotProven` besides."""
        await prove(self.client, self._seal, self._opening, self._reader, self._clock.now())

    # -- hearing -----------------------------------------------------------------------------------------

    async def pull(
        self, bookmark: str | None, wait: Millis, behind: frozenset[RoomId] = frozenset()
    ) -> Batch:
        batch = await self._sync.pull(bookmark, wait, behind)
        # Also where it could not be read who came or went.
        self._seal.moved(batch.changed | _moves(batch.incoming) | _rooms(batch.aside))
        return batch

    async def read_aside(self, aside: Aside) -> Heard:
        heard = await self._sync.read_aside(aside)
        self._seal.moved(_moves(heard.incoming))
        return heard

    async def read_again(self, undecrypted: Undecrypted) -> Incoming | None:
        return await self._sync.read_again(undecrypted)

    async def facts(self, room: RoomId) -> RoomFacts:
        return await self._seal.facts(room)

    async def power(self, room: RoomId, person: UserId) -> Power:
        return rooms.power(await rooms.state(self.client, room), person)

    async def expect(self, room: RoomId) -> None:
        await self._seal.expect(room)

    async def make_ready(self, room: RoomId, roster: frozenset[UserId]) -> None:
        await self._seal.make_ready(room, roster)

    # -- speaking ----------------------------------------------------------------------------------------

    async def tell(
        self,
        room: RoomId,
        words: Whispered,
        roster: frozenset[UserId],
        key: str,
        thread: EventId | None = None,
    ) -> EventId:
        return await self._seal.tell(room, words, roster, key, thread)

    async def whisper(self, room: RoomId, person: UserId, words: Whispered, key: str) -> EventId:
        return await self._seal.whisper(room, person, words, key)

    async def retell(
        self, room: RoomId, event: EventId, words: Whispered, roster: frozenset[UserId], key: str
    ) -> EventId:
        return await self._seal.tell_made(room, replacing(event, words), roster, key, None)

    async def rewhisper(
        self, room: RoomId, person: UserId, event: EventId, words: Whispered, key: str
    ) -> EventId:
        return await self._seal.whisper_made(room, person, replacing(event, words), key)

    async def tell_file(
        self,
        room: RoomId,
        file: Attachment,
        handling: Handling,
        words: Whispered | None,
        roster: frozenset[UserId],
        key: str,
        thread: EventId | None = None,
    ) -> EventId:
        # Asked before anything is fetched, and again when it is sent: much can happen in between.
        await self._seal.safe_for_supporters(room, roster)
        made = await self._media.ready(file, handling, key)
        beside = {} if words is None else caption(words)
        return await self._seal.tell_made(room, made | beside, roster, key, thread)

    async def whisper_picture(self, room: RoomId, person: UserId, file: Attachment, key: str) -> EventId:
        await self._seal.safe_for_one(room, person)
        made = await self._media.ready(file, Handling.CLEANED, key)
        return await self._seal.whisper_made(room, person, made, key)

    async def say(self, room: RoomId, words: Spoken, key: str) -> EventId:
        return await self._seal.say(room, words, key)

    async def announce(self, room: RoomId, words: Announced, key: str) -> EventId:
        return await self._seal.say(room, words, key)

    # -- doing -------------------------------------------------------------------------------------------

    async def open_private_chat(self, person: UserId, key: str) -> RoomId:
        return await self._opening.private_chat(person, key)

    async def remove(self, room: RoomId, event: EventId, key: str) -> None:
        where = path("rooms", room, "redact", event, transaction(key))
        _proven(await ask(self.client, "PUT", where, {}), "event_id")

    async def join(self, room: RoomId) -> None:
        _proven(await ask(self.client, "POST", path("join", room), {}), "room_id")

    async def leave(self, room: RoomId) -> None:
        await ask(self.client, "POST", path("rooms", room, "leave"), {})

    async def repair(self, room: RoomId) -> None:
        """What can be closed is closed, also when something else may not be: then `Forbidden` is raised."""
        found = await rooms.state(self.client, room)
        refused: Forbidden | None = None
        for kind, content in rooms.REPAIRED.items():
            if found.content(kind) != content:
                try:
                    await ask(self.client, "PUT", path("rooms", room, "state", kind, ""), content)
                except Forbidden as refusal:
                    refused = refusal
        if refused is not None:
            raise refused


def _rooms(aside: tuple[Aside, ...]) -> frozenset[RoomId]:
    return frozenset(each.room for each in aside if each.room is not None)


def _moves(incoming: tuple[Incoming, ...]) -> frozenset[RoomId]:
    return frozenset(each.room for each in incoming if isinstance(each, Membership))


def _proven(answer: Mapping[str, Any], name: str) -> None:
    """An empty answer is no proof that something was done."""
    if not isinstance(answer.get(name), str):
        raise TryAgainLater(f"the homeserver's answer has no {name}")
