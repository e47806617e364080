"""Promises of core.takedown: a link is matched to its platform on label borders, or to the generic path."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import PlatformId
from bot.core.takedown import GENERIC, Desk, Match, Platform, PlatformsCollide, Report, ReportKind

FACE, SEARCH, FEDI = (PlatformId(name) for name in ("facebook", "google_search", "mastodon"))
FORMS = (
    Report(ReportKind.NCII, url="https://facebook.example/ncii"),
    Report(ReportKind.DOXX, url="https://facebook.example/doxx"),
    Report(ReportKind.DOXX, email="doxx@facebook.example"),
)
DESK = Desk(
    (
        Platform(FACE, "Facebook", hosts=("facebook.com", "fb.me"), reports=FORMS),
        Platform(PlatformId("gist"), "Gist", hosts=("gist.github.com",)),
        Platform(PlatformId("github"), "GitHub", hosts=("github.com",)),
        Platform(
            SEARCH,
            "Google Search",
            hosts=("google.com",),
            except_hosts=("docs.google.com",),
            match=Match.GOOGLE,
        ),
        Platform(FEDI, "Mastodon", match=Match.PATH, paths=(r"^/@[^/]+/\d+$",)),
        Platform(PlatformId("cloudflare"), "Cloudflare", match=Match.BY_HAND),
        Platform(GENERIC, "Any other website", match=Match.OTHERWISE),
    )
)


@dataclass(frozen=True)
class ALink:
    host: str
    path: str = ""


@pytest.mark.parametrize(
    "host", ["facebook.com", "m.facebook.com", "a.b.c.facebook.com", "FaceBook.com.", "fb.me"]
)
def test_a_host_and_everything_below_it_belong_to_the_platform(host: str) -> None:
    assert DESK.for_hosts([host]) == (FACE,)


@pytest.mark.parametrize(
    "host",
    [
        "notfacebook.com",
        "facebook.com.evil.example",
        "facebook.co",
        "facebook",
        "com",
        "face.book.com",
        "facebook.com-evil.example",
        "",
        ".",
        "203.0.113.9",
    ],
)
def test_a_name_inside_another_host_belongs_to_nobody_we_know(host: str) -> None:
    assert DESK.for_hosts([host]) == (GENERIC,)


def test_a_name_inside_a_path_does_not_count() -> None:
    assert DESK.for_links([ALink("evil.example", "/facebook.com")]) == (GENERIC,)


def test_the_longest_known_name_wins() -> None:
    assert DESK.for_hosts(["gist.github.com"]) == ("gist",)
    assert DESK.for_hosts(["x.github.com"]) == ("github",)


def test_platforms_are_named_once_in_the_order_of_the_links() -> None:
    hosts = ["fb.me", "unknown.example", "facebook.com", "other.example", "github.com"]
    assert DESK.for_hosts(hosts) == (FACE, GENERIC, "github")


def test_no_links_name_no_platform() -> None:
    assert DESK.for_hosts([]) == ()
    assert DESK.for_links([]) == ()


@pytest.mark.parametrize(
    "host", ["google.com", "www.google.com", "google.de", "www.google.co.uk", "google.com.br"]
)
def test_google_is_google_in_every_country(host: str) -> None:
    assert DESK.for_hosts([host]) == (SEARCH,)


@pytest.mark.parametrize(
    "host",
    [
        "google.evil.example",
        "google.com.evil.example",
        "notgoogle.de",
        "google",
        "google.shop",
        "docs.google.com",
    ],
)
def test_what_only_sounds_like_google_search_is_not(host: str) -> None:
    assert DESK.for_hosts([host]) == (GENERIC,)


@pytest.mark.parametrize("path", ["/@ana/123", "/@ana@example.org/123"])
def test_the_fediverse_is_known_by_its_paths_on_any_host(path: str) -> None:
    assert DESK.for_links([ALink("social.example", path)]) == (FEDI,)


def test_a_known_host_comes_before_the_shape_of_a_path() -> None:
    assert DESK.for_links([ALink("facebook.com", "/@ana/123")]) == (FACE,)


@pytest.mark.parametrize("path", ["", "/ana/123", "/@ana", "/x/@ana/123", "/@ana/123/photo"])
def test_other_paths_are_not_the_fediverse(path: str) -> None:
    assert DESK.for_links([ALink("social.example", path)]) == (GENERIC,)


def test_a_platform_is_found_by_its_id() -> None:
    platform = DESK.get(FACE)
    assert platform is not None
    assert platform.name == "Facebook"
    assert DESK.get(PlatformId("nothing")) is None


def test_forms_come_by_the_kinds_asked_for() -> None:
    platform = DESK.get(FACE)
    assert platform is not None
    assert platform.forms() == FORMS
    assert platform.forms(ReportKind.DOXX, ReportKind.NCII) == (FORMS[1], FORMS[2], FORMS[0])
    assert platform.forms(ReportKind.DMCA) == ()


def test_whether_a_host_is_a_platforms_own_can_be_asked() -> None:
    assert DESK.knows("m.facebook.com")
    assert not DESK.knows("peers.example")


def test_two_platforms_of_one_id_are_an_error_that_names_both() -> None:
    with pytest.raises(PlatformsCollide, match=r"One.*Two|Two.*One"):
        Desk((Platform(FACE, "One", hosts=("a.example",)), Platform(FACE, "Two", hosts=("b.example",))))


def test_one_host_for_two_platforms_is_an_error_that_names_both() -> None:
    with pytest.raises(PlatformsCollide) as caught:
        Desk((Platform(FACE, "One", hosts=("a.example",)), Platform(FEDI, "Two", hosts=("a.example",))))
    assert all(name in str(caught.value) for name in ("a.example", FACE, FEDI))


def test_an_empty_desk_knows_the_generic_path() -> None:
    assert Desk(()).for_hosts(["facebook.com"]) == (GENERIC,)


@given(st.text(max_size=80), st.text(max_size=80))
def test_matching_never_raises_and_always_names_one_platform(host: str, path: str) -> None:
    (named,) = DESK.for_links([ALink(host, path)])
    assert DESK.get(named) is not None


@given(st.from_regex(r"[a-z0-9]{1,10}(\.[a-z0-9]{1,10}){0,4}", fullmatch=True))
def test_anything_before_the_dot_stays_the_same_platform(below: str) -> None:
    assert DESK.for_hosts([f"{below}.facebook.com"]) == (FACE,)
    assert DESK.for_hosts([f"facebook.com.{below}.example"]) == (GENERIC,)
