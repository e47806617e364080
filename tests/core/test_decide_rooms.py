"""Promises about invitations, comings and goings, changed identities, and messages that could not be read."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.changes import ForgetRoom, GoOffShift, SetRoom, SetTimer, TakeRoster, TimerKind
from bot.core.decide import decide, questions
from bot.core.effects import Decision, JoinRoom, LeaveRoom, SayInRoom, SayPrivately, Timer
from bot.core.model import (
    EventId,
    History,
    IdentityChange,
    Invitation,
    JoinRule,
    Membership,
    Millis,
    Presence,
    RoomChange,
    RoomFacts,
    RoomId,
    RoomKind,
    Unreadable,
    Unsafe,
    UserId,
)
from bot.core.phrases import Whisper
from bot.core.results import Done, Refused, Why
from bot.core.view import FactsOf, Question, RoomView, View
from tests.core.world import (
    ADA,
    CHAT,
    EVE,
    FALLBACK,
    LOBBY,
    ME,
    MIA,
    NOW,
    NYC,
    NYC_ROOM,
    OTHER_CHAT,
    ROSA,
    SAFE,
    SOL,
    VIEW,
    came_of,
    effects,
    in_chat,
    in_lobby,
    in_team,
    lines,
    phrases,
    plan,
    says,
)

FAR = UserId("@far:elsewhere.example")


def invited(
    sender: UserId, view: View = VIEW, *, direct: bool = False, room: RoomId = OTHER_CHAT
) -> Decision:
    return decide(Invitation(room, sender, NOW, direct), view)


def moved(view: View, person: UserId, presence: Presence, room: RoomId | None = None) -> Decision:
    return decide(Membership(EventId("$m"), room or view.room.room, person, presence, NOW), view)


def without_roster(facts: RoomFacts | None = SAFE, room: RoomId = NYC_ROOM) -> View:
    """A listed supporter room that the bot sees for the first time."""
    answers: dict[Question, object] = {} if facts is None else {FactsOf(room): facts}
    return replace(in_team(room=room), rosters={}, answers=answers)


# -- invitations ----------------------


@pytest.mark.parametrize("sender", [MIA, ROSA])
def test_an_invitation_from_a_named_homeserver_or_a_steward_is_accepted(sender: UserId) -> None:
    assert effects(invited(sender, replace(VIEW, stewards=(ROSA,)))) == [JoinRoom(OTHER_CHAT)]


def test_a_steward_from_anywhere_and_a_person_named_in_full_are_accepted() -> None:
    assert effects(invited(FAR, replace(VIEW, stewards=(FAR,), invites_from=()))) == [JoinRoom(OTHER_CHAT)]
    assert effects(invited(FAR, replace(VIEW, invites_from=(FAR,)))) == [JoinRoom(OTHER_CHAT)]


@pytest.mark.parametrize(
    "sender", [FAR, UserId("@mia:notexample.org"), UserId("@mia:example.org.evil.example")]
)
def test_an_invitation_from_anybody_else_is_declined_without_a_word(sender: UserId) -> None:
    decision = invited(sender)
    assert effects(decision) == [LeaveRoom(OTHER_CHAT)]
    assert not decision.changes


def test_even_a_listed_room_needs_an_invitation_that_is_allowed() -> None:
    assert effects(invited(FAR, room=NYC_ROOM)) == [LeaveRoom(NYC_ROOM)]


def test_a_direct_invitation_makes_a_private_chat_that_says_who_will_read() -> None:
    decision = invited(MIA, direct=True)
    assert decision.changes == (SetRoom(OTHER_CHAT, kind=RoomKind.PRIVATE, person=MIA),)
    after = decide(came_of(plan(decision, "join"), Done()), in_chat())
    assert phrases(after, SayPrivately) == ["PRIVATE_WELCOME", "MENU_PRIVATE"]


@pytest.mark.parametrize("others", [{"joined": SAFE.joined | {MIA}}, {"invited": frozenset({EVE})}])
def test_a_room_of_several_people_is_no_private_chat_whatever_the_invitation_says(
    others: dict[str, frozenset[UserId]],
) -> None:
    """Or everything they say to each other would be a report."""
    joined = came_of(plan(invited(MIA, direct=True), "join"), Done())
    facts = replace(SAFE, **{"joined": frozenset({ME, MIA}), **others})
    view = replace(in_chat(), room=replace(in_chat().room, room=OTHER_CHAT))
    assert questions(joined, view) == (FactsOf(OTHER_CHAT),)
    decision = decide(joined, replace(view, answers={FactsOf(OTHER_CHAT): facts}))
    assert decision.changes == (SetRoom(OTHER_CHAT, kind=RoomKind.COMMUNITY),)
    assert phrases(decision) == phrases(decision, SayInRoom) == ["NO_LONGER_PRIVATE"]


def test_a_room_of_two_is_a_private_chat() -> None:
    joined = came_of(plan(invited(MIA, direct=True, room=CHAT), "join"), Done())
    facts = replace(SAFE, joined=frozenset({ME, MIA}))
    decision = decide(joined, replace(in_chat(), answers={FactsOf(CHAT): facts}))
    assert phrases(decision) == ["PRIVATE_WELCOME", "MENU_PRIVATE"]


@pytest.mark.parametrize("presence", [Presence.INVITED, Presence.JOINED])
def test_a_private_chat_that_somebody_else_comes_into_is_none_any_more(presence: Presence) -> None:
    decision = moved(in_chat(), EVE, presence)
    assert decision.changes == (SetRoom(CHAT, kind=RoomKind.COMMUNITY),)
    assert phrases(decision, SayInRoom) == ["NO_LONGER_PRIVATE"]
    assert moved(in_chat(), MIA, presence) == Decision()


def test_an_invitation_to_a_room_of_many_is_no_question() -> None:
    assert questions(came_of(plan(invited(MIA), "join"), Done()), in_lobby()) == ()


def test_a_community_room_without_a_city_hears_how_to_set_one() -> None:
    after = decide(came_of(plan(invited(MIA), "join"), Done()), in_lobby())
    assert phrases(after, SayInRoom) == ["ROOM_WELCOME"]


@pytest.mark.parametrize("view", [in_lobby(NYC), in_team()])
def test_a_room_that_is_set_up_is_not_lectured(view: View) -> None:
    assert not decide(came_of(plan(invited(MIA), "join"), Done()), view).plans


def test_a_room_that_could_not_be_joined_hears_nothing() -> None:
    assert not decide(came_of(plan(invited(MIA), "join"), Refused(Why.GONE)), in_lobby()).plans


def test_a_chat_that_we_made_is_private_also_when_we_were_ended_before_we_wrote_that_down() -> None:
    asked = Membership(EventId("$m"), OTHER_CHAT, MIA, Presence.INVITED, NOW, ME)
    assert decide(asked, VIEW).changes == (SetRoom(OTHER_CHAT, kind=RoomKind.PRIVATE, person=MIA),)


def test_nobody_else_can_make_a_room_somebodys_private_chat() -> None:
    for room, asker in ((OTHER_CHAT, EVE), (OTHER_CHAT, None), (NYC_ROOM, ME)):
        view = in_team() if room == NYC_ROOM else VIEW
        asked = Membership(EventId("$m"), room, MIA, Presence.INVITED, NOW, asker)
        assert not [each for each in decide(asked, view).changes if isinstance(each, SetRoom)]


# -- first sight of a listed room ----------------------


def test_the_people_of_a_listed_room_at_first_sight_are_its_supporters() -> None:
    view = without_roster(replace(SAFE, invited=frozenset({ROSA})))
    membership = Membership(EventId("$m"), NYC_ROOM, ME, Presence.JOINED, NOW)
    assert questions(membership, view) == (FactsOf(NYC_ROOM),)
    decision = decide(membership, view)
    assert decision.changes == (TakeRoster(NYC_ROOM, frozenset({SOL, ADA, ROSA})),)
    assert phrases(decision, SayInRoom) == ["ROOM_SERVES"]


def test_a_listed_room_that_is_not_safe_yet_hears_why() -> None:
    decision = moved(without_roster(replace(SAFE, guests=True)), ME, Presence.JOINED)
    assert [line.unsafe for line in lines(decision)] == [None, Unsafe.GUESTS]


def test_the_fallback_room_hears_that_it_is_the_fallback() -> None:
    decision = moved(without_roster(room=FALLBACK), ME, Presence.JOINED)
    assert phrases(decision, SayInRoom) == ["ROOM_SERVES_AS_FALLBACK"]


def test_without_a_complete_answer_nobody_becomes_a_supporter_yet() -> None:
    assert moved(without_roster(None), ME, Presence.JOINED) == Decision()


def test_the_next_word_in_a_listed_room_catches_up_on_its_roster() -> None:
    view = without_roster()
    message = says(view, "hello team")
    assert questions(message, view) == (FactsOf(NYC_ROOM),)
    assert any(isinstance(change, TakeRoster) for change in decide(message, view).changes)


def looks(view: View) -> Decision:
    return decide(Timer("t", TimerKind.ROSTER, NOW, view.room.room), view)


def test_a_listed_room_need_not_say_a_word_to_get_its_roster() -> None:
    view = without_roster()
    timer = Timer("t", TimerKind.ROSTER, NOW, view.room.room)
    assert questions(timer, view) == (FactsOf(view.room.room),)
    assert [type(change) for change in looks(view).changes] == [TakeRoster]


@pytest.mark.parametrize("facts", [None, replace(SAFE, joined=frozenset({SOL}))])
def test_a_listed_room_that_the_bot_cannot_see_yet_is_looked_for_again(facts: RoomFacts | None) -> None:
    (again,) = looks(without_roster(facts)).changes
    assert isinstance(again, SetTimer)
    assert again.kind is TimerKind.ROSTER
    assert again.due > NOW


def test_a_room_with_a_roster_is_not_looked_for() -> None:
    view = in_team()
    timer = Timer("t", TimerKind.ROSTER, NOW, view.room.room)
    assert questions(timer, view) == ()
    assert looks(view) == Decision()


def test_a_roster_is_taken_only_once_and_only_in_listed_rooms() -> None:
    with_eve = replace(SAFE, joined=SAFE.joined | {EVE})
    stranger_came = replace(in_team(), answers={FactsOf(NYC_ROOM): with_eve})
    assert not moved(stranger_came, ME, Presence.JOINED).changes
    unlisted = replace(without_roster(), listed_rooms=frozenset())
    assert not moved(unlisted, ME, Presence.JOINED).changes
    assert questions(says(unlisted, "hello"), unlisted) == ()


# -- comings and goings ----------------------


@pytest.mark.parametrize("presence", [Presence.JOINED, Presence.INVITED])
def test_a_stranger_in_a_supporter_room_pauses_it_and_who_can_act_hears(presence: Presence) -> None:
    decision = moved(in_team(), EVE, presence)
    assert phrases(decision, SayInRoom) == ["ROOM_PAUSED"]
    (told,) = [step for step in effects(decision) if isinstance(step, SayPrivately)]
    assert told.person == ROSA
    (line,) = told.lines
    assert isinstance(line, Whisper)
    assert (line.room, line.people) == (NYC_ROOM, (EVE,))


def test_the_room_itself_is_not_told_the_strangers_name() -> None:
    for step in effects(moved(in_team(), EVE, Presence.JOINED)):
        if isinstance(step, SayInRoom):
            assert EVE not in repr(step)


def test_somebody_on_the_roster_may_come_and_go() -> None:
    for presence in Presence:
        off = (GoOffShift(SOL, NYC_ROOM),) if presence is Presence.GONE else ()
        assert moved(in_team(), SOL, presence) == Decision(off)


@pytest.mark.parametrize("presence", Presence)
def test_comings_and_goings_in_community_rooms_are_nobodys_business(presence: Presence) -> None:
    assert moved(in_lobby(NYC), EVE, presence) == Decision()


def test_a_private_chat_that_its_person_left_is_left_and_forgotten() -> None:
    decision = moved(in_chat(), MIA, Presence.GONE)
    assert decision.changes == (ForgetRoom(CHAT),)
    assert effects(decision) == [LeaveRoom(CHAT)]


def test_a_community_room_that_put_the_bot_out_is_forgotten() -> None:
    assert moved(in_lobby(NYC), ME, Presence.GONE).changes == (ForgetRoom(LOBBY),)


def test_a_supporter_room_that_put_the_bot_out_keeps_its_roster_and_stewards_hear() -> None:
    decision = moved(in_team(), ME, Presence.GONE)
    assert not decision.changes
    assert phrases(decision, SayPrivately) == ["STEWARD_BOT_IS_OUT"]


# -- identities ----------------------


def test_a_supporters_new_identity_pauses_their_rooms_and_stewards_hear_whose_it_is() -> None:
    view = replace(VIEW, rosters={NYC_ROOM: frozenset({SOL}), FALLBACK: frozenset({ADA})})
    decision = decide(IdentityChange(SOL, NOW), view)
    assert [step.room for step in effects(decision) if isinstance(step, SayInRoom)] == [NYC_ROOM]
    assert phrases(decision, SayPrivately) == ["STEWARD_IDENTITY_CHANGED"]


def test_a_workers_new_identity_names_them_to_nobody() -> None:
    assert decide(IdentityChange(MIA, NOW), VIEW) == Decision()


def test_a_stewards_new_identity_is_told_to_the_stewards() -> None:
    decision = decide(IdentityChange(ROSA, NOW), replace(VIEW, rosters={}))
    assert phrases(decision, SayPrivately) == ["STEWARD_IDENTITY_CHANGED_OF_STEWARD"]


# -- messages that could not be read ----------------------


def unread(view: View, at: int = NOW) -> SetTimer:
    later = replace(view, now=Millis(at))
    decision = decide(Unreadable(EventId("$u"), view.room.room, MIA, Millis(at)), later)
    (timer,) = decision.changes
    assert isinstance(timer, SetTimer)
    assert not decision.plans
    return timer


@pytest.mark.parametrize("view", [in_lobby(NYC), in_chat(), in_team()])
def test_many_unreadable_messages_are_asked_for_once_and_in_place(view: View) -> None:
    first, second = unread(view), unread(view, NOW + 1)
    assert first == second
    assert NOW < first.due <= NOW + 10 * 60_000
    timer = Timer("t", TimerKind.UNREADABLE, first.due, first.room, first.person)
    (asked,) = effects(decide(timer, view))
    assert isinstance(asked, SayInRoom)
    assert asked.room == view.room.room


def test_nobody_is_named_when_a_message_is_asked_for_again() -> None:
    timer = Timer("t", TimerKind.UNREADABLE, NOW, LOBBY, MIA)
    assert "mia" not in repr(decide(timer, in_lobby(NYC)))


def test_a_stream_of_unreadable_messages_cannot_put_the_asking_off() -> None:
    view = replace(VIEW, room=RoomView(CHAT, RoomKind.PRIVATE, person=MIA))
    dues = {unread(view, at).due for at in range(NOW, NOW + 20_000, 500)}
    assert len(dues) <= 2
    assert min(dues) <= NOW + 20_000


# -- a room that is no longer what it was -------------------------------------------------------------------


CHANGED = RoomChange(EventId("$changed"), NYC_ROOM, NOW)
DRIFTS: dict[Unsafe, RoomFacts] = {
    Unsafe.NOT_INVITE_ONLY: replace(SAFE, join_rule=JoinRule.PUBLIC),
    Unsafe.HISTORY_OPEN: replace(SAFE, history=History.SHARED),
    Unsafe.GUESTS: replace(SAFE, guests=True),
    Unsafe.STRANGER: replace(SAFE, invited=frozenset({EVE})),
    Unsafe.IDENTITY_CHANGED: replace(SAFE, changed=frozenset({SOL})),
    Unsafe.IDENTITY_MISSING: replace(SAFE, unpinned=frozenset({SOL})),
    Unsafe.REPLACED: replace(SAFE, replaced=True),
    Unsafe.NOT_THERE: replace(SAFE, may_speak=False),
}


def knowing(facts: RoomFacts | None, view: View = VIEW) -> View:
    return replace(in_team(view), answers={FactsOf(NYC_ROOM): facts})


@pytest.mark.parametrize("why", DRIFTS)
def test_stewards_and_the_room_hear_at_once_why_a_supporter_room_is_no_longer_safe(why: Unsafe) -> None:
    decision = decide(CHANGED, knowing(DRIFTS[why]))
    assert phrases(decision) == ["ROOM_PAUSED", "STEWARD_ROOM_CHANGED"]
    assert {line.unsafe for line in lines(decision)} == {why}
    [told] = [step for step in effects(decision) if isinstance(step, SayPrivately)]
    assert told.person == ROSA


def test_not_knowing_what_a_changed_room_is_like_counts_as_no_longer_safe() -> None:
    assert {line.unsafe for line in lines(decide(CHANGED, knowing(None)))} == {Unsafe.UNKNOWN}


def test_a_change_that_leaves_a_room_safe_is_no_news() -> None:
    assert decide(CHANGED, knowing(SAFE)) == Decision()


def test_what_a_supporter_room_is_like_is_asked_when_it_changes() -> None:
    assert questions(CHANGED, in_team()) == (FactsOf(NYC_ROOM),)


def test_changes_of_other_rooms_are_neither_asked_about_nor_told() -> None:
    change = RoomChange(EventId("$changed"), LOBBY, NOW)
    assert questions(change, in_lobby(NYC)) == ()
    assert decide(change, in_lobby(NYC)) == Decision()
