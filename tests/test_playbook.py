"""Promises of bot.playbook: the takedown desk is taken whole or refused whole; what ships is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.model import PlatformId
from bot.core.takedown import GENERIC, Confidence, Filer, Match, Platform, Priority, ReportKind
from bot.document import Misconfigured
from bot.playbook import TAKEDOWN, load_takedown

GOOD = """\
schema: 1
guide:
  first_steps: [Do not reply to it.]
  collect: [links]
  never_collect: [passwords]
  letters:
    doxx: Please remove {links}. {filer}
  tools:
    - {id: tool, name: Tool, url: "https://tool.example/", serves: adults, how: So., email: a@tool.example}
  brokers:
    source: somewhere
    list_url: https://brokers.example/
    warnings: [They come back.]
    sites:
      - {name: Broker, priority: crucial, opt_out: ["https://broker.example/optout"], needs_phone: true}
platforms:
  - id: face
    name: Face
    hosts: [face.example, f.example]
    except_hosts: [docs.face.example]
    filer: person_or_authorised
    account_needed: false
    before: [It tells the poster.]
    reports:
      - {kind: doxx, url: "https://face.example/doxx", confidence: own_site, source: ["https://face.example/help"]}
      - {kind: dmca, email: dmca@face.example, before: It carries a name., note: By mail., upkeep: Old.}
      - {kind: search, handle: "@SearchReport"}
    say: Say which kind.
    collect: [link]
    warnings: [It is slow.]
    upkeep: Check in spring.
  - id: fedi
    name: Fedi
    match: path
    paths: ['^/@[^/]+/\\d+$']
    reports: []
    say: Report it.
  - {id: generic_host, name: Other, match: otherwise, reports: [], say: Look it up.}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "takedown.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_of_a_platform_is_read(tmp_path: Path) -> None:
    desk = load_takedown(written(tmp_path, GOOD))
    face = desk.get(PlatformId("face"))
    assert face is not None
    assert (face.name, face.hosts, face.except_hosts) == (
        "Face",
        ("face.example", "f.example"),
        ("docs.face.example",),
    )
    assert (face.match, face.filer, face.account_needed) == (Match.HOST, Filer.PERSON_OR_AUTHORISED, False)
    assert (face.before, face.warnings) == (("It tells the poster.",), ("It is slow.",))
    assert (face.say, face.collect, face.upkeep) == ("Say which kind.", ("link",), "Check in spring.")
    doxx, dmca, search = face.reports
    assert (doxx.kind, doxx.url, doxx.confidence) == (
        ReportKind.DOXX,
        "https://face.example/doxx",
        Confidence.OWN_SITE,
    )
    assert doxx.source == ("https://face.example/help",)
    assert (dmca.email, dmca.before, dmca.note) == ("dmca@face.example", "It carries a name.", "By mail.")
    assert search.handle == "@SearchReport"


def test_the_guide_is_read(tmp_path: Path) -> None:
    guide = load_takedown(written(tmp_path, GOOD)).guide
    assert guide.first_steps == ("Do not reply to it.",)
    assert (guide.collect, guide.never_collect) == (("links",), ("passwords",))
    assert guide.letters == {"doxx": "Please remove {links}. {filer}"}
    assert [tool.email for tool in guide.tools] == ["a@tool.example"]
    (broker,) = guide.brokers
    assert (broker.priority, broker.needs_phone) == (Priority.CRUCIAL, True)
    assert guide.brokers_list == "https://brokers.example/"
    assert guide.brokers_warnings == ("They come back.",)


