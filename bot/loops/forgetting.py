"""Removes a case, or a person: what we sent of it in any room, and every row we keep of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.effects import ForgetCase, ForgetPerson, WriteAnew
from bot.core.model import CaseName, Millis, RoomId
from bot.core.results import Done, Refused, Why
from bot.loops import alerts, relay, unsaying
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import Forbidden, Gone, TryAgainLater
from bot.store import alerts as stored_alerts
from bot.store import cases, copies, leaving, outbox, people, sweep, timers
from bot.store.copies import Copy
from bot.store.database import Kept, Transaction
from bot.store.faults import UnusableDatabase


async def forget_case(effect: ForgetCase, key: Key, around: Surroundings) -> Done | Refused:
    async with around.database.transaction() as tx:
        warned = await _begin(tx, effect.case, around)
    await _remove(effect.case, warned, key, around)
    await around.database.scrub()
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        return _came_of(reached=await leaving.over(tx, effect.case))


async def forget_person(effect: ForgetPerson, key: Key, around: Surroundings) -> Done | Refused:
    """After a crash, what was begun is found again and finished; what is out of reach is still known then."""
    until = effect.until
    async with around.database.transaction() as tx:
        found = await cases.all_of(tx, effect.person)
        meant = [each.card.case for each in found if _is_meant(each.at, until)]
        theirs = tuple(dict.fromkeys((*await leaving.of(tx, effect.person), *meant)))
        # All at once: what they write from here on goes into none of them any more.
        warned = {case: await _begin(tx, case, around) for case in theirs}
        chats = await people.private_chats(tx, effect.person, most=people.ALL)
    for case in theirs:
        await _remove(case, warned[case], key, around)
    for chat in chats:
        if chat.room != effect.chat:
            await _leave(chat.room, around)
    async with around.database.transaction() as tx:
        await timers.forget(tx, person=effect.person, until=until)
        await people.forget(tx, effect.person, effect.chat, until)
        for case in theirs:
            await outbox.hurry_about(tx, case)  # what was in hand when it began has been put off by now
        around.bells.outbox.ring()
        return _came_of(reached=await leaving.reached_all(tx, effect.person))


def _is_meant(at: Millis, until: Millis | None) -> bool:
    """What somebody writes while their forgetting is still tried is something new."""
    return until is None or at <= until


def _came_of(*, reached: bool) -> Done | Refused:
    return Done() if reached else Refused(Why.FORBIDDEN)


async def write_anew(effect: WriteAnew, around: Surroundings) -> Done | Refused:
    """By now it is written down what of this person was out of reach: that need not be known any more."""
    async with around.database.transaction() as tx:
        await leaving.forget(tx, effect.person)
        await sweep.ask_for_rewriting(tx)
    if not await rewritten(around):
        return Refused(Why.NOT_NOW)
    return Done()


async def rewritten(around: Surroundings) -> bool:
    """Whether the file could be written anew: there is room for that, and nobody else reads or writes it."""
    try:
        if not await around.database.rewrite():
            return False
    except UnusableDatabase as fault:
        around.journal.fault("not_written_anew", fault)
        return False
    async with around.database.transaction() as tx:
        await sweep.note_rewriting(tx, around.clock.now())
    return True


async def _leave(room: RoomId, around: Surroundings) -> None:
    """Who has another chat with us would write there unheard: we would not know any more whose it is."""
    try:
        await around.chat.leave(room)
    except (Forbidden, Gone):
        return


async def _begin(tx: Transaction, case: CaseName, around: Surroundings) -> tuple[CaseName, ...]:
    """The row first, so that what waits to be sent is refused. Returns the alerts that came of it."""
    await leaving.begin(tx, case, around.clock.now())
    warned = await stored_alerts.leave_with(tx, case)
    await outbox.hurry(tx)
    await outbox.hurry_about(tx, case)
    return tuple(alert.name for alert in warned)


async def _remove(case: CaseName, warned: Sequence[CaseName], key: Key, around: Surroundings) -> None:
    """Our messages, which the copies know; what is out of reach is marked."""
    around.bells.outbox.ring()
    late = await _retract(warned, around)
    await unsaying.unsay_all(case, around)
    while found := await _copies(case, around):
        removed = [copy for copy in found if await relay.remove(copy, key, around)]
        async with around.database.transaction() as tx:
            if len(removed) < len(found):
                await leaving.beyond(tx, case, around.clock.now())
            for copy in found:
                await copies.gone(tx, copy.event)
    if late is not None:
        raise late


async def _retract(warned: Sequence[CaseName], around: Surroundings) -> TryAgainLater | None:
    """First, as everybody can read it; but a community room that does not answer holds up nothing else."""
    late: TryAgainLater | None = None
    for alert in warned:
        try:
            await alerts.retract(alert, around)
        except TryAgainLater as later:
            late = later
    return late


async def _copies(case: CaseName, around: Surroundings) -> tuple[Copy, ...]:
    async with around.database.transaction() as tx:
        return await copies.of_case(tx, case)
