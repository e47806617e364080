"""Promises about the table of categories: every hashtag has one row, and rows differ only where they must."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from bot.core.categories import TABLE, deciding
from bot.core.effects import Origin, Reason
from bot.core.guard import Finding
from bot.core.model import CaseName, Category, CitySlug, EventId, Guard, Posted
from bot.core.phrases import Line, Whisper
from bot.core.results import Held, Told
from bot.core.telling import Reach, Telling
from tests.core.world import BOSTON, FALLBACK, LOBBY, MIA, NEWARK, NEWARK_ROOM, NYC, NYC_ROOM, VIEW

CASE = CaseName("amber-heron")


def news(
    category: Category, reach: Reach, *cities: CitySlug, posted: Posted = Posted.PUBLICLY, later: bool = False
) -> Telling:
    origin = Origin(Reason.REPORT, LOBBY, MIA, categories=(category,), cities=cities, posted=posted)
    room = NYC_ROOM if reach is Reach.TEAM else FALLBACK
    told = (Told(CASE, room, EventId("$card"), reach is Reach.FALLBACK),)
    if reach is Reach.NOBODY:
        return Telling(origin, (), (Held(CASE),), later, VIEW)
    return Telling(origin, told, (), later, VIEW)


def said(lines: tuple[Line | Whisper, ...]) -> list[str]:
    return [(line.line if isinstance(line, Whisper) else line).phrase.name for line in lines]


def test_every_category_has_exactly_one_row() -> None:
    assert set(TABLE) == set(Category)
    assert all(row.category is category for category, row in TABLE.items())


def test_the_most_careful_category_decides_in_any_company() -> None:
    everyone = list(Category)
    for some in chain.from_iterable(combinations(everyone, count) for count in range(1, len(everyone) + 1)):
        assert deciding(tuple(reversed(some))).category is some[0]


def test_a_message_without_a_category_is_answered_like_a_call_for_help() -> None:
    assert deciding(()).category is Category.HELP


@pytest.mark.parametrize("guard", Guard)
@pytest.mark.parametrize("category", Category)
def test_only_doxx_is_taken_down_without_looking_and_only_three_kinds_ever(
    category: Category, guard: Guard
) -> None:
    removes = TABLE[category].removes
    assert removes(frozenset(), guard) is (category is Category.DOXX)
    everything = removes(frozenset(Finding), guard)
    cautious = category in (Category.DANGER, Category.HARASSMENT) and guard is not Guard.OFF
    assert everything is (category is Category.DOXX or cautious)


@pytest.mark.parametrize("found", [Finding.PHONE, Finding.ADDRESS, Finding.PLATE, Finding.EMAIL])
def test_a_harassment_post_goes_when_it_leads_to_a_private_persons_door(found: Finding) -> None:
    assert TABLE[Category.HARASSMENT].removes(frozenset({found}), Guard.NORMAL)


@pytest.mark.parametrize("found", [Finding.LINK, Finding.HANDLE])
def test_naming_the_account_that_harasses_is_what_a_harassment_post_is_for(found: Finding) -> None:
    assert not TABLE[Category.HARASSMENT].removes(frozenset({found}), Guard.STRICT)


@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("category", Category)
def test_supporters_have_it_is_said_exactly_when_they_do(category: Category, reach: Reach) -> None:
    promised = [
        phrase
        for phrase in said(TABLE[category].in_public(news(category, reach, NYC)))
        if "WITH_SUPP" in phrase
    ]
    speaks = category not in (Category.FYI, Category.SUPPORTER)
    assert bool(promised) is (speaks and reach is not Reach.NOBODY)


@pytest.mark.parametrize("category", Category)
def test_doxx_and_harassment_never_name_a_place_in_public(category: Category) -> None:
    lines = TABLE[category].in_public(news(category, Reach.TEAM, NYC))
    named = {city for line in lines for city in line.cities}
    assert named == ({NYC} if category in (Category.HELP, Category.DANGER) else set())


@pytest.mark.parametrize("category", Category)
def test_every_worker_gets_something_of_use_whoever_has_it(category: Category) -> None:
    for reach in Reach:
        assert TABLE[category].to_worker(news(category, reach, NYC))


def test_a_private_doxx_report_is_not_told_about_a_post_in_a_room() -> None:
    row = TABLE[Category.DOXX]
    assert "DOXX_POST_IS_TAKEN_DOWN" in said(row.to_worker(news(Category.DOXX, Reach.TEAM, NYC)))
    private = news(Category.DOXX, Reach.TEAM, NYC, posted=Posted.PRIVATELY)
    assert "DOXX_POST_IS_TAKEN_DOWN" not in said(row.to_worker(private))


# -- what became of it ----------------------


def test_cities_are_reached_missed_or_unserved_by_who_has_it() -> None:
    reached = news(Category.HELP, Reach.TEAM, NYC, NEWARK, BOSTON)
    assert (reached.reached, reached.missed, reached.unserved) == ((NYC,), (NEWARK,), (BOSTON,))
    fallback = news(Category.HELP, Reach.FALLBACK, NYC)
    assert (fallback.reached, fallback.missed) == ((), (NYC,))


def test_a_report_has_got_as_far_as_its_best_case() -> None:
    assert news(Category.HELP, Reach.TEAM, NYC).reach is Reach.TEAM
    assert news(Category.HELP, Reach.FALLBACK, NYC).reach is Reach.FALLBACK
    assert news(Category.HELP, Reach.NOBODY, NYC).reach is Reach.NOBODY
    origin = news(Category.HELP, Reach.TEAM, NYC).origin
    both = (Told(CASE, FALLBACK, EventId("$a"), True), Told(CASE, NEWARK_ROOM, EventId("$b"), False))
    assert Telling(origin, both, (), False, VIEW).reach is Reach.TEAM
