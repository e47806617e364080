"""Removes a case, or a person: what we sent of it in any room, and every row we keep of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.effects import ForgetCase, ForgetPerson
from bot.core.model import CaseName, RoomId
from bot.core.results import Done, Refused, Why
from bot.loops import alerts, relay, unsaying
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import Forbidden, Gone, TryAgainLater
from bot.store import alerts as stored_alerts
from bot.store import cases, copies, leaving, outbox, people, timers
from bot.store.copies import Copy
from bot.store.database import Kept


async def forget_case(effect: ForgetCase, key: Key, around: Surroundings) -> Done | Refused:
    await _forget(effect.case, key, around)
    await around.database.scrub()
    return await _over((effect.case,), around)


async def forget_person(effect: ForgetPerson, key: Key, around: Surroundings) -> Done | Refused:
    """After a crash, what was begun is found again and finished."""
    async with around.database.transaction() as tx:
        open_ = tuple(case.card.case for case in await cases.all_of(tx, effect.person))
        theirs = tuple(dict.fromkeys((*await leaving.of(tx, effect.person), *open_)))
        chats = await people.private_chats(tx, effect.person, most=people.ALL)
    for case in theirs:
        await _forget(case, key, around)
    for chat in chats:
        if chat.room != effect.chat:
            await _leave(chat.room, around)
    async with around.database.transaction() as tx:
        await timers.forget(tx, person=effect.person)
        await people.forget(tx, effect.person, effect.chat)
    if not await around.database.rewrite():
        raise TryAgainLater("another program reads the database")
    return await _over(theirs, around, effect.chat)


async def _over(
    theirs: Sequence[CaseName], around: Surroundings, chat: RoomId | None = None
) -> Done | Refused:
    """What was out of our reach is known until this is written down, together with what came of it."""
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        reached = all([await leaving.over(tx, case) for case in theirs])
    return Done(room=chat) if reached else Refused(Why.FORBIDDEN)


async def _leave(room: RoomId, around: Surroundings) -> None:
    """Who has another chat with us would write there unheard: we would not know any more whose it is."""
    try:
        await around.chat.leave(room)
    except (Forbidden, Gone):
        return


async def _forget(case: CaseName, key: Key, around: Surroundings) -> None:
    """The row first, so that what waits to be sent is refused; then our messages, which the copies know."""
    async with around.database.transaction() as tx:
        await leaving.begin(tx, case, around.clock.now())
        warned = await stored_alerts.leave_with(tx, case)
        await outbox.hurry(tx)
    around.bells.outbox.ring()
    late = await _retract([alert.name for alert in warned], around)
    await unsaying.unsay_all(case, around)
    while found := await _copies(case, around):
        removed = [copy for copy in found if await relay.remove(copy, key, around)]
        async with around.database.transaction() as tx:
            if len(removed) < len(found):
                await leaving.beyond(tx, case)
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
