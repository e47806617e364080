"""We promise that what somebody keeps to themselves goes to nobody, and that they decide anew at any time."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from bot.core.changes import Agree, KeepAlarmWord, OpenCase, RewordCase
from bot.core.consent import TABLE, Use, covers, may
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    ForgetCase,
    SayPrivately,
    TellFile,
    TellMore,
    TellSupporters,
    WhisperInRoom,
)
from bot.core.limits import ALLOWED
from bot.core.model import AttachmentKind, CardNote, CheckIn, Consent, EventId, Millis, Trust
from bot.core.private_talk import LISTENED
from bot.core.sensitive import Sensitive
from bot.core.view import View
from tests.core.test_cases import case, worker
from tests.core.world import CHAT, MIA, NOW, NYC, effects, in_chat, in_lobby, on, phrases, says

REACHING = (TellSupporters, TellMore, TellFile)


def wants(consent: Consent, view: View | None = None) -> View:
    view = view or in_chat()
    return replace(view, sender=replace(view.sender, consent=consent))


def reaches(decision: Decision) -> bool:
    written = any(isinstance(change, OpenCase | RewordCase) for change in decision.changes)
    return written or any(isinstance(step, REACHING) for step in effects(decision))


def test_each_step_allows_what_the_one_before_it_does_and_one_thing_more() -> None:
    steps = [TABLE[consent] for consent in Consent]
    assert [len(step) for step in steps] == [0, 1, 2]
    assert steps[0] < steps[1] < steps[2]
    assert set(steps[2]) == set(Use)


def test_who_says_nothing_reaches_supporters_and_is_in_no_alert() -> None:
    silent = in_chat().sender.consent
    assert may(Use.CASE, silent)
    assert not may(Use.ALERT, silent)
    assert reaches(on(in_chat(), "please help"))


@pytest.mark.parametrize("view", [in_chat(), worker()])
@pytest.mark.parametrize(
    "words", ["he is back", "#swsdanger #nyc he is back", "please help", "#nyc", "hello all"]
)
def test_while_we_only_listen_nothing_they_write_goes_anywhere(view: View, words: str) -> None:
    decision = on(wants(Consent.LISTEN, view), words)
    assert not reaches(decision)
    assert phrases(decision) == ["LISTENING"]


def test_nor_does_what_they_attach_or_change() -> None:
    view = wants(Consent.LISTEN, worker())
    picture = replace(says(view, ""), attachment=AttachmentKind.PICTURE)
    assert not reaches(decide(picture, view))
    edited = replace(view, edited_cases=(case(),))
    assert not reaches(decide(says(edited, "other words", edits=EventId("$first")), edited))


def test_what_they_write_to_us_meanwhile_is_not_in_the_decision() -> None:
    first, second = (on(wants(Consent.LISTEN), words) for words in ("it was red", "they were two"))
    assert first == second


def test_it_is_said_once_in_a_while_and_always_when_it_sounds_like_a_call() -> None:
    view = wants(Consent.LISTEN)
    lately = replace(view, sender=replace(view.sender, acts={LISTENED: (Millis(NOW - 60_000),)}))
    assert on(lately, "and then it rained") == Decision()
    assert phrases(on(lately, "#swsdanger he is here")) == ["LISTENING"]
    assert LISTENED not in ALLOWED


def test_what_they_post_in_a_room_was_said_to_everybody() -> None:
    view = wants(Consent.LISTEN, in_lobby(NYC))
    assert reaches(on(view, "#swshelp please"))


def test_commands_a_check_in_and_the_alarm_word_work_as_before() -> None:
    view = wants(Consent.LISTEN)
    running = CheckIn(MIA, CHAT, NOW, Sensitive("room 12"), (NYC,), EventId("$c"))
    view = replace(view, sender=replace(view.sender, alarm_word=Sensitive("umbrella"), check_in=running))
    assert any(isinstance(step, TellSupporters) for step in effects(on(view, "umbrella")))
    assert phrases(on(view, "!status")) == ["STATUS_NONE"]
    assert any(isinstance(c, KeepAlarmWord) for c in on(view, "!checkin word other").changes)


@pytest.mark.parametrize("note", [CardNote.CHECKIN_MISSED, CardNote.ALARM_WORD])
def test_words_left_for_a_check_in_were_left_for_supporters(note: CardNote) -> None:
    one = case()
    assert not covers(one, Consent.LISTEN)
    assert covers(replace(one, card=replace(one.card, notes=(note,))), Consent.LISTEN)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("!share nobody", Consent.LISTEN),
        ("!share Off", Consent.LISTEN),
        ("!share supporters", Consent.SUPPORTERS),
        ("!share alert", Consent.ALERT),
        ("!consent nobody", Consent.LISTEN),
    ],
)
def test_each_can_be_chosen_from_each(words: str, wanted: Consent) -> None:
    for now in Consent:
        decision = on(wants(now), words)
        assert Agree(MIA, wanted, NOW) in decision.changes
        assert phrases(decision, SayPrivately) == [f"SHARE_{words_for(wanted)}"]


def words_for(consent: Consent) -> str:
    return "NOBODY" if consent is Consent.LISTEN else consent.name


@pytest.mark.parametrize("words", ["!share", "!share everybody", "!share alert off", "!share nobody please"])
def test_what_is_not_a_choice_changes_nothing(words: str) -> None:
    assert not any(isinstance(change, Agree) for change in on(wants(Consent.SUPPORTERS), words).changes)


def test_supporters_hear_of_every_change_that_means_something_to_them() -> None:
    heard = {
        (now, wanted): phrases(on(wants(now, worker()), f"!share {word}"), WhisperInRoom)
        for now, (word, wanted) in product(
            Consent,
            (("nobody", Consent.LISTEN), ("supporters", Consent.SUPPORTERS), ("alert", Consent.ALERT)),
        )
    }
    none, team, alert = Consent
    assert heard[team, none] == ["WORKER_PAUSES"]
    assert heard[none, team] == ["WORKER_GOES_ON"]
    assert heard[team, alert] == ["WORKER_ALLOWS_ALERT"]
    assert heard[alert, team] == ["WORKER_ALLOWS_NO_ALERT"]
    assert heard[alert, none] == ["WORKER_PAUSES", "WORKER_ALLOWS_NO_ALERT"]
    assert all(heard[same, same] == [] for same in Consent)


def test_what_waits_for_a_safe_room_goes_to_nobody_any_more() -> None:
    held = replace(case(), room=None, event=None)
    view = worker()
    view = replace(view, sender=replace(view.sender, cases=(held,), case=held))
    decision = on(view, "!share nobody")
    assert [step.case for step in effects(decision) if isinstance(step, ForgetCase)] == [held.card.case]
    assert not any(isinstance(step, ForgetCase) for step in effects(on(view, "!share alert")))


@pytest.mark.parametrize("trust", [Trust.INJECTED, Trust.UNBOUND, Trust.CHANGED])
def test_nobody_agrees_in_somebody_elses_name(trust: Trust) -> None:
    assert not any(isinstance(change, Agree) for change in on(in_chat(), "!share alert", trust).changes)
