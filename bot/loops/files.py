"""Passes on what people attached: into the thread of a case, or from a supporter to a worker."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.effects import RemoveOldFile, SendPicture, TellFile
from bot.core.model import EventId, Handling, RoomId, Unsafe
from bot.core.phrases import Line, Phrase
from bot.core.results import Carried, Done, Held, NotCarried, Refusal, Refused, Why
from bot.core.speech import Whispered
from bot.loops import ladder, relay, traces
from bot.loops.agreed import agreed
from bot.loops.ladder import NotYet, Rung, Strikes
from bot.loops.private_chats import NOT_HELPED_BY_A_NEW_ONE
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import CannotPassOn, Forbidden, Gone, NotSafe, TryAgainLater
from bot.store import cases, copies, people
from bot.store.copies import Copy, Holds
from bot.store.database import Transaction


async def tell(
    effect: TellFile, key: Key, around: Surroundings, strikes: Strikes
) -> Carried | NotCarried | Held | Done | Refused:
    """It follows the card, as further words do: waits for it, and is held where it is held."""
    async with around.database.transaction() as tx:
        case, held = await cases.by_name(tx, effect.case), await cases.is_held(tx, effect.case)
        mark = copies.mark(tx, effect.file)
        unwanted = await _is_unwanted(tx, effect, mark)
    if unwanted:
        return Done()
    if case is None:
        return Refused(Why.GONE)
    if case.room is None or case.event is None:
        if held:
            return Held(effect.case)
        raise NotYet
    if not await agreed(case, around, effect.source):
        return Refused(Why.NOT_AGREED)
    rung = await ladder.standing_in(case.room, around)
    try:
        event = await _send(effect, rung, case.event, key, around, strikes)
    except NotSafe as unsafe:
        return Held(effect.case, (Refusal(case.room, unsafe.why),))
    except CannotPassOn as unfit:
        return NotCarried(effect.file, unfit.why, effect.case)
    await _noted(Copy(event, case.room, effect.case, effect.source), mark, around)
    return Carried(effect.case, case.room, event, effect.file.kind, effect.handling)


async def _is_unwanted(tx: Transaction, effect: TellFile | SendPicture, mark: str) -> bool:
    """Who sent it deleted it, or put something else in its place."""
    withdrawn = await copies.is_withdrawn(tx, effect.case, effect.source)
    return withdrawn or await copies.is_replaced(tx, effect.case, effect.source, mark)


async def _noted(copy: Copy, mark: str, around: Surroundings) -> None:
    await traces.note(replace(copy, holds=Holds.FILE, file=mark), around)


async def remove_old(effect: RemoveOldFile, key: Key, around: Surroundings) -> Done:
    """What is attached now may stand there already, and stays."""
    async with around.database.transaction() as tx:
        found = await copies.of_source(tx, effect.case, effect.source)
        old = [
            copy
            for copy in found
            if copy.holds is Holds.FILE
            and not copy.removed
            and await copies.is_replaced(tx, effect.case, effect.source, copy.file)
        ]
    for copy in old:
        await relay.remove(copy, key, around)
    async with around.database.transaction() as tx:
        for copy in old:
            await copies.taken_back(tx, copy)
    return Done()


async def _send(
    effect: TellFile, rung: Rung, thread: EventId, key: Key, around: Surroundings, strikes: Strikes
) -> EventId:
    roster = rung.roster
    if roster is None:
        raise NotSafe(Unsafe.NOT_CONFIRMED)
    words = _beside(effect.handling, rung, around)
    return await ladder.patiently(
        rung.room,
        key,
        lambda under: around.chat.tell_file(
            rung.room, effect.file, effect.handling, words, roster, under, thread
        ),
        strikes,
    )


def _beside(handling: Handling, rung: Rung, around: Surroundings) -> Whispered | None:
    """A cleaned picture speaks for itself; of anything else its readers are told what was not done."""
    if handling is Handling.CLEANED:
        return None
    return around.voice.whispered((Line(Phrase.FILE_AS_IT_IS),), rung.language)


async def _whisper(room: RoomId, effect: SendPicture, key: Key, around: Surroundings) -> EventId:
    return await key.into(
        room, lambda under: around.chat.whisper_picture(room, effect.person, effect.file, under)
    )


async def send_picture(effect: SendPicture, key: Key, around: Surroundings) -> Done | NotCarried | Refused:
    """It comes after words that say whose it is, and goes where they went: no chat is opened for it."""
    async with around.database.transaction() as tx:
        known = [chat.room for chat in await people.private_chats(tx, effect.person)]
        mark = copies.mark(tx, effect.file)
        if await _is_unwanted(tx, effect, mark):
            return Refused(Why.TAKEN_BACK)
    for room in known:
        try:
            event = await _whisper(room, effect, key, around)
        except CannotPassOn as unfit:
            return NotCarried(effect.file, unfit.why)
        except (Forbidden, Gone):
            continue
        except NotSafe as unsafe:
            if unsafe.why is Unsafe.UNKNOWN:
                raise TryAgainLater("a private chat") from unsafe
            if unsafe.why in NOT_HELPED_BY_A_NEW_ONE:
                return Refused(Why.UNSAFE, unsafe.why)
            continue
        await _noted(Copy(event, room, effect.case, effect.source), mark, around)
        return Done(event, room)
    return Refused(Why.GONE)
