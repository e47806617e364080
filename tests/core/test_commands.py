"""Promises about commands: found despite typing errors, allowed by one table, and never without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import pytest
from msgspec.structs import replace

from bot.core.audience import TABLE as RIGHTS
from bot.core.audience import Role
from bot.core.changes import NoteAct, SetRoom
from bot.core.commands import TABLE, WORDS, nearest
from bot.core.commands.command import Asked
from bot.core.decide import decide, questions
from bot.core.effects import Decision, SayInRoom, SayPrivately, WhisperInRoom
from bot.core.limits import ALLOWED, Limit
from bot.core.model import CommandName, Language, Power, RoomKind, Trust
from bot.core.parse import read
from bot.core.phrases import Phrase
from bot.core.view import FactsOf, PowerOf, Question, RoomView, View
from tests.core.world import (
    CHAT,
    LOBBY,
    MIA,
    NOW,
    NYC,
    NYC_ROOM,
    SAFE,
    VIEW,
    effects,
    in_chat,
    in_lobby,
    in_team,
    names,
    on,
    phrases,
    says,
)

ROOMS = {RoomKind.COMMUNITY: LOBBY, RoomKind.SUPPORTER: NYC_ROOM, RoomKind.PRIVATE: CHAT}
WORDINGS = {
    CommandName.MENU: "!menu",
    CommandName.ABOUT: "!about",
    CommandName.RESOURCES: "!resources",
    CommandName.MORE: "!more",
    CommandName.CITY: "!city nyc",
    CommandName.LANGUAGE: "!language en",
    CommandName.GUARD: "!guard strict",
    CommandName.ROOMCHECK: "!roomcheck",
    CommandName.SERVE: "!serve nyc",
    CommandName.SUPPORTERS: "!supporters add @new:example.org",
    CommandName.TRUST: "!trust @ada:example.org",
    CommandName.CONFIRM: "!confirm calm-maple",
    CommandName.DECLINE: "!decline calm-maple",
    CommandName.STATUS: "!status",
    CommandName.REPLY: "!reply take care",
    CommandName.CLAIM: "!claim amber-heron",
    CommandName.RELEASE: "!release amber-heron",
    CommandName.HANDOFF: "!handoff @ada:example.org",
    CommandName.CLOSE: "!close amber-heron",
    CommandName.REOPEN: "!reopen amber-heron",
    CommandName.NOTE: "!note wants no calls",
    CommandName.CASES: "!cases",
    CommandName.POSTPONE: "!postpone",
    CommandName.WITHDRAW: "!withdraw",
    CommandName.FORGET: "!forget",
    CommandName.WHATDOYOUKNOW: "!whatdoyouknow",
    CommandName.SEND: "!send",
    CommandName.CHECKIN: "!checkin 90m #nyc ask for me at the hotel",
    CommandName.FINE: "!fine",
    CommandName.SHARE: "!share nobody",
    CommandName.AVAILABLE: "!available en es",
    CommandName.AWAY: "!away",
    CommandName.SNIPPETS: "!snippets danger",
    CommandName.WHO: "!who @sol:example.org",
    CommandName.ALERT: "!alert nyc keep away from the blue car by the bridge",
    CommandName.APPROVE: "!approve blue-otter",
    CommandName.RETRACT: "!retract blue-otter",
}
EVERYONE = [frozenset(some) for count in range(len(Role) + 1) for some in combinations(Role, count)]
CHANGING = ("SetRoom", "SetAlias", "AskServe", "SettleServe", "StopServing", "ChangeRoster", "TrustAgain")


def being(roles: frozenset[Role], kind: RoomKind) -> View:
    """A view in which the sender is exactly this, in a room of this kind."""
    room, admin = ROOMS[kind], Power.ADMIN if Role.ROOM_ADMIN in roles else Power.MEMBER
    person = MIA if kind is RoomKind.PRIVATE else None
    answers: dict[Question, object] = {PowerOf(room, MIA): admin, FactsOf(room): SAFE}
    rosters = dict(VIEW.rosters)
    if Role.SUPPORTER in roles:
        rosters[room] = rosters.get(room, frozenset()) | {MIA}
    stewards = (*VIEW.stewards, *((MIA,) if Role.STEWARD in roles else ()))
    view = replace(VIEW, room=RoomView(room, kind, person=person), answers=answers, rosters=rosters)
    return replace(view, stewards=stewards)


def everywhere() -> Iterator[tuple[CommandName, frozenset[Role], RoomKind, Trust]]:
    return product(CommandName, EVERYONE, RoomKind, Trust)


def test_every_command_has_a_row_a_wording_and_a_sentence_that_explains_it() -> None:
    assert set(TABLE) == set(CommandName) == set(WORDINGS)
    assert {Phrase(f"command.{name}") for name in CommandName} <= set(Phrase)


def test_no_word_calls_two_commands() -> None:
    words = [word for row in TABLE.values() for word in (row.name.value, *row.aliases)]
    assert len(words) == len(set(words)) == len(WORDS)


def test_every_command_as_everyone_everywhere_is_answered() -> None:
    for name, roles, kind, trust in everywhere():
        decision = on(being(roles, kind), WORDINGS[name], trust)
        assert decision.plans, (name, roles, kind, trust)


def test_every_command_changes_something_only_for_those_the_table_names() -> None:
    for name, roles, kind, trust in everywhere():
        view = being(roles, kind)
        message = says(view, WORDINGS[name], trust)
        command = read(message.body).command
        assert command is not None
        access = RIGHTS[TABLE[name].right_for(Asked(message, command, view))]
        allowed = kind in access.places and roles.issuperset(access.roles) and trust in access.trust
        changed = [c for c in decide(message, view).changes if type(c).__name__ in CHANGING]
        assert allowed or not changed, (name, roles, kind, trust)


@pytest.mark.parametrize("kind", RoomKind)
def test_a_forged_command_never_changes_anything(kind: RoomKind) -> None:
    for name, trust in product(CommandName, (Trust.INJECTED, Trust.UNBOUND, Trust.CHANGED)):
        decision = on(being(frozenset(Role), kind), WORDINGS[name], trust)
        assert not [c for c in decision.changes if type(c).__name__ in CHANGING], (name, trust)


@pytest.mark.parametrize("power", [Power.MEMBER, Power.ABSENT, Power.UNKNOWN])
def test_an_admin_removed_a_second_ago_or_not_known_to_be_one_has_no_say(power: Power) -> None:
    view = replace(in_lobby(), answers={PowerOf(LOBBY, MIA): power})
    decision = on(view, "!city nyc")
    assert not [c for c in decision.changes if type(c).__name__ in CHANGING]
    assert phrases(decision) == ["POWER_UNKNOWN" if power is Power.UNKNOWN else "ONLY_ROOM_ADMINS"]


# -- what is asked of the homeserver ----------------------


@pytest.mark.parametrize("words", ["!resources legal", "!menu", "hello", "#swsdoxx #nyc", "!city list"])
def test_most_things_ask_the_homeserver_nothing(words: str) -> None:
    assert questions(says(in_lobby(NYC), words), in_lobby(NYC)) == ()


def test_power_is_asked_for_where_it_matters_and_only_there() -> None:
    assert questions(says(in_lobby(), "!city nyc"), in_lobby()) == (PowerOf(LOBBY, MIA),)
    assert questions(says(in_chat(), "!city nyc"), in_chat()) == ()
    assert questions(says(in_lobby(), "!serve nyc"), in_lobby()) == (PowerOf(LOBBY, MIA), FactsOf(LOBBY))


def test_an_edited_command_asks_nothing() -> None:
    message = replace(says(in_lobby(), "!city nyc"), edits=says(in_lobby(), "").id)
    assert questions(message, in_lobby()) == ()


# -- wrong ways to ask ----------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("resorces", CommandName.RESOURCES),
        ("ressource", CommandName.RESOURCES),
        ("citys", CommandName.CITY),
        ("romcheck", CommandName.ROOMCHECK),
        ("statsu", CommandName.STATUS),
    ],
)
def test_a_typing_error_is_answered_with_the_command_meant(typed: str, meant: CommandName) -> None:
    assert nearest(typed) is meant
    (step,) = effects(on(in_lobby(NYC), f"!{typed}"))
    assert isinstance(step, SayInRoom)
    assert (step.lines[0].phrase, step.lines[0].commands) == (Phrase.COMMAND_NEAREST, (meant,))


@pytest.mark.parametrize("typed", ["weather", "karma", "ban", "giphy", "kick"])
def test_another_bots_command_in_a_community_room_is_not_ours_to_answer(typed: str) -> None:
    assert on(in_lobby(NYC), f"!{typed} now") == Decision()


@pytest.mark.parametrize("view", [in_chat(), in_team()])
def test_elsewhere_an_unknown_command_is_answered_with_the_menu(view: View) -> None:
    assert phrases(on(view, "!xyzzy")) == ["COMMAND_UNKNOWN"]


def test_a_command_in_the_wrong_room_says_where_it_works() -> None:
    assert phrases(on(in_chat(), "!city nyc")) == ["ONLY_IN_COMMUNITY"]
    assert phrases(on(in_lobby(), "!status")) == ["ONLY_IN_PRIVATE"]
    assert phrases(on(in_lobby(), "!reply hi")) == ["ONLY_IN_SUPPORTER_ROOM"]
    assert phrases(on(in_chat(), "!serve nyc")) == ["NOT_IN_PRIVATE"]


def test_a_steward_without_encryption_is_sent_to_an_encrypted_chat() -> None:
    view = being(frozenset({Role.STEWARD}), RoomKind.PRIVATE)
    assert "ONLY_ENCRYPTED" in phrases(on(view, "!confirm calm-maple", Trust.PLAIN))


def test_an_admin_with_an_unverified_device_is_told_privately_how_to_verify_it() -> None:
    view = being(frozenset({Role.ROOM_ADMIN}), RoomKind.COMMUNITY)
    assert phrases(on(view, "!city nyc", Trust.UNSIGNED), SayPrivately) == ["PLEASE_VERIFY"]


def test_hints_stop_when_somebody_floods_us() -> None:
    spent = {Limit.HINT.value: tuple(NOW for _ in range(ALLOWED[Limit.HINT].count))}
    view = replace(in_team(), sender=replace(VIEW.sender, acts=spent))
    assert not effects(on(view, "!xyzzy"))


def test_a_flood_of_commands_gets_one_sentence_and_then_silence() -> None:
    full = {Limit.COMMAND.value: tuple(NOW for _ in range(ALLOWED[Limit.COMMAND].count))}
    view = replace(in_lobby(NYC), sender=replace(VIEW.sender, acts=full))
    assert phrases(on(view, "!menu")) == ["TOO_FAST"]


def test_every_command_counts_against_the_limit() -> None:
    assert NoteAct(MIA, Limit.COMMAND, NOW) in on(in_lobby(NYC), "!menu").changes


# -- the menu and what it says ----------------------


@pytest.mark.parametrize("word", ["menu", "help", "start", "ayuda"])
def test_the_menu_names_only_commands_that_work_in_that_kind_of_room(word: str) -> None:
    for view in (in_lobby(NYC), in_chat(), in_team()):
        (step,) = effects(on(view, f"!{word}"))
        assert isinstance(step, SayInRoom)
        for name in step.lines[0].commands:
            rights = {TABLE[name].right, *TABLE[name].elsewhere.values(), *TABLE[name].variants.values()}
            assert any(view.room.kind in RIGHTS[right].places for right in rights), name


def test_every_command_stands_in_some_menu_or_is_named_by_an_answer() -> None:
    steward = replace(in_chat(), stewards=(MIA,))
    named = {
        name
        for view in (in_lobby(NYC), steward, in_team())
        for step in effects(on(view, "!menu"))
        for line in getattr(step, "lines", ())
        for name in line.commands
    }
    assert set(CommandName) - named == {CommandName.MENU, CommandName.MORE, CommandName.SEND}


def test_one_command_can_be_explained() -> None:
    (step,) = effects(on(in_lobby(NYC), "!menu city"))
    assert isinstance(step, SayInRoom)
    assert (step.lines[0].phrase, step.lines[0].commands) == (Phrase.HOW_TO_USE, (CommandName.CITY,))


def test_only_stewards_see_what_stewards_can_do() -> None:
    assert "MENU_STEWARD" not in phrases(on(in_chat(), "!menu"))
    assert "MENU_STEWARD" in phrases(on(replace(in_chat(), stewards=(MIA,)), "!menu"))


def test_about_works_everywhere() -> None:
    for view in (in_lobby(NYC), in_chat(), in_team()):
        assert phrases(on(view, "!about")) == ["ABOUT"]


def test_ones_own_status_is_said_privately() -> None:
    assert phrases(on(in_chat(), "!status"), SayPrivately) == ["STATUS_NONE"]


# -- language and guard ----------------------


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("!language en", Language.EN),
        ("!language es", Language.ES),
        ("!idioma ES", Language.ES),
        ("!language xx", None),
        ("!language", None),
        ("!language en es", None),
    ],
)
def test_only_languages_with_all_words_can_be_chosen(words: str, chosen: Language | None) -> None:
    decision = on(in_chat(), words)
    assert phrases(decision) == ["LANGUAGES" if chosen is None else "LANGUAGE_SET"]
    set_ = [change.language for change in decision.changes if isinstance(change, SetRoom)]
    assert set_ == ([] if chosen is None else [chosen])


@pytest.mark.parametrize("before", Language)
@pytest.mark.parametrize("chosen", Language)
@pytest.mark.parametrize("kind", RoomKind)
def test_the_language_that_is_chosen_is_spoken_at_once(
    kind: RoomKind, chosen: Language, before: Language
) -> None:
    roles = (
        frozenset({Role.SUPPORTER, Role.ROOM_ADMIN}) if kind is not RoomKind.PRIVATE else frozenset[Role]()
    )
    view = being(roles, kind)
    view = replace(view, room=replace(view.room, chosen=before), sender=replace(view.sender, language=before))
    decision = on(view, f"!language {chosen}")
    assert phrases(decision) == ["LANGUAGE_SET"]
    assert [step.language for step in effects(decision) if isinstance(step, SayInRoom)] == [chosen]


def test_the_guard_is_set_to_one_of_its_three_levels_or_explained() -> None:
    view = being(frozenset({Role.ROOM_ADMIN}), RoomKind.COMMUNITY)
    for level in ("strict", "normal", "off"):
        decision = on(view, f"!guard {level}")
        assert phrases(decision) == ["GUARD_SET"]
        assert [change.guard for change in decision.changes if hasattr(change, "guard")] == [level]
    assert phrases(on(view, "!guard maximal")) == ["GUARD_NOW", "HOW_TO_USE"]


def test_no_answer_to_a_command_in_a_room_holds_anybodys_words() -> None:
    for name, kind in product(CommandName, RoomKind):
        for step in effects(on(being(frozenset(Role), kind), WORDINGS[name] + " canaryword")):
            if not isinstance(step, SayPrivately | WhisperInRoom):
                assert "canaryword" not in repr(step)


def test_commands_make_no_cases() -> None:
    for name in CommandName:
        assert "tell" not in names(on(being(frozenset(), RoomKind.COMMUNITY), WORDINGS[name]))
