"""Promises of core.cities: a tag means a city only when it is one, and nobody is sent to the wrong place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cities import AMBIGUOUS, Atlas, EmptyAlias, SharedAlias, UnknownCity, normalise
from bot.core.model import City, CitySlug

NYC, NEWARK, LA, PORTLAND = (CitySlug(slug) for slug in ("nyc", "newark", "la", "portland"))
ONLINE = CitySlug("online")
CITIES = (
    City(NYC, "New York City", ("newyork", "brooklyn", "St. John's"), neighbours=(NEWARK,), country="US"),
    City(NEWARK, "Newark", country="US"),
    City(LA, "Los Angeles", ("hollywood",), country="US"),
    City(PORTLAND, "Portland", ("pdx",), country="US"),
    City(CitySlug("montreal"), "Montréal", country="CA"),
)
ATLAS = Atlas(CITIES, {"tristate": (NYC, NEWARK), "westcoast": (LA, PORTLAND)})


@pytest.mark.parametrize(
    "tag",
    [
        "nyc",
        "NYC",
        "#nyc",
        "＃ＮＹＣ",
        "n.y.c.",
        "N-Y-C",
        "n y c",
        "new york",
        "New-York",
        "new_york",
        "NewYorkCity",
        "new york city",
        "Brooklyn",
        "stjohns",
        "St. John’s",
        "  nyc ",
    ],
)
def test_a_city_is_found_however_its_name_is_typed(tag: str) -> None:
    assert ATLAS.find(tag) == (NYC,)


@pytest.mark.parametrize("tag", ["montréal", "Montreal", "MONTRE\u0301AL", "#montréal"])
def test_an_accent_on_a_latin_letter_makes_no_other_city(tag: str) -> None:
    assert ATLAS.find(tag) == (CitySlug("montreal"),)


@pytest.mark.parametrize("tag", ["", "#", "...", "gotham", "nyc2", "nycc", "new", "york"])
def test_an_unknown_tag_is_no_city(tag: str) -> None:
    assert ATLAS.find(tag) == ()


def test_a_region_means_all_of_its_cities() -> None:
    assert ATLAS.find("#TriState") == (NYC, NEWARK)
    assert ATLAS.find("west coast") == (LA, PORTLAND)


def test_online_is_a_place_that_needs_no_description() -> None:
    assert ATLAS.find("#Online") == (ONLINE,)
    assert ATLAS.city(ONLINE).name == "Online"
    assert ONLINE in ATLAS
    assert ONLINE not in [city.slug for city in ATLAS]


def test_an_online_city_of_the_operators_own_comes_before_the_builtin_one() -> None:
    atlas = Atlas((City(ONLINE, "The Internet", ("web",)),))
    assert atlas.city(ONLINE).name == "The Internet"
    assert atlas.find("web") == (ONLINE,)


@pytest.mark.parametrize(
    ("tag", "near"), [("nycc", NYC), ("brooklin", NYC), ("newwark", NEWARK), ("holywood", LA)]
)
def test_the_nearest_city_is_suggested_for_an_unknown_tag(tag: str, near: CitySlug) -> None:
    assert ATLAS.find(tag) == ()
    assert ATLAS.nearest(tag)[0] == near


@pytest.mark.parametrize("tag", ["", "#", "zzzzzzzzzz", "qqq"])
def test_nothing_is_suggested_for_what_is_like_nothing(tag: str) -> None:
    assert ATLAS.nearest(tag) == ()


def test_suggestions_are_few_and_only_real_cities() -> None:
    suggested = ATLAS.nearest("newar")
    assert 1 <= len(suggested) <= 3
    assert all(slug in {city.slug for city in ATLAS} for slug in suggested)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (City(CitySlug("a"), "A", ("big-apple",)), City(CitySlug("b"), "B", ("Big Apple",))),
        (City(CitySlug("a"), "A"), City(CitySlug("b"), "B", ("#A",))),
        (City(CitySlug("a"), "A", ("b",)), City(CitySlug("b"), "B")),
    ],
)
def test_one_alias_for_two_cities_is_an_error_that_names_both(first: City, second: City) -> None:
    with pytest.raises(SharedAlias) as caught:
        Atlas((first, second))
    assert {caught.value.first, caught.value.second} == {"a", "b"}
    assert " a " in str(caught.value)
    assert " b;" in str(caught.value)


def test_a_region_may_not_bear_the_name_of_a_city() -> None:
    with pytest.raises(SharedAlias, match="region hollywood"):
        Atlas(CITIES, {"hollywood": (LA,)})


def test_an_alias_given_twice_to_the_same_city_is_no_error() -> None:
    assert Atlas((City(NYC, "NYC", ("nyc", "n.y.c.", "newyork", "new york")),)).find("newyork") == (NYC,)


def test_an_alias_of_which_nothing_is_left_is_an_error_that_names_its_city() -> None:
    with pytest.raises(EmptyAlias, match="nyc"):
        Atlas((City(NYC, "New York City", ("#",)),))


def test_a_neighbour_or_region_that_is_described_nowhere_is_an_error() -> None:
    with pytest.raises(UnknownCity, match="jersey"):
        Atlas((City(NYC, "New York City", neighbours=(CitySlug("jersey"),)),))
    with pytest.raises(UnknownCity, match="regions: east"):
        Atlas(CITIES, {"east": (CitySlug("boston"),)})


def test_two_cities_of_one_name_are_both_found_by_their_slugs_and_neither_by_the_name() -> None:
    atlas = Atlas(
        (City(CitySlug("lon-uk"), "London", country="GB"), City(CitySlug("lon-ca"), "London", country="CA"))
    )
    assert atlas.find("london") == ()
    assert atlas.find("lonca") == (CitySlug("lon-ca"),)
    assert atlas.shown(CitySlug("lon-uk")) == "London (GB)"


@pytest.mark.parametrize("name", sorted(AMBIGUOUS))
def test_an_ambiguous_name_is_shown_with_its_country(name: str) -> None:
    slug = CitySlug(name)
    atlas = Atlas((City(slug, name.title(), country="CA"),))
    assert atlas.ambiguous(slug)
    assert atlas.shown(slug) == f"{name.title()} (CA)"


def test_a_plain_name_is_shown_without_country() -> None:
    assert ATLAS.shown(NYC) == "New York City"
    assert ATLAS.shown(LA) == "Los Angeles (US)"


def test_an_ambiguous_city_without_a_country_is_shown_by_its_name() -> None:
    assert Atlas((City(CitySlug("perth"), "Perth"),)).shown(CitySlug("perth")) == "Perth"


def test_an_alias_from_chat_is_found_and_listed_after_the_configured_ones() -> None:
    atlas = ATLAS.with_aliases({"Big Apple": NYC})
    assert atlas.find("#bigapple") == (NYC,)
    assert atlas.aliases_of(NYC) == ("newyork", "brooklyn", "St. John's", "Big Apple")
    assert ATLAS.find("bigapple") == ()


@pytest.mark.parametrize("alias", ["newark", "hollywood", "tristate", "online", "Los Angeles", "#"])
def test_an_alias_from_chat_never_contradicts_the_configuration(alias: str) -> None:
    atlas = ATLAS.with_aliases({alias: NYC})
    assert atlas.find(alias) == ATLAS.find(alias)
    assert alias not in atlas.aliases_of(NYC)


def test_an_alias_from_chat_for_a_city_that_is_gone_is_left_out() -> None:
    assert ATLAS.with_aliases({"windy": CitySlug("chicago")}).find("windy") == ()


def test_the_first_of_two_aliases_from_chat_wins() -> None:
    assert ATLAS.with_aliases({"apple": NYC}).with_aliases({"Apple": LA}).find("apple") == (NYC,)


def test_what_a_name_already_means_can_be_asked_before_it_is_given_away() -> None:
    assert ATLAS.taken("brooklyn") == (NYC,)
    assert ATLAS.taken("bigapple") == ()


def test_a_city_that_nobody_described_is_refused_by_name() -> None:
    with pytest.raises(UnknownCity, match="gotham"):
        ATLAS.city(CitySlug("gotham"))


def test_the_countries_of_all_cities_are_known_for_phone_numbers() -> None:
    assert ATLAS.countries() == {"US", "CA"}
    assert Atlas(()).countries() == frozenset()


def test_cities_come_in_the_order_of_the_configuration() -> None:
    assert [city.slug for city in ATLAS] == [city.slug for city in CITIES]
    assert len(ATLAS) == len(CITIES)


@given(st.text())
def test_a_normalised_tag_stays_as_it_is(tag: str) -> None:
    once = normalise(tag)
    assert normalise(once) == once


@given(st.text(max_size=60))
def test_case_and_what_stands_between_letters_never_change_what_a_tag_means(tag: str) -> None:
    assert normalise(f"# {tag}.-") == normalise(tag)
    assert ATLAS.find(f"#{tag}") == ATLAS.find(tag)


@given(st.text())
def test_looking_up_never_raises_and_knows_only_known_cities(tag: str) -> None:
    assert all(slug in ATLAS for slug in ATLAS.find(tag))
    assert all(slug in ATLAS for slug in ATLAS.nearest(tag))


@given(st.sampled_from(["#nyc", "＃la", "new york", "pdx"]), st.sampled_from(["", " ", "-", "."]))
def test_every_name_leads_to_the_same_city_in_upper_and_lower_case(tag: str, between: str) -> None:
    spread = between.join(tag)
    assert ATLAS.find(spread.upper()) == ATLAS.find(spread.lower()) == ATLAS.find(tag) != ()


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_letters_mean_the_same_by_the_short_way_and_by_the_long_one(tag: str) -> None:
    # A typographic apostrophe is left out like any other, and sends the word the long way.
    assert normalise(tag[:63]) == normalise("’" + tag[:63])
