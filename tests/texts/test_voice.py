"""Promises about messages as people read them: cards, receipts, resources, the takedown desk."""

from __future__ import annotations

import re
from datetime import date

import pytest
from msgspec.structs import replace

from bot.core.effects import TellMore
from bot.core.model import (
    AttachmentKind,
    Card,
    CardNote,
    CaseName,
    CaseState,
    Category,
    CitySlug,
    CommandName,
    EventId,
    Language,
    Millis,
    PlatformId,
    Posted,
    ResourceId,
    RoomId,
    Unsafe,
    Urgency,
    UserId,
)
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.resources import Library, PeerLed, Phone, Resource, Scope, Status, Topic
from bot.core.sensitive import Sensitive
from bot.core.speech import Items, Paragraph, Quote, Spoken, Whispered
from bot.core.takedown import Desk, Filer, Platform, Report, ReportKind
from bot.core.view import CaseView, Left
from bot.texts.catalogue import Shipped
from bot.texts.voice import Voice, blocks
from tests.core.world import ATLAS, NEWARK, NYC

TODAY = date(2026, 11, 22)
LINE = Resource(
    id=ResourceId("night-line"),
    name="Night Line",
    description="Peers who listen at night.",
    topics=(Topic.CRISIS_LINE,),
    scope=Scope.NATIONAL,
    source=("https://example.org",),
    seen=TODAY,
    status=Status.LISTED,
    publish=True,
    peer_led=PeerLed.FULL,
    url="https://night.example.org",
    phones=(Phone("+1-555-010-0000", "US"),),
)
CLOSED = replace(LINE, id=ResourceId("old-line"), name="Old Line", status=Status.CLOSED, evidence_year=2023)
FACES = Platform(
    PlatformId("faces"),
    "Faces",
    hosts=("faces.example",),
    filer=Filer.PERSON_OR_AUTHORISED,
    reports=(
        Report(ReportKind.HARASSMENT, url="https://faces.example/harassment"),
        Report(ReportKind.DOXX, url="https://faces.example/privacy", note="No account needed."),
    ),
    say="Private information.",
    collect=("link of each post",),
    before=("This form warns the account.",),
    warnings=("Answers take a week.",),
)
VOICE = Voice(Shipped(), lambda: ATLAS, lambda: Library((LINE, CLOSED)), Desk((FACES,)), lambda: TODAY)
WORDS = Sensitive("he wrote where I live")
CARD = Card(
    case=CaseName("amber-heron"),
    categories=(Category.DOXX, Category.HELP),
    cities=(NYC,),
    posted=Posted.PUBLICLY,
    urgency=Urgency.URGENT,
    words=WORDS,
)
CASE = CaseView(
    CARD, UserId("@mia:example.org"), Millis(0), RoomId("!c:x"), EventId("$1"), RoomId("!r:x"), EventId("$2")
)
SOL = UserId("@sol:example.org")


def texts(said: Spoken | Whispered) -> list[str]:
    """Everything of ours in a message, a line each."""
    found: list[str] = []
    for block in said.blocks:
        if isinstance(block, Paragraph):
            found.append(block.text)
        elif isinstance(block, Items):
            found.extend(block.texts)
    return found


def spoken(line: Line) -> list[str]:
    return texts(VOICE.spoken((line,), Language.EN))


def card(**changes: object) -> list[str]:
    return texts(VOICE.card(replace(CASE, card=replace(CARD, **changes)), Language.EN))


def standing(**changes: object) -> list[str]:
    return texts(VOICE.card(replace(CASE, **changes), Language.EN))


# -- lines ----------------------


@pytest.mark.parametrize(
    ("cities", "named"),
    [
        ((NYC,), "New York City"),
        ((NYC, NEWARK), "New York City and Newark"),
        ((NYC, NEWARK, CitySlug("chicago")), "New York City, Newark and Chicago"),
        ((CitySlug("gone"),), "gone"),
    ],
)
def test_cities_are_named_as_people_say_them(cities: tuple[CitySlug, ...], named: str) -> None:
    expected = f"Supporters of {named} have this. Anyone here who can help, please do."
    assert spoken(Line(Phrase.HELP_WITH_SUPPORTERS, cities=cities)) == [expected]


def test_a_suggestion_is_a_choice() -> None:
    (said,) = spoken(Line(Phrase.CITY_NEAREST, near=(NYC, NEWARK)))
    assert "New York City or Newark?" in said


def test_a_phrase_without_what_it_speaks_of_is_a_loud_mistake() -> None:
    with pytest.raises(ValueError, match="cities"):
        spoken(Line(Phrase.HELP_WITH_SUPPORTERS))


def test_a_list_in_the_words_becomes_a_list_and_a_blank_line_a_paragraph() -> None:
    assert list(blocks("One:\n- a\n- b\n\nTwo.")) == [Paragraph("One:"), Items(("a", "b")), Paragraph("Two.")]


