"""Pulls one sync after the other: what is new goes into the inbox in one transaction with our bookmark."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from bot.core.effects import Incoming
from bot.core.model import Membership, Millis
from bot.core.view import RoomView
from bot.loops.looking import room_of
from bot.loops.supervise import Place, attempt
from bot.loops.surroundings import Surroundings
from bot.ports import Batch, TryAgainLater, Undecrypted
from bot.store import asides, ledger, outbox
from bot.store.database import Kept, Transaction

LONGEST_PULL: Final = Millis(30_000)
AT_ONCE: Final = Millis(0)
"""The first sync waits for no news: with it we are ready, and what waited for an answer is sent off."""
SOON: Final = Millis(5_000)
"""So long at most until we look again at what could not be read."""
AFTER_YOU: Final = Millis(10)
"""Between two syncs. What came is dealt with first: the homeserver has its telling to take, not one more
question, and the next sync brings at once whatever was said meanwhile."""
PassesBy = Callable[[Incoming, RoomView], bool]


async def receive(around: Surroundings, passes_by: PassesBy, synced: Callable[[], None]) -> None:
    """Until stopped; `synced` is called after each sync that was written down: the watchdog's beat."""
    left = await take_up(around)
    silent, looked = True, around.clock.now()
    while not around.bells.stopping:
        longest = AT_ONCE if silent else SOON if left else LONGEST_PULL
        left = await once(around, passes_by, longest, again=left)
        if silent:
            await _answered_again(around)
            silent = False
        looked = _look_at_the_clock(around, looked)
        synced()
        await around.clock.sleep(AFTER_YOU)


def _look_at_the_clock(around: Surroundings, before: Millis) -> Millis:
    """After a sync that took longer than any does, what is due by now is looked at.

    The machine slept then, or its clock was put forward. Who waits for a time waits by a clock that slept.
    """
    now = around.clock.now()
    if now - before > LONGEST_PULL + SOON:
        around.bells.inbox.ring()
        around.bells.outbox.ring()
    return now


async def take_up(around: Surroundings) -> bool:
    """After a start: keys may have come, and invitations may be welcome now, that were not before.

    Returns whether something should be read again soon.
    """
    async with around.database.transaction() as tx:
        for invitation in await ledger.invitations(tx):
            if not await ledger.is_underway(tx, invitation):
                await ledger.put(tx, invitation, around.clock.now())
    left = await read_again(around)
    around.bells.inbox.ring()
    around.bells.outbox.ring()
    return left


async def _answered_again(around: Surroundings) -> None:
    """We have just started, or the homeserver was silent: what waited for it need not wait any longer."""
    async with around.database.transaction() as tx:
        await outbox.answered_again(tx, around.clock.now())
    around.bells.outbox.ring()


async def once(
    around: Surroundings, passes_by: PassesBy, longest: Millis = LONGEST_PULL, *, again: bool = False
) -> bool:
    """One sync, written down before the homeserver is asked for the next.

    With `again`, what could not be read is looked at again. Returns whether that is needed soon.
    """
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        mark, patience_ends = await ledger.bookmark(tx), await ledger.patience_ends(tx)
        behind = await asides.rooms(tx)
    if patience_ends is not None:
        longest = Millis(min(longest, max(0, patience_ends - around.clock.now())))
    batch = await around.chat.pull(mark, longest, behind)
    # On disk with the decision on it, or with whatever is written down next. If it is lost before, so is the
    # bookmark, and the homeserver shows it again.
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        passing = await _all_passes_by(tx, batch, around, passes_by)
        news = await _write_down(tx, batch, around.clock.now(), decided=passing)
    around.pulse.beat()
    around.ahead.after(batch.changed | {each.room for each in batch.incoming if isinstance(each, Membership)})
    if batch.aside:
        around.bells.aside.ring()
    if news:
        around.bells.inbox.ring()
        around.bells.outbox.ring()
    left = await read_again(around) if batch.keys_came or again else False
    # Whose device it was may only not have been answered: that is asked again before long.
    return left or bool(batch.undecrypted)


async def _all_passes_by(tx: Transaction, batch: Batch, around: Surroundings, passes_by: PassesBy) -> bool:
    """Whether it is talk that nothing is done about, and nothing that came before has still to be decided."""
    if not batch.incoming or await ledger.waits(tx):
        return False
    # What cannot be read of a room holds up its lane, by way of the inbox, and not everybody.
    look = partial(_each_passes_by, tx, batch, around, passes_by)
    return await attempt(around.journal, Place.RECEIVE, look) is True


async def _each_passes_by(tx: Transaction, batch: Batch, around: Surroundings, passes_by: PassesBy) -> bool:
    knowledge = around.knowledge()
    for each in batch.incoming:
        if not passes_by(each, await room_of(tx, each, knowledge)):
            return False
    return True


async def _write_down(tx: Transaction, batch: Batch, now: Millis, *, decided: bool) -> bool:
    """Returns whether anybody has to look."""
    followed = await ledger.follow_clock(tx, now)
    new = await ledger.take(tx, batch, now, decided=decided)
    given_up = await ledger.give_up_waiting(tx, now)
    moved = batch.changed or any(isinstance(each, Membership) for each in batch.incoming)
    hurried = await outbox.hurry(tx) if moved else False
    return bool(new or given_up or hurried or followed)


async def read_again(around: Surroundings) -> bool:
    """Messages whose key was not there: perhaps it is now. Returns whether nobody could tell."""
    left = False
    async with around.database.transaction() as tx:
        waiting = await ledger.undecrypted(tx)
    for undecrypted in waiting:
        message = await _read(around, undecrypted)
        left |= isinstance(message, TryAgainLater)
        if message is not None and not isinstance(message, TryAgainLater):
            async with around.database.transaction() as tx:
                await ledger.can_be_read(tx, undecrypted.event, message, around.clock.now())
            around.bells.inbox.ring()
            # Where nothing is planned, what is deleted still has to be overwritten.
            around.bells.outbox.ring()
    return left


async def _read(around: Surroundings, undecrypted: Undecrypted) -> Incoming | TryAgainLater | None:
    try:
        return await around.chat.read_again(undecrypted)
    except TryAgainLater as later:
        return later
