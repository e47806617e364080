"""Names a deed, and writes down before it where its message may stand: it is found again if its case goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from functools import partial
from typing import Final, final

from bot.core.effects import (
    AskOthers,
    Effect,
    PassOn,
    Plan,
    RemoveCopy,
    SayPrivately,
    SendPicture,
    TellFile,
    TellMore,
    TellSupporters,
    Unsay,
    UpdateCard,
    UpdateOldCards,
    WhisperInRoom,
)
from bot.core.model import CaseName, EventId, RoomId, UserId
from bot.loops.order import Rank
from bot.loops.surroundings import Surroundings
from bot.ports import CannotPassOn, Forbidden, Gone, NotSafe, TryAgainLater
from bot.store import cases, outbox, people, underway
from bot.store.database import Transaction
from bot.store.outbox import Filed
from bot.store.underway import Underway


class _Mark(Enum):
    """What is known of a message that was written down."""

    FRESH = "fresh"
    """It was not sent."""
    DOUBTFUL = "doubtful"
    """It may stand: the homeserver was silent, or we were ended in an earlier try."""
    KNOWN = "known"
    """It stands, and its event is known."""


@final
class Key:
    """The keys of a deed in one try: done twice with the same, it happens once."""

    def __init__(self, filed: Filed, step: int, around: Surroundings) -> None:
        self._around, self._plan, self._step = around, filed.row, step
        self._effect: Final = filed.plan.steps[step]
        self._case: Final = _case_of(self._effect)
        self._name = partial(around.database.seal.key, filed.origin_id, filed.plan.name, str(step))
        self._marks: dict[Underway, _Mark] = {}
        self._doubted: set[RoomId] = set()

    def __call__(self, *parts: str) -> str:
        return self._name(*parts)

    def doubted(self, room: RoomId) -> bool:
        """What was just sent there may be what an earlier try said."""
        return room in self._doubted

    async def expect(self, tx: Transaction) -> None:
        """Where it will most likely be sent, in a transaction that has to be on disk anyway."""
        room = None if self._case is None else await _likely(tx, self._effect, self._around)
        if self._case is not None and room is not None:
            await self._put(tx, Underway(self._case, room, self(room)))

    async def _put(self, tx: Transaction, mark: Underway) -> None:
        new = await underway.put(tx, mark, self._plan, self._step, self._around.clock.now())
        self._marks[mark] = _Mark.FRESH if new else _Mark.DOUBTFUL

    async def into(self, room: RoomId, send: Callable[[str], Awaitable[EventId]]) -> EventId:
        """Send something there, under the key given to `send`. That it may stand is on disk before."""
        if self._case is None:
            return await send(self(room))
        mark = Underway(self._case, room, self(room))
        if mark not in self._marks:
            async with self._around.database.transaction() as tx:
                await self._put(tx, mark)
        before, self._marks[mark] = self._marks[mark], _Mark.DOUBTFUL
        if before is _Mark.DOUBTFUL:
            self._doubted.add(room)
        try:
            event = await send(mark.key)
        except (NotSafe, Forbidden, Gone, CannotPassOn):
            self._marks[mark] = before
            raise
        except TryAgainLater as later:
            if later.after is not None:  # who asks us to wait has taken nothing
                self._marks[mark] = before
            raise
        self._marks[mark] = _Mark.KNOWN
        return event

    async def over(self, tx: Transaction) -> None:
        """The deed is done, or never will be. What may stand of it and is not known is removed next."""
        if self._case is None:
            return
        marks = await underway.over(tx, self._plan, self._step)
        doubtful = [each for each in marks if self._marks.get(each, _Mark.DOUBTFUL) is _Mark.DOUBTFUL]
        now = self._around.clock.now()
        for mark in doubtful:
            await underway.lose(tx, mark, now)
        if doubtful:
            plan = Plan("unsay", (Unsay(self._case),))
            await outbox.file(tx, f"unsay {self()}", plan, Rank.ANSWER, None, now)

    async def put_off(self, tx: Transaction) -> None:
        """It will be tried again: what was not sent need not be remembered."""
        for mark, known in self._marks.items():
            if known is _Mark.FRESH:
                await underway.let_go(tx, mark)


def _case_of(effect: Effect) -> CaseName | None:
    """The case whose messages must go with it."""
    match effect:
        case TellSupporters():
            return effect.card.case
        case (
            AskOthers()
            | TellMore()
            | TellFile()
            | UpdateCard()
            | UpdateOldCards()
            | RemoveCopy()
            | PassOn()
            | SendPicture()
            | WhisperInRoom()
            | SayPrivately()
        ):
            return effect.case
        case _:
            return None


async def _likely(tx: Transaction, effect: Effect, around: Surroundings) -> RoomId | None:
    """As things are now. When it turns out to be another room, that is written down by itself."""
    match effect:
        case TellSupporters():
            return next(iter(effect.rooms), effect.fallback or around.knowledge().fallback)
        case AskOthers():
            return next(iter(effect.rooms), None)
        case TellMore() | TellFile() | UpdateCard():
            case = await cases.by_name(tx, effect.case)
            return None if case is None else case.room
        case PassOn():
            case = await cases.by_name(tx, effect.case)
            return None if case is None else await _chat(tx, case.person)
        case SendPicture() | SayPrivately():
            return await _chat(tx, effect.person)
        case WhisperInRoom():
            return effect.room
        case _:
            return None


async def _chat(tx: Transaction, person: UserId) -> RoomId | None:
    return next((chat.room for chat in await people.private_chats(tx, person)), None)
