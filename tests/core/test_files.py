"""Promises about pictures and files: cleaned or asked about, and never told by halves."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import pytest
from msgspec.structs import replace

from bot.core.changes import AskedForFiles, KeepFile, LetGoFiles, NoteAct
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    Origin,
    Outcome,
    PassOn,
    Reason,
    SayPrivately,
    SendPicture,
    TellFile,
    TellMore,
    TellSupporters,
)
from bot.core.limits import ALLOWED, Limit
from bot.core.model import (
    Attachment,
    AttachmentKind,
    Card,
    CardNote,
    CaseState,
    EventId,
    Handling,
    Message,
    Millis,
    Posted,
    RoomId,
    Trust,
    Unfit,
    Urgency,
)
from bot.core.parse import Yes, yes_or_no
from bot.core.results import Carried, Done, Held, NotCarried, Refused, Result, Why
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, PersonView, View, WaitingFile
from tests.core.world import (
    CHAT,
    FALLBACK,
    LOBBY,
    MIA,
    NAMES,
    NEWARK,
    NOW,
    NYC,
    NYC_ROOM,
    SOL,
    VIEW,
    effects,
    in_chat,
    in_lobby,
    in_team,
    names,
    phrases,
    plan,
    says,
)

PICTURE, VOICE = AttachmentKind.PICTURE, AttachmentKind.VOICE
OTHERS = [kind for kind in AttachmentKind if kind is not PICTURE]
CASE, QUESTION = NAMES[0], EventId("$question")
HOUR = 60 * 60 * 1000


def file(kind: AttachmentKind = PICTURE, source: str = "where it lies") -> Attachment:
    return Attachment(kind, Sensitive(source))


def attaching(
    view: View, kind: AttachmentKind = PICTURE, words: str = "", trust: Trust = Trust.SIGNED
) -> Message:
    return replace(says(view, words, trust), attachment=kind, file=file(kind))


def case(state: CaseState = CaseState.WAITING) -> CaseView:
    card = Card(CASE, (), (NYC,), Posted.PRIVATELY, Urgency.USUAL, Sensitive("help"))
    return CaseView(card, MIA, NOW, CHAT, EventId("$first"), NYC_ROOM, EventId("$card"), state)


def with_case(view: View | None = None, *waiting: WaitingFile) -> View:
    """The worker in the private chat, with an open case."""
    sender = PersonView(MIA, private_chat=CHAT, case=case(), cases=(case(),), waiting_files=waiting)
    return replace(view or in_chat(), sender=sender)


def waits(kind: AttachmentKind = VOICE, ago: int = 0, question: EventId | None = QUESTION) -> WaitingFile:
    return WaitingFile(CASE, file(kind), Millis(NOW - ago), question, EventId("$voice"))


def tired(view: View) -> View:
    """The worker sent so many files that no more are taken just now."""
    acts = {Limit.FILE.value: (NOW,) * ALLOWED[Limit.FILE].count}
    return replace(view, sender=replace(view.sender, acts=acts))


def of(decision: Decision, *kinds: type) -> list[object]:
    return [step for step in effects(decision) if isinstance(step, kinds)]


def noted(decision: Decision, *kinds: type) -> list[object]:
    return [change for change in decision.changes if isinstance(change, kinds)]


def card_of(decision: Decision) -> Card:
    (told,) = [step for step in effects(decision) if isinstance(step, TellSupporters)]
    return told.card


# -- a picture ------------------------------------------------------------------------------------------


def test_a_picture_alone_is_a_report_and_goes_to_its_case_cleaned() -> None:
    view = in_chat()
    message = attaching(view)
    decision = decide(message, view)
    card = card_of(decision)
    assert (card.attachments, card.notes[-1]) == ((PICTURE,), CardNote.PICTURE_FOLLOWS)
    assert of(decision, TellFile) == [TellFile(card.case, file(), Handling.CLEANED, message.id)]
    assert noted(decision, KeepFile) == []


def test_a_picture_in_a_talk_goes_into_the_thread_without_empty_words() -> None:
    view = with_case()
    decision = decide(attaching(view), view)
    assert [step.case for step in of(decision, TellFile) if isinstance(step, TellFile)] == [CASE]
    assert of(decision, TellMore, TellSupporters) == []


def test_the_words_under_a_picture_go_the_way_of_all_words() -> None:
    view = with_case()
    decision = decide(attaching(view, words=f"this is him, {MIA} saw it"), view)
    (more,) = of(decision, TellMore)
    assert isinstance(more, TellMore)
    assert "this is him" in more.words.reveal()
    assert MIA not in more.words.reveal()
    assert (more.attachments, more.notes) == ((), ())
    assert len(of(decision, TellFile)) == 1


def test_a_posted_picture_goes_to_every_team_that_gets_the_case() -> None:
    view = in_lobby()
    decision = decide(attaching(view, words="#swshelp #nyc #newark look"), view)
    told = [step.card.case for step in effects(decision) if isinstance(step, TellSupporters)]
    assert len(told) == 2
    assert [step.case for step in effects(decision) if isinstance(step, TellFile)] == told


def test_a_picture_nobody_was_meant_by_is_left_alone() -> None:
    view = in_lobby(NYC)
    assert decide(attaching(view, words="my cat"), view) == Decision()
    assert decide(attaching(view), view) == Decision()


@pytest.mark.parametrize("trust", [Trust.INJECTED, Trust.UNBOUND])
@pytest.mark.parametrize("view", [in_chat(), with_case(), in_lobby(NYC)])
def test_a_forged_picture_goes_nowhere(view: View, trust: Trust) -> None:
    decision = decide(attaching(view, words="#swshelp", trust=trust), view)
    assert of(decision, TellFile, TellMore, TellSupporters) == []
    assert noted(decision, KeepFile) == []


def test_a_picture_that_says_nowhere_where_it_lies_is_known_to_both_sides() -> None:
    for view in (in_chat(), with_case()):
        decision = decide(replace(attaching(view), file=None), view)
        notes = [note for step in effects(decision) for note in _notes(step)]
        assert notes.count(CardNote.ATTACHMENT_NOT_CARRIED) == 1
        assert "FILE_NOT_THERE" in phrases(decision, SayPrivately)
        assert of(decision, TellFile) == []


def _notes(step: object) -> Iterable[CardNote]:
    return step.card.notes if isinstance(step, TellSupporters) else getattr(step, "notes", ())


@pytest.mark.parametrize(("kind", "words"), list(product(AttachmentKind, ["", "and this"])))
def test_a_flood_of_files_stops_the_files_and_never_the_words(kind: AttachmentKind, words: str) -> None:
    view = tired(with_case())
    decision = decide(attaching(view, kind, words), view)
    (more,) = of(decision, TellMore)
    assert isinstance(more, TellMore)
    assert bool(more.words) is bool(words)
    assert more.notes == (CardNote.ATTACHMENT_NOT_CARRIED,)
    assert phrases(decision, SayPrivately) == ["FILES_TOO_MANY"]
    assert of(decision, TellFile) == []
    assert noted(decision, KeepFile) == []


def test_every_file_that_is_taken_counts_towards_the_limit() -> None:
    for kind in AttachmentKind:
        counted = [
            each.act
            for each in decide(attaching(in_chat(), kind), in_chat()).changes
            if isinstance(each, NoteAct)
        ]
        assert Limit.FILE in counted


# -- what cannot be cleaned -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OTHERS)
def test_what_cannot_be_cleaned_waits_for_the_workers_yes(kind: AttachmentKind) -> None:
    for view in (in_chat(), with_case(), in_lobby(NYC)):
        message = attaching(view, kind, words="#swshelp" if view.room.room == LOBBY else "")
        decision = decide(message, view)
        (kept,) = noted(decision, KeepFile)
        assert isinstance(kept, KeepFile)
        assert (kept.person, kept.file, kept.source) == (MIA, file(kind), message.id)
        assert of(decision, TellFile) == []
        assert phrases(decision, SayPrivately) == ["FILE_ASK"]
        assert [note for step in effects(decision) for note in _notes(step)].count(CardNote.FILE_WAITS) == 1


def test_supporters_are_told_that_something_waits_and_nothing_is_said_to_be_told() -> None:
    view = with_case()
    more = plan(decide(attaching(view, VOICE), view), "more")
    (step,) = more.steps
    assert isinstance(step, TellMore)
    assert (step.attachments, bool(step.words)) == ((VOICE,), False)
    assert more.origin is None  # or its outcome would be "supporters have this too"


def test_the_worker_is_asked_once_for_all_that_comes_together() -> None:
    again = with_case(None, waits(ago=59 * 60 * 1000))
    assert phrases(decide(attaching(again, VOICE), again), SayPrivately) == []
    later = with_case(None, waits(ago=HOUR))
    assert phrases(decide(attaching(later, VOICE), later), SayPrivately) == ["FILE_ASK"]


def test_send_lets_everything_go_that_waits_each_to_its_case() -> None:
    other = WaitingFile(NAMES[1], file(AttachmentKind.FILE, "elsewhere"), NOW, source=EventId("$pdf"))
    view = with_case(None, waits(), other)
    decision = decide(says(view, "!send"), view)
    assert noted(decision, LetGoFiles) == [LetGoFiles(MIA)]
    assert of(decision, TellFile) == [
        TellFile(CASE, file(VOICE), Handling.AS_IT_IS, EventId("$voice")),
        TellFile(NAMES[1], other.file, Handling.AS_IT_IS, EventId("$pdf")),
    ]


def test_send_with_nothing_waiting_says_so() -> None:
    view = with_case()
    decision = decide(says(view, "!send"), view)
    assert phrases(decision, SayPrivately) == ["SEND_NOTHING"]
    assert of(decision, TellFile) == []


@pytest.mark.parametrize(
    "answer", ["yes", "Yes!", "ok, send it", "sí", "oui", "да", "yes please", "ja", "send it anyway"]
)
def test_a_yes_to_the_question_is_a_yes(answer: str) -> None:
    view = with_case(None, waits())
    decision = decide(says(view, answer, reply_to=QUESTION), view)
    assert len(of(decision, TellFile)) == 1
    assert of(decision, TellMore) == []


@pytest.mark.parametrize("answer", ["no", "No.", "no thanks", "don't send it", "nein", "нет", "do not send"])
def test_a_no_to_the_question_forgets_the_file(answer: str) -> None:
    view = with_case(None, waits())
    decision = decide(says(view, answer, reply_to=QUESTION), view)
    assert noted(decision, LetGoFiles) == [LetGoFiles(MIA)]
    assert of(decision, TellFile) == []
    assert phrases(decision, SayPrivately) == ["FILE_FORGOTTEN"]


@pytest.mark.parametrize("reply_to", [None, EventId("$something else")])
@pytest.mark.parametrize("answer", ["yes", "ok", "no"])
def test_a_yes_to_anything_else_is_no_consent(answer: str, reply_to: EventId | None) -> None:
    for question in (QUESTION, None):
        view = with_case(None, waits(question=question))
        decision = decide(says(view, answer, reply_to=reply_to), view)
        assert of(decision, TellFile) == []
        assert noted(decision, LetGoFiles) == []


@pytest.mark.parametrize(
    "answer",
    [
        "yes but blur my face",
        "no idea",
        "not yet",
        "yes or no?",
        "is it safe",
        "send it to nobody",
        "sure, he is here",
        "ok",
        "ok, thanks",
        "sure",
        "please",
        "",
    ],
)
def test_more_than_a_yes_or_no_is_said_to_people(answer: str) -> None:
    assert yes_or_no(Sensitive(answer)) is None
    view = with_case(None, waits())
    decision = decide(says(view, answer, reply_to=QUESTION), view)
    assert of(decision, TellFile) == []
    assert noted(decision, LetGoFiles) == []
    assert len(of(decision, TellMore)) == bool(answer)


def test_yes_and_no_are_never_the_same_word() -> None:
    for word in ("yes", "yep", "да", "はい", "si", "send"):
        assert yes_or_no(Sensitive(word)) is Yes.YES
    for word in ("no", "nein", "nope", "нет", "不", "não"):
        assert yes_or_no(Sensitive(word)) is Yes.NO


# -- what came of it ------------------------------------------------------------------------------------


def came(*results: Result, later: bool = False, view: View | None = None) -> Decision:
    origin = Origin(Reason.FILE, CHAT, MIA, EventId("$picture"), posted=Posted.PRIVATELY)
    return decide(Outcome("outcome", NOW, origin, results, later), view or with_case())


def carried(handling: Handling = Handling.CLEANED) -> Carried:
    return Carried(CASE, NYC_ROOM, EventId("$told"), PICTURE, handling)


def test_supporters_have_it_is_said_after_the_deed() -> None:
    view = with_case()
    assert "PICTURE_TOLD" not in phrases(decide(attaching(view), view))
    assert phrases(came(carried()), SayPrivately) == ["PICTURE_TOLD"]
    assert phrases(came(carried(Handling.AS_IT_IS)), SayPrivately) == ["FILE_TOLD"]


def test_it_is_said_once_in_ten_minutes_and_always_when_something_waited() -> None:
    (first,) = noted(came(carried()), NoteAct)
    assert isinstance(first, NoteAct)
    lately = replace(with_case().sender, acts={first.act: (Millis(NOW - 1),)})
    view = replace(with_case(), sender=lately)
    assert came(carried(), view=view) == Decision()
    assert phrases(came(carried(), later=True, view=view)) == ["PICTURE_TOLD"]
    assert phrases(came(carried(Handling.AS_IT_IS), view=view)) == ["FILE_TOLD"]
    long_ago = replace(lately, acts={first.act: (Millis(NOW - 11 * 60 * 1000),)})
    assert phrases(came(carried(), view=replace(view, sender=long_ago))) == ["PICTURE_TOLD"]


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Unfit.TOO_LARGE, "FILE_TOO_LARGE"),
        (Unfit.DAMAGED, "FILE_DAMAGED"),
        (Unfit.NOT_THERE, "FILE_NOT_THERE"),
        (Unfit.NOT_CLEANABLE, "FILE_ASK"),
    ],
)
def test_what_could_not_be_passed_on_is_known_to_both_sides(why: Unfit, said: str) -> None:
    decision = came(NotCarried(file(), why, CASE))
    assert phrases(decision, SayPrivately) == [said]
    (more,) = of(decision, TellMore)
    assert isinstance(more, TellMore)
    waiting = why is Unfit.NOT_CLEANABLE
    assert (more.case, more.attachments) == (CASE, (PICTURE,))
    assert more.notes == (CardNote.FILE_WAITS if waiting else CardNote.ATTACHMENT_NOT_CARRIED,)
    assert len(noted(decision, KeepFile)) == waiting


def test_every_reason_why_a_file_is_unfit_has_an_answer() -> None:
    for why in Unfit:
        assert phrases(came(NotCarried(file(), why, CASE)), SayPrivately) != []


def test_one_picture_for_two_teams_is_one_answer() -> None:
    assert phrases(came(carried(), replace(carried(), case=NAMES[1]))) == ["PICTURE_TOLD"]
    decision = came(NotCarried(file(), Unfit.DAMAGED, CASE), NotCarried(file(), Unfit.DAMAGED, NAMES[1]))
    assert phrases(decision, SayPrivately) == ["FILE_DAMAGED"]
    assert len(of(decision, TellMore)) == 2
    assert len(set(names(decision))) == len(names(decision))


def test_a_held_picture_is_said_to_be_held() -> None:
    assert phrases(came(Held(CASE))) == ["FILE_HELD"]
    both = phrases(came(carried(), Held(NAMES[1])))
    assert both == ["PICTURE_TOLD", "FILE_HELD"]


def test_a_case_that_is_gone_is_said_to_be() -> None:
    assert phrases(came(Refused(Why.GONE))) == ["FILE_CASE_CLOSED"]
    assert phrases(came(Refused(Why.NOT_AGREED))) == ["FILE_NOT_SHARED"]
    both = came(Refused(Why.NOT_AGREED), Refused(Why.GONE), Refused(Why.NOT_AGREED))
    assert phrases(both) == ["FILE_NOT_SHARED", "FILE_CASE_CLOSED"]


def test_what_was_taken_back_before_it_was_told_is_no_news() -> None:
    assert came(Done()) == Decision()


def test_the_question_is_remembered_once_it_was_put() -> None:
    view = with_case()
    asked = plan(decide(attaching(view, VOICE), view), "ask-file")
    assert asked.origin is not None
    put = Outcome("outcome", NOW, asked.origin, (Done(QUESTION, CHAT),))
    assert decide(put, view) == Decision((AskedForFiles(MIA, QUESTION),))
    failed = Outcome("outcome", NOW, asked.origin, (Refused(Why.FORBIDDEN),))
    assert decide(failed, view) == Decision()


# -- the way back ---------------------------------------------------------------------------------------


def in_thread(words: str, kind: AttachmentKind | None = PICTURE, reply: bool = False) -> Decision:
    view = replace(in_team(), thread_case=case(), board=(case(),))
    message = says(
        view, words, reply_to=EventId("$card") if reply else None, thread=None if reply else EventId("$card")
    )
    if kind is not None:
        message = replace(message, attachment=kind, file=file(kind, "a supporter's"))
    return decide(message, view)


def test_a_supporters_picture_goes_to_the_worker_only_with_reply() -> None:
    decision = in_thread("!reply this is the door")
    steps = plan(decision, "reply").steps
    assert [type(step) for step in steps] == [PassOn, SendPicture]
    assert isinstance(steps[1], SendPicture)
    assert (steps[1].person, steps[1].file.source) == (MIA, Sensitive("a supporter's"))
    for words in ("", "look at this", "what a day"):
        assert of(in_thread(words), SendPicture, PassOn, SayPrivately) == []


def test_a_picture_needs_no_words_to_be_a_reply() -> None:
    steps = plan(in_thread("!reply"), "reply").steps
    assert [type(step) for step in steps] == [PassOn, SendPicture]


def test_a_picture_sent_as_a_matrix_reply_is_asked_about_and_not_half_sent() -> None:
    decision = in_thread("for you", reply=True)
    assert of(decision, SendPicture, PassOn) == []
    assert phrases(decision) == ["REPLY_WITH_PICTURE"]


@pytest.mark.parametrize("kind", OTHERS)
def test_other_files_of_supporters_could_name_them_and_stay(kind: AttachmentKind) -> None:
    decision = in_thread("!reply listen", kind)
    assert of(decision, SendPicture, PassOn) == []
    assert phrases(decision) == ["REPLY_ONLY_PICTURES"]


def replied(*results: Result) -> list[str]:
    origin = Origin(Reason.REPLY, NYC_ROOM, SOL, EventId("$card"), case=CASE)
    view = replace(in_team(), thread_case=case())
    return phrases(decide(Outcome("outcome", NOW, origin, results), view))


def test_a_supporter_hears_what_became_of_words_and_picture() -> None:
    unfit = NotCarried(file(), Unfit.DAMAGED)
    assert replied(Done(EventId("$1"), CHAT), Done(EventId("$2"), CHAT)) == ["REPLY_PASSED_ON"]
    assert replied(Done(EventId("$1"), CHAT), unfit) == ["REPLY_WITHOUT_PICTURE"]
    assert replied(Done(EventId("$1"), CHAT), Refused(Why.GONE)) == ["REPLY_WITHOUT_PICTURE"]
    assert replied(Refused(Why.GONE), Refused(Why.GONE)) == ["REPLY_NOT_PASSED_ON"]


def test_of_a_reply_that_was_taken_back_nobody_is_told_that_it_never_arrived() -> None:
    """Perhaps it did, before we were ended: what is true is said when it is removed."""
    assert replied(Refused(Why.TAKEN_BACK)) == []
    assert replied(Done(EventId("$1"), CHAT), Refused(Why.TAKEN_BACK)) == []


def test_a_supporters_picture_outside_a_case_goes_nowhere() -> None:
    view = in_team()
    message = replace(says(view, "!reply look"), attachment=PICTURE, file=file())
    decision = decide(message, view)
    assert of(decision, SendPicture, PassOn) == []
    assert phrases(decision) == ["REPLY_WHERE"]


def test_no_room_or_team_is_needed_to_keep_these_promises() -> None:
    """A worker whose city has nobody gets the fallback's people, pictures and all."""
    view = replace(VIEW, room=in_chat().room)
    decision = decide(attaching(view, words="#boston help"), view)
    (told,) = [step for step in effects(decision) if isinstance(step, TellSupporters)]
    assert (told.rooms, told.fallback) == ((), RoomId(FALLBACK))
    assert len(of(decision, TellFile)) == 1
    assert NEWARK not in told.card.cities
