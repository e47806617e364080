"""Does one deed: for every kind of effect, how it is done through Chat and what can come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import assert_never, final

from msgspec.structs import replace

from bot.core.effects import (
    AskOthers,
    Effect,
    ForgetCase,
    ForgetPerson,
    JoinRoom,
    LeaveRoom,
    PassOn,
    PostAlert,
    RemoveCopy,
    RemoveOldFile,
    RemoveOriginal,
    RepairRoom,
    RetractAlert,
    SayInRoom,
    SayPrivately,
    SendPicture,
    TellFile,
    TellMore,
    TellSupporters,
    Unsay,
    UpdateCard,
    UpdateOldCards,
    WhisperInRoom,
    WriteAnew,
)
from bot.core.model import CaseName, Language, RoomId, Unsafe
from bot.core.results import Done, Refused, Result, Why
from bot.loops import alerts, files, forgetting, ladder, pressing, private_chats, relay, traces, unsaying
from bot.loops.ladder import Strikes
from bot.loops.looking import language_in, supporters
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import Forbidden, Gone, NotSafe
from bot.store import ledger, outbox, rooms
from bot.store.copies import Copy


@final
class Deeds:
    """All that the bot can do. `key` names a deed, so that done twice it happens once."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._strikes = Strikes(around)

    async def do(self, effect: Effect, key: Key) -> Result:
        """Raises `TryAgainLater`, or `NotYet` while something else must come first."""
        match effect:
            case TellSupporters() | AskOthers() | TellMore() | TellFile():
                return await self._before_supporters(effect, key)
            case UpdateCard() | UpdateOldCards() | RemoveCopy() | RemoveOldFile():
                return await self._on_cards(effect, key)
            case PassOn() | SendPicture() | SayPrivately():
                return await self._to_one_person(effect, key)
            case ForgetCase() | ForgetPerson() | WriteAnew() | Unsay():
                return await self._forget(effect, key)
            case PostAlert() | RetractAlert():
                return await self._alert(effect)
            case SayInRoom():
                return await _or_refused(lambda: self._say(effect, key))
            case WhisperInRoom():
                return await _or_refused(lambda: self._whisper(effect, key))
            case RemoveOriginal():
                return await _or_refused(lambda: self._remove(effect, key))
            case JoinRoom() | LeaveRoom():
                return await self._answer_invitation(effect)
            case RepairRoom():
                return await _or_refused(lambda: self._repair(effect))
            case _:
                assert_never(effect)

    async def _before_supporters(
        self, effect: TellSupporters | AskOthers | TellMore | TellFile, key: Key
    ) -> Result:
        """What is put before supporters."""
        match effect:
            case TellSupporters():
                return await ladder.tell(effect, key, self._around, self._strikes)
            case AskOthers():
                return await pressing.ask_others(effect, key, self._around, self._strikes)
            case TellMore():
                return await ladder.tell_more(effect, key, self._around, self._strikes)
            case TellFile():
                return await files.tell(effect, key, self._around, self._strikes)
            case _:
                assert_never(effect)

    async def _on_cards(
        self, effect: UpdateCard | UpdateOldCards | RemoveCopy | RemoveOldFile, key: Key
    ) -> Result:
        """What stands there already."""
        match effect:
            case UpdateCard():
                return await relay.update_card(effect, key, self._around, self._strikes)
            case UpdateOldCards():
                return await relay.update_old_cards(effect, key, self._around, self._strikes)
            case RemoveCopy():
                return await relay.remove_copy(effect, key, self._around, self._strikes)
            case RemoveOldFile():
                return await files.remove_old(effect, key, self._around)
            case _:
                assert_never(effect)

    async def _to_one_person(self, effect: PassOn | SendPicture | SayPrivately, key: Key) -> Result:
        """What is said in a private chat."""
        match effect:
            case PassOn():
                return await _or_refused(lambda: relay.pass_on(effect, key, self._around))
            case SendPicture():
                return await files.send_picture(effect, key, self._around)
            case SayPrivately():
                return await _or_refused(lambda: self._say_privately(effect, key))
            case _:
                assert_never(effect)

    async def _forget(
        self, effect: ForgetCase | ForgetPerson | WriteAnew | Unsay, key: Key
    ) -> Done | Refused:
        match effect:
            case ForgetCase():
                return await forgetting.forget_case(effect, key, self._around)
            case ForgetPerson():
                return await forgetting.forget_person(effect, key, self._around)
            case WriteAnew():
                return await forgetting.write_anew(effect, self._around)
            case Unsay():
                return await unsaying.unsay(effect, self._around)
            case _:
                assert_never(effect)

    async def _alert(self, effect: PostAlert | RetractAlert) -> Result:
        """These deeds have keys of their own: whoever removes an alert must know under which it was sent."""
        if isinstance(effect, PostAlert):
            return await _or_refused(lambda: alerts.post(effect, self._around))
        return await alerts.retract(effect.alert, self._around)

    async def _say(self, effect: SayInRoom, key: Key) -> Done:
        words = self._around.voice.spoken(effect.lines, await self._language(effect))
        return Done(await self._around.chat.say(effect.room, words, key()), effect.room)

    async def _language(self, effect: SayInRoom | WhisperInRoom) -> Language:
        if effect.language is not None:
            return effect.language
        async with self._around.database.transaction() as tx:
            return await language_in(tx, effect.room, self._around.knowledge())

    async def _say_privately(self, effect: SayPrivately, key: Key) -> Done:
        return await self._noted(await private_chats.say(effect, key, self._around), effect.case)

    async def _noted(self, done: Done, case: CaseName | None) -> Done:
        """What is about a case goes when the case goes."""
        if case is not None and done.event is not None and done.room is not None:
            await traces.note(Copy(done.event, done.room, case), self._around)
        return done

    async def _whisper(self, effect: WhisperInRoom, key: Key) -> Done:
        async with self._around.database.transaction() as tx:
            rosters = supporters(await rooms.standing(tx), self._around.knowledge()).rosters
        roster = rosters.get(effect.room)
        if roster is None:
            raise NotSafe(Unsafe.NOT_CONFIRMED)
        words = self._around.voice.whispered(effect.lines, await self._language(effect))
        words = replace(words, rings=effect.rings, calls=effect.calls)
        event = await key.into(
            effect.room,
            lambda under: self._around.chat.tell(effect.room, words, roster, under, effect.thread),
        )
        return await self._noted(Done(event, effect.room), effect.case)

    async def _remove(self, effect: RemoveOriginal, key: Key) -> Done:
        await self._around.chat.remove(effect.room, effect.event, key())
        return Done(room=effect.room)

    async def _answer_invitation(self, effect: JoinRoom | LeaveRoom) -> Result:
        chat = self._around.chat
        answer = chat.join if isinstance(effect, JoinRoom) else chat.leave

        async def answered(room: RoomId) -> Done:
            await answer(room)
            return Done(room=room)

        result = await _or_refused(lambda: answered(effect.room))
        async with self._around.database.transaction() as tx:
            await ledger.answered_invitation(tx, effect.room)
        return result

    async def _repair(self, effect: RepairRoom) -> Done:
        await self._around.chat.repair(effect.room)
        async with self._around.database.transaction() as tx:
            await outbox.hurry(tx)
        self._around.bells.outbox.ring()
        return Done(room=effect.room)


async def _or_refused(deed: Callable[[], Awaitable[Done | Refused]]) -> Done | Refused:
    """What cannot be done, now or later, is an answer too."""
    try:
        return await deed()
    except Forbidden:
        return Refused(Why.FORBIDDEN)
    except Gone:
        return Refused(Why.GONE)
    except NotSafe as unsafe:
        return Refused(Why.UNSAFE, unsafe.why)
