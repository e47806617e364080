"""Promises about posts in community rooms: where they go, what is taken down, what is left alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.changes import NoteAct, OpenCase
from bot.core.decide import decide
from bot.core.effects import RemoveOriginal, SayPrivately, TellMore, TellSupporters
from bot.core.limits import ALLOWED, Limit
from bot.core.model import (
    AttachmentKind,
    CardNote,
    Category,
    CitySlug,
    Guard,
    Millis,
    Posted,
    RoomId,
    Trust,
    Urgency,
)
from bot.core.view import CaseView, View
from tests.core.world import (
    BOSTON,
    CHICAGO,
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
    VIEW,
    effects,
    in_chat,
    in_lobby,
    names,
    on,
    phrases,
    plan,
    says,
)


def tellings(view: View, words: str) -> list[TellSupporters]:
    return [step for step in effects(on(view, words)) if isinstance(step, TellSupporters)]


TAGS = {
    "#swshelp": Category.HELP,
    "!swshelp": Category.HELP,
    "#swsdoxx": Category.DOXX,
    "#swsharassment": Category.HARASSMENT,
    "#swsharrassment": Category.HARASSMENT,
    "#swsdanger": Category.DANGER,
    "#swsfyi": Category.FYI,
    "#swssupporter": Category.SUPPORTER,
    "＃SWSDoxx": Category.DOXX,
}


@pytest.mark.parametrize(("tag", "category"), TAGS.items())
def test_every_category_becomes_a_case_in_every_spelling(tag: str, category: Category) -> None:
    (told,) = tellings(in_lobby(NYC), f"{tag} please")
    assert told.card.categories == (category,)
    assert told.rooms == (NYC_ROOM,)
    assert told.fallback == FALLBACK


@pytest.mark.parametrize("words", ["hello everyone", "who is up for coffee? #nyc", "!weather nyc", ""])
def test_talk_without_a_category_is_left_alone(words: str) -> None:
    assert not on(in_lobby(NYC), words).plans
    assert not on(in_lobby(NYC), words).changes


def test_our_own_words_are_no_news() -> None:
    message = replace(says(in_lobby(NYC), "#swsdoxx #nyc"), sender=ME)
    assert not decide(message, in_lobby(NYC)).plans


WHERE: dict[
    str, tuple[tuple[CitySlug, ...], tuple[RoomId, ...], tuple[CitySlug, ...], tuple[CardNote, ...]]
] = {
    "#swshelp #nyc": ((), (NYC_ROOM,), (NYC,), ()),
    "#swshelp #Brooklyn": ((), (NYC_ROOM,), (NYC,), ()),
    "#swshelp #newark": ((NYC,), (NEWARK_ROOM,), (NEWARK,), ()),
    "#swshelp": ((NYC,), (NYC_ROOM,), (NYC,), ()),
    "#swshelp #legal": ((NYC,), (NYC_ROOM,), (NYC,), ()),
    "#swshelp #urgent": ((NYC,), (NYC_ROOM,), (NYC,), ()),
    "#swshelp #boston": ((NYC,), (), (BOSTON,), (CardNote.CITY_WITHOUT_SUPPORTERS,)),
    "#swshelp #atlantis": ((NYC,), (), (), (CardNote.CITY_UNKNOWN,)),
    "#swshelp please": ((), (), (), (CardNote.CITY_NOT_NAMED,)),
    "#swshelp #newark #chicago": ((), (NEWARK_ROOM,), (NEWARK, CHICAGO), ()),
    "#swshelp #atlantis #nyc": ((), (NYC_ROOM,), (NYC,), ()),
}


@pytest.mark.parametrize("words", WHERE)
def test_the_tags_name_the_city_then_the_room_and_the_fallback_has_the_rest(words: str) -> None:
    room_cities, rooms, cities, notes = WHERE[words]
    (told,) = tellings(in_lobby(*room_cities), words)
    assert (told.rooms, told.card.cities, told.card.notes) == (rooms, cities, notes)
    assert told.fallback == FALLBACK


def test_several_cities_are_one_case_for_each_team() -> None:
    told = tellings(in_lobby(), "#swsdanger #nyc #newark #chicago")
    assert [(each.rooms, each.card.cities) for each in told] == [
        ((NYC_ROOM,), (NYC,)),
        ((NEWARK_ROOM,), (NEWARK, CHICAGO)),
    ]
    assert len({each.card.case for each in told}) == 2


def test_a_region_is_all_its_cities() -> None:
    assert [each.card.cities for each in tellings(in_lobby(), "#swshelp #tristate")] == [(NYC,), (NEWARK,)]


def test_all_cases_of_a_post_are_told_by_one_plan_and_opened_with_it() -> None:
    decision = on(in_lobby(), "#swshelp #nyc #newark")
    cases = [change.card.case for change in decision.changes if isinstance(change, OpenCase)]
    assert cases == [
        step.card.case for step in plan(decision, "tell").steps if isinstance(step, TellSupporters)
    ]
    assert cases == list(NAMES[:2])


def test_without_a_fallback_an_unknown_tag_does_not_keep_a_post_from_the_rooms_own_city() -> None:
    view = replace(in_lobby(NYC), fallback=None)
    assert [each.rooms for each in tellings(view, "#swshelp #atlantis")] == [(NYC_ROOM,)]


def test_a_flood_of_city_tags_reaches_no_more_teams_than_there_are_names() -> None:
    view = replace(in_lobby(), fresh_names=NAMES[:1])
    assert len(tellings(view, "#swshelp #nyc #newark #boston")) == 1


def test_a_decision_without_case_names_is_refused_loudly() -> None:
    with pytest.raises(ValueError, match="fresh case name"):
        on(replace(in_lobby(), fresh_names=()), "#swshelp")


def test_the_most_careful_category_decides_and_the_card_names_all() -> None:
    decision = on(in_lobby(NYC), "#swshelp #swsdoxx #swsfyi")
    told = plan(decision, "tell").steps[0]
    assert isinstance(told, TellSupporters)
    assert told.card.categories == (Category.DOXX, Category.HELP, Category.FYI)
    assert "remove" in names(decision)


def test_a_card_says_nothing_of_who_wrote_it_or_where() -> None:
    (told,) = tellings(in_lobby(NYC), f"#swshelp I am {MIA} in {LOBBY}")
    words = told.card.words.reveal()
    assert MIA not in words
    assert LOBBY not in words
    assert MIA not in repr(told)
    assert LOBBY not in repr(told)


def test_doxx_and_danger_are_urgent() -> None:
    urgency = {
        tag: tellings(in_lobby(NYC), tag)[0].card.urgency for tag in ("#swsdoxx", "#swsdanger", "#swsfyi")
    }
    assert urgency == {"#swsdoxx": Urgency.URGENT, "#swsdanger": Urgency.URGENT, "#swsfyi": Urgency.USUAL}


def test_an_attachment_that_is_not_carried_is_named_on_the_card() -> None:
    view = in_lobby(NYC)
    decision = decide(replace(says(view, "#swshelp"), attachment=AttachmentKind.PICTURE), view)
    told = plan(decision, "tell").steps[0]
    assert isinstance(told, TellSupporters)
    assert told.card.attachments == (AttachmentKind.PICTURE,)
    assert CardNote.ATTACHMENT_NOT_CARRIED in told.card.notes
    assert "FILE_NOT_THERE" in phrases(decision, SayPrivately)


def test_nothing_is_said_before_supporters_were_told() -> None:
    for tag in TAGS:
        assert not phrases(on(in_lobby(NYC), tag)), tag


# -- what is taken down ----------------------

PHONE = "call him at (212) 555-0187"
REMOVED = {
    "#swsdoxx look at this": True,
    f"#swsdanger {PHONE}": True,
    "#swsdanger mail x@mail.example.net": True,
    "#swsdanger https://tryst.link/escort/somebody": True,
    "#swsdanger a man in a grey coat by the station": False,
    f"#swsharassment {PHONE}": True,
    "#swsharassment https://x.com/troll/status/1": False,
    f"#swshelp {PHONE}": False,
    f"#swsfyi {PHONE}": False,
}


@pytest.mark.parametrize("words", REMOVED)
def test_a_post_is_taken_down_when_it_is_a_doxx_or_could_lead_to_a_person(words: str) -> None:
    assert ("remove" in names(on(in_lobby(NYC), words))) is REMOVED[words]


def test_taking_down_does_not_wait_for_supporters_nor_they_for_it() -> None:
    decision = on(in_lobby(NYC), "#swsdoxx")
    assert names(decision) == ["tell", "remove"]
    assert all(isinstance(step, RemoveOriginal) for step in plan(decision, "remove").steps)


def test_a_room_that_turned_the_guard_off_keeps_its_danger_posts_but_no_doxx() -> None:
    view = replace(in_lobby(NYC), room=replace(in_lobby(NYC).room, guard=Guard.OFF))
    assert "remove" not in names(on(view, f"#swsdanger {PHONE}"))
    assert "remove" in names(on(view, "#swsdoxx"))


# -- who wrote it ----------------------


@pytest.mark.parametrize("trust", [Trust.PLAIN, Trust.UNSIGNED, Trust.SIGNED, Trust.CHANGED])
def test_a_post_counts_when_nobody_else_can_have_written_it_in_an_encrypted_room(trust: Trust) -> None:
    assert "tell" in names(on(in_lobby(NYC), "#swshelp", trust))


@pytest.mark.parametrize("trust", [Trust.UNSIGNED, Trust.CHANGED])
def test_supporters_know_when_the_device_was_not_verified_or_the_keys_were_reset(trust: Trust) -> None:
    told = plan(on(in_lobby(NYC), "#swshelp", trust), "tell").steps[0]
    assert isinstance(told, TellSupporters)
    assert told.card.notes == (CardNote.SENDER_NOT_VERIFIED,)


@pytest.mark.parametrize(
    ("trust", "phrase"),
    [
        (Trust.INJECTED, "AGAIN_NOT_ENCRYPTED"),
        (Trust.UNBOUND, "AGAIN_NOT_BOUND"),
    ],
)
def test_a_post_that_may_be_forged_does_nothing_but_tell_the_person_named(trust: Trust, phrase: str) -> None:
    decision = on(in_lobby(NYC), "#swsdoxx #nyc", trust)
    assert phrases(decision, SayPrivately) == [phrase, "IF_IN_DANGER_NOW"]
    assert names(decision) == ["again"]
    assert not any(isinstance(change, OpenCase) for change in decision.changes)


def test_chatter_that_may_be_forged_is_still_only_chatter() -> None:
    assert not on(in_lobby(NYC), "good morning", Trust.INJECTED).plans


def test_a_stream_of_forged_posts_does_not_become_a_stream_of_messages() -> None:
    often = {Limit.HINT.value: tuple(NOW for _ in range(ALLOWED[Limit.HINT].count))}
    view = replace(in_lobby(NYC), sender=replace(VIEW.sender, acts=often))
    assert not on(view, "#swsdoxx", Trust.INJECTED).plans


# -- floods ----------------------


def flooding(view: View, limit: Limit = Limit.REPORT) -> View:
    (told,) = tellings(view, "#swshelp #nyc")
    case = CaseView(
        told.card, MIA, Millis(NOW - 60_000), LOBBY, says(view, "").id, NYC_ROOM, says(view, "").id
    )
    acts = {limit.value: tuple(Millis(NOW - 1000 * n) for n in range(ALLOWED[limit].count))}
    return replace(view, sender=replace(view.sender, case=case, cases=(case,), acts=acts))


def test_a_flood_of_posts_stays_one_case_and_loses_no_word() -> None:
    decision = on(flooding(in_lobby(NYC), Limit.URGENT_REPORT), "#swsdoxx again")
    assert names(decision) == ["more", f"urgent {NAMES[0]}", "remove"]
    more = plan(decision, "more").steps[0]
    assert isinstance(more, TellMore)
    assert more.case == NAMES[0]
    assert more.words.reveal() == "#swsdoxx again"


@pytest.mark.parametrize("words", ["#swsdoxx", "#swsdanger a car follows me", "#swshelp #swsdanger"])
@pytest.mark.parametrize("view", [in_lobby(NYC), in_chat()], ids=["in a room", "privately"])
def test_the_first_urgent_post_is_a_case_of_its_own_whatever_flood_came_before(
    view: View, words: str
) -> None:
    decision = on(flooding(view), words)
    [told] = [step for step in effects(decision) if isinstance(step, TellSupporters)]
    assert told.card.urgency is Urgency.URGENT


def test_every_post_counts_against_its_limit() -> None:
    assert NoteAct(MIA, Limit.REPORT, NOW) in on(in_lobby(NYC), "#swshelp").changes
    assert NoteAct(MIA, Limit.URGENT_REPORT, NOW) in on(in_lobby(NYC), "#swsdanger").changes


def test_a_public_post_is_marked_as_public() -> None:
    assert tellings(in_lobby(NYC), "#swshelp")[0].card.posted is Posted.PUBLICLY
