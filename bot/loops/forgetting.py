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


async def forget_case(effect: ForgetCase, key: Key, around: Surroundings) -> Done | Refused:
    return Done() if await _forget(effect.case, key, around) else Refused(Why.FORBIDDEN)


async def forget_person(effect: ForgetPerson, key: Key, around: Surroundings) -> Done | Refused:
    """After a crash, what was begun is found again and finished."""
    async with around.database.transaction() as tx:
        open_ = tuple(case.card.case for case in await cases.all_of(tx, effect.person))
        theirs = (*await leaving.of(tx, effect.person), *open_)
        chats = await people.private_chats(tx, effect.person, most=people.ALL)
    reached = [await _forget(case, key, around) for case in dict.fromkeys(theirs)]
    for chat in chats:
        if chat.room != effect.chat:
            await _leave(chat.room, around)
    async with around.database.transaction() as tx:
        await timers.forget(tx, person=effect.person)
        await people.forget(tx, effect.person, effect.chat)
    await around.database.scrub()
    return Done(room=effect.chat) if all(reached) else Refused(Why.FORBIDDEN)


async def _leave(room: RoomId, around: Surroundings) -> None:
    """Who has another chat with us would write there unheard: we would not know any more whose it is."""
    try:
        await around.chat.leave(room)
    except (Forbidden, Gone):
        return


async def _forget(case: CaseName, key: Key, around: Surroundings) -> bool:
    """The row first, so that what waits to be sent is refused; then our messages, which the copies know.

    Returns whether all of them could be removed.
    """
    async with around.database.transaction() as tx:
        await leaving.begin(tx, case, around.clock.now())
        warned = await stored_alerts.leave_with(tx, case)
        await outbox.hurry(tx)
    around.bells.outbox.ring()
    late = await _retract([alert.name for alert in warned], around)
    reached = await unsaying.unsay_all(case, around)
    beyond: list[Copy] = []
    while found := [copy for copy in await _copies(case, around) if copy not in beyond]:
        removed = [copy for copy in found if await relay.remove(copy, key, around)]
        beyond += [copy for copy in found if copy not in removed]
        await _gone(removed, around)
    if late is not None:
        raise late
    async with around.database.transaction() as tx:
        for copy in beyond:  # only now: whoever is ended before this finds again what could not be removed
            await copies.gone(tx, copy.event)
        await leaving.over(tx, case)
    await around.database.scrub()
    return reached and not beyond


async def _gone(removed: Sequence[Copy], around: Surroundings) -> None:
    async with around.database.transaction() as tx:
        for copy in removed:
            await copies.gone(tx, copy.event)


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
