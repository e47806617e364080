"""Promises of bot.lists: a resource list is taken whole or refused whole, and says where it is wrong."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.model import CitySlug, ResourceId
from bot.core.resources import Freshness, PeerLed, Phone, Scope, Status, Topic
from bot.core.takedown import Confidence
from bot.document import Misconfigured
from bot.lists import RESOURCES, ResourceFile, load_resources

GOOD = """\
schema: 1
places:
  nyc: {name: New York City, country: US, aliases: [newyork]}
  oslo: {name: Oslo, country: "NO"}
entries:
  - id: peer-line
    name: Peer Line
    description: Peers who answer
      the phone.
    topics: [crisis_line, peer_support]
    scope: city
    countries: [US, "NO"]
    cities: [nyc, oslo]
    languages: [en, es]
    peer_led: full
    url: https://peers.example/
    phones:
      - {number: "+1-877-776-2004", serves: United States}
      - {number: "988"}
    email: help@peers.example
    address: 1 Main Street
    hours: "10:30"
    note: "#nyc only"
    upkeep: Ask again.
    status: listed
    publish: true
    source: [https://peers.example/about]
    seen: "2026-11-22"
    evidence_year: 2025
    confidence: own_site
    checked: "2026-12-01"
  - id: gone
    name: Gone
    description: It was here.
    topics: [health]
    scope: global
    status: closed
    publish: false
    source: []
    seen: 2026-11-22
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "resources.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_every_field_of_an_entry_is_read(tmp_path: Path) -> None:
    library = load_resources(written(tmp_path, GOOD))
    entry = library.get(ResourceId("peer-line"))
    assert entry is not None
    assert entry.name == "Peer Line"
    assert entry.description == "Peers who answer the phone."
    assert entry.topics == (Topic.CRISIS_LINE, Topic.PEER_SUPPORT)
    assert entry.scope is Scope.CITY
    assert entry.countries == ("US", "NO")
    assert entry.cities == ("nyc", "oslo")
    assert entry.languages == ("en", "es")
    assert entry.peer_led is PeerLed.FULL
    assert entry.url == "https://peers.example/"
    assert entry.phones == (Phone("+1-877-776-2004", "United States"), Phone("988"))
    assert entry.email == "help@peers.example"
    assert (entry.address, entry.hours) == ("1 Main Street", "10:30")
    assert (entry.note, entry.upkeep, entry.withheld) == ("#nyc only", "Ask again.", None)
    assert (entry.status, entry.publish) == (Status.LISTED, True)
    assert entry.source == ("https://peers.example/about",)
    assert (entry.seen, entry.checked) == (date(2026, 11, 22), date(2026, 12, 1))
    assert (entry.evidence_year, entry.confidence) == (2025, Confidence.OWN_SITE)


def test_what_an_entry_leaves_out_is_the_most_careful_value(tmp_path: Path) -> None:
    entry = load_resources(written(tmp_path, GOOD)).get(ResourceId("gone"))
    assert entry is not None
    assert entry.peer_led is PeerLed.UNKNOWN
    assert entry.confidence is Confidence.THIRD_PAGE
    assert entry.checked is None
    assert entry.freshness(date(2026, 11, 22)) is Freshness.UNCHECKED
    assert entry.seen == date(2026, 11, 22)


def test_places_are_found_by_their_aliases(tmp_path: Path) -> None:
    library = load_resources(written(tmp_path, GOOD))
    assert library.places.find("#NewYork") == (CitySlug("nyc"),)
    assert library.places.city(CitySlug("oslo")).country == "NO"


TRAPS = [
    ('country: "NO"}', "country: NO}", "yes or no"),
    ('"10:30"', "10:30", "a number"),
    ('"#nyc only"', "#nyc only", "nothing behind it"),
    ('[US, "NO"]', "[US, NO]", "yes or no"),
    ("name: Peer Line", "name: 2024", "a number"),
    ("name: Peer Line", "name: 2026-11-22", "a date"),
    ("name: Peer Line", "name: on", "yes or no"),
    ("name: Peer Line", "name: ~", "nothing behind it"),
    ("name: Peer Line", 'name: ""', "must not be empty"),
    ("name: Peer Line", "name: [Peer]", "must be one line of text"),
    ("publish: true", 'publish: "true"', "true or false"),
    ("publish: true", "publish: maybe", "true or false"),
    ('"+1-877-776-2004"', '"877-776-2004"', "with its country"),
    ('"+1-877-776-2004"', '"+1-877"', "with its country"),
    ('"+1-877-776-2004"', "+18777762004", "a number"),
    ("help@peers.example", '"help peers.example"', "mail address"),
    ("url: https://peers.example/", "url: peers.example", "whole web address"),
    ("url: https://peers.example/", 'url: "https://[bad"', "whole web address"),
    ("url: https://peers.example/", "url: javascript:alert(1)", "whole web address"),
    ("evidence_year: 2025", "evidence_year: last year", "a year"),
    ("evidence_year: 2025", "evidence_year: 20256", "a year"),
    ('seen: "2026-11-22"', 'seen: "2026-13-22"', "a day"),
    ('seen: "2026-11-22"', "seen: yesterday", "a day"),
    ('checked: "2026-12-01"', "checked: 2026", "a day"),
    ("scope: city", "scope: town", "must be one of: city"),
    ("status: listed", "status: open", "must be one of: listed"),
    ("peer_led: full", "peer_led: yes", "yes or no"),
    ("crisis_line, peer", "crisisline, peer", "must be one of"),
    ("topics: [health]", "topics: []", "at least one topic"),
    ("topics: [health]", "topics: health", "must be a list"),
    ("cities: [nyc, oslo]", "cities: [nyc, bergen]", "no slug under places"),
    ("cities: [nyc, oslo]", "cities: []", "names none under cities"),
    ("languages: [en, es]", "languages: [English]", "small letters"),
    ("countries: [US,", "countries: [USA,", "capital letters"),
    ("id: peer-line", "id: Peer Line", "lower-case"),
    ("id: gone", "id: peer-line", "stands twice"),
    ("  - id: gone\n    name", "  - name", 'needs the setting "id"'),
    ("    name: Gone\n", "", 'needs the setting "name"'),
    ("email: help", "emial: help", 'did you mean "email"'),
    ("hours:", "colour:", "is not a setting"),
    ("schema: 1", "schema: 2", "newer"),
    ("schema: 1\n", "", 'needs the setting "schema"'),
    ("places:", "palces:", 'did you mean "places"'),
    ("aliases: [newyork]", "aliases: [oslo]", "names both"),
    ("aliases: [newyork]", 'aliases: ["#"]', "without a letter"),
    ("publish: false", "publish: true", "must be false for a closed entry"),
    ("status: closed", "status: listed", 'say why under "withheld"'),
    ("upkeep: Ask again.", "withheld: Somebody must decide.", "publish is true"),
]


@pytest.mark.parametrize(("old", "new", "says"), TRAPS)
def test_a_fault_refuses_the_whole_file_and_says_what_is_wrong(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    with pytest.raises(Misconfigured) as caught:
        load_resources(written(tmp_path, changed(old, new)))
    assert says in str(caught.value)
    assert str(tmp_path / "resources.yaml") in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "entry"),
    [
        ('"10:30"', "10:30", "peer-line"),
        ("status: closed", "status: shut", "gone"),
        ("topics: [health]", "topics: []", "gone"),
        ("help@peers.example", "help", "peer-line"),
        ("phones:\n      - {number", "phones:\n      - {numer", "peer-line"),
    ],
)
def test_a_fault_names_the_line_and_the_entry(tmp_path: Path, old: str, new: str, entry: str) -> None:
    text = changed(old, new)
    with pytest.raises(Misconfigured) as caught:
        load_resources(written(tmp_path, text))
    assert f"entries[{entry}]" in str(caught.value)
    line = line_of(text, new) + (1 if "\n" in new else 0)
    assert f"line {line}:" in str(caught.value)