def test_a_menu_explains_each_of_its_commands() -> None:
    said = spoken(Line(Phrase.MENU_PRIVATE, commands=(CommandName.STATUS, CommandName.ABOUT)))
    assert [text.split(":")[0] for text in said[1:]] == ["`!status`", "`!about`"]


def test_a_fault_comes_with_what_to_do() -> None:
    for why in Unsafe:
        (said,) = spoken(Line(Phrase.FAULT, unsafe=why))
        assert len(said.split()) > 5


def test_private_words_stay_sealed_and_stand_after_the_sentence_they_belong_to() -> None:
    said = VOICE.whispered((Whisper(Line(Phrase.REPLY_FROM_SUPPORTER), quote=WORDS),), Language.EN)
    assert said.blocks == (Paragraph("A supporter writes:"), Quote(WORDS))


def test_people_are_listed_one_a_line() -> None:
    people = (UserId("@a:example.org"), UserId("@b:example.org"))
    line = Line(Phrase.STEWARD_SERVE_ASKED, cities=(NYC,), number=2)
    whisper = Whisper(line, case=CaseName("calm-maple"), room=RoomId("!r:example.org"), people=people)
    said = VOICE.whispered((whisper,), Language.EN)
    assert said.blocks[-1] == Items(people)
    assert "`!confirm calm-maple`" in texts(said)[0]


def test_what_is_spoken_in_a_room_is_only_words_of_the_catalogue() -> None:
    assert spoken(Line(Phrase.FYI_THANKS)) == [Shipped()[Language.EN].words("fyi.thanks")]


# -- cards ----------------------


def test_a_card_says_in_order_what_it_is_where_and_in_which_words() -> None:
    blocks_ = VOICE.card(CASE, Language.EN).blocks
    assert blocks_[0] == Paragraph("Case amber-heron: doxx and help. Urgent. Waiting", strong=True)
    assert blocks_[1] == Paragraph("New York City. Posted publicly.")
    assert blocks_[2] == Quote(WORDS)
    assert any("`!reply`" in text for text in card())


def test_the_first_line_of_a_card_says_how_the_case_stands() -> None:
    assert standing(state=CaseState.CLAIMED, claimer=SOL)[0].endswith("Urgent. With @sol:example.org")
    closed = standing(state=CaseState.CLOSED)
    assert closed[0].endswith("Closed")


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (CaseState.WAITING, {"!claim", "!release", "!reply", "!close"}),
        (CaseState.CLAIMED, {"!reply", "!handoff", "!release", "!close"}),
        (CaseState.CLOSED, {"!reopen"}),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_a_card_offers_what_can_be_done_now(state: CaseState, offered: set[str], language: Language) -> None:
    shown = texts(VOICE.card(replace(CASE, state=state, claimer=SOL), language))
    assert set(re.findall(r"`(![a-z]+)`", "\n".join(shown))) == offered


LEFT = Left(RoomId("!before"), EventId("$before"), may_claim=True)


def left_behind(cities: tuple[CitySlug, ...] = (NEWARK,), left: Left = LEFT, **changes: object) -> list[str]:
    return texts(VOICE.moved(replace(CASE, **changes), left, cities, Language.EN))


def test_a_card_left_behind_says_who_has_the_case_and_what_can_be_done_about_it() -> None:
    first, *_, last = left_behind()
    assert first.endswith("Went on")
    assert "I asked supporters of Newark too" in last
    assert "`!claim`" in last
    assert "the fallback team" in left_behind(())[-1]


@pytest.mark.parametrize("state", [CaseState.CLAIMED, CaseState.CLOSED])
def test_a_card_left_behind_shows_no_words_that_nobody_needs_there_and_names_nobody(state: CaseState) -> None:
    waiting = VOICE.moved(CASE, LEFT, (NEWARK,), Language.EN)
    assert any(isinstance(block, Quote) for block in waiting.blocks)
    for case, left in (
        (replace(CASE, state=state, claimer=UserId("@sol:test")), LEFT),
        (CASE, replace(LEFT, may_claim=False)),
    ):
        shown = VOICE.moved(case, left, (NEWARK,), Language.EN)
        assert not any(isinstance(block, Quote) for block in shown.blocks)
        assert "@sol:test" not in "\n".join(texts(shown))
        assert "`!claim`" not in "\n".join(texts(shown))


def test_a_card_says_that_something_was_taken_back_and_shows_the_notes() -> None:
    assert any("Withdrawn in part" in text for text in standing(withdrawn=True))
    empty = replace(CASE, card=replace(CARD, words=Sensitive("")), withdrawn=True, notes=(WORDS,))
    blocks_ = VOICE.card(empty, Language.EN).blocks
    assert any("took back what they wrote" in text for text in texts(VOICE.card(empty, Language.EN)))
    assert [block.words for block in blocks_ if isinstance(block, Quote)] == [WORDS]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "less than a minute"), (1, "1 min"), (59, "59 min"), (60, "1 h"), (3000, "2 d")],
)
def test_an_age_is_short(minutes: int, said: str) -> None:
    line = Line(Phrase.BOARD_WAITING, categories=(Category.HELP,))
    row = Whisper(line, case=CaseName("amber-heron"), age=Millis(minutes * 60_000))
    (text,) = texts(VOICE.whispered((row,), Language.EN))
    assert text == f"amber-heron: help, no city. Waits for somebody, {said} old."


