"""Promises of core.links: a link is found however it is written, and its real host is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.links import blank, find


def hosts(text: str) -> list[str]:
    return [link.host for link in find(text)]


@pytest.mark.parametrize(
    "text",
    [
        "https://facebook.com/some.name",
        "http://facebook.com",
        "HTTPS://FaceBook.COM/Name",
        "hxxps://facebook.com/name",
        "hxxps[:]//facebook[.]com/name",
        "h**p://facebook.com/x",
        "facebook.com/name",
        "facebook.com",
        "facebook(.)com/name",
        "https://user:secret@facebook.com/",
        "https://facebook.com:443/name",
        "https://facebook.com./name",
        "see (https://facebook.com/name).",
        "<https://facebook.com/name>",
        "[her page](https://facebook.com/name)",
        '"facebook.com/name"',
        "on facebook.com, again",
        "ｆａｃｅｂｏｏｋ．ｃｏｍ/name",
        "facebook。com/name",
        "https://facebook.com\\@evil.example/",
        "https://evil.example@facebook.com/",
        "https:／／facebook.com",
        "link:https://facebook.com/x",
        "看https://facebook.com/a，谢谢",
    ],
)
def test_a_link_to_facebook_is_one_however_it_is_written(text: str) -> None:
    assert hosts(text) == ["facebook.com"]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://notfacebook.com/", "notfacebook.com"),
        ("https://facebook.com.evil.example/login", "facebook.com.evil.example"),
        ("https://evil.example/facebook.com", "evil.example"),
        ("https://evil.example\\facebook.com", "evil.example"),
        ("https://facebook.com@evil.example/", "evil.example"),
        ("https://evil.example#@facebook.com", "evil.example"),
        ("https://evil.example?facebook.com/", "evil.example"),
        ("https://203.0.113.9:8080/x", "203.0.113.9"),
        ("www.blog.museum", "www.blog.museum"),
        ("doxbin.net", "doxbin.net"),
        ("archive.ph/AbC12", "archive.ph"),
        ("t.me/joinchat", "t.me"),
        ("example.xn--p1ai/x", "example.xn--p1ai"),
        ("мойсайт.рф/страница", "мойсайт.рф"),
    ],
)
def test_the_host_named_is_the_one_a_browser_would_go_to(text: str, host: str) -> None:
    assert hosts(text) == [host]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "please help.me now",
        "I was there.It was bad",
        "mail rosa@gmail.com or r.o.s.a@mail.example.com",
        "@rosa:example.org wrote in #room:example.org and !abc:example.org",
        "at 10:30 it cost 3.50",
        "e.g. this, i.e. that...",
        "version 1.2.3",
        "https://",
        "http:// nothing",
        "a.b.c.d.",
    ],
)
def test_ordinary_words_are_no_links(text: str) -> None:
    assert hosts(text) == []


def test_several_links_come_in_their_order() -> None:
    text = "x.com/a then https://doxbin.net/b, and (t.me/c)"
    assert hosts(text) == ["x.com", "doxbin.net", "t.me"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("https://x.com/name/status/1?s=20#top", "/name/status/1"),
        ("https://x.com/name/status/1, and", "/name/status/1"),
        ("https://x.com/a_(b)", "/a_(b)"),
        ("(https://x.com/a)", "/a"),
        ("https://x.com?q=1", ""),
        ("x.com", ""),
    ],
)
def test_the_path_ends_where_the_link_ends(text: str, path: str) -> None:
    assert [link.path for link in find(text)] == [path]


def test_a_link_prints_nothing_of_itself() -> None:
    (link,) = find("https://private.example/name")
    assert "private" not in repr(link)
    assert "name" not in repr(link)


def test_blanked_text_keeps_its_length_and_everything_else() -> None:
    assert blank("abcdef", [(1, 3), (4, 5)]) == "a  d f"
    assert blank("abcdef", [(1, 4), (2, 5)]) == "a    f"
    assert blank("abc", []) == "abc"


@given(st.text(alphabet="ab./:@#[]()hxtps。\\?&- \n"))
def test_finding_never_raises_and_stays_within_the_text(text: str) -> None:
    end = 0
    for link in find(text):
        assert 0 <= link.start < link.end <= len(text)
        assert link.start >= end
        assert link.host
        end = link.end


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_spaced_link_is_found_in_any_text(before: str, after: str) -> None:
    assert "found.example" in hosts(f"{before} \n https://found.example/x \n {after}")
