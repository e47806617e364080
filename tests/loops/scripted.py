"""A core that decides what a test wrote down, so that the loops can be tested without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from bot.core.changes import AskServe as Ask
from bot.core.changes import Change, OpenCase, SettleServe
from bot.core.effects import Decision, Effect, Incoming, Origin, Outcome, Plan, Reason, TellSupporters
from bot.core.model import (
    Card,
    CaseName,
    Category,
    CitySlug,
    Message,
    Millis,
    RoomId,
    UserId,
)
from bot.core.results import Result
from bot.core.sensitive import Sensitive
from bot.core.view import Question, View
from bot.loops.decide import Core
from tests.stage import NYC, Stage, knowledge, stage
from tests.store.samples import full
from tests.wire import Homeserver, Room

MIA, SOL, KIM = UserId("@mia:test"), UserId("@sol:test"), UserId("@kim:test")
CASE = CaseName("amber-heron")
CARD: Card = replace(
    full(Card), case=CASE, cities=(NYC,), words=Sensitive("the words"), notes=(), categories=(Category.HELP,)
)
ORIGIN = Origin(Reason.REPORT, RoomId("!lobby"), MIA)


@dataclass
class Script:
    """What is decided about which message, and what the core was asked about."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    asks: dict[str, tuple[Question, ...]] = field(default_factory=dict)
    heard: list[Incoming] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    react: Callable[[Incoming, View], Decision] | None = None

    def questions(self, incoming: Incoming, _view: View) -> tuple[Question, ...]:
        return self.asks.get(_words(incoming), ())

    def decide(self, incoming: Incoming, view: View) -> Decision:
        decided = (
            self.react(incoming, view) if self.react else self.decisions.get(_words(incoming), Decision())
        )
        self.heard.append(incoming)
        self.views.append(view)
        return decided

    @property
    def core(self) -> Core:
        return Core(self.questions, self.decide, lambda *_: False)

    def outcomes(self) -> list[tuple[Result, ...]]:
        return [each.results for each in self.heard if isinstance(each, Outcome)]

    def words(self) -> list[str]:
        return [_words(each) for each in self.heard if isinstance(each, Message)]


def _words(incoming: Incoming) -> str:
    return incoming.body.reveal() if isinstance(incoming, Message) else ""


@dataclass
class Set:
    """A stage with a community room, and a script."""

    bot: Stage
    server: Homeserver
    lobby: Room
    script: Script
    opened: set[CaseName] = field(default_factory=set)

    async def do(self, *effects: Effect, asked: bool = True, changes: tuple[Change, ...] = ()) -> None:
        """Decide on one plan of these deeds, and carry it out as far as it goes at this hour."""
        await self.plan(Plan("plan", effects, ORIGIN if asked else None), changes=changes)

    async def plan(self, *plans: Plan, changes: tuple[Change, ...] = ()) -> None:
        """What is told is of a case: it is opened with the plan, as the core does."""
        words = f"go {len(self.server.news)}"
        self.opened.update(change.card.case for change in changes if isinstance(change, OpenCase))
        told = (step.card for plan in plans for step in plan.steps if isinstance(step, TellSupporters))
        cards = {card.case: card for card in told if card.case not in self.opened}
        cases = tuple(map(open_case, cards.values()))
        self.opened.update(cards)
        self.script.decisions[words] = Decision((*cases, *changes), plans)
        self.server.post(self.lobby, MIA, words)
        await self.bot.quiet()

    async def serves(self, room: Room, *people: UserId, cities: tuple[CitySlug, ...] = (NYC,)) -> None:
        """Make it a supporter room, with these people on its roster."""
        code = CaseName(f"code-{len(self.server.news)}")
        ask = Ask(code, room.id, cities, frozenset(people), MIA, Millis(1))
        await self.plan(changes=(ask, SettleServe(code, confirmed=True, by=MIA)))


@asynccontextmanager
async def scripted(
    folder: Path, fallback: RoomId | None = None, width: int = 8, server: Homeserver | None = None
) -> AsyncIterator[Set]:
    server, script = server or Homeserver(), Script()
    async with stage(folder, server, knowledge(fallback=fallback), core=script.core, width=width) as bot:
        await bot.quiet()
        lobby = server.room("!lobby", MIA, SOL, encrypted=False)
        yield Set(bot, server, lobby, script)


def open_case(card: Card = CARD, person: UserId = MIA) -> OpenCase:
    return OpenCase(card, person, RoomId("!lobby"), full(OpenCase).event, Millis(5))


def tell(*rooms: Room, fallback: Room | None = None, card: Card = CARD) -> TellSupporters:
    return TellSupporters(card, tuple(room.id for room in rooms), None if fallback is None else fallback.id)


async def until(true: Callable[[], bool]) -> None:
    """Let the loops run until something has happened."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what we wait for is in a room, not in an event
            await asyncio.sleep(0.002)