def test_the_desk_of_a_file_finds_platforms(tmp_path: Path) -> None:
    desk = load_takedown(written(tmp_path, GOOD))
    assert desk.for_hosts(["m.face.example", "notface.example"]) == ("face", GENERIC)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("hosts: [face", "hosts: [https://face", "must be a host"),
        ("hosts: [face.example, f.example]", 'hosts: ["*.face.example"]', "must be a host"),
        ("hosts: [face.example, f.example]", "hosts: [Face.example]", "must be a host"),
        ("    hosts: [face.example, f.example]\n", "", "needs hosts"),
        ("    paths: ['^/@[^/]+/\\d+$']\n", "", "needs paths"),
        ("'^/@[^/]+/\\d+$'", "'('", "no regular expression"),
        ("match: path", "match: guess", "must be one of: host"),
        ("kind: doxx", "kind: doxxing", "must be one of: doxx"),
        ("filer: person_or_authorised", "filer: anybody", "must be one of: not_stated"),
        ("account_needed: false", "account_needed: unknown", "true or false"),
        ('url: "https://face.example/doxx"', 'url: "face.example/doxx"', "whole web address"),
        ("email: dmca@face.example", "email: dmca", "mail address"),
        ("id: fedi", "id: face", "stands twice"),
        ("say: Report it.", "", 'needs the setting "say"'),
        ("say: Report it.", "say:", "nothing behind it"),
        ("say: Report it.", "says: Report it.", "is not a setting"),
        ("{links}", "{link}", "blank that is not known"),
        ("priority: crucial", "priority: low", "must be one of: crucial"),
        ("first_steps: [Do not reply to it.]", "first_steps: []\n  steps: []", "is not a setting"),
        ("schema: 1", 'schema: "2"', "newer"),
        ("guide:", "guide_:", "is not a setting"),
    ],
)
def test_a_fault_refuses_the_whole_file_and_says_what_is_wrong(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in GOOD
    with pytest.raises(Misconfigured) as caught:
        load_takedown(written(tmp_path, GOOD.replace(old, new, 1)))
    assert says in str(caught.value)
    assert "takedown.yaml" in str(caught.value)


def test_a_fault_names_the_platform(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"platforms\[face\]\.reports\[0\]\.kind"):
        load_takedown(written(tmp_path, GOOD.replace("kind: doxx", "kind: doxxing", 1)))


def test_one_host_for_two_platforms_is_a_fault_that_names_both(tmp_path: Path) -> None:
    text = GOOD.replace("match: path", "hosts: [face.example]\n    match: path", 1)
    with pytest.raises(Misconfigured, match="face and fedi"):
        load_takedown(written(tmp_path, text))


# -- the desk that ships ---------------------------------------------------------------------------

DESK = load_takedown()


def test_the_shipped_desk_holds_the_gathered_platforms() -> None:
    assert TAKEDOWN.is_file()
    assert len(DESK.platforms) == 29
    assert len(DESK.guide.brokers) == 17
    assert set(DESK.guide.letters) == {"doxx", "ncii", "host", "dmca"}
    assert {tool.id for tool in DESK.guide.tools} == {
        "stopncii",
        "take_it_down",
        "us_take_it_down_act",
        "ca_drop",
    }


@pytest.mark.parametrize(
    ("host", "platform"),
    [
        ("x.com", "x"),
        ("mobile.twitter.com", "x"),
        ("www.instagram.com", "instagram"),
        ("m.facebook.com", "facebook"),
        ("old.reddit.com", "reddit"),
        ("t.me", "telegram"),
        ("youtu.be", "youtube"),
        ("www.google.co.uk", "google_search"),
        ("docs.google.com", "generic_host"),
        ("web.archive.org", "internet_archive"),
        ("archive.ph", "archive_today"),
        ("doxbin.net", "doxbin_like"),
        ("gist.github.com", "github"),
        ("notfacebook.com", "generic_host"),
        ("facebook.com.evil.example", "generic_host"),
    ],
)
def test_known_hosts_lead_to_their_platform(host: str, platform: str) -> None:
    assert DESK.for_hosts([host]) == (platform,)


@pytest.mark.parametrize("platform", DESK.platforms, ids=lambda platform: platform.id)
def test_every_platform_says_what_to_do_and_has_a_way_or_says_there_is_none(platform: Platform) -> None:
    shown = DESK.get(platform.id)
    assert shown is not None
    assert shown.say
    assert shown.reports
    for report in shown.reports:
        unreachable = (ReportKind.NONE, ReportKind.UNKNOWN, ReportKind.IN_APP, ReportKind.MODERATORS)
        assert report.url or report.email or report.handle or report.kind in unreachable


@pytest.mark.parametrize("platform", ["cloudflare", "youtube", "onlyfans", "fansly"])
def test_ways_that_tell_the_attacker_are_announced_before_any_link(platform: str) -> None:
    shown = DESK.get(PlatformId(platform))
    assert shown is not None
    assert shown.before


def test_every_copyright_notice_is_announced_to_carry_a_name() -> None:
    for platform in DESK.platforms:
        for report in platform.forms(ReportKind.DMCA):
            assert report.before or platform.before


@pytest.mark.parametrize("platform", ["youtube", "facebook", "google_search", "x", "instagram"])
def test_platforms_that_take_reports_only_from_the_person_say_so(platform: str) -> None:
    shown = DESK.get(PlatformId(platform))
    assert shown is not None
    assert shown.filer is Filer.PERSON_OR_AUTHORISED


def test_nothing_shown_speaks_of_the_work_on_the_desk() -> None:
    for platform in DESK.platforms:
        told = [
            platform.say,
            *platform.warnings,
            *platform.before,
            *(report.note or "" for report in platform.reports),
        ]
        words = " ".join(told).casefold()
        assert not any(
            part in words for part in ("before release", "general knowledge", "stored file", "not seen")
        )


def test_the_desk_never_asks_for_pictures_and_points_minors_elsewhere() -> None:
    assert any("intimate pictures" in never for never in DESK.guide.never_collect)
    assert any("under 18" in tool.serves for tool in DESK.guide.tools)
    assert not any("archive copy" in step and "Do NOT" not in step for step in DESK.guide.first_steps)
