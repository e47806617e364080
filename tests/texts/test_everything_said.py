"""Promises about every sentence the bot decides to say: it has all its words, and no phrase is never said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

from msgspec.structs import replace

import bot.core
from bot.core.audience import Role
from bot.core.decide import decide
from bot.core.effects import Decision, Effect, Plan, SayInRoom, SayPrivately, TellSupporters, WhisperInRoom
from bot.core.model import CommandName, EventId, Language, RoomKind, Trust, Unsafe
from bot.core.phrases import Phrase
from bot.core.results import Done, Held, Refusal, Refused, Result, Told, Why
from bot.core.view import CaseView, View
from bot.texts.catalogue import Shipped
from bot.texts.voice import Voice
from tests.core.test_cases import STATES, supporters, worker
from tests.core.test_commands import EVERYONE, WORDINGS, being
from tests.core.world import ATLAS, CHAT, FALLBACK, MIA, NOW, NYC, VIEW, came_of, in_chat, in_lobby, on

VOICE = Voice(Shipped(), lambda: ATLAS, lambda: VIEW.library, VIEW.desk, lambda: date(2026, 11, 22))
POSTS = tuple(
    f"{tag} {city} {words}"
    for tag, city, words in product(
        ("#swshelp", "#swsdoxx", "#swsdanger", "#swsharassment", "#swsfyi", "#swssupporter"),
        ("", "#nyc", "#nyc #newark", "#boston", "#bostn", "#atlantis"),
        ("", "call 212-555-0187"),
    )
)


def outcomes(plan: Plan) -> Iterator[tuple[Result, ...]]:
    """Everything that can come of a plan, all its steps alike."""
    for way in range(4):
        yield tuple(_result(step, way) for step in plan.steps)


def _result(step: object, way: int) -> Result:
    if not isinstance(step, TellSupporters):
        return Done() if way % 2 else Refused(Why.FORBIDDEN)
    refused = tuple(Refusal(room, Unsafe.STRANGER) for room in step.rooms)
    if way == 0 or (way == 1 and not step.rooms):
        return Held(step.card.case, refused)
    if way == 1:
        return Told(step.card.case, step.rooms[0], EventId("$card"), fallback=False)
    return Told(step.card.case, FALLBACK, EventId("$card"), fallback=True, refused=refused)


def aftermath(decision: Decision, view: View, depth: int = 2) -> Iterator[Decision]:
    """A decision, and all that is decided on what can come of it."""
    yield decision
    for plan in decision.plans if depth else ():
        if plan.origin is not None:
            for results, later in product(outcomes(plan), (False, True)):
                yield from aftermath(decide(came_of(plan, *results, later=later), view), view, depth - 1)


def everything() -> Iterator[Decision]:
    rooms = (in_lobby(NYC), in_lobby(), in_chat(), replace(in_lobby(), fallback=None))
    for view, words, trust in product(rooms, POSTS, (Trust.SIGNED, Trust.PLAIN, Trust.CHANGED)):
        yield from aftermath(on(view, words, trust), view)
    for state, words in product(STATES, (*WORDINGS.values(), "!cases mine", "yes thanks", "he is back")):
        for view in (supporters(state), worker(state)):
            yield from aftermath(on(view, words), view)
    for name, roles, kind in product(CommandName, EVERYONE, RoomKind):
        for wording in (
            WORDINGS[name],
            f"!{name}",
            f"!{name} bostn",
            f"!{name} list",
            f"!{name} off",
            f"!{name}x",
        ):
            yield from aftermath(on(being(roles, kind), wording), being(roles, kind))


def _is_said(step: Effect, language: Language) -> bool:
    match step:
        case SayInRoom():
            assert VOICE.spoken(step.lines, language).blocks
        case SayPrivately() | WhisperInRoom():
            assert VOICE.whispered(step.lines, language).blocks
        case TellSupporters():
            case = CaseView(step.card, MIA, NOW, CHAT, EventId("$1"), None, None)
            assert VOICE.card(case, language).blocks
        case _:
            return False
    return True


def test_every_sentence_that_is_decided_on_can_be_said_in_every_language() -> None:
    said = 0
    for decision in everything():
        for plan in decision.plans:
            for step in plan.steps:
                said += sum(_is_said(step, language) for language in Language)
    assert said > 1000


def test_no_phrase_is_kept_that_nothing_says() -> None:
    folder = Path(bot.core.__file__).parent.parent
    code = "\n".join(each.read_text() for each in folder.rglob("*.py") if each.name != "phrases.py")
    unsaid = [
        each.name
        for each in Phrase
        if f"Phrase.{each.name}" not in code and not each.name.startswith("COMMAND_")
    ]
    assert unsaid == []


def test_everybody_in_the_table_of_roles_is_tried() -> None:
    assert {role for roles in EVERYONE for role in roles} == set(Role)
