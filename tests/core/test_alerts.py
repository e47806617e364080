"""We promise that no alert goes out without a second supporter and its worker's yes, and that each ends."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from bot.core.alert_steps import PACE
from bot.core.alerts import TABLE, Alert, AlertEvent, AlertPost, AlertState
from bot.core.changes import KeepAlert, SetTimer, TimerKind
from bot.core.commands.alerts import LONGEST
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    Origin,
    Outcome,
    PostAlert,
    Reason,
    SayInRoom,
    SayPrivately,
    Timer,
    WhisperInRoom,
)
from bot.core.guard import copied, longer
from bot.core.limits import ALLOWED, Limit
from bot.core.model import (
    CaseName,
    CaseState,
    EventId,
    Millis,
    RoomId,
    Trust,
    UserId,
)
from bot.core.names import REMOVED
from bot.core.phrases import Whisper
from bot.core.results import Done, Result
from bot.core.sensitive import Sensitive
from bot.core.spans import DAY
from bot.core.view import CaseView, FactsOf, PersonView, RoomView, View
from tests import alert_life
from tests.core.test_cases import CARD, case, supporters
from tests.core.world import (
    ADA,
    EVE,
    FALLBACK,
    LOBBY,
    ME,
    MIA,
    NAMES,
    NEWARK,
    NEWARK_ROOM,
    NOW,
    NYC,
    NYC_ROOM,
    SAFE,
    SOL,
    effects,
    in_team,
    lines,
    on,
    phrases,
    says,
)

PORCH, FAR = RoomId("!porch:example.org"), RoomId("!far:example.org")
WARNING = "a man in a grey van pays with torn notes"
NAME = CaseName("quiet-lantern")
DRAFT = Alert(NAME, NYC_ROOM, (NYC,), Sensitive(WARNING), NOW, Millis(NOW + DAY), author=SOL)
LOBBIES = (
    RoomView(PORCH, cities=(NYC, NEWARK)),
    RoomView(FAR, cities=(NEWARK,)),
    RoomView(LOBBY, cities=(NYC,)),
)
CASE = NAMES[0]
DRAFTED, APPROVED, GOING_OUT, OUT, LEAVING = AlertState


def in_state(state: AlertState, alert: Alert = DRAFT) -> Alert:
    """The alert as it is there when all went well."""
    if state is DRAFTED:
        return alert
    there = replace(alert, state=state, author=None, until=Millis(NOW + 3 * DAY))
    match state:
        case AlertState.APPROVED:
            return replace(there, waiting=(PORCH, LOBBY))
        case AlertState.GOING_OUT:
            return replace(there, waiting=(LOBBY,), underway=PORCH, posts=(AlertPost(PORCH),))
        case _:
            return replace(there, posts=(AlertPost(PORCH, EventId("$1")), AlertPost(LOBBY, EventId("$2"))))


def team(alert: Alert | None = DRAFT, who: UserId = ADA, *, agrees: bool = True) -> View:
    """Somebody of the room of New York City names the alert."""
    may_warn = frozenset({CASE}) if agrees else frozenset[CaseName]()
    return replace(in_team(), sender=PersonView(who), alert=alert, lobbies=LOBBIES, may_warn=may_warn)


def thread(*, agrees: bool = True, **how: object) -> View:
    view = supporters(**how)  # type: ignore[arg-type]
    return replace(view, may_warn=frozenset({CASE}) if agrees else frozenset())


def kept(decision: Decision) -> list[Alert]:
    return [change.alert for change in decision.changes if isinstance(change, KeepAlert)]


def timers(decision: Decision) -> dict[TimerKind, int]:
    return {change.kind: change.due - NOW for change in decision.changes if isinstance(change, SetTimer)}


def in_public(decision: Decision) -> list[object]:
    """Everything that goes where others than the asking team are."""
    return [
        step
        for step in effects(decision)
        if isinstance(step, (PostAlert, SayPrivately))
        or (isinstance(step, SayInRoom) and step.room != NYC_ROOM)
    ]


def quotes(decision: Decision) -> list[Sensitive | None]:
    said = [step for step in effects(decision) if isinstance(step, WhisperInRoom)]
    return [line.quote for step in said for line in step.lines if isinstance(line, Whisper) and line.quote]


def turn(alert: Alert | None, *, agrees: bool = True) -> Decision:
    timer = Timer("t", TimerKind.ALERT_TURN, NOW, NYC_ROOM, case=NAME)
    return decide(timer, replace(team(alert, agrees=agrees), sender=PersonView(UserId(""))))


THERE = Done(EventId("$new"), PORCH)


def came(alert: Alert | None, result: Result = THERE, room: RoomId = PORCH) -> Decision:
    origin = Origin(Reason.ALERT, room, ME, case=NAME)
    return decide(Outcome("o", NOW, origin, (result,)), team(alert))


# -- the table ----------------------

LEADS_TO = {
    (DRAFTED, AlertEvent.APPROVE): APPROVED,
    (APPROVED, AlertEvent.TURN): GOING_OUT,
    (GOING_OUT, AlertEvent.TURN): GOING_OUT,
    (GOING_OUT, AlertEvent.EVERYWHERE): OUT,
    **{(state, AlertEvent.END): LEAVING for state in (DRAFTED, APPROVED, GOING_OUT, OUT)},
}
DOES = {
    AlertEvent.APPROVE: lambda alert: on(team(alert), f"!approve {NAME}"),
    AlertEvent.TURN: lambda alert: turn(replace(alert, underway=None)),
    AlertEvent.EVERYWHERE: lambda alert: came(replace(alert, waiting=())),
    AlertEvent.END: lambda alert: on(team(alert), f"!retract {NAME}"),
}


def test_the_life_of_an_alert_is_the_one_written_here_by_hand() -> None:
    assert dict(TABLE) == LEADS_TO


@pytest.mark.parametrize(("state", "event"), list(product(AlertState, AlertEvent)))
def test_each_event_in_each_state_leads_where_the_table_says_or_nowhere(
    state: AlertState, event: AlertEvent
) -> None:
    after = [alert.state for alert in kept(DOES[event](in_state(state)))]
    if (state, event) in LEADS_TO:
        assert after == [LEADS_TO[state, event]]
    else:
        assert set(after) <= {state}


def test_the_picture_in_the_docs_is_the_table() -> None:
    assert alert_life.FILE.read_text(encoding="utf-8") == alert_life.picture()


def test_only_an_approved_one_is_ever_sent_anywhere() -> None:
    for state, event in product(AlertState, AlertEvent):
        sent = [step for step in effects(DOES[event](in_state(state))) if isinstance(step, PostAlert)]
        assert bool(sent) is (event is AlertEvent.TURN and state in (APPROVED, GOING_OUT)), (state, event)


# -- drafting ----------------------


def test_a_draft_is_shown_to_its_team_and_to_nobody_else() -> None:
    decision = on(in_team(), f"!alert nyc {WARNING}")
    (draft,) = kept(decision)
    assert (draft.name, draft.state, draft.author, draft.case) == (NAMES[0], DRAFTED, SOL, None)
    assert (draft.cities, draft.words) == ((NYC,), Sensitive(WARNING))
    assert phrases(decision, WhisperInRoom) == ["ALERT_PREVIEW", "ALERT_READ_AGAIN", "ALERT_PREVIEW_HOW"]
    assert quotes(decision) == [Sensitive(WARNING)]
    assert in_public(decision) == []
    assert timers(decision) == {TimerKind.ALERT_ENDS: DAY}
    assert WARNING not in repr(decision)


def test_in_the_thread_of_a_case_it_belongs_to_the_case_and_its_city() -> None:
    view = thread()
    decision = decide(says(view, f"!alert {WARNING}", thread=CARD), view)
    (draft,) = kept(decision)
    assert (draft.case, draft.cities, draft.thread) == (CASE, (NYC,), CARD)
    said = [step for step in effects(decision) if isinstance(step, WhisperInRoom)]
    assert [(step.case, step.thread) for step in said] == [(CASE, CARD)]


@pytest.mark.parametrize("words", [WARNING, "", "call 212-555-0187"])
def test_without_the_workers_yes_there_is_none_and_nobody_is_pressed(words: str) -> None:
    decision = on(thread(agrees=False), f"!alert {words or 'x'}")
    assert kept(decision) == []
    assert phrases(decision) == ["ALERT_NOT_AGREED"]
    assert in_public(decision) == []


def test_a_case_of_another_room_or_a_closed_one_makes_no_alert() -> None:
    for other in (replace(case(), room=NEWARK_ROOM), case(CaseState.CLOSED)):
        decision = on(replace(thread(), thread_case=other), f"!alert {WARNING}")
        assert (kept(decision), phrases(decision)) == ([], ["CASE_WHERE"])


@pytest.mark.parametrize(
    "detail",
    [
        *(
            "call 212-555-0187",
            "he is at 12 Elm Street",
            "write to him@example.com",
            "see https://x.example/him",
        ),
        *("his insta is @torn_notes", "41.40338, 2.17403", "4111 1111 1111 1111"),
    ],
)
@pytest.mark.parametrize("view", [in_team(), thread()], ids=["by themselves", "of a case"])
def test_what_may_lead_to_somebody_is_refused_until_it_is_written_anew(view: View, detail: str) -> None:
    decision = on(view, f"!alert nyc {WARNING}, {detail}")
    assert kept(decision) == []
    assert phrases(decision) == ["ALERT_IDENTIFIES"]
    assert in_public(decision) == []


def told(words: str) -> CaseView:
    one = case()
    return replace(one, card=replace(one.card, words=Sensitive(words)))


THEIRS = "he said he knows my street, and then he followed me to the station"


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (f"careful: {THEIRS}", True),
        ("somebody hears: He Said he   KNOWS my street!", True),
        ("a man says he knows where people live and follows them", False),
        ("he said he knows my road", False),
    ],
)
def test_the_workers_own_words_stay_in_the_room(words: str, refused: bool) -> None:
    inside = replace(thread(), thread_case=told(THEIRS), board=(told(THEIRS),))
    outside = replace(in_team(), board=(told(THEIRS),))
    for view, said in ((inside, f"!alert {words}"), (outside, f"!alert nyc {words}")):
        decision = on(view, said)
        assert bool(kept(decision)) is not refused
        assert (phrases(decision) == ["ALERT_COPIES"]) is refused


def test_where_six_words_in_a_row_are_taken_over_it_is_a_copy_and_where_five_are_it_may_be_chance() -> None:
    letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    original = Sensitive(" ".join(letters))
    for start, length in product(range(5), range(1, 11)):
        row = letters[start : start + length]
        assert copied(Sensitive(f"x {' '.join(row)} y"), original) is (len(row) >= 6)
    assert copied(Sensitive("he has a knife, they say"), Sensitive("He has a knife"))
    assert not copied(Sensitive("help me"), Sensitive("help me"))
    assert not copied(Sensitive(""), original)


def test_what_is_too_long_is_not_read() -> None:
    assert longer(Sensitive("x" * 11), 10)
    assert not longer(Sensitive("x" * 10), 10)
    decision = on(in_team(), f"!alert nyc {'so ' * LONGEST}")
    assert (kept(decision), phrases(decision)) == ([], ["ALERT_TOO_LONG"])


@pytest.mark.parametrize(
    ("room", "words", "phrase"),
    [
        (NYC_ROOM, f"!alert newark {WARNING}", "ALERT_WHICH_CITY"),
        (NYC_ROOM, f"!alert tristate {WARNING}", "ALERT_WHICH_CITY"),
        (NYC_ROOM, f"!alert {WARNING}", "ALERT_WHICH_CITY"),
        (FALLBACK, f"!alert nyc {WARNING}", "ALERT_NO_CITY"),
        (NYC_ROOM, "!alert nyc", "HOW_TO_USE"),
        (NYC_ROOM, "!alert", "HOW_TO_USE"),
        (NYC_ROOM, "!approve", "HOW_TO_USE"),
        (NYC_ROOM, "!retract", "HOW_TO_USE"),
    ],
)
def test_a_city_that_is_not_served_there_or_no_words_make_no_alert(
    room: RoomId, words: str, phrase: str
) -> None:
    decision = on(in_team(room=room), words)
    assert (kept(decision), phrases(decision)) == ([], [phrase])


def test_a_case_whose_city_is_unknown_needs_one_to_be_named() -> None:
    nowhere = replace(case(), card=replace(case().card, cities=()))
    view = replace(thread(), thread_case=nowhere)
    assert phrases(on(view, f"!alert {WARNING}")) == ["ALERT_WHICH_CITY"]
    (draft,) = kept(on(view, f"!alert nyc {WARNING}"))
    assert (draft.case, draft.cities, draft.words) == (CASE, (NYC,), Sensitive(WARNING))


def test_the_names_of_whoever_writes_it_and_of_the_worker_are_not_in_it() -> None:
    (draft,) = kept(on(thread(), f"!alert {SOL} heard from {MIA}: {WARNING}"))
    assert draft.words == Sensitive(f"{REMOVED} heard from {REMOVED}: {WARNING}")


def test_drafts_are_limited() -> None:
    enough = tuple(NOW for _ in range(ALLOWED[Limit.ALERT].count))
    view = replace(in_team(), sender=PersonView(SOL, acts={Limit.ALERT: enough}))
    decision = on(view, f"!alert nyc {WARNING}")
    assert (kept(decision), phrases(decision)) == ([], ["TOO_FAST"])


# -- the second yes ----------------------


def test_a_second_supporter_sends_it_to_every_room_of_the_city_in_the_order_drawn() -> None:
    decision = on(team(), f"!approve {NAME}")
    (now,) = kept(decision)
    assert (now.state, now.waiting, now.posts) == (APPROVED, (PORCH, LOBBY), ())
    assert now.author is None
    assert timers(decision) == {TimerKind.ALERT_TURN: PACE, TimerKind.ALERT_ENDS: 3 * DAY}
    assert [(line.phrase.name, line.number) for line in lines(decision)] == [("ALERT_APPROVED", 2)]


def test_nobody_approves_what_they_wrote_themselves() -> None:
    decision = on(team(who=SOL), f"!approve {NAME}")
    assert (kept(decision), phrases(decision)) == ([], ["ALERT_SECOND"])


@pytest.mark.parametrize("words", [f"!approve {NAME}", f"!retract {NAME}"])
def test_unknown_another_rooms_and_over_are_one_answer(words: str) -> None:
    elsewhere = replace(DRAFT, room=NEWARK_ROOM)
    for alert in (None, elsewhere, in_state(LEAVING), replace(DRAFT, name=CaseName("other-name"))):
        decision = on(replace(team(alert), answers={FactsOf(NEWARK_ROOM): SAFE}), words)
        assert (kept(decision), phrases(decision)) == ([], ["ALERT_UNKNOWN"])
    assert phrases(on(team(in_state(OUT)), f"!approve {NAME}")) == ["ALERT_UNKNOWN"]


def test_the_workers_yes_is_asked_for_again_and_the_draft_stays() -> None:
    of_case = replace(DRAFT, case=CASE)
    decision = on(team(of_case, agrees=False), f"!approve {NAME}")
    assert (kept(decision), phrases(decision)) == ([], ["ALERT_NOT_AGREED"])
    assert kept(on(team(of_case), f"!approve {NAME}"))


def test_where_no_room_has_the_city_it_waits() -> None:
    decision = on(replace(team(), lobbies=LOBBIES[1:2]), f"!approve {NAME}")
    assert (kept(decision), phrases(decision)) == ([], ["ALERT_NO_ROOMS"])


@pytest.mark.parametrize("words", [f"!alert nyc {WARNING}", f"!approve {NAME}", f"!retract {NAME}"])
@pytest.mark.parametrize("trust", [trust for trust in Trust if trust is not Trust.SIGNED])
def test_nothing_is_done_on_a_word_that_may_be_forged_nor_for_a_stranger(words: str, trust: Trust) -> None:
    for view in (team(), team(who=EVE)):
        assert kept(on(view, words, trust if view.sender.person == ADA else Trust.SIGNED)) == []
