"""Promises about setting up rooms: cities, aliases, supporter rooms and their people."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.changes import AskServe, ChangeRoster, SetAlias, SetRoom, SettleServe, StopServing, TrustAgain
from bot.core.decide import questions
from bot.core.effects import RepairRoom, SayInRoom, SayPrivately
from bot.core.model import (
    CaseName,
    CitySlug,
    History,
    JoinRule,
    Power,
    RoomFacts,
    RoomId,
    Trust,
    Unsafe,
    UserId,
)
from bot.core.phrases import Whisper
from bot.core.results import Done, Refused, Why
from bot.core.view import FactsOf, PersonView, PowerOf, Question, ServeRequest, View
from tests.core.world import (
    ADA,
    BOSTON,
    CHICAGO,
    EVE,
    FALLBACK,
    LOBBY,
    ME,
    MIA,
    NAMES,
    NEWARK,
    NEWARK_ROOM,
    NYC,
    NYC_ROOM,
    ROSA,
    SAFE,
    SOL,
    came_of,
    effects,
    hears,
    in_chat,
    in_lobby,
    in_team,
    lines,
    on,
    phrases,
    plan,
    says,
)

OFFERED = RoomId("!offered:example.org")


def admin(view: View, facts: RoomFacts | None = SAFE) -> View:
    """The sender is an admin of the room, and the homeserver says what it is like (or does not)."""
    answers: dict[Question, object] = {PowerOf(view.room.room, view.sender.person): Power.ADMIN}
    if facts is not None:
        answers[FactsOf(view.room.room)] = facts
    return replace(view, answers=answers)


# -- cities ----------------------


@pytest.mark.parametrize(
    ("words", "cities"),
    [
        ("!city nyc", (NYC,)),
        ("!city #nyc", (NYC,)),
        ("!city Brooklyn", (NYC,)),
        ("!city new york city", (NYC,)),
        ("!city nyc chicago", (NYC, CHICAGO)),
        ("!city tristate", (NYC, NEWARK)),
        ("!city off", ()),
    ],
)
def test_a_room_admin_sets_the_cities_of_a_room(words: str, cities: tuple[CitySlug, ...]) -> None:
    assert SetRoom(LOBBY, cities=cities) in on(admin(in_lobby()), words).changes


def test_an_unknown_city_changes_nothing_and_the_nearest_is_suggested() -> None:
    for words in ("!city bostn", "!city nyc bostn"):
        decision = on(admin(in_lobby()), words)
        assert not [change for change in decision.changes if isinstance(change, SetRoom)]
        assert [line.near for line in lines(decision)] == [(BOSTON,)]
    assert phrases(on(admin(in_lobby()), "!city qqqqqq")) == ["CITY_UNKNOWN_HERE_SEE_LIST"]


def test_setting_a_city_without_supporters_says_where_its_calls_go() -> None:
    assert phrases(on(admin(in_lobby()), "!city boston")) == ["CITY_SET", "CITY_SET_WITHOUT_SUPPORTERS"]


def test_anyone_may_list_the_cities() -> None:
    (line,) = lines(on(in_lobby(), "!city list"))
    assert line.cities == (NYC, NEWARK, CHICAGO, BOSTON)


def test_without_arguments_the_present_state_and_the_way_are_said() -> None:
    assert phrases(on(admin(in_lobby(NYC)), "!city")) == ["CITY_NOW", "HOW_TO_USE"]
    assert phrases(on(admin(in_lobby()), "!city")) == ["CITY_NOT_SET", "HOW_TO_USE"]


def test_an_alias_is_one_more_name_for_one_city() -> None:
    decision = on(admin(in_lobby(NYC)), "!city alias nyc BigApple")
    assert SetAlias("bigapple", NYC, LOBBY) in decision.changes


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        ("!city alias nyc newark", "CITY_ALIAS_TAKEN"),
        ("!city alias chicago nус", "CITY_ALIAS_TAKEN"),
        ("!city alias nyc swsdoxx", "CITY_ALIAS_UNUSABLE"),
        ("!city alias nyc 123", "CITY_ALIAS_UNUSABLE"),
        ("!city alias atlantis foo", "CITY_UNKNOWN_HERE_SEE_LIST"),
        ("!city alias tristate foo", "CITY_UNKNOWN_HERE"),
        ("!city alias nyc", "HOW_TO_USE"),
    ],
)
def test_an_alias_that_would_mislead_is_refused(words: str, phrase: str) -> None:
    decision = on(admin(in_lobby(NYC)), words)
    assert not [change for change in decision.changes if isinstance(change, SetAlias)]
    assert phrases(decision)[0] in (phrase, "CITY_UNKNOWN_HERE_SEE_LIST")


# -- offering a room ----------------------


def test_an_offered_room_asks_every_steward_with_all_who_would_read() -> None:
    facts = replace(SAFE, joined=frozenset({ME, SOL, ADA}), invited=frozenset({EVE}))
    decision = on(admin(in_lobby(), facts), "!serve nyc")
    (request,) = [change for change in decision.changes if isinstance(change, AskServe)]
    assert request.code == NAMES[0]
    assert (request.room, request.cities, request.roster) == (LOBBY, (NYC,), frozenset({SOL, ADA, EVE}))
    (told,) = [step for step in effects(decision) if isinstance(step, SayPrivately)]
    (line,) = told.lines
    assert isinstance(line, Whisper)
    assert (told.person, line.case, set(line.people)) == (ROSA, request.code, {SOL, ADA, EVE})


def test_an_offered_room_serves_nothing_yet() -> None:
    decision = on(admin(in_lobby()), "!serve nyc")
    assert not [change for change in decision.changes if isinstance(change, SettleServe | SetRoom)]
    assert phrases(decision, SayInRoom) == ["SERVE_ASKED"]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (replace(SAFE, encrypted=False), [Unsafe.NOT_ENCRYPTED]),
        (replace(SAFE, unpinned=frozenset({SOL})), [Unsafe.IDENTITY_MISSING]),
        (replace(SAFE, replaced=True), [Unsafe.REPLACED]),
        (None, [Unsafe.UNKNOWN]),
    ],
)
def test_a_room_that_cannot_be_made_safe_by_a_setting_is_not_offered(
    facts: RoomFacts | None, why: list[Unsafe]
) -> None:
    decision = on(admin(in_lobby(), facts), "!serve nyc")
    assert not [change for change in decision.changes if isinstance(change, AskServe)]
    assert [line.unsafe for line in lines(decision) if line.unsafe] == why


def test_settings_that_can_be_repaired_afterwards_are_named_and_do_not_stop_an_offer() -> None:
    facts = replace(SAFE, history=History.SHARED, join_rule=JoinRule.PUBLIC, guests=True)
    decision = on(admin(in_lobby(), facts), "!serve nyc")
    assert [change for change in decision.changes if isinstance(change, AskServe)]
    named = [line.unsafe for line in lines(decision, SayInRoom) if line.unsafe]
    assert named == [Unsafe.NOT_INVITE_ONLY, Unsafe.HISTORY_OPEN, Unsafe.GUESTS]


def test_offering_without_a_city_or_with_an_unknown_one_is_explained() -> None:
    assert phrases(on(admin(in_lobby()), "!serve")) == ["HOW_TO_USE"]
    assert phrases(on(admin(in_lobby()), "!serve bostn")) == ["CITY_UNKNOWN_HERE"]


# -- a steward's word ----------------------


def test_a_steward_confirms_in_private_the_new_identity_of_somebody_who_is_on_no_roster() -> None:
    """A worker who had to reset their keys is otherwise not heard again for more than a year."""
    view = replace(in_chat(), sender=PersonView(ROSA), room=replace(in_chat().room, person=ROSA))
    decision = on(view, f"!trust {MIA}")
    assert TrustAgain(MIA) in decision.changes
    assert phrases(decision) == ["TRUSTED", "STEWARD_TRUSTED_BY_STEWARD"]
    assert not [change for change in on(view, f"!trust {ROSA}").changes if isinstance(change, TrustAgain)]
    for trust in set(Trust) - {Trust.SIGNED}:
        assert TrustAgain(MIA) not in on(view, f"!trust {MIA}", trust).changes


def test_nobody_else_confirms_anybody_in_private() -> None:
    decision = on(in_chat(), f"!trust {ADA}")
    assert phrases(decision) == ["ONLY_STEWARDS"]
    assert not [change for change in decision.changes if isinstance(change, TrustAgain)]


CODE = CaseName("calm-maple")
REQUEST = ServeRequest(CODE, OFFERED, (NYC,), frozenset({SOL, ADA}), ADA)


def steward(facts: RoomFacts | None = SAFE) -> View:
    answers: dict[Question, object] = {} if facts is None else {FactsOf(OFFERED): facts}
    view = replace(in_chat(), sender=PersonView(ROSA), serve_requests=(REQUEST,), answers=answers)
    return replace(view, room=replace(view.room, person=ROSA))


def test_confirming_asks_who_is_in_the_room_now() -> None:
    assert questions(says(steward(), "!confirm calm-maple"), steward()) == (FactsOf(OFFERED),)


def test_a_confirmed_room_serves_with_exactly_the_people_shown() -> None:
    decision = on(steward(), "!confirm calm-maple")
    assert SettleServe(CODE, confirmed=True, by=ROSA) in decision.changes
    assert [step.room for step in effects(decision) if isinstance(step, SayInRoom)][-1] == OFFERED


def test_when_other_people_came_meanwhile_they_are_shown_before_anything_is_confirmed() -> None:
    decision = on(steward(replace(SAFE, joined=SAFE.joined | {EVE})), "!confirm calm-maple")
    assert not [change for change in decision.changes if isinstance(change, SettleServe)]
    (again,) = [change for change in decision.changes if isinstance(change, AskServe)]
    assert (again.code, again.roster) == (CODE, frozenset({SOL, ADA, EVE}))
    assert phrases(decision, SayPrivately) == ["CONFIRM_PEOPLE_CHANGED", "STEWARD_SERVE_ASKED"]


def test_without_a_complete_answer_nothing_is_confirmed() -> None:
    decision = on(steward(None), "!confirm calm-maple")
    assert phrases(decision) == ["CONFIRM_LATER"]
    assert not [change for change in decision.changes if isinstance(change, SettleServe)]


def test_what_is_not_safe_yet_in_a_confirmed_room_is_said_in_both_places() -> None:
    decision = on(steward(replace(SAFE, history=History.SHARED)), "!confirm calm-maple")
    assert [line.unsafe for line in lines(decision) if line.unsafe] == [Unsafe.HISTORY_OPEN] * 2


def test_a_declined_room_gets_nothing_and_is_told() -> None:
    decision = on(steward(), "!decline calm-maple")
    assert SettleServe(CODE, confirmed=False, by=ROSA) in decision.changes
    assert phrases(decision) == ["DECLINE_DONE", "SERVE_DECLINED"]


@pytest.mark.parametrize("words", ["!confirm", "!confirm blue-otter", "!decline", "!decline blue-otter"])
def test_a_code_nobody_waits_under_is_said_to_be_unknown(words: str) -> None:
    decision = on(steward(), words)
    assert phrases(decision) == ["CONFIRM_UNKNOWN"]
    assert not [change for change in decision.changes if isinstance(change, SettleServe)]


def test_a_worker_cannot_confirm_even_with_the_code() -> None:
    view = replace(steward(), sender=PersonView(MIA))
    assert phrases(on(view, "!confirm calm-maple")) == ["ONLY_STEWARDS"]


# -- taking it back ----------------------


def test_a_room_admin_takes_a_supporter_room_back_and_stewards_hear() -> None:
    decision = on(admin(in_team(room=NEWARK_ROOM)), "!serve off")
    assert StopServing(NEWARK_ROOM) in decision.changes
    assert phrases(decision, SayPrivately) == ["STEWARD_SERVE_OFF"]


def test_a_room_of_the_configuration_is_not_taken_back_in_chat() -> None:
    decision = on(admin(in_team()), "!serve off")
    assert phrases(decision) == ["SERVE_IS_LISTED"]
    assert not [change for change in decision.changes if isinstance(change, StopServing)]


# -- people ----------------------


@pytest.mark.parametrize(("word", "on_roster"), [("add", True), ("remove", False)])
def test_supporters_are_added_and_removed_by_an_admin_who_is_one(word: str, on_roster: bool) -> None:
    decision = on(admin(in_team()), f"!supporters {word} {EVE}")
    assert ChangeRoster(NYC_ROOM, EVE, on=on_roster) in decision.changes
    (told,) = [step for step in effects(decision) if isinstance(step, SayPrivately)]
    assert told.person == ROSA


@pytest.mark.parametrize(
    "words", ["!supporters xyz", "!supporters add", "!supporters add rosa", f"!supporters oust {EVE}"]
)
def test_a_roster_is_not_changed_by_a_guess(words: str) -> None:
    decision = on(admin(in_team()), words)
    assert phrases(decision) == ["HOW_TO_USE"]
    assert not [change for change in decision.changes if isinstance(change, ChangeRoster)]


def test_an_admin_who_is_a_stranger_chooses_nobody() -> None:
    view = admin(replace(in_team(), sender=PersonView(EVE)))
    assert phrases(on(view, f"!supporters add {EVE}")) == ["ONLY_SUPPORTERS"]


def test_the_bot_needs_no_place_on_a_roster() -> None:
    assert phrases(on(admin(in_team()), f"!supporters add {ME}")) == ["SUPPORTERS_NOT_ME"]


def test_a_new_identity_is_confirmed_by_somebody_else() -> None:
    assert TrustAgain(ADA) in on(in_team(), f"!trust {ADA}").changes
    itself = on(in_team(), f"!trust {SOL}")
    assert phrases(itself) == ["TRUST_NOT_YOURSELF"]
    assert not [change for change in itself.changes if isinstance(change, TrustAgain)]


@pytest.mark.parametrize("person", [EVE, MIA, ROSA])
def test_nobody_off_the_roster_is_trusted_from_a_supporter_room(person: UserId) -> None:
    decision = on(in_team(), f"!trust {person}")
    assert phrases(decision) == ["TRUST_NOT_ON_ROSTER"]
    assert not [change for change in decision.changes if isinstance(change, TrustAgain)]


# -- roomcheck ----------------------


def test_a_community_room_hears_what_the_bot_can_and_cannot_do() -> None:
    good = phrases(on(admin(in_lobby(NYC)), "!roomcheck"))
    assert good == ["CITY_NOW", "CHECK_MAY_REMOVE", "CHECK_ENCRYPTED", "GUARD_NOW"]
    bad = replace(SAFE, may_remove=False, encrypted=False, replaced=True)
    said = phrases(on(admin(in_lobby(BOSTON), bad), "!roomcheck"))
    assert {
        "CITY_SET_WITHOUT_SUPPORTERS",
        "CHECK_MAY_NOT_REMOVE",
        "CHECK_NOT_ENCRYPTED",
        "CHECK_REPLACED",
    } <= set(said)


def test_a_supporter_room_hears_every_fault_by_the_rule_that_tellings_follow() -> None:
    assert phrases(on(admin(in_team()), "!roomcheck")) == ["ROOM_SERVES", "CHECK_SAFE"]
    faulty = replace(SAFE, guests=True, history=History.SHARED, joined=SAFE.joined | {EVE})
    decision = on(admin(in_team(), faulty), "!roomcheck")
    assert [line.unsafe for line in lines(decision) if line.unsafe] == [
        Unsafe.HISTORY_OPEN,
        Unsafe.GUESTS,
        Unsafe.STRANGER,
    ]


def test_without_a_complete_answer_nothing_is_called_safe() -> None:
    for view in (in_team(), in_lobby(NYC)):
        assert phrases(on(admin(view, None), "!roomcheck")) == ["CHECK_NO_ANSWER"]


def test_a_repair_is_spoken_of_after_it_was_done() -> None:
    decision = on(admin(in_team()), "!roomcheck fix")
    assert effects(decision) == [RepairRoom(NYC_ROOM)]
    repair = plan(decision, "repair")
    assert phrases(hears(in_team(), came_of(repair, Done()))) == ["ROOM_REPAIRED"]
    assert phrases(hears(in_team(), came_of(repair, Refused(Why.FORBIDDEN)))) == ["ROOM_NOT_REPAIRED"]


def test_a_room_the_bot_may_not_change_hears_how_to_change_it() -> None:
    assert phrases(on(admin(in_team(), replace(SAFE, may_repair=False)), "!roomcheck fix")) == [
        "CHECK_MAY_NOT_FIX"
    ]


def test_a_community_room_is_never_closed_by_a_repair() -> None:
    assert not [
        step for step in effects(on(admin(in_lobby(NYC)), "!roomcheck fix")) if isinstance(step, RepairRoom)
    ]


def test_the_fallback_room_is_called_by_what_it_is() -> None:
    assert phrases(on(admin(in_team(room=FALLBACK)), "!roomcheck")) == [
        "ROOM_SERVES_AS_FALLBACK",
        "CHECK_SAFE",
    ]
