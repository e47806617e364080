"""Promises about the life of a case: who has it, who hears of it, and that no step happens out of turn."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from bot.core.cases import AFTER_CLOSING, STALE_AFTER, TABLE, By, Event, No, Step, step
from bot.core.changes import CancelTimer, MoveCase, NoteCase, OpenCase, SetTimer, TimerKind
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    PassOn,
    SayInRoom,
    SayPrivately,
    TellMore,
    Timer,
    UpdateCard,
    WhisperInRoom,
)
from bot.core.model import (
    Card,
    CaseName,
    CaseState,
    Category,
    CitySlug,
    EventId,
    Membership,
    Millis,
    Posted,
    Power,
    Presence,
    Reaction,
    Trust,
    Urgency,
    UserId,
)
from bot.core.phrases import Whisper
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, PersonView, PowerOf, Question, View
from tests import case_life
from tests.core.world import (
    ADA,
    CHAT,
    EVE,
    MIA,
    NAMES,
    NEWARK,
    NEWARK_ROOM,
    NOW,
    NYC,
    NYC_ROOM,
    SOL,
    effects,
    in_chat,
    in_team,
    on,
    phrases,
    says,
)

WAITING, CLAIMED, CLOSED = CaseState
STATES = (WAITING, CLAIMED, CLOSED)
CARD, FIRST = EventId("$card"), EventId("$first")
MINUTE = 60_000


def case(
    state: CaseState = WAITING,
    *,
    number: int = 0,
    category: Category = Category.HELP,
    ago: int = MINUTE,
    city: CitySlug = NYC,
) -> CaseView:
    """A case in the room of New York City; Sol has it when somebody does."""
    card = Card(NAMES[number], (category,), (city,), Posted.PRIVATELY, Urgency.USUAL, Sensitive("help me"))
    at = Millis(NOW - ago)
    event = EventId(f"{CARD}{number or ''}")
    claimer = SOL if state is CLAIMED else None
    return CaseView(card, MIA, at, CHAT, FIRST, NYC_ROOM, event, state, claimer, at)


def supporters(state: CaseState = WAITING, who: UserId = SOL) -> View:
    """Sol (or another) in the supporter room, where one case stands."""
    view = replace(in_team(), sender=PersonView(who))
    return replace(view, thread_case=case(state), board=(case(state),))


def worker(state: CaseState = WAITING, *others: CaseView) -> View:
    """Mia in her private chat, with one case in this state."""
    mine = (*others, case(state))
    talks = [each for each in mine if each.state is not CLOSED and each.card.categories != (Category.FYI,)]
    sender = PersonView(
        MIA,
        private_chat=CHAT,
        case=talks[0] if talks else None,
        cases=tuple(each for each in mine if each.state is not CLOSED),
        closed=next((each for each in mine if each.state is CLOSED), None),
    )
    return replace(in_chat(), sender=sender)


def thread(view: View, words: str, trust: Trust = Trust.SIGNED) -> Decision:
    return decide(says(view, words, trust, thread=CARD), view)


def moves(decision: Decision) -> list[tuple[CaseState, UserId | None]]:
    return [(each.state, each.claimer) for each in decision.changes if isinstance(each, MoveCase)]


# -- the table ----------------------


def test_what_is_not_in_the_table_does_not_happen() -> None:
    for state, event, person in product(STATES, Event, (SOL, ADA, None)):
        found = step(case(state), event, person)
        if isinstance(found, Step):
            assert TABLE[state, event] == found
            assert found.by is not By.CLAIMER or person == SOL


def test_the_picture_in_the_documents_is_the_table() -> None:
    assert case_life.FILE.read_text(encoding="utf-8") == case_life.picture(), "python -m tests.case_life"


def test_every_state_is_reached_and_left_and_every_event_means_something() -> None:
    assert {state for state, _ in TABLE} == {step.to for step in TABLE.values()} == set(CaseState)
    assert {event for _, event in TABLE} == set(Event)


@pytest.mark.parametrize("event", [Event.RELEASE, Event.HANDOFF, Event.CLOSE])
def test_what_somebody_has_only_they_give_away(event: Event) -> None:
    assert isinstance(step(case(CLAIMED), event, SOL), Step)
    assert step(case(CLAIMED), event, ADA) is No.ANOTHERS


# -- claiming ----------------------


def test_a_claim_is_written_down_shown_on_the_card_and_said_in_the_thread() -> None:
    decision = thread(supporters(), "!claim")
    assert moves(decision) == [(CLAIMED, SOL)]
    assert UpdateCard(NAMES[0]) in effects(decision)
    assert phrases(decision, WhisperInRoom) == ["CASE_CLAIMED"]
    said = next(step for step in effects(decision) if isinstance(step, WhisperInRoom))
    assert (said.room, said.thread, said.case) == (NYC_ROOM, CARD, NAMES[0])


def test_a_case_can_be_named_instead_of_answered_in_its_thread() -> None:
    view = replace(supporters(), thread_case=None)
    assert moves(on(view, f"!claim {NAMES[0]}")) == [(CLAIMED, SOL)]


def test_a_second_claim_is_refused_by_name() -> None:
    decision = thread(supporters(CLAIMED, ADA), "!claim")
    assert not moves(decision)
    (said,) = effects(decision)
    assert isinstance(said, WhisperInRoom)
    assert getattr(said.lines[0], "by", None) == SOL
    assert phrases(decision) == ["CASE_TAKEN"]
    assert phrases(thread(supporters(CLAIMED), "!claim")) == ["CASE_YOURS"]


def hand(view: View, target: EventId = CARD, who: UserId = SOL) -> Decision:
    return decide(Reaction(EventId("$hand"), view.room.room, who, target, NOW), view)


def test_a_raised_hand_on_the_card_claims_and_does_nothing_else() -> None:
    assert moves(hand(supporters())) == [(CLAIMED, SOL)]
    assert phrases(hand(supporters(CLAIMED), who=ADA)) == ["CASE_TAKEN"]
    assert hand(supporters(CLOSED)) == Decision()


def test_a_hand_elsewhere_or_of_somebody_else_means_nothing() -> None:
    assert hand(supporters(), EventId("$other")) == Decision()
    assert hand(supporters(), who=EVE) == Decision()
    assert hand(replace(supporters(), thread_case=None)) == Decision()
    assert hand(replace(worker(), thread_case=case()), who=MIA) == Decision()
    other = replace(supporters(), thread_case=replace(case(), room=NEWARK_ROOM))
    assert hand(other) == Decision()


# -- giving back, handing over, leaving ----------------------


def test_who_has_a_case_gives_it_back_or_hands_it_to_another_supporter_of_the_room() -> None:
    assert moves(thread(supporters(CLAIMED), "!release")) == [(WAITING, None)]
    assert moves(thread(supporters(CLAIMED), f"!handoff {ADA}")) == [(CLAIMED, ADA)]


def test_whoever_is_given_a_case_is_called_once_and_nobody_else_is() -> None:
    decision = thread(supporters(CLAIMED), f"!handoff {ADA}")
    said = [step for step in effects(decision) if isinstance(step, WhisperInRoom)]
    assert [step.calls for step in said if step.calls] == [(ADA,)]
    assert not any(step.rings for step in said)


@pytest.mark.parametrize("words", ["!handoff", f"!handoff {EVE}", f"!handoff {ADA} {SOL}", "!handoff ada"])
def test_a_case_is_handed_to_nobody_who_may_not_read_it(words: str) -> None:
    decision = thread(supporters(CLAIMED), words)
    assert not moves(decision)
    assert phrases(decision) == ["CASE_HANDOFF_WHO"]


@pytest.mark.parametrize("words", ["!release", f"!handoff {ADA}", "!close"])
def test_nobody_gives_away_what_another_has_and_is_told_whose_it_is(words: str) -> None:
    decision = thread(supporters(CLAIMED, ADA), words)
    assert not moves(decision)
    assert phrases(decision) == ["CASE_ANOTHERS"]


def test_leaving_the_room_gives_back_every_case() -> None:
    mine, other = case(CLAIMED), replace(case(CLAIMED, number=1), claimer=ADA)
    view = replace(supporters(), board=(mine, other, case(number=2)))
    left = decide(Membership(EventId("$m"), NYC_ROOM, SOL, Presence.GONE, NOW), view)
    assert [each.case for each in left.changes if isinstance(each, MoveCase)] == [NAMES[0]]
    assert phrases(left) == ["CASE_CLAIMER_GONE"]


def test_who_is_taken_off_the_roster_takes_no_case_along() -> None:
    answers: dict[Question, object] = {PowerOf(NYC_ROOM, ADA): Power.ADMIN}
    removed = on(replace(supporters(CLAIMED, ADA), answers=answers), f"!supporters remove {SOL}")
    assert "SUPPORTERS_REMOVED" in phrases(removed)
    assert moves(removed) == [(WAITING, None)]


def test_a_claim_that_nothing_is_heard_of_ends() -> None:
    claimed = thread(supporters(), "!claim")
    (timer,) = [each for each in claimed.changes if isinstance(each, SetTimer)]
    assert (timer.kind, timer.due, timer.case) == (TimerKind.STALE_CLAIM, NOW + STALE_AFTER, NAMES[0])
    due = Timer("t", timer.kind, timer.due, timer.room, timer.person, timer.case)
    stale = decide(due, supporters(CLAIMED))
    assert (moves(stale), phrases(stale)) == ([(WAITING, None)], ["CASE_STALE"])
    for state in (WAITING, CLOSED):
        assert decide(due, supporters(state)) == Decision()
    assert decide(due, replace(supporters(), thread_case=None)) == Decision()


@pytest.mark.parametrize("words", ["!reply we are here", "!note no calls"])
def test_whoever_does_something_for_their_case_keeps_it(words: str) -> None:
    decision = thread(supporters(CLAIMED), words)
    assert any(isinstance(each, SetTimer) and each.due == NOW + STALE_AFTER for each in decision.changes)
    assert not any(isinstance(each, SetTimer) for each in thread(supporters(CLAIMED, ADA), words).changes)


# -- closing ----------------------


def test_closing_tells_the_worker_and_asks_whether_they_are_all_right() -> None:
    decision = thread(supporters(CLAIMED), "!close moved_to_her_sister")
    assert moves(decision) == [(CLOSED, SOL)]
    assert any(isinstance(each, CancelTimer) for each in decision.changes)
    assert phrases(decision, SayPrivately) == ["YOUR_CASE_CLOSED"]
    assert phrases(decision, WhisperInRoom) == ["CASE_CLOSED"]
    (said,) = [step for step in effects(decision) if isinstance(step, SayPrivately)]
    assert (said.person, said.case) == (MIA, NAMES[0])
    assert not any("sister" in repr(step) for step in effects(decision))


def test_a_case_that_waits_can_be_closed_by_any_supporter() -> None:
    assert moves(thread(supporters(WAITING, ADA), "!close")) == [(CLOSED, ADA)]


def test_opening_again_tells_the_worker() -> None:
    decision = thread(supporters(CLOSED, ADA), "!reopen")
    assert moves(decision) == [(WAITING, None)]
    assert phrases(decision, SayPrivately) == ["YOUR_CASE_REOPENED"]


@pytest.mark.parametrize("words", ["!claim", "!release", f"!handoff {ADA}", "!close", "!note x"])
def test_closed_unknown_and_foreign_cases_get_one_answer(words: str) -> None:
    unknown = replace(supporters(), thread_case=None, board=())
    foreign = replace(unknown, thread_case=replace(case(), room=NEWARK_ROOM))
    answers = [thread(view, words) for view in (supporters(CLOSED), unknown, foreign)]
    assert [phrases(each) for each in answers] == [["CASE_WHERE"]] * 3
    assert len({repr(effects(each)) for each in answers}) == 1
    assert not any(moves(each) for each in answers)


def test_a_reply_to_a_closed_unknown_or_foreign_case_gets_one_answer_and_nothing_is_sent() -> None:
    unknown = replace(supporters(), thread_case=None)
    foreign = replace(unknown, thread_case=replace(case(), room=NEWARK_ROOM))
    for view in (supporters(CLOSED), unknown, foreign):
        decision = thread(view, "!reply we are coming")
        assert phrases(decision) == ["REPLY_WHERE"]
        assert [type(step) for step in effects(decision)] == [SayInRoom]
    closed = supporters(CLOSED)
    assert phrases(decide(says(closed, "we are coming", reply_to=CARD), closed)) == ["REPLY_WHERE"]


@pytest.mark.parametrize("trust", [trust for trust in Trust if trust is not Trust.SIGNED])
@pytest.mark.parametrize("words", ["!claim", "!release", "!close", "!note x", "!cases"])
def test_only_surely_a_supporter_moves_a_case_or_sees_the_board(words: str, trust: Trust) -> None:
    decision = thread(supporters(CLAIMED), words, trust)
    assert not moves(decision)
    assert not [step for step in effects(decision) if isinstance(step, WhisperInRoom | UpdateCard)]
    stranger = thread(supporters(CLAIMED, EVE), words)
    assert phrases(stranger) == ["ONLY_SUPPORTERS"]


# -- notes and the board ----------------------


def test_a_note_stands_on_the_card_and_goes_to_no_worker() -> None:
    decision = thread(supporters(), f"!note wants no calls, says {MIA}")
    (noted,) = [each for each in decision.changes if isinstance(each, NoteCase)]
    assert noted.words.reveal().startswith("wants no calls")
    assert MIA not in noted.words.reveal()
    assert UpdateCard(NAMES[0]) in effects(decision)
    assert not [step for step in effects(decision) if isinstance(step, SayPrivately | PassOn)]


def board(words: str) -> list[tuple[str, str | None]]:
    cases = (
        case(CLAIMED, number=0, ago=9 * MINUTE),
        case(number=1, ago=2 * MINUTE),
        case(number=2, ago=5 * MINUTE, city=NEWARK),
        case(CLOSED, number=3),
    )
    view = replace(in_team(), board=cases)
    (said,) = effects(on(view, words))
    assert isinstance(said, WhisperInRoom)
    return [(line.line.phrase.name, line.case) for line in said.lines if isinstance(line, Whisper)]


def test_the_board_shows_what_is_open_and_what_waits_longest_first() -> None:
    assert board("!cases") == [
        ("BOARD_WAITING", NAMES[2]),
        ("BOARD_WAITING", NAMES[1]),
        ("BOARD_CLAIMED", NAMES[0]),
    ]
    assert [name for _, name in board("!cases waiting")] == [NAMES[2], NAMES[1]]
    assert [name for _, name in board("!cases mine")] == [NAMES[0]]
    assert [name for _, name in board("!cases newark")] == [NAMES[2]]
    assert board("!cases boston") == []


# -- the worker's side ----------------------


def after_closing(words: str, ago: int = MINUTE, reply_to: EventId | None = None) -> Decision:
    view = worker(CLOSED)
    over = replace(case(CLOSED), moved=Millis(NOW - ago))
    view = replace(view, sender=replace(view.sender, closed=over))
    if reply_to is not None:
        view = replace(view, answered_case=over)
    return decide(says(view, words, reply_to=reply_to), view)


@pytest.mark.parametrize(
    "words", ["yes", "Yes, thanks!", "I'm fine", "ok 👍", "thank you so much for your help"]
)
def test_one_word_says_that_the_worker_is_all_right(words: str) -> None:
    decision = after_closing(words)
    assert "WORKER_ALL_RIGHT" in phrases(decision)
    assert not moves(decision)


@pytest.mark.parametrize(
    "words", ["no", "he is back", "help", "not ok", "yes but he came again", "?", "am I?"]
)
def test_anything_else_soon_after_the_closing_opens_the_case_again(words: str) -> None:
    decision = after_closing(words)
    assert moves(decision) == [(WAITING, None)]
    assert [step.case for step in effects(decision) if isinstance(step, TellMore)] == [NAMES[0]]
    assert "YOUR_CASE_REOPENED" in phrases(decision, SayPrivately)


def test_a_closed_case_does_not_swallow_a_new_report() -> None:
    for decision in (
        after_closing("he is back", AFTER_CLOSING + 1),
        after_closing("#swsdanger #nyc he is back"),
    ):
        assert any(isinstance(each, OpenCase) for each in decision.changes)
        assert not moves(decision)


def test_an_answer_to_the_closing_message_is_about_that_case_whenever_it_comes() -> None:
    decision = after_closing("he is back", 6 * AFTER_CLOSING, reply_to=EventId("$closing"))
    assert moves(decision) == [(WAITING, None)]


def beside_another(words: str, *, moved_since: bool = False, replied: EventId | None = None) -> Decision:
    """Their first case was closed ten minutes ago; a second one is open."""
    over = replace(case(CLOSED), moved=Millis(NOW - 10 * MINUTE))
    still_open = replace(case(number=1), moved=Millis(NOW - (1 if moved_since else 20) * MINUTE))
    view = worker(CLOSED, replace(still_open, at=Millis(NOW - 60 * MINUTE)))
    answered = {EventId("$closing"): over, EventId("$reply"): view.sender.case}
    sender = replace(view.sender, closed=over, case=replace(still_open, at=Millis(NOW - 60 * MINUTE)))
    view = replace(view, sender=sender, answered_case=answered[replied] if replied else None)
    return decide(says(view, words, reply_to=replied), view)


def into(decision: Decision) -> list[CaseName]:
    return [step.case for step in effects(decision) if isinstance(step, TellMore)]


def test_i_am_fine_after_a_closing_is_not_taken_for_a_word_about_another_open_case() -> None:
    decision = beside_another("I'm fine, thank you")
    assert into(decision) == [NAMES[0]]
    assert "GLAD_YOU_ARE_ALL_RIGHT" in phrases(decision, SayPrivately)
    assert not moves(decision)


@pytest.mark.parametrize(
    ("words", "moved_since", "replied"),
    [
        ("he is at the door", False, None),
        ("I'm fine", True, None),
        ("I'm fine", False, EventId("$reply")),
    ],
)
def test_all_else_goes_to_the_case_that_is_open(words: str, moved_since: bool, replied: EventId) -> None:
    decision = beside_another(words, moved_since=moved_since, replied=replied)
    assert into(decision) == [NAMES[1]]
    assert not moves(decision)


def test_an_answer_to_the_closing_message_opens_that_case_although_another_is_open() -> None:
    decision = beside_another("no, he came back", replied=EventId("$closing"))
    assert moves(decision) == [(WAITING, None)]
    assert into(decision) == [NAMES[0]]


def test_further_words_go_to_the_newest_case_or_the_one_that_is_answered() -> None:
    newer = case(number=1)
    view = worker(WAITING, newer)
    assert [step.case for step in effects(on(view, "he is back")) if isinstance(step, TellMore)] == [NAMES[1]]
    answering = replace(view, answered_case=case())
    told = decide(says(answering, "he is back", reply_to=EventId("$reply")), answering)
    assert [step.case for step in effects(told) if isinstance(step, TellMore)] == [NAMES[0]]


@pytest.mark.parametrize("category", [Category.FYI, Category.SUPPORTER])
def test_words_after_a_tip_or_an_offer_are_a_report_of_their_own_unless_they_answer_it(
    category: Category,
) -> None:
    tip = case(category=category)
    sender = PersonView(MIA, private_chat=CHAT, cases=(tip,))
    view = replace(in_chat(), sender=sender)
    assert any(isinstance(each, OpenCase) for each in on(view, "he is outside").changes)
    answering = replace(view, answered_case=tip)
    told = decide(says(answering, "it is on Main Street", reply_to=EventId("$asked")), answering)
    assert [step.case for step in effects(told) if isinstance(step, TellMore)] == [NAMES[0]]


def test_the_worker_sees_every_open_case_and_where_the_next_words_go() -> None:
    several = worker(CLAIMED, case(number=1))
    assert phrases(on(several, "!status")) == ["STATUS_WITH_SUPPORTERS", "STATUS_TAKEN", "STATUS_NEXT"]
    tip = replace(in_chat(), sender=PersonView(MIA, cases=(case(category=Category.FYI),)))
    assert phrases(on(tip, "!status"))[-1] == "STATUS_NEXT_NEW"
    assert phrases(on(worker(CLOSED), "!status")) == ["STATUS_NONE"]


def test_supporters_are_told_that_the_worker_left_the_chat() -> None:
    view = worker(CLAIMED)
    left = decide(Membership(EventId("$m"), CHAT, MIA, Presence.GONE, NOW), view)
    assert phrases(left, WhisperInRoom) == ["WORKER_LEFT"]


@pytest.mark.parametrize("words", ["!note he took my bag", "!reply yes please come"])
def test_a_workers_words_after_a_supporters_command_are_not_lost(words: str) -> None:
    assert [type(step) for step in effects(on(worker(), words))] == [TellMore]


def test_no_decision_about_a_case_names_two_plans_alike() -> None:
    for state, words in product(STATES, ("!claim", "!release", "!close", "!reopen", "!note x", "!reply x")):
        decision = thread(supporters(state), words)
        assert len({plan.name for plan in decision.plans}) == len(decision.plans)
