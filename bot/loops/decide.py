"""From inbox to outbox: each thing that came in is decided on and planned in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, assert_never

from msgspec import Struct

from bot.core.arrivals import roster_timer
from bot.core.changes import (
    Agree,
    Change,
    ChangeRoster,
    PlaceCase,
    SetRoom,
    SetTimer,
    SettleServe,
    TakeRoster,
    TimerKind,
    TrustAgain,
)
from bot.core.effects import Decision, Incoming, TellSupporters
from bot.core.model import Message, Millis, Trust
from bot.core.view import FactsOf, KeptOf, PowerOf, Question, RoomView, View
from bot.loops import sources
from bot.loops.looking import listed, look, room_of
from bot.loops.order import lane, rank
from bot.loops.patience import back_off
from bot.loops.supervise import Failure, Place, attempt
from bot.loops.surroundings import Surroundings
from bot.ports import Forbidden, Gone, TryAgainLater
from bot.store import about, ledger, outbox, people, rooms, timers
from bot.store.changes import write_down
from bot.store.database import Kept, Transaction
from bot.store.ledger import Opened, Waiting

ASKED_ENOUGH: Final = 5
"""So often an unanswered question is asked; then the core decides without the answer."""
ANSWER_WITHIN: Final = 10.0
HOPEFUL: Final = (SetRoom, SettleServe, TakeRoster, ChangeRoster, TrustAgain, PlaceCase, Agree)
"""Changes after which what is held may go out."""


TURNS: Final = 2
"""Of the loop, until what is done ahead has asked."""


class Core(Struct, frozen=True):
    """The front door of `bot.core.decide`."""

    questions: Callable[[Incoming, View], tuple[Question, ...]]
    decide: Callable[[Incoming, View], Decision]
    passes_by: Callable[[Incoming, RoomView], bool]


class _Decided(Struct, frozen=True):
    """What was done in one transaction, and what has to be done after it."""

    changes: tuple[Change, ...] = ()
    asking: tuple[Waiting, ...] = ()
    """What cannot be decided before the homeserver was asked something."""


async def decide(around: Surroundings, core: Core) -> None:
    """Until stopped."""
    await look_for_rosters(around)
    while not around.bells.stopping:
        began = around.clock.now()
        decided = await once(around, core)
        left, until_next = await _what_is_left(around, began)
        if not (decided and left):
            await around.bells.inbox.heard(until_next)


async def look_for_rosters(around: Surroundings) -> None:
    """Rooms may have been listed since the last run, with the bot in them already."""
    async with around.database.transaction() as tx:
        now, standing = around.clock.now(), await rooms.standing(tx)
        for room in sorted(listed(around.knowledge()) - standing.rosters.keys()):
            await timers.set_timer(tx, SetTimer(roster_timer(room), TimerKind.ROSTER, now, room), now)


async def _what_is_left(around: Surroundings, began: Millis) -> tuple[bool, Millis | None]:
    """Whether something is due that was not decided on in this round, and how long until something else is.

    What came due while we looked is due since we began to look.
    """
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        left, due = await ledger.left(tx, began)
    return left, None if due is None else Millis(max(0, due - around.clock.now()))


async def once(around: Surroundings, core: Core) -> bool:
    """One round. Returns whether there was anything to decide."""
    # What is written down here, and what just came, is on disk with the decision.
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        await timers.come_due(tx, around.clock.now())
        ready = await ledger.ready(tx, around.clock.now())
    if not ready:
        return False
    done = await attempt(around.journal, Place.DECIDE, partial(_together, around, core, ready))
    if isinstance(done, Failure):
        await _one_by_one(around, core, ready)
    elif done.asking:
        await _behind(around, core, ready, done.asking)
        # One question a round: a danger report that comes in meanwhile does not queue behind a slow server.
        await _one_by_one(around, core, list(done.asking[:1]))
    return True


async def _behind(around: Surroundings, core: Core, page: list[Waiting], asking: tuple[Waiting, ...]) -> None:
    """What has to be asked about hides nothing that came after it, however much of it there is."""
    while len(page) == ledger.AT_ONCE:
        async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
            page = await ledger.ready(tx, around.clock.now(), after=page[-1].seq)
        lanes = {each.lane for each in asking}
        ready = [each for each in page if each.lane not in lanes]
        more = await attempt(around.journal, Place.DECIDE, partial(_together, around, core, ready))
        if isinstance(more, Failure):
            return  # it is one of those that are decided one by one, as soon as its turn comes
        asking = (*asking, *more.asking)


async def _together(around: Surroundings, core: Core, ready: list[Waiting]) -> _Decided:
    """Everything that needs no asking, in one transaction: after a long absence there is much of it."""
    changes: list[Change] = []
    asking: dict[bytes, Waiting] = {}
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        for waiting in ready:
            if waiting.lane in asking:
                continue
            now, opened = around.clock.now(), ledger.opened(tx, waiting)
            room = await room_of(tx, opened.incoming, around.knowledge())
            if core.passes_by(opened.incoming, room):
                # Nothing is done because of it: what a crash undoes of that, the homeserver shows again.
                await ledger.decided(tx, waiting)
                continue
            tx.kept = Kept.NOW
            view = await look(tx, opened.incoming, {}, around, now, room)
            if core.questions(opened.incoming, view):
                asking[waiting.lane] = waiting
                continue
            decision = core.decide(opened.incoming, view)
            await _look_ahead(around, decision)
            changes += await _write(tx, waiting, opened, decision, now)
            if decision.plans or decision.changes:
                # Before it is on disk, so that it goes there with what is begun of it.
                around.bells.outbox.ring()
    await _after(around, changes)
    return _Decided(tuple(changes), tuple(asking.values()))


async def _look_ahead(around: Surroundings, decision: Decision) -> None:
    """While the decision is written down, the homeserver is asked already what the telling must know."""
    tellings = (step for plan in decision.plans for step in plan.steps if isinstance(step, TellSupporters))
    first = [telling.rooms[0] for telling in tellings if telling.rooms]
    for room in first:
        around.ahead.expect(room)
    for _ in range(TURNS if first else 0):
        await asyncio.sleep(0)


async def _one_by_one(around: Surroundings, core: Core, ready: list[Waiting]) -> None:
    """Whatever fails waits, and what the same person said after it; nobody else does."""
    stuck: set[bytes] = set()
    for waiting in ready:
        if waiting.lane in stuck:
            continue
        done = await attempt(around.journal, Place.DECIDE, partial(_alone, around, core, waiting))
        if isinstance(done, Failure):
            stuck.add(waiting.lane)
            pause = back_off(waiting.tries, around.randomness.jitter(), asked=done.after)
            async with around.database.transaction() as tx:
                await ledger.postpone(tx, waiting, Millis(around.clock.now() + pause))


async def _alone(around: Surroundings, core: Core, waiting: Waiting) -> None:
    async with around.database.transaction() as tx:
        opened = ledger.opened(tx, waiting)
        view = await look(tx, opened.incoming, {}, around, around.clock.now())
    answers = await _ask(around, core.questions(opened.incoming, view), waiting.tries)
    async with around.database.transaction() as tx:
        now = around.clock.now()
        view = await look(tx, opened.incoming, answers, around, now)
        changes = await _write(tx, waiting, opened, core.decide(opened.incoming, view), now)
        around.bells.outbox.ring()
    await _after(around, changes)


async def _ask(
    around: Surroundings, questions: tuple[Question, ...], tries: int
) -> Mapping[Question, object]:
    """Answers to questions. Asked often enough in vain, a question stays without one."""
    answers: dict[Question, object] = {}
    for question in questions:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                answers[question] = await _answer(around, question)
            around.pulse.beat()
        except (Forbidden, Gone):
            continue
        except (TryAgainLater, TimeoutError) as late:
            if tries + 1 < ASKED_ENOUGH:
                raise TryAgainLater("a question about a room", getattr(late, "after", None)) from late
    return answers


async def _answer(around: Surroundings, question: Question) -> object:
    match question:
        case PowerOf():
            return await around.chat.power(question.room, question.person)
        case FactsOf():
            return await around.chat.facts(question.room)
        case KeptOf():
            async with around.database.transaction() as tx:
                return await about.kept(tx, question.person)
        case _:
            assert_never(question)


async def _write(
    tx: Transaction, waiting: Waiting, opened: Opened, decision: Decision, now: Millis
) -> tuple[Change, ...]:
    """The decision becomes true: what it changes, what it plans, and that it has been made."""
    for change in decision.changes:
        await write_down(tx, change, now)
    for plan in decision.plans:
        if plan.steps:
            await outbox.file(tx, opened.id, plan, rank(plan, opened.incoming), lane(plan), now)
    await sources.write_down(tx, opened.incoming, decision, now)
    if isinstance(opened.incoming, Message) and opened.incoming.trust is not Trust.PLAIN:
        # Who has two private chats is answered in the one they wrote in.
        await people.used_chat(tx, opened.incoming.room, now)
    if any(isinstance(change, HOPEFUL) for change in decision.changes):
        await outbox.hurry(tx)
    await ledger.decided(tx, waiting)
    return decision.changes


async def _after(around: Surroundings, changes: list[Change] | tuple[Change, ...]) -> None:
    for change in changes:
        if isinstance(change, TrustAgain):
            await around.pins.forget(change.person)
            around.bells.outbox.ring()
        elif isinstance(change, SettleServe | TakeRoster | ChangeRoster):
            around.ahead.look_anew()
