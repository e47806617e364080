"""Promises about who may do what: every wording of every command, as everyone, everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from msgspec.structs import replace

from bot.core.audience import TABLE as RIGHTS
from bot.core.audience import Access, Role
from bot.core.changes import NoteAct
from bot.core.commands import TABLE, takes_as_words
from bot.core.commands.command import Asked
from bot.core.decide import decide, questions
from bot.core.effects import Decision, SayInRoom, SayPrivately
from bot.core.model import Message, Power, RoomKind, Trust, UserId
from bot.core.parse import read
from bot.core.view import FactsOf, PersonView, PowerOf, View
from tests.core.test_commands import EVERYONE, WORDINGS, being
from tests.core.world import ADA, EVE, ME, MIA, SAFE, phrases, says

VARIANTS = (
    *WORDINGS.values(),
    "!city",
    "!city list",
    "!city off",
    "!city alias nyc bigapple",
    "!serve",
    "!serve off",
    "!roomcheck fix",
    "!guard off",
    "!supporters",
    "!supporters remove @ada:example.org",
    "!resources wrong one",
    "!menu city",
)
PEOPLE: dict[str, frozenset[Role]] = {
    "a worker or a stranger": frozenset(),
    "a supporter": frozenset({Role.SUPPORTER}),
    "a room admin": frozenset({Role.ROOM_ADMIN}),
    "a steward": frozenset({Role.STEWARD}),
    "a supporter who is room admin": frozenset({Role.SUPPORTER, Role.ROOM_ADMIN}),
}
POWERLESS = (Power.MEMBER, Power.ABSENT, Power.UNKNOWN)
"""What an admin is after they were put out, left, or when nobody answers."""


def access(message: Message, view: View) -> Access:
    command = read(message.body).command
    assert command is not None
    row = next(row for row in TABLE.values() if command.name.key in (row.name.value, *row.aliases))
    return RIGHTS[row.right_for(Asked(message, command, view))]


def everywhere(words: str, roles: frozenset[Role]) -> Iterator[tuple[Message, View, bool]]:
    for kind, encrypted, trust in product(RoomKind, (True, False), Trust):
        view = being(roles, kind)
        view = replace(view, room=replace(view.room, encrypted=encrypted))
        message = says(view, words, trust)
        command = read(message.body).command
        if command is not None and takes_as_words(command, view):
            continue  # a supporter's command in a private chat is somebody's own words: their report
        needed = access(message, view)
        yield message, view, kind in needed.places and roles >= set(needed.roles) and trust in needed.trust


def does(decision: Decision) -> list[object]:
    """Everything but answering and counting."""
    acts = [change for change in decision.changes if not isinstance(change, NoteAct)]
    steps = (step for plan in decision.plans for step in plan.steps)
    return acts + [step for step in steps if not isinstance(step, (SayInRoom, SayPrivately))]


@pytest.mark.parametrize("words", VARIANTS)
@pytest.mark.parametrize("person", PEOPLE)
def test_nothing_is_done_for_whom_the_table_does_not_name_and_nobody_else_is_written_to(
    person: str, words: str
) -> None:
    for message, view, allowed in everywhere(words, PEOPLE[person]):
        decision = decide(message, view)
        if allowed:
            continue
        assert does(decision) == [], (view.room, message.trust)
        for plan in decision.plans:
            for step in plan.steps:
                here = isinstance(step, SayInRoom) and step.room == message.room
                assert here or (isinstance(step, SayPrivately) and step.person == message.sender)


@pytest.mark.parametrize("words", VARIANTS)
@pytest.mark.parametrize("power", POWERLESS)
def test_an_admin_who_is_none_any_more_does_nothing_that_takes_one(power: Power, words: str) -> None:
    for message, view, _ in everywhere(words, frozenset({Role.ROOM_ADMIN})):
        now = replace(view, answers={**view.answers, PowerOf(message.room, message.sender): power})
        if Role.ROOM_ADMIN in access(message, view).roles:
            assert does(decide(message, now)) == [], (view.room, message.trust)


@pytest.mark.parametrize("words", VARIANTS)
def test_the_bot_obeys_itself_nowhere(words: str) -> None:
    for message, view, _ in everywhere(words, frozenset(Role)):
        ours = replace(view, sender=PersonView(ME), stewards=(*view.stewards, ME))
        said = replace(message, sender=ME)
        assert decide(said, ours) == Decision()
        assert all(isinstance(question, FactsOf) for question in questions(said, ours))


@pytest.mark.parametrize("words", VARIANTS)
def test_nobody_borrows_another_persons_power(words: str) -> None:
    """Mia is everything there is; Eve, of whom nobody answered anything, sends the same words."""
    for message, view, _ in everywhere(words, frozenset(Role)):
        theirs = replace(view, sender=PersonView(EVE))
        if access(message, view).roles:
            assert does(decide(replace(message, sender=EVE), theirs)) == [], (view.room, message.trust)


def test_power_is_asked_of_the_room_and_the_person_of_the_message_and_of_no_other() -> None:
    for words in VARIANTS:
        for message, view, _ in everywhere(words, frozenset({Role.ROOM_ADMIN})):
            asked = [each for each in questions(message, view) if isinstance(each, PowerOf)]
            assert all((each.room, each.person) == (message.room, message.sender) for each in asked)


def test_the_people_of_these_tests_are_different_people() -> None:
    assert len({MIA, EVE, ADA, ME, UserId("")}) == 5
    assert SAFE.encrypted


# -- the same, written out by hand ---------------------------------------------------------------------------

COMMUNITY, SUPPORTERS, PRIVATE = (frozenset({kind}) for kind in ("COMMUNITY", "SUPPORTER", "PRIVATE"))
ANYBODY, SUPPORTER, ADMIN, STEWARD = (
    frozenset(some) for some in ((), ("SUPPORTER",), ("ROOM_ADMIN",), ("STEWARD",))
)
ANYHOW = frozenset({"PLAIN", "SIGNED", "UNSIGNED", "CHANGED", "INJECTED", "UNBOUND"})
NOT_FORGED = frozenset({"PLAIN", "SIGNED", "UNSIGNED"})
SURE, SURE_OR_PLAIN = frozenset({"SIGNED"}), frozenset({"PLAIN", "SIGNED"})
QUESTIONS = (
    *("!menu", "!menu city", "!about", "!resources", "!resources wrong one", "!more"),
    *("!city list", "!supporters"),
)
Rule = tuple[frozenset[str], frozenset[str], frozenset[str], tuple[str, ...]]
BY_HAND: tuple[Rule, ...] = (
    (COMMUNITY | SUPPORTERS, ANYBODY, ANYHOW, QUESTIONS),
    (PRIVATE, ANYBODY, NOT_FORGED | {"CHANGED"}, QUESTIONS),
    (
        *(PRIVATE, ANYBODY, NOT_FORGED),
        (
            *("!status", "!send", "!checkin 90m #nyc ask for me at the hotel", "!fine", "!share nobody"),
            *("!withdraw", "!forget", "!whatdoyouknow", "!who @sol:example.org", "!language en"),
        ),
    ),
    (
        *(COMMUNITY, ADMIN, SURE_OR_PLAIN),
        ("!city", "!city nyc", "!city off", "!city alias nyc bigapple", "!guard strict", "!guard off"),
    ),
    (
        *(COMMUNITY | SUPPORTERS, ADMIN, SURE_OR_PLAIN),
        ("!language en", "!roomcheck", "!roomcheck fix", "!serve", "!serve nyc"),
    ),
    (SUPPORTERS, ADMIN, SURE_OR_PLAIN, ("!serve off",)),
    (
        *(SUPPORTERS, SUPPORTER | ADMIN, SURE),
        ("!supporters add @new:example.org", "!supporters remove @ada:example.org"),
    ),
    (
        *(SUPPORTERS, SUPPORTER, SURE),
        (
            *("!trust @ada:example.org", "!reply take care", "!claim amber-heron", "!release amber-heron"),
            *("!handoff @ada:example.org", "!close amber-heron", "!reopen amber-heron"),
            *("!note wants no calls", "!cases", "!postpone", "!available en es", "!away"),
            *("!snippets danger", "!approve blue-otter", "!retract blue-otter"),
            "!alert nyc keep away from the blue car by the bridge",
        ),
    ),
    (PRIVATE, STEWARD, SURE, ("!confirm calm-maple", "!decline calm-maple", "!trust @ada:example.org")),
)
"""In which rooms, by whom (all of these roles at once), how sure we must be that it is them, and what."""
DENIALS = {
    *("ONLY_IN_PRIVATE", "ONLY_IN_COMMUNITY", "ONLY_IN_SUPPORTER_ROOM", "NOT_IN_PRIVATE"),
    *("ONLY_SUPPORTERS", "ONLY_ROOM_ADMINS", "ONLY_STEWARDS", "ONLY_ENCRYPTED"),
    *("AGAIN_NOT_ENCRYPTED", "AGAIN_NOT_BOUND", "AGAIN_IDENTITY_CHANGED", "PLEASE_VERIFY"),
}
OF_THE_ROOM = {"ENCRYPTED_FROM_NOW_ON", "NOT_ENCRYPTED_HERE"}
"""Said of a private chat without encryption, whatever was asked there."""
WORDS_BY_HAND = sorted({words for *_, some in BY_HAND for words in some})


def allows(rule: Rule, words: str, kind: RoomKind, held: frozenset[Role], trust: Trust) -> bool:
    places, needed, trusts, some = rule
    roles = {role.name for role in held}
    return words in some and kind.name in places and needed <= roles and trust.name in trusts


def test_every_wording_stands_in_the_table_that_is_written_by_hand() -> None:
    assert set(WORDS_BY_HAND) == set(VARIANTS)


@pytest.mark.parametrize("words", WORDS_BY_HAND)
def test_a_command_is_denied_in_words_to_everybody_else_and_to_nobody_who_may(words: str) -> None:
    for held in EVERYONE:
        for message, view, _ in everywhere(words, held):
            case = (view.room, sorted(role.name for role in held), message.trust)
            said = set(phrases(decide(message, view))) - OF_THE_ROOM
            if any(allows(rule, words, view.room.kind, held, message.trust) for rule in BY_HAND):
                assert not DENIALS & said, case
            else:
                assert len(said) == 1, case
                assert said <= DENIALS, case