def test_an_entry_that_nobody_could_reach_is_not_published(tmp_path: Path) -> None:
    text = GOOD
    for part in (
        "    url: https://peers.example/\n",
        "    email: help@peers.example\n",
        "    address: 1 Main Street\n",
    ):
        text = text.replace(part, "")
    start, end = text.index("    phones:"), text.index("    hours:")
    with pytest.raises(Misconfigured, match="must be reachable"):
        load_resources(written(tmp_path, text[:start] + text[end:]))


@pytest.mark.parametrize(
    "text", ["", "[]", "just words", "- a\n- b", "{", "entries: *x", "\x00", "schema: 1\nentries: {}"]
)
def test_what_is_no_list_at_all_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Misconfigured):
        load_resources(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="does not exist"):
        load_resources(tmp_path / "nothing.yaml")


def test_a_file_too_large_to_be_a_list_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="larger than"):
        load_resources(written(tmp_path, "#" * 4_000_001))


def test_a_fault_never_repeats_what_the_file_holds(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        load_resources(written(tmp_path, changed("help@peers.example", "a-secret-value")))
    assert "a-secret-value" not in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_any_damage_is_refused_or_harmless_but_never_a_crash(tmp_path: Path, data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(
        st.sampled_from(["", "  ", "- x", ": y", "a: [", "&a *a", "\t", lines[at][::-1], lines[at] + " x"])
    )
    try:
        library = load_resources(written(tmp_path, "\n".join(lines)))
    except Misconfigured:
        return
    assert len(library.entries) >= 1


# -- live reload -----------------------------------------------------------------------------------


def rewrite(path: Path, text: str, at: int) -> None:
    """Write and set the time: two writes within one tick of the file system's clock are still two."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(at, at))


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    live = ResourceFile(path)
    before = live.current()
    assert live.current() is before
    rewrite(path, changed("Peer Line", "Other Line"), 1_000_000_000)
    after = live.current().get(ResourceId("peer-line"))
    assert after is not None
    assert after.name == "Other Line"
    assert live.fault() is None


def test_a_broken_change_keeps_the_last_good_list_and_is_told_once(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    live = ResourceFile(path)
    before = live.current()
    rewrite(path, changed("schema: 1", "schema: 9"), 1_000_000_000)
    assert live.current() is before
    fault = live.fault()
    assert fault is not None
    assert "schema" in str(fault)
    assert live.fault() is None
    assert live.current() is before
    assert live.fault() is None


def test_another_broken_change_is_told_again_and_a_mended_file_is_used(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    live = ResourceFile(path)
    for at, text in enumerate((changed("schema: 1", "schema: 9"), "{"), start=1):
        rewrite(path, text, at * 1_000_000_000)
        live.current()
        assert live.fault() is not None
    rewrite(path, changed("Peer Line", "Mended Line"), 9_000_000_000)
    mended = live.current().get(ResourceId("peer-line"))
    assert mended is not None
    assert mended.name == "Mended Line"
    assert live.fault() is None


def test_a_file_that_is_gone_keeps_the_last_good_list_until_it_is_back(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    live = ResourceFile(path)
    before = live.current()
    path.unlink()
    assert live.current() is before
    fault = live.fault()
    assert fault is not None
    assert "does not exist" in str(fault)
    rewrite(path, GOOD, 2_000_000_000)
    assert live.current() is not before
    assert live.fault() is None


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    live = ResourceFile(path)
    state = path.stat()
    other = tmp_path / "new.yaml"
    other.write_text(changed("Peer Line", "Pear Line"), encoding="utf-8")
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(path)
    entry = live.current().get(ResourceId("peer-line"))
    assert entry is not None
    assert entry.name == "Pear Line"


def test_a_list_that_is_broken_at_the_start_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        ResourceFile(written(tmp_path, "{"))


# -- the list that ships ---------------------------------------------------------------------------

SHIPPED = load_resources(RESOURCES)
NEVER = (
    "ugly mugs",
    "cupcake",
    "safe exit",
    "safe harbour",
    "red umbrella project",
    "student sex workers",
    "tucson",
)


def test_the_shipped_list_holds_the_gathered_entries() -> None:
    status = Counter(entry.status for entry in SHIPPED.entries)
    assert len(SHIPPED.entries) == 86
    assert status == {Status.LISTED: 54, Status.CHECK: 25, Status.CLOSED: 6, Status.PAUSED: 1}
    assert sum(entry.publish for entry in SHIPPED.entries) == 53


def test_nothing_shipped_claims_to_have_been_checked() -> None:
    assert all(entry.checked is None for entry in SHIPPED.entries)


@pytest.mark.parametrize("id_", ["ccri-safety-center", "wwav"])
def test_what_maintainers_have_to_decide_is_kept_back_with_the_reason(id_: str) -> None:
    entry = SHIPPED.get(ResourceId(id_))
    assert entry is not None
    assert not entry.publish
    assert entry.withheld is not None
    assert "maintainers to decide" in entry.withheld


@pytest.mark.parametrize("name", NEVER)
def test_groups_with_police_ties_or_exit_programmes_are_never_listed(name: str) -> None:
    shown = [entry for entry in SHIPPED.entries if entry.publish]
    assert not [entry.id for entry in shown if name in entry.name.casefold()]


def test_every_shipped_fact_has_its_source_and_date() -> None:
    bare = [entry.id for entry in SHIPPED.entries if not entry.source]
    assert bare == ["red-umbrella-fund"]
    assert all(entry.seen == date(2026, 11, 22) for entry in SHIPPED.entries)


@pytest.mark.parametrize("id_", ["st-james-infirmary", "pace-vancouver", "swai", "swop-brooklyn"])
def test_closed_groups_are_kept_so_that_the_bot_can_say_so(id_: str) -> None:
    entry = SHIPPED.get(ResourceId(id_))
    assert entry is not None
    assert entry.status is Status.CLOSED


def test_every_place_is_used_and_ambiguous_ones_have_a_country() -> None:
    used = {city for entry in SHIPPED.entries for city in entry.cities}
    assert used == {city.slug for city in SHIPPED.places}
    assert all(city.country for city in SHIPPED.places)


def test_every_kind_of_help_is_offered_by_somebody() -> None:
    shown = {topic for entry in SHIPPED.entries if entry.publish for topic in entry.topics}
    assert shown == set(Topic)


def test_the_shipped_list_is_found_where_the_program_is_installed() -> None:
    assert RESOURCES.is_file()


def test_nothing_shown_speaks_of_the_work_on_the_list() -> None:
    shown = [entry for entry in SHIPPED.entries if entry.publish]
    for entry in shown:
        told = f"{entry.name} {entry.description} {entry.note or ''}".casefold()
        assert not any(
            word in told for word in ("maintainer", "not seen", "third page", "undated", "own site")
        )
