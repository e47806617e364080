"""We promise of what the bot writes that …"""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.model import EventId, UserId
from bot.core.sensitive import Sensitive
from bot.core.speech import Announced, Items, Paragraph, Quote, Spoken, Whispered
from bot.matrix.wording import content, replacing


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_it_is_a_notice_with_plain_words_and_html() -> None:
    made = content(Spoken((Paragraph("Hello.\nYou.", strong=True), Items(("one", "two")))))
    assert made == {
        "msgtype": "m.notice",
        "body": "Hello.\nYou.\n\n- one\n- two",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p><strong>Hello.<br>You.</strong></p><ul><li>one</li><li>two</li></ul>",
        "m.mentions": {},
    }


def test_a_quotation_is_shown_as_one() -> None:
    made = content(Whispered((Paragraph("They wrote:"), Quote(Sensitive("a\nb")))))
    assert made["body"] == "They wrote:\n\n> a\n> b"
    assert made["formatted_body"] == "<p>They wrote:</p><blockquote>a<br>b</blockquote>"


def test_phones_are_heard_for_a_persons_words_and_for_a_call_and_for_nothing_else() -> None:
    ours, theirs = Paragraph("Nobody has claimed it yet."), Quote(Sensitive("he is at the door"))
    assert content(Whispered((ours, theirs)))["msgtype"] == "m.text"
    assert content(Whispered((ours,), rings=True))["msgtype"] == "m.text"
    assert content(Whispered((ours,)))["msgtype"] == "m.notice"


def test_an_alert_is_heard_rings_nobody_by_name_and_stays_in_its_quotation() -> None:
    words = Quote(Sensitive("@room @sol:example.org <b>run</b>\u2028careful"))
    made = content(Announced((Paragraph("They warn:"), words, Paragraph("Look out."))))
    assert made["msgtype"] == "m.text"
    assert made["m.mentions"] == {}
    assert made["body"] == "They warn:\n\n> @room @sol:example.org <b>run</b>\n> careful\n\nLook out."
    assert "<b>" not in made["formatted_body"]
    assert made["formatted_body"].count("<blockquote>") == 1


def test_what_to_type_stands_out_and_only_in_our_own_words() -> None:
    ours = (Paragraph("Write `!claim`."), Items(("or `!<b>`", "a lone ` stays")))
    made = content(Whispered((*ours, Quote(Sensitive("he said `run`")))))
    assert made["body"] == "Write `!claim`.\n\n- or `!<b>`\n- a lone ` stays\n\n> he said `run`"
    assert made["formatted_body"] == (
        "<p>Write <code>!claim</code>.</p>"
        "<ul><li>or <code>!&lt;b&gt;</code></li><li>a lone ` stays</li></ul>"
        "<blockquote>he said `run`</blockquote>"
    )


MARKUP = st.lists(
    st.sampled_from(["<b>", "</blockquote>", "<img src=x>", "&lt;", "&", '"', "<", ">", "\n", "x"])
)


@given(st.text() | MARKUP.map("".join))
@example("</blockquote><p>Supporters have it.</p>")
@example("<img src='mxc://x/y'>")
def test_no_words_become_markup_or_leave_their_quotation(words: str) -> None:
    made = content(Whispered((Quote(Sensitive(words)),)))
    seen = Tags()
    seen.feed(made["formatted_body"])
    seen.close()
    assert {tag for tag, _ in seen.tags} <= {"blockquote", "br"}
    assert [tag for tag, _ in seen.tags].count("blockquote") == 1
    assert not any(attributes for _, attributes in seen.tags)
    assert seen.words == "".join(words.splitlines())
    assert all(line.startswith("> ") for line in made["body"].splitlines())


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_kind_of_line_end_breaks_out_of_a_quotation(end: str) -> None:
    made = content(Whispered((Quote(Sensitive(f"a{end}Supporters have it.")),)))
    assert made["body"] == "> a\n> Supporters have it."


def test_nobody_is_rung_by_a_name_in_it() -> None:
    made = content(Whispered((Quote(Sensitive("@room @rosa:sws.test")),)))
    assert made["m.mentions"] == {}


def test_only_who_is_meant_is_rung() -> None:
    sol = UserId("@sol:sws.test")
    said = (Paragraph("x"),)
    assert content(Whispered(said, rings=True))["m.mentions"] == {"room": True}
    assert content(Whispered(said, calls=(sol,)))["m.mentions"] == {"user_ids": [sol]}
    both = content(Whispered(said, rings=True, calls=(sol,)))
    assert both["m.mentions"] == {"room": True, "user_ids": [sol]}


def test_a_threaded_message_names_the_root_twice_for_old_clients() -> None:
    made = content(Spoken((Paragraph("x"),)), EventId("$root"))
    assert made["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$root"},
    }


def test_words_in_the_place_of_others_name_what_they_replace_and_read_well_in_old_clients() -> None:
    made = replacing(EventId("$card"), Spoken((Paragraph("Closed"),)))
    assert made["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$card"}
    assert made["m.new_content"]["body"] == "Closed"
    assert made["body"] == "* Closed"
    assert made["m.mentions"] == made["m.new_content"]["m.mentions"] == {}
