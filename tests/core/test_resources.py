"""Promises of core.resources and core.asking: the right help is found first, however it is asked for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.asking import MOST_WORDS, ask
from bot.core.cities import Atlas
from bot.core.model import City, CitySlug, ResourceId
from bot.core.resources import (
    PAGE,
    STALE_AFTER_DAYS,
    Freshness,
    Library,
    PeerLed,
    Query,
    Resource,
    Scope,
    Status,
    Topic,
    pages,
)
from bot.core.synonyms import COUNTRY_WORDS, FILLERS, LANGUAGE_WORDS, ONLINE_WORDS, TOPIC_WORDS, near
from bot.core.takedown import Confidence

NYC, LONDON, LA, SF = (CitySlug(slug) for slug in ("nyc", "london", "la", "sf"))
PLACES = (
    City(NYC, "New York City", ("newyork", "queens"), country="US"),
    City(SF, "San Francisco", ("bayarea",), country="US"),
    City(LA, "Los Angeles", country="US"),
    City(LONDON, "London", country="GB"),
    City(CitySlug("chicago"), "Chicago", country="US"),
)
TODAY = date(2026, 11, 22)


def entry(
    id_: str,
    *topics: Topic,
    scope: Scope = Scope.NATIONAL,
    cities: tuple[CitySlug, ...] = (),
    countries: tuple[str, ...] = ("US",),
    languages: tuple[str, ...] = ("en",),
    status: Status = Status.LISTED,
    publish: bool = True,
    led: PeerLed = PeerLed.UNKNOWN,
    name: str | None = None,
    description: str = "Helps people.",
    checked: date | None = None,
    confidence: Confidence = Confidence.THIRD_PAGE,
) -> Resource:
    return Resource(
        id=ResourceId(id_),
        name=name or id_.replace("-", " ").title(),
        description=description,
        topics=topics or (Topic.LEGAL,),
        scope=scope,
        source=("https://example.org",),
        seen=TODAY,
        status=status,
        publish=publish,
        countries=countries,
        cities=cities,
        languages=languages,
        peer_led=led,
        confidence=confidence,
        url="https://example.org",
        checked=checked,
    )


CITY_NYC = entry(
    "nyc-legal-aid", Topic.LEGAL, Topic.MIGRANT, scope=Scope.CITY, cities=(NYC,), languages=("en", "es")
)
CITY_LONDON = entry("london-legal", Topic.LEGAL, scope=Scope.CITY, cities=(LONDON,), countries=("GB",))
CITY_SF_CLOSED = entry(
    "saint-infirmary", Topic.HEALTH, scope=Scope.CITY, cities=(SF,), status=Status.CLOSED, publish=False
)
NATIONAL_US = entry("us-rights", Topic.LEGAL, led=PeerLed.FULL)
NATIONAL_GB = entry("gb-rights", Topic.LEGAL, countries=("GB",), led=PeerLed.FULL)
ONLINE = entry("web-clinic", Topic.HEALTH, scope=Scope.ONLINE, countries=())
GLOBAL = entry(
    "world-network", Topic.RIGHTS_ORG, scope=Scope.GLOBAL, countries=(), languages=("en", "es", "fr")
)
HOUSING_ES = entry("casa-abierta", Topic.HOUSING, languages=("es",))
HOUSING_EN = entry("open-house", Topic.HOUSING, led=PeerLed.FULL)
HIDDEN = entry("hidden-shelter", Topic.HOUSING, publish=False)
LIBRARY = Library(
    (
        CITY_NYC,
        CITY_LONDON,
        CITY_SF_CLOSED,
        NATIONAL_US,
        NATIONAL_GB,
        ONLINE,
        GLOBAL,
        HOUSING_ES,
        HOUSING_EN,
        HIDDEN,
    ),
    PLACES,
)
ATLAS = Atlas((City(CitySlug("newyork"), "New York City", ("nyc", "bigapple"), country="US"),))


def asked(words: str, home: tuple[CitySlug, ...] = (), atlas: Atlas = ATLAS) -> Query:
    return ask(words.split(), atlas, LIBRARY, home)


def found(words: str, home: tuple[CitySlug, ...] = ()) -> list[str]:
    return [each.id for each in LIBRARY.search(asked(words, home))]


# -- search ----------------------------------------------------------------------------------------


def test_an_empty_question_shows_everything_that_is_published() -> None:
    shown = {each.id for each in LIBRARY.search(Query())}
    assert shown == {each.id for each in LIBRARY.entries if each.publish}


def test_what_is_not_published_is_never_shown() -> None:
    assert found("housing") == ["open-house", "casa-abierta"]
    assert "hidden-shelter" not in found("hidden shelter")


def test_the_city_comes_before_the_country_and_the_country_before_the_world() -> None:
    query = Query(cities=(NYC,), countries=("US",))
    order = [str(each.id) for each in LIBRARY.search(query)]
    assert order[0] == "nyc-legal-aid"
    assert order.index("us-rights") < order.index("world-network")


def test_national_and_global_entries_fall_in_where_a_city_has_none() -> None:
    assert found("legal chicago") == ["us-rights"]
    assert found("clinic chicago") == ["web-clinic"]


def test_another_city_or_country_is_left_out() -> None:
    assert "london-legal" not in found("legal nyc")
    assert "gb-rights" not in found("legal nyc")
    assert "nyc-legal-aid" not in found("legal london")


def test_peer_led_groups_come_first_among_equals() -> None:
    assert found("housing usa") == ["open-house", "casa-abierta"]


def test_a_language_narrows_the_list_when_anybody_speaks_it_and_else_does_not() -> None:
    assert found("housing es") == ["casa-abierta"]
    assert found("housing korean") == ["open-house", "casa-abierta"]


def test_online_means_what_can_be_reached_from_anywhere() -> None:
    assert found("online")[:2] == ["web-clinic", "world-network"]
    assert "nyc-legal-aid" not in found("online")


def test_a_closed_entry_is_told_to_who_asks_for_it_by_name() -> None:
    assert found("saint infirmary") == ["saint-infirmary"]
    assert found("infirmary sf")[0] == "saint-infirmary"
    assert "saint-infirmary" not in found("health")


def test_a_closed_entry_is_told_where_nothing_open_answers() -> None:
    closed_only = Library((CITY_SF_CLOSED, NATIONAL_US), PLACES)
    assert closed_only.search(ask(["clinic", "sf"], ATLAS, closed_only)) == (CITY_SF_CLOSED,)


def test_a_name_is_found_wherever_its_city_is() -> None:
    assert found("gb rights")[0] == "gb-rights"
    assert found("casa abierta")[0] == "casa-abierta"


def test_words_that_nothing_answers_find_nothing() -> None:
    assert found("xylophone") == []


def test_words_of_a_description_are_found() -> None:
    library = Library((entry("one", description="Free naloxone and a garden."), entry("two")), PLACES)
    assert [each.id for each in library.search(Query(words=("garden",)))] == ["one"]


def test_all_topics_asked_for_rank_above_one_of_them() -> None:
    assert found("legal migrant nyc")[0] == "nyc-legal-aid"


def test_a_checked_entry_comes_before_an_unchecked_one() -> None:
    library = Library((entry("a-unchecked"), entry("b-checked", checked=TODAY)))
    assert [each.id for each in library.search(Query())] == ["b-checked", "a-unchecked"]


def test_entries_of_equal_worth_come_in_the_order_of_their_names() -> None:
    library = Library((entry("zeta"), entry("alpha")))
    assert [each.id for each in library.search(Query())] == ["alpha", "zeta"]


def test_cities_the_bot_calls_otherwise_are_understood_by_the_list() -> None:
    assert (
        LIBRARY.search(Query(cities=(CitySlug("newyork"),), countries=("US",), topics=(Topic.LEGAL,)))[0]
        == CITY_NYC
    )


def test_a_city_of_the_same_name_in_another_country_is_another_city() -> None:
    canada = Atlas((City(LONDON, "London", country="CA"),))
    query = ask(["legal", "london"], canada, LIBRARY)
    assert query.places == ()
    assert CITY_LONDON not in LIBRARY.search(query)


def test_an_entry_is_found_by_its_id_and_an_unknown_id_is_none() -> None:
    assert LIBRARY.get(ResourceId("us-rights")) == NATIONAL_US
    assert LIBRARY.get(ResourceId("nothing")) is None


# -- asking ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_is_understood_by_its_own_name(topic: Topic) -> None:
    assert topic in asked(topic.value).topics
    assert topic in asked(topic.value.replace("_", " ")).topics


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("lawyer", Topic.LEGAL),
        ("Lawyers!", Topic.LEGAL),
        ("attorney", Topic.LEGAL),
        ("abogado", Topic.LEGAL),
        ("abogada", Topic.LEGAL),
        ("std", Topic.HEALTH),
        ("STI clinic", Topic.HEALTH),
        ("clínica", Topic.HEALTH),
        ("clinica", Topic.HEALTH),
        ("therapist", Topic.MENTAL_HEALTH),
        ("mental health", Topic.MENTAL_HEALTH),
        ("shelter", Topic.HOUSING),
        ("vivienda", Topic.HOUSING),
        ("refugio", Topic.HOUSING),
        ("money", Topic.MUTUAL_AID),
        ("mutual aid", Topic.MUTUAL_AID),
        ("condoms", Topic.HARM_REDUCTION),
        ("harm reduction", Topic.HARM_REDUCTION),
        ("ugly mugs", Topic.BAD_DATE),
        ("bad date list", Topic.BAD_DATE),
        ("doxxed", Topic.DIGITAL_SAFETY),
        ("leaked pictures", Topic.IMAGE_ABUSE),
        ("hotline", Topic.CRISIS_LINE),
        ("union", Topic.LABOR),
        ("sindicato", Topic.LABOR),
        ("undocumented", Topic.MIGRANT),
        ("jail", Topic.INCARCERATION),
        ("nonbinary", Topic.TRANS),
        ("grants", Topic.FUNDING),
        ("support group", Topic.PEER_SUPPORT),
        ("decrim", Topic.RIGHTS_ORG),
    ],
)
def test_people_may_use_their_own_words_for_a_topic(words: str, topic: Topic) -> None:
    assert topic in asked(words).topics


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("lawer", Topic.LEGAL),
        ("leagal", Topic.LEGAL),
        ("hosing", Topic.HOUSING),
        ("housng", Topic.HOUSING),
        ("theraphy", Topic.MENTAL_HEALTH),
        ("clincs", Topic.HEALTH),
        ("harmreducton", Topic.HARM_REDUCTION),
        ("abogdo", Topic.LEGAL),
        ("digitl", Topic.DIGITAL_SAFETY),
    ],
)
def test_typing_errors_are_forgiven(words: str, topic: Topic) -> None:
    assert asked(words).topics == (topic,)


@pytest.mark.parametrize(
    "words", ["nyc", "NYC", "new york", "New York City", "bigapple", "newyork", "bigaple"]
)
def test_a_city_of_the_bot_is_understood_and_known_to_the_list(words: str) -> None:
    query = asked(words)
    assert query.cities == (CitySlug("newyork"),)
    assert query.places == (NYC,)
    assert query.countries == ("US",)


@pytest.mark.parametrize("words", ["san francisco", "sf", "bayarea", "bay area", "Chicago", "chcago"])
def test_a_city_only_the_list_knows_is_understood(words: str) -> None:
    query = asked(words)
    assert query.cities == ()
    assert len(query.places) == 1
    assert query.countries == ("US",)


@pytest.mark.parametrize(
    ("words", "code"), [("spanish", "es"), ("español", "es"), ("ES", "es"), ("fr", "fr"), ("français", "fr")]
)
def test_languages_are_understood_by_name_and_code(words: str, code: str) -> None:
    assert asked(f"housing {words}").languages == (code,)


@pytest.mark.parametrize("words", ["abogado en la ciudad", "es una casa", "de noche en la casa"])
def test_small_words_of_another_language_are_neither_city_nor_language(words: str) -> None:
    query = asked(words)
    assert query.places == ()
    assert query.languages == ()


def test_la_at_the_end_is_los_angeles() -> None:
    assert asked("legal la").places == (LA,)


def test_online_and_countries_are_understood() -> None:
    assert asked("housing online").online
    assert asked("legal uk").countries == ("GB",)
    assert asked("legal united states").countries == ("US",)


def test_small_talk_around_a_question_does_not_matter() -> None:
    assert asked("I need a good lawyer please in new york") == Query(
        cities=(CitySlug("newyork"),),
        places=(NYC,),
        countries=("US",),
        topics=(Topic.LEGAL,),
        words=("good",),
    )


def test_the_order_of_the_words_does_not_matter_for_what_is_found() -> None:
    assert (
        found("legal nyc spanish")
        == found("nyc spanish legal")
        == found("spanish legal nyc")
        == ["nyc-legal-aid"]
    )


def test_the_cities_of_the_room_are_meant_when_none_is_named() -> None:
    home = (CitySlug("newyork"),)
    assert asked("legal", home).places == (NYC,)
    assert asked("legal chicago", home).cities == ()
    assert asked("legal online", home).cities == ()
    assert found("legal", home)[0] == "nyc-legal-aid"


def test_a_word_of_a_name_is_not_taken_for_a_typing_error_of_a_topic() -> None:
    library = Library((entry("hips", name="HIPS"), entry("other")), PLACES)
    query = ask(["hips"], ATLAS, library)
    assert query.words == ("hips",)
    assert [each.id for each in library.search(query)] == ["hips"]


def test_a_misspelt_name_is_found() -> None:
    assert found("casa abirta")[0] == "casa-abierta"


def test_a_question_prints_none_of_its_free_words() -> None:
    assert "xylophone" not in repr(asked("xylophone nyc"))


def test_an_endless_question_is_cut() -> None:
    assert len(asked(" ".join(f"word{n}" for n in range(500))).words) <= MOST_WORDS


@given(st.lists(st.text(max_size=12), max_size=8))
def test_asking_anything_finds_only_what_may_be_shown(words: list[str]) -> None:
    for each in LIBRARY.search(ask(words, ATLAS, LIBRARY)):
        assert each.publish or each.status is Status.CLOSED


# -- tables, freshness, pages ----------------------------------------------------------------------


def test_no_synonym_is_a_filler_that_would_hide_it() -> None:
    assert not FILLERS & set(TOPIC_WORDS)
    assert not FILLERS & (set(LANGUAGE_WORDS) | ONLINE_WORDS | set(COUNTRY_WORDS))


def test_short_words_are_never_corrected() -> None:
    assert near("stq", TOPIC_WORDS) is None
    assert near("housng", TOPIC_WORDS) == "housing"
    assert near("qqqqqq", TOPIC_WORDS) is None


@pytest.mark.parametrize(
    ("checked", "freshness"),
    [
        (None, Freshness.UNCHECKED),
        (TODAY, Freshness.CHECKED),
        (TODAY - timedelta(days=STALE_AFTER_DAYS), Freshness.CHECKED),
        (TODAY - timedelta(days=STALE_AFTER_DAYS + 1), Freshness.STALE),
    ],
)
def test_an_entry_is_stale_half_a_year_after_it_was_checked(
    checked: date | None, freshness: Freshness
) -> None:
    assert entry("one", checked=checked).freshness(TODAY) is freshness


@given(st.integers(0, 23))
def test_pages_hold_five_each_and_everything_once(count: int) -> None:
    entries = tuple(entry(f"e{n}") for n in range(count))
    leaves = pages(entries)
    assert [each for leaf in leaves for each in leaf] == list(entries)
    assert all(len(leaf) == PAGE for leaf in leaves[:-1])
    assert all(leaf for leaf in leaves)
