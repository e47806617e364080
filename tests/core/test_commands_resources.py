"""Promises about `!resources` and `!more`, and about supporters' replies."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from bot.core.changes import NoteAct
from bot.core.decide import decide
from bot.core.effects import Decision, PassOn, Plan, SayInRoom, SayPrivately, TellSupporters, WhisperInRoom
from bot.core.limits import ALLOWED, Limit
from bot.core.model import EventId, Message, Millis, ResourceId, Trust
from bot.core.resources import Library, Resource, Scope, Status, Topic
from bot.core.results import Done, Refused, Why
from bot.core.view import CaseView, PersonView, View
from tests.core.world import (
    CHAT,
    EVE,
    MIA,
    NAMES,
    NEWARK_ROOM,
    NOW,
    NYC,
    NYC_ROOM,
    ROSA,
    SOL,
    VIEW,
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


def entry(number: int, *topics: Topic) -> Resource:
    return Resource(
        id=ResourceId(f"entry-{number}"),
        name=f"Group {number}",
        description="Helps.",
        topics=topics,
        scope=Scope.NATIONAL,
        source=("https://example.org",),
        seen=date(2026, 11, 22),
        status=Status.LISTED,
        publish=True,
        countries=("US",),
    )


LIBRARY = Library((*(entry(n, Topic.LEGAL) for n in range(12)), entry(50, Topic.HOUSING)))


def with_list(view: View) -> View:
    return replace(view, library=LIBRARY)


def shown(decision: Decision) -> tuple[ResourceId, ...]:
    return next((line.resources for line in lines(decision) if line.resources), ())


@pytest.mark.parametrize("view", [in_lobby(NYC), in_lobby(), in_chat(), in_team()])
def test_resources_work_in_any_room_and_need_no_report(view: View) -> None:
    decision = on(with_list(view), "!resources housing")
    assert shown(decision) == ("entry-50",)
    assert not [step for step in effects(decision) if isinstance(step, TellSupporters)]


def test_five_are_shown_and_the_rest_is_counted() -> None:
    decision = on(with_list(in_lobby(NYC)), "!resources legal")
    assert len(shown(decision)) == 5
    assert [line.number for line in lines(decision)] == [12, 7]


def test_a_number_at_the_end_is_the_page() -> None:
    assert len(shown(on(with_list(in_lobby(NYC)), "!resources legal 3"))) == 2


def next_view(view: View, decision: Decision, minutes: int = 1) -> View:
    """The same view a little later, with what was noted."""
    acts = {change.act: (Millis(change.at),) for change in decision.changes if isinstance(change, NoteAct)}
    return replace(view, now=Millis(view.now + minutes * 60_000), sender=replace(view.sender, acts=acts))


def test_more_goes_on_where_the_last_answer_ended_until_nothing_is_left() -> None:
    view, seen = with_list(in_lobby(NYC)), []
    decision = on(view, "!resources legal nyc")
    seen.append(shown(decision))
    for _ in range(2):
        view = next_view(view, decision)
        decision = on(view, "!more")
        seen.append(shown(decision))
    assert [len(page) for page in seen] == [5, 5, 2]
    assert len({each for page in seen for each in page}) == 12


def test_more_of_nothing_says_how_to_ask() -> None:
    assert phrases(on(with_list(in_lobby(NYC)), "!more")) == ["HOW_TO_USE"]


def test_words_of_a_question_are_never_written_down() -> None:
    decision = on(with_list(in_lobby(NYC)), "!resources group zebra")
    assert "zebra" not in repr(decision)


def test_nothing_found_says_what_there_is() -> None:
    decision = on(replace(in_lobby(NYC), library=Library(())), "!resources legal")
    assert phrases(decision) == ["RESOURCES_NONE", "RESOURCES_TOPICS"]


def test_anyone_can_say_that_an_entry_is_wrong_and_stewards_hear_only_which() -> None:
    decision = on(with_list(in_lobby(NYC)), "!resources wrong entry-3 the number is dead")
    assert phrases(decision, SayInRoom) == ["RESOURCES_WRONG_THANKS"]
    (told,) = [step for step in effects(decision) if isinstance(step, SayPrivately)]
    assert told.person == ROSA
    assert MIA not in repr(told)
    assert phrases(on(with_list(in_lobby(NYC)), "!resources wrong nothing")) == ["RESOURCES_WRONG_WHICH"]


def test_the_list_cannot_be_read_out_without_end() -> None:
    spent = {Limit.RESOURCES.value: tuple(NOW for _ in range(ALLOWED[Limit.RESOURCES].count))}
    view = replace(with_list(in_lobby(NYC)), sender=replace(VIEW.sender, acts=spent))
    assert phrases(on(view, "!resources legal")) == ["TOO_FAST"]


def test_a_call_for_help_names_entries_that_fit_its_tags() -> None:
    view = with_list(in_lobby(NYC))
    tell = plan(on(view, "#swshelp #housing"), "tell")
    assert tell.origin is not None
    assert tell.origin.resources == ("entry-50",)


# -- replies ----------------------

CARD = EventId("$card")


def with_thread(view: View | None = None) -> View:
    (told,) = [
        step for step in effects(on(in_chat(), "please help #nyc")) if isinstance(step, TellSupporters)
    ]
    case = CaseView(told.card, MIA, NOW, CHAT, EventId("$first"), NYC_ROOM, CARD)
    return replace(view or in_team(), thread_case=case)


def in_thread(view: View, words: str, trust: Trust = Trust.SIGNED) -> Message:
    return says(view, words, trust, thread=CARD)


def passed_on(decision: Decision) -> list[str]:
    return [
        step.words.reveal()
        for step in effects(decision)
        if isinstance(step, PassOn) and step.case == NAMES[0]
    ]


def test_a_reply_in_the_thread_goes_to_the_worker_without_a_name() -> None:
    view = with_thread()
    decision = decide(in_thread(view, f"!reply we are coming, yours {SOL}"), view)
    (words,) = passed_on(decision)
    assert words.startswith("we are coming")
    assert SOL not in words


def test_a_matrix_reply_to_the_card_itself_is_a_reply_to_the_worker() -> None:
    view = with_thread()
    assert passed_on(decide(says(view, "we are coming", reply_to=CARD), view)) == ["we are coming"]


@pytest.mark.parametrize(
    "words", ["she sounds scared", "what do we do?", "reply tomorrow", "#swsdoxx again?"]
)
def test_every_other_word_in_the_room_stays_in_the_room(words: str) -> None:
    view = with_thread()
    assert not passed_on(decide(in_thread(view, words), view))
    assert not passed_on(decide(says(view, words), view))


def test_a_threaded_answer_that_only_falls_back_to_the_card_stays_in_the_room() -> None:
    view = with_thread()
    message = replace(in_thread(view, "let us talk this over"), reply_to=CARD)
    assert not effects(decide(message, view))


def test_a_reply_outside_a_case_or_without_words_is_refused_and_nothing_is_sent() -> None:
    assert phrases(on(in_team(), "!reply hello")) == ["REPLY_WHERE"]
    view = with_thread()
    assert phrases(decide(in_thread(view, "!reply"), view)) == ["HOW_TO_USE"]
    elsewhere = with_thread(in_team(room=NEWARK_ROOM))
    assert phrases(decide(in_thread(elsewhere, "!reply hi"), elsewhere)) == ["REPLY_WHERE"]


@pytest.mark.parametrize("trust", [Trust.PLAIN, Trust.UNSIGNED, Trust.INJECTED, Trust.UNBOUND, Trust.CHANGED])
def test_only_surely_a_supporter_speaks_to_a_worker(trust: Trust) -> None:
    view = with_thread()
    assert not passed_on(decide(in_thread(view, "!reply hi", trust), view))
    assert not passed_on(decide(says(view, "hi", trust, reply_to=CARD), view))
    stranger = replace(view, sender=PersonView(EVE))
    assert not passed_on(decide(in_thread(stranger, "!reply hi"), stranger))
    assert not passed_on(decide(says(stranger, "hi", reply_to=CARD), stranger))


def test_supporters_hear_whether_their_words_arrived_after_they_did() -> None:
    view = with_thread()
    reply = plan(decide(in_thread(view, "!reply hi"), view), "reply")
    for result, phrase in ((Done(), "REPLY_PASSED_ON"), (Refused(Why.UNSAFE), "REPLY_NOT_PASSED_ON")):
        (said,) = effects(hears(in_team(), came_of(reply, result)))
        assert isinstance(said, WhisperInRoom)
        assert (said.room, said.thread) == (NYC_ROOM, CARD)
        assert phrases(Decision((), (Plan("said", (said,)),))) == [phrase]


def test_a_category_in_a_supporter_room_is_no_post_to_anybody() -> None:
    decision = on(in_team(), "the new #swsdoxx case needs two of us #nyc")
    assert phrases(decision) == ["NO_POSTS_HERE"]
    assert not [step for step in effects(decision) if isinstance(step, TellSupporters)]


def test_talk_in_a_supporter_room_is_left_alone() -> None:
    assert on(in_team(), "who is on tonight?") == Decision()