def test_a_private_message_without_a_tag_is_called_one() -> None:
    said = card(categories=(), cities=(), urgency=Urgency.USUAL, posted=Posted.PRIVATELY)
    assert said[:2] == ["Case amber-heron: private message. Waiting", "No city. Sent privately."]


def test_a_card_names_its_notes_and_attachments_in_words() -> None:
    said = card(notes=tuple(CardNote), attachments=(AttachmentKind.PICTURE, AttachmentKind.VOICE))
    assert "Came with: picture and voice message." in said
    assert len(said) == len(card()) + len(CardNote) + 1


def test_the_desk_warns_before_it_gives_a_link_and_gives_the_fitting_form_first() -> None:
    said = card(platforms=(FACES.id,))
    assert said.index("Faces") < said.index("Before you report: This form warns the account.")
    warned = said.index("Before you report: This form warns the account.")
    form = said.index("Private details: https://faces.example/privacy (No account needed)")
    assert warned < form
    assert not [text for text in said if "faces.example/harassment" in text]
    harassment = card(platforms=(FACES.id,), categories=(Category.HARASSMENT,))
    assert [text for text in harassment if "faces.example/harassment" in text]


def test_a_call_for_help_needs_no_desk() -> None:
    assert card(categories=(Category.HELP,), platforms=(FACES.id,)) == card(categories=(Category.HELP,))


def test_a_platform_without_an_entry_does_not_keep_a_card_back() -> None:
    assert any("nowhere" in text for text in card(platforms=(PlatformId("nowhere"),)))


def test_further_words_say_whether_they_are_new_or_changed() -> None:
    first, changed = (further(WORDS, edited=edited) for edited in (False, True))
    assert first[1] == changed[1] == Quote(WORDS)
    assert first[0] != changed[0]


def test_words_that_were_taken_away_leave_no_empty_quotation() -> None:
    (said,) = further(Sensitive(""), edited=True)
    assert isinstance(said, Paragraph)


def further(words: Sensitive, *kinds: AttachmentKind, edited: bool = False) -> tuple[object, ...]:
    notes = (CardNote.ATTACHMENT_NOT_CARRIED,) if kinds else ()
    return VOICE.more(TellMore(CARD.case, words, edited, kinds, notes), Language.EN).blocks


def test_a_picture_without_words_is_said_to_have_come_and_not_to_be_carried() -> None:
    named, note = further(Sensitive(""), AttachmentKind.PICTURE)
    assert isinstance(named, Paragraph)
    assert "picture" in named.text
    assert isinstance(note, Items)
    assert len(further(WORDS, AttachmentKind.PICTURE)) == 4


# -- resources ----------------------


def found(*ids: str) -> list[str]:
    return spoken(Line(Phrase.RESOURCES_FOUND, resources=tuple(map(ResourceId, ids)), number=len(ids)))[1:]


def test_an_entry_says_what_it_is_how_to_reach_it_and_how_sure_we_are() -> None:
    (said,) = found("night-line")
    for part in (
        "Night Line",
        "Peers who listen",
        "+1-555-010-0000 (US)",
        "night.example.org",
        "Not checked by us yet",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("checked", "words"),
    [(date(2026, 11, 1), "Last checked on 2026-11-01."), (date(2020, 1, 1), "make sure")],
)
def test_an_entry_says_when_it_was_last_checked_and_when_that_is_long_ago(checked: date, words: str) -> None:
    library = Library((replace(LINE, checked=checked),))
    voice = Voice(Shipped(), lambda: ATLAS, lambda: library, Desk(()), lambda: TODAY)
    line = Line(Phrase.RESOURCES_THAT_MAY_FIT, resources=(LINE.id,))
    assert words in texts(voice.spoken((line,), Language.EN))[1]


def test_a_closed_group_is_said_to_be_closed_instead_of_nothing() -> None:
    assert found("old-line") == ["Old Line. Closed, last heard of in 2023."]


def test_an_entry_that_was_taken_out_meanwhile_does_not_silence_the_bot() -> None:
    assert len(found("night-line", "vanished")) == 2


def test_the_list_and_the_names_are_asked_for_each_time() -> None:
    libraries = iter((Library((LINE,)), Library(())))
    voice = Voice(Shipped(), lambda: ATLAS, lambda: next(libraries), Desk(()), lambda: TODAY)
    line = Line(Phrase.RESOURCES_THAT_MAY_FIT, resources=(LINE.id,))
    before, after = (texts(voice.spoken((line,), Language.EN)) for _ in range(2))
    assert before != after
