"""Promises of core.guard: what leads to a person is found, what leads to nobody is not; kinds only."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.guard import Exempt, Finding, exempt, findings, identifying, last_digits
from bot.core.model import Guard, PlatformId, ResourceId
from bot.core.resources import Library, Phone, Resource, Scope, Status, Topic
from bot.core.sensitive import Sensitive
from bot.core.takedown import Desk, Guide, Platform, Report, ReportKind, Tool

REGIONS = ("US", "GB", "CA", "DE")


def kinds(text: str, known: Exempt | None = None) -> set[Finding]:
    return set(findings(Sensitive(text), REGIONS, known) if known else findings(Sensitive(text), REGIONS))


@pytest.mark.parametrize(
    "text",
    [
        "call 212-555-0187",
        "212.555.0187 is his number",
        "(917) 555 2368",
        "9175552368",
        "+1 917 555 2368",
        "+44 20 7946 0958",
        "0049 30 901820",
        "020 7946 0958",
        "030/901820",
        "９１７ ５５５ ２３６８",
        "917-555-\u200b2368",
        "9 1 7 5 5 5 2 3 6 8",
        "nine one seven five five five two three six eight",
        "nueve uno siete cinco cinco cinco dos tres seis ocho",
        "917 · 555 · 2368",
        "text me:9175552368!",
    ],
)
def test_a_phone_number_is_found_however_it_is_written(text: str) -> None:
    assert Finding.PHONE in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "call 911 or 988",
        "he paid 200 then 300 and 400",
        "on 2026-11-22 22:30:00",
        "22.11.2026 10:30",
        "$2125550187",
        "room 12, 3 people, 45 minutes",
        "order 1234567890123456789012",
        "555-0187",
        "five of us and three of them",
    ],
)
def test_other_numbers_are_no_phone_numbers(text: str) -> None:
    assert Finding.PHONE not in kinds(text)


def test_numbers_without_prefix_are_read_as_numbers_of_the_given_countries() -> None:
    berlin = Sensitive("030 901820")
    assert findings(berlin, ["DE"]) == {Finding.PHONE}
    assert findings(berlin, ["US"]) == frozenset()


def test_more_numbers_than_can_be_looked_at_count_as_found() -> None:
    assert Finding.PHONE in kinds(" x ".join(f"00{n:07d}" for n in range(40)))


@pytest.mark.parametrize(
    "text",
    [
        "rosa@gmail.com",
        "mail: r.o+sa@mail.example.co.uk.",
        "rosa at gmail dot com",
        "rosa (at) gmail (dot) com",
        "rosa[at]gmail.com",
        "rosa arroba gmail punto com",
        "ｒｏｓａ＠ｇｍａｉｌ．ｃｏｍ",
        "a" * 200 + "@gmail.com",
    ],
)
def test_a_mail_address_is_found_however_it_is_written(text: str) -> None:
    assert Finding.EMAIL in kinds(text)


@pytest.mark.parametrize(
    "text", ["meet at noon", "he was at home. com on", "@rosa:example.org", "a@b", "me @ work"]
)
def test_other_words_are_no_mail_addresses(text: str) -> None:
    assert Finding.EMAIL not in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/him",
        "hxxps://evil.example/him",
        "facebook dot com slash john",
        "facebook[.]com/john",
        "evil.net",
        "www.evil.zone",
        "instagram.com/him",
    ],
)
def test_a_link_is_found_however_it_is_written(text: str) -> None:
    assert Finding.LINK in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "@john_doe99",
        "he is @john.doe on everything",
        "snap: johnny_d",
        "his insta is john.doe",
        "IG = johnny",
        "telegram username: johnny",
        "cash app - $johncash",
        "$johncash",
        "u/john_throwaway",
    ],
)
def test_a_handle_is_found(text: str) -> None:
    assert Finding.HANDLE in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "@room watch out",
        "@everyone please",
        "@rosa:example.org saw it",
        "rosa@gmail.com",
        "the signal is bad here",
        "insta is down",
        "my telegram is blocked",
        "it cost $50",
        "he/him and she/her",
        "met on tinder last week",
    ],
)
def test_mentions_and_ordinary_words_are_no_handles(text: str) -> None:
    assert Finding.HANDLE not in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "he lives at 350 fifth avenue",
        "350 Fifth Ave",
        "12 Rose Lane",
        "221b Baker Street",
        "1600 n main st",
        "PO Box 1234",
        "apt 4b",
        "flat 12, the tower",
        "Musterstraße 12",
        "Hauptstr. 5",
        "Berliner Platz 3",
        "calle de Alcalá 45",
        "12 rue de la Paix",
        "rua augusta, 1500",
        "ul. Nowy Swiat 15",
        "SW1A 1AA",
        "k1a 0b1",
    ],
)
def test_a_street_address_is_found(text: str) -> None:
    assert Finding.ADDRESS in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "2 people in the street",
        "5 minutes down the road",
        "stay home b4 2am",
        "at 5th tonight",
        "flat 50 dollars",
        "a car from the 90s",
        "she walked 20 blocks up the avenue",
        "$200 lane",
        "10:30 court",
    ],
)
def test_ordinary_talk_of_streets_is_no_address(text: str) -> None:
    assert Finding.ADDRESS not in kinds(text)


@pytest.mark.parametrize(
    "text",
    ["plate ABC 1234", "license plate number is 7XYZ123", "Kennzeichen B-AB 1234", "VIN 1HGCM82633A004352"],
)
def test_a_plate_is_found_after_its_word(text: str) -> None:
    assert Finding.PLATE in kinds(text)


@pytest.mark.parametrize(
    "text", ["a plate of food", "plate was covered", "no plates", "license to kill", "ABC 1234"]
)
def test_other_plates_are_no_plates(text: str) -> None:
    assert Finding.PLATE not in kinds(text)


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"])
def test_a_card_number_is_found(text: str) -> None:
    assert Finding.CARD in kinds(text)


@pytest.mark.parametrize(
    "text", ["4111 1111 1111 1112", "4444 4444 4444 4444 4", "411111111111", "4 people, 1111 steps"]
)
def test_a_number_that_fails_the_cards_check_is_none(text: str) -> None:
    assert Finding.CARD not in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "40.7128, -74.0060",
        "lat 40.7 lon -73.9",
        "40° 42′ 46″ N, 74° 0′ 22″ W",
        "87G8Q257+MX",
        "51.5007 0.1246",
    ],
)
def test_coordinates_are_found(text: str) -> None:
    assert Finding.COORDINATES in kinds(text)


@pytest.mark.parametrize("text", ["1.50, 2.50", "99.1234, 200.1234", "1.2.3.4", "3.14159", "90° turn"])
def test_other_decimals_are_no_coordinates(text: str) -> None:
    assert Finding.COORDINATES not in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#swsdanger #nyc a man in a grey car near the station at 5pm, about 40, followed me for two blocks",
        "He says he is a cop. Took the money back. Be careful tonight!",
        "tall, tattoo on the neck, 2 front teeth missing, drives a white van",
        "he offered 200 for 2 hours and got angry at 3 am",
        "Cuidado con un hombre alto cerca de la estación, anoche a las 10",
    ],
)
def test_a_warning_that_names_nobody_has_no_findings(text: str) -> None:
    assert kinds(text) == set()


def test_several_kinds_are_all_named() -> None:
    assert kinds("rosa@gmail.com or 917 555 2368 or https://evil.example") == {
        Finding.EMAIL,
        Finding.PHONE,
        Finding.LINK,
    }


def test_a_detail_is_found_wherever_in_a_long_message_it_stands() -> None:
    for at in (0, 3_870, 3_990, 4_000, 12_345, 60_000):
        assert Finding.PHONE in kinds("x " * (at // 2) + "+1 917 555 2368" + " y" * 20)


# -- what is exempt --------------------------------------------------------------------------------

ENTRY = Resource(
    id=ResourceId("line"),
    name="A line",
    description="Somebody answers.",
    topics=(Topic.CRISIS_LINE,),
    scope=Scope.NATIONAL,
    source=("https://example.org",),
    seen=date(2026, 11, 22),
    status=Status.LISTED,
    publish=True,
    url="https://www.peers.example/help",
    phones=(Phone("+1-877-776-2004"),),
    email="Help@peers.example",
)
DESK = Desk(
    (
        Platform(
            id=PlatformId("face"),
            name="Face",
            hosts=("face.example",),
            reports=(
                Report(ReportKind.DOXX, url="https://www.face.example/help/contact/1"),
                Report(ReportKind.ANY, url="https://face.example/"),
                Report(ReportKind.ANY, url="https://paste.example/report/{paste_id}"),
            ),
        ),
    ),
    Guide(tools=(Tool("tool", "Tool", "https://tool.example/", "all", "so"),)),
)
KNOWN = exempt(Library((ENTRY,)), DESK)


@pytest.mark.parametrize(
    "text",
    [
        "call +1-877-776-2004",
        "call (877) 776 2004",
        "help@peers.example",
        "https://peers.example/help",
        "https://www.peers.example/help/me",
        "https://www.face.example/help/contact/1",
        "https://paste.example/report/AbC12",
        "https://tool.example/start",
        "https://matrix.to/#/@rosa:example.org",
        "1-800-273-8255",
    ],
)
def test_our_own_contacts_and_report_pages_identify_nobody(text: str) -> None:
    assert kinds(text, KNOWN) == set()


@pytest.mark.parametrize(
    "text",
    [
        "https://www.face.example/john",
        "https://face.example/",
        "https://peers.example/helpdesk",
        "https://peers.example.evil.net/help",
        "https://notpeers.example/help",
        "john@peers.example",
        "+1-877-776-2005",
    ],
)
def test_a_profile_beside_a_report_page_is_not_exempt(text: str) -> None:
    assert kinds(text, KNOWN) != set()


def test_numbers_are_compared_without_their_punctuation_and_prefix() -> None:
    assert last_digits("+1 (877) 776-2004") == last_digits("877.776.2004") == "777762004"


# -- what follows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Finding)
def test_any_finding_identifies_unless_the_guard_is_off(kind: Finding) -> None:
    assert identifying(frozenset({kind}), Guard.NORMAL)
    assert identifying(frozenset({kind}), Guard.STRICT)
    assert not identifying(frozenset({kind}), Guard.OFF)


@pytest.mark.parametrize("guard", Guard)
def test_no_finding_identifies_nobody(guard: Guard) -> None:
    assert not identifying(frozenset(), guard)


@given(st.text())
def test_looking_never_raises_and_answers_with_kinds_only(text: str) -> None:
    assert all(isinstance(kind, Finding) for kind in findings(Sensitive(text), REGIONS))


@given(st.text(alphabet="0123456789 +-().@:/a$#°'\n", max_size=200))
def test_looking_at_anything_like_a_detail_never_raises(text: str) -> None:
    assert findings(Sensitive(text), REGIONS) <= frozenset(Finding)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_spaced_number_is_found_in_any_text(before: str, after: str) -> None:
    assert Finding.PHONE in findings(Sensitive(f"{before}\n; +1 917 555 2368 ;\n{after}"), REGIONS)
