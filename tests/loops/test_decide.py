"""We promise that everything is decided on, and that neither a slow server nor a bug holds up the rest."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from bot.core.changes import NoteAct, SetTimer, TimerKind, TrustAgain
from bot.core.effects import Decision, Incoming, Plan, SayInRoom, Timer
from bot.core.model import Message, Millis, Power, RoomFacts, RoomId
from bot.core.phrases import Line, Phrase
from bot.core.view import FactsOf, PowerOf, View
from bot.loops import decide
from bot.ports import Forbidden, Gone, LoggedOut, TryAgainLater
from tests.loops.scripted import MIA, SOL, Set, until

HELLO = (Line(Phrase.RECEIPT_SOMEWHERE),)
MINUTE = 60_000


def post(here: Set, text: str, sender: str = MIA) -> None:
    here.server.post(here.lobby, sender, text)


async def test_everything_is_decided_on_in_the_order_it_came(here: Set) -> None:
    for text in ("one", "two", "three"):
        post(here, text)
    await here.bot.quiet()
    assert here.script.words() == ["one", "two", "three"]
    assert await here.bot.count("inbox") == 0


async def test_what_one_decision_wrote_down_the_next_one_sees(here: Set) -> None:
    here.script.decisions["one"] = Decision((NoteAct(MIA, "report", here.bot.clock.now()),))
    post(here, "one")
    post(here, "two")
    await here.bot.quiet()
    assert [len(view.sender.acts) for view in here.script.views[-2:]] == [0, 1]


async def test_much_that_came_in_is_written_in_few_transactions(here: Set) -> None:
    for number in range(50):
        post(here, f"chatter {number}")
    await here.bot.sync()
    await decide.once(here.bot.around, here.script.core)
    assert len(here.script.words()) == 50


# -- questions ------------------------------------------------------------------------------------------


async def test_questions_are_answered_before_the_decision(here: Set) -> None:
    here.lobby.admins.add(MIA)
    asked = (PowerOf(here.lobby.id, MIA), PowerOf(here.lobby.id, SOL), FactsOf(here.lobby.id))
    here.script.asks["who am I"] = asked
    post(here, "who am I")
    await here.bot.quiet()
    view = here.script.views[-1]
    assert [view.power(here.lobby.id, person) for person in (MIA, SOL)] == [Power.ADMIN, Power.MEMBER]
    assert isinstance(view.facts(here.lobby.id), RoomFacts)


async def test_who_asks_nothing_does_not_wait_for_who_does(here: Set) -> None:
    here.script.asks["slow"] = (FactsOf(here.lobby.id),)
    here.server.fail("facts", TryAgainLater("slow"), times=2)
    post(here, "slow")
    post(here, "danger", SOL)
    await here.bot.quiet()
    assert here.script.words() == ["danger"]
    await here.bot.settle()
    assert here.script.words() == ["danger", "slow"]


async def test_the_words_of_one_person_stay_in_order_even_when_the_first_must_wait(here: Set) -> None:
    here.script.asks["slow"] = (FactsOf(here.lobby.id),)
    here.server.fail("facts", TryAgainLater("slow"), times=2)
    post(here, "slow")
    post(here, "after it")
    await here.bot.settle()
    assert here.script.words() == ["slow", "after it"]


async def test_a_question_that_is_never_answered_is_decided_without_an_answer(here: Set) -> None:
    here.script.asks["slow"] = (FactsOf(here.lobby.id), PowerOf(here.lobby.id, MIA))
    here.server.fail("*", TryAgainLater("slow"), times=99)
    post(here, "slow")
    await here.bot.settle()
    view = here.script.views[-1]
    assert view.facts(here.lobby.id) is None
    assert view.power(here.lobby.id, MIA) is Power.UNKNOWN
    assert here.server.calls["facts"] == decide.ASKED_ENOUGH


@pytest.mark.parametrize("error", [Forbidden("not yours"), Gone("away")])
async def test_a_question_that_has_no_answer_is_asked_once(here: Set, error: Exception) -> None:
    here.script.asks["odd"] = (FactsOf(here.lobby.id),)
    here.server.fail("facts", error)
    post(here, "odd")
    await here.bot.quiet()
    assert here.script.words() == ["odd"]
    assert here.script.views[-1].facts(here.lobby.id) is None


async def test_a_server_that_hangs_is_not_waited_for(here: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "ANSWER_WITHIN", 0.01)
    here.script.asks["hang"] = (FactsOf(here.lobby.id),)

    async def hang(_room: RoomId) -> RoomFacts:
        await asyncio.Event().wait()
        raise AssertionError

    here.bot.around.chat.facts = hang  # type: ignore[method-assign,assignment]
    post(here, "hang")
    post(here, "danger", SOL)
    await here.bot.quiet()
    assert here.script.words() == ["danger"]


# -- our own mistakes -----------------------------------------------------------------------------------


def _bug(incoming: Incoming, _view: View) -> Decision:
    if isinstance(incoming, Message) and incoming.body.reveal() == "poison":
        raise ZeroDivisionError("poison and private words")
    return Decision()


async def test_a_message_that_meets_a_bug_holds_up_nobody_else(here: Set) -> None:
    here.script.react = _bug
    for text, sender in (("poison", MIA), ("mine", MIA), ("danger", SOL)):
        post(here, text, sender)
    await here.bot.quiet()
    assert here.script.words() == ["danger"]


async def test_after_a_while_not_even_its_sender_is_held_up(here: Set) -> None:
    here.script.react = _bug
    post(here, "poison")
    post(here, "please help")
    for _ in range(20):
        await here.bot.pass_time(5 * MINUTE)
    assert here.script.words() == ["please help"]
    assert await here.bot.count("inbox") == 1


async def test_a_message_that_met_a_bug_is_decided_on_once_the_bug_is_gone(here: Set) -> None:
    here.script.react = _bug
    post(here, "poison")
    await here.bot.quiet()
    here.script.react = None
    await here.bot.pass_time(5 * MINUTE)
    assert here.script.words() == ["poison"]


async def test_a_bug_is_journalled_by_type_and_place_without_a_word(here: Set) -> None:
    here.script.react = _bug
    post(here, "poison")
    await here.bot.quiet()
    journal = here.bot.journal.getvalue()
    assert "ZeroDivisionError" in journal
    assert "poison" not in journal
    assert "private" not in journal


async def test_a_row_that_cannot_be_opened_holds_up_nobody_else(here: Set) -> None:
    post(here, "broken")
    post(here, "danger", SOL)
    await here.bot.sync()
    async with here.bot.around.database.transaction() as tx:
        await tx.rows("UPDATE inbox SET sealed = x'00' WHERE seq = (SELECT min(seq) FROM inbox)")
    await here.bot.quiet()
    assert here.script.words() == ["danger"]


async def test_a_bug_half_way_leaves_nothing_half_written(here: Set) -> None:
    """The same plan twice cannot be filed: the changes before it must not stand either."""
    plan = Plan("same", (SayInRoom(here.lobby.id, HELLO),))
    here.script.decisions["twice"] = Decision((NoteAct(MIA, "report", Millis(1)),), (plan, plan))
    post(here, "twice")
    await here.bot.quiet()
    assert await here.bot.count("acts") == 0
    assert here.lobby.texts() == []


async def test_being_logged_out_is_not_taken_for_a_bug(here: Set) -> None:
    here.script.asks["ask"] = (FactsOf(here.lobby.id),)
    here.server.fail("facts", LoggedOut("token"))
    post(here, "ask")
    await here.bot.sync()
    with pytest.raises(LoggedOut):
        await decide.once(here.bot.around, here.script.core)


# -- timers and the rest --------------------------------------------------------------------------------


async def test_a_timer_that_is_due_is_decided_on_like_a_message(here: Set) -> None:
    due = Millis(here.bot.clock.now() + 5 * MINUTE)
    await here.plan(changes=(SetTimer("later", TimerKind.UNREADABLE, due, here.lobby.id),))
    await here.bot.pass_time(4 * MINUTE)
    assert [each for each in here.script.heard if isinstance(each, Timer)] == []
    await here.bot.pass_time(MINUTE)
    assert [each.at for each in here.script.heard if isinstance(each, Timer)] == [due]


async def test_at_the_start_every_listed_room_without_a_roster_is_looked_for(here: Set) -> None:
    known = replace(here.bot.around.knowledge(), fallback=here.lobby.id)
    around = replace(here.bot.around, knowledge=lambda: known)
    await decide.look_for_rosters(around)
    await decide.once(around, here.script.core)
    (timer,) = [thing for thing in here.script.heard if isinstance(thing, Timer)]
    assert (timer.kind, timer.room) == (TimerKind.ROSTER, here.lobby.id)


async def test_trusting_somebody_again_counts_at_once(here: Set) -> None:
    await here.bot.around.pins.remember({MIA: "old key", SOL: "sols key"})
    await here.plan(changes=(TrustAgain(MIA),))
    assert here.bot.around.pins.known() == {SOL: "sols key"}


async def test_a_decision_without_plans_leaves_nothing_to_do(here: Set) -> None:
    post(here, "chatter")
    await here.bot.quiet()
    assert await here.bot.count("outbox") == 0


async def test_the_loop_ends_when_asked_and_decides_until_then(here: Set) -> None:
    running = asyncio.create_task(decide.decide(here.bot.around, here.script.core))
    post(here, "while it runs")
    await here.bot.sync()
    await until(lambda: bool(here.script.words()))
    here.bot.around.bells.stop()
    await running
    assert here.script.words() == ["while it runs"]
