"""From outbox to Matrix: each plan's steps in order, plans side by side, every result written down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final, final

from msgspec import Struct

from bot.core.effects import SayInRoom, SayPrivately, TellSupporters, WhisperInRoom
from bot.core.model import Millis
from bot.core.results import Carried, Done, Held, Result, Told
from bot.loops.deeds import Deeds
from bot.loops.ladder import NotYet
from bot.loops.order import Rank, rank
from bot.loops.pace import WIDEST, Pace
from bot.loops.patience import FIRST, LISTENING, LONGEST, LONGEST_ASKED, back_off
from bot.loops.supervise import Failure, Place, attempt
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import TryAgainLater
from bot.store import outbox
from bot.store.database import Kept, Transaction
from bot.store.outbox import Due, Filed, WaitsFor

SAYINGS: Final = (SayInRoom, SayPrivately, WhisperInRoom)
"""That these were said goes to disk with the next report, or when it is calm. If it is lost before, they are
said again under the same key, and the homeserver answers that it has them."""
PATIENT: Final = 8
"""So often a plan that was asked to wait is among the first when the wait is over."""
LONGEST_WHILE_HELD: Final = Millis(2 * 60 * 1000)
CALM: Final = Millis(1_000)
LONGEST_UNCALM: Final = Millis(30_000)
"""So long at most deleted words stand in the journal file, however much there is to do."""
_NEVER: Final = Millis(0)


class _Round(Struct):
    """One go at a plan."""

    filed: Filed
    keys: Sequence[Key]
    """One for each step."""
    stopped: bool = False
    hopeful: bool = False
    after: Millis | None = None

    @property
    def held(self) -> bool:
        return self.hopeful or any(isinstance(each, Held) for each in self.filed.results.values())


async def deliver(around: Surroundings) -> None:
    """Until stopped; what is in hand then is finished first."""
    deliverer = Deliverer(around)
    async with asyncio.TaskGroup() as group:
        while not around.bells.stopping:
            await deliverer.start(group)
            await deliverer.rest()


@final
class Deliverer:
    """Picks plans that are due and carries them out."""

    def __init__(self, around: Surroundings, widest: int = WIDEST) -> None:
        self._around = around
        self._deeds = Deeds(around)
        self._pace = Pace(widest)
        self._in_hand: set[bytes] = set()
        self._looked = _NEVER
        self._next: Millis | None = None
        """When, as it was then, the next plan is due that waits for its time."""
        self._silent = False
        self._scrubbed = _NEVER

    async def start(self, group: asyncio.TaskGroup) -> int:
        """Begin as many plans as the pace allows. Returns how many; the rest waits until one ends."""
        now, room = self._around.clock.now(), self._pace.width - len(self._in_hand)
        self._looked, self._next = now, None
        if room <= 0 or self._pace.calm_for(now):
            # The end of the calm, or of what is in hand, comes first.
            return 0
        async with self._around.database.transaction(Kept.WITH_THE_NEXT) as tx:
            ready = await outbox.due(tx, now, frozenset(self._in_hand), room)
            due = self._first_in_a_surge(ready, now)
            if due:
                tx.kept = Kept.NOW
                await outbox.begin(tx, due)
            if len(ready) < room:
                self._next = await outbox.next_due(tx, now)
            rounds = [(each, await self._ahead(tx, each)) for each in due]
        for each, this in rounds:
            self._in_hand.add(each.row)
            group.create_task(self._carry_out(each, this), name=Place.DELIVER)
        return len(due)

    def _first_in_a_surge(self, ready: list[Due], now: Millis) -> list[Due]:
        """All that is ready, or what must not wait for anything else."""
        for each in ready:
            if each.rank <= Rank.TELLING:
                self._pace.tells(now)
        return [each for each in ready if each.rank <= Rank.REPLY or not self._pace.surge_for(now)]

    def surge_for(self) -> Millis:
        """So much longer receipts and public words are not begun."""
        return self._pace.surge_for(self._around.clock.now())

    async def rest(self) -> None:
        """Nothing more to begin: wait. When calm, or not calm for long, deleted words are overwritten."""
        if self._around.database.stained and await self._not_calm():
            return
        await self._around.bells.outbox.heard(self._until_due())

    async def _not_calm(self) -> bool:
        """Whether to look again at once: there is work before long, or nothing could be overwritten."""
        due = self._until_due()
        soon = due is not None and due < CALM
        rang = await self._around.bells.outbox.heard(due if soon else CALM)
        now = self._around.clock.now()
        if (soon or rang) and 0 <= now - self._scrubbed < LONGEST_UNCALM:
            return True
        self._scrubbed = now
        # When it fails nothing in hand is broken off; `forget` tries it again, too.
        done = await attempt(self._around.journal, Place.DELIVER, self._around.database.scrub)
        return soon or rang or done is False

    def _until_due(self) -> Millis | None:
        ends = [] if self._next is None else [self._next]
        if surge := self._pace.surge_for(self._looked):
            ends.append(Millis(self._looked + surge))
        due = min(ends, default=None)
        if calm := self._pace.calm_for(self._looked):
            due = Millis(self._looked + calm)
        return None if due is None else Millis(max(0, due - self._around.clock.now()))

    async def _ahead(self, tx: Transaction, due: Due) -> _Round | None:
        """Where its messages may stand from now on is on disk before anything is sent."""
        this = await attempt(self._around.journal, Place.DELIVER, partial(self._opened, tx, due))
        if isinstance(this, Failure):
            return None
        for step, key in enumerate(this.keys):
            if not this.filed.finished(step):
                await key.expect(tx)
        return this

    async def _opened(self, tx: Transaction, due: Due) -> _Round:
        filed = await outbox.opened(tx, due)
        return _Round(filed, [Key(filed, step, self._around) for step in range(len(filed.plan.steps))])

    async def _carry_out(self, due: Due, this: _Round | None) -> None:
        try:
            done = await attempt(self._around.journal, Place.DELIVER, partial(self._go, due, this))
            if isinstance(done, Failure):
                until = self._around.clock.now() + back_off(due.tries, self._around.randomness.jitter())
                async with self._around.database.transaction() as tx:
                    await outbox.postpone(tx, due, Millis(until), WaitsFor.ANSWERS)
        finally:
            self._in_hand.discard(due.row)
            self._around.bells.outbox.ring()

    async def _go(self, due: Due, this: _Round | None) -> None:
        """Every step that can be taken now. A step waits for those before it; tellings wait for nobody."""
        if this is None:
            # Once more: what is wrong with it is for `attempt` to say.
            async with self._around.database.transaction() as tx:
                this = await self._opened(tx, due)
        for step, effect in enumerate(this.filed.plan.steps):
            if not this.filed.finished(step) and (not this.stopped or isinstance(effect, TellSupporters)):
                await self._step(this, step)
        if not this.filed.over:
            await self._postpone(this)

    async def _step(self, this: _Round, step: int) -> None:
        key = this.keys[step]
        try:
            result = await self._deeds.do(this.filed.plan.steps[step], key)
        except TryAgainLater as later:
            this.stopped, this.after = True, max(this.after or Millis(0), later.after or Millis(0))
            self._around.journal.event("try_again_later", loop=Place.DELIVER, after=later.after or 0)
            return
        except NotYet:
            this.stopped = this.hopeful = True
            return
        now = self._around.clock.now()
        async with self._around.database.transaction() as tx:
            this.filed = await outbox.record(tx, this.filed, step, result, now)
            if this.filed.finished(step):
                await key.over(tx)
            settled = await outbox.settle(tx, this.filed, now, passed=False)
            this.filed = settled.filed
            if settled.news:
                # Before it is on disk, so that it goes there with what is decided on it.
                self._around.bells.inbox.ring()
            elif settled.filed.over and isinstance(this.filed.plan.steps[step], SAYINGS):
                tx.kept = Kept.WITH_THE_NEXT
            if self._silent:
                await outbox.answered_again(tx, now)
                self._silent = False
        self._sent(result, now)
        self._around.journal.event(type(result).__name__.lower(), plan=this.filed.row.hex(), step=step)

    def _sent(self, result: Result, now: Millis) -> None:
        self._pace.faster()
        if isinstance(result, Told | Carried | Done) and result.room is not None:
            self._pace.took(now)
            if isinstance(result, Told):
                self._around.ahead.after((result.room,))
            else:
                self._around.ahead.said(result.room)

    async def _postpone(self, this: _Round) -> None:
        """Something is left to do: the longer it has been tried, the later."""
        now, held = self._around.clock.now(), this.held
        pause = _pause(this, self._around.randomness.jitter())
        self._silent |= this.stopped and not this.after
        if this.after:
            self._pace.slower(Millis(now + max(FIRST, min(this.after, LONGEST_ASKED))))
        async with self._around.database.transaction() as tx:
            this.filed = (await outbox.settle(tx, this.filed, now, passed=True)).filed
            if this.after:
                await outbox.refused(tx, this.filed.due)
            await outbox.postpone(tx, this.filed.due, Millis(now + pause), _waits_for(this, held=held))
            for key in this.keys:
                await key.put_off(tx)
        self._around.bells.inbox.ring()


def _pause(this: _Round, jitter: float) -> Millis:
    """How long until the next go."""
    tries = this.filed.due.tries
    if this.held and not this.stopped:
        return back_off(tries + 3, jitter, most=LONGEST_WHILE_HELD)
    if this.after and tries < PATIENT:
        # All that wait come back at once, so that the most pressing goes first.
        return max(FIRST, min(this.after, LONGEST_ASKED))
    if this.after:
        # Asked so often, a homeserver may mean more than it says; but somebody waits for this.
        return back_off(tries - PATIENT, jitter, most=LISTENING, asked=this.after)
    # Somebody waits for words of people. A homeserver that fails now and then must not make it minutes.
    spoken = rank(this.filed.plan) <= Rank.REPLY
    return back_off(tries, jitter, most=LISTENING if spoken else LONGEST)


def _waits_for(this: _Round, *, held: bool) -> WaitsFor:
    if this.after:
        return WaitsFor.TIME
    return WaitsFor.CHANGE if held else WaitsFor.ANSWERS
