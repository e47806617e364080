"""Promises of core.parse: a call for help is heard however it is typed, and only where one is meant."""

from __future__ import annotations

import pickle
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.model import Category, RoomId, Urgency, UserId
from bot.core.parse import CATEGORY_WORDS, LONGEST, Link, Reading, Says, Word, read, without_names
from bot.core.sensitive import Sensitive

ROSA = UserId("@rosa:example.org")


def reading(text: str) -> Reading:
    return read(Sensitive(text))


def tags(text: str) -> list[str]:
    return [word.key for word in reading(text).tags]


def category(text: str) -> Category | None:
    return reading(text).category


# -- categories ------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", CATEGORY_WORDS)
@pytest.mark.parametrize("form", ["#{}", "＃{}", "!{}", "！{}"])
def test_every_category_is_heard_as_hashtag_and_with_an_exclamation_mark(word: str, form: str) -> None:
    for spelled in (word, word.upper(), word.title()):
        assert category(form.format(spelled)) is CATEGORY_WORDS[word]


def test_every_category_has_a_word() -> None:
    assert set(CATEGORY_WORDS.values()) == set(Category)


@pytest.mark.parametrize("spelled", ["#swsharassment", "#swsharrassment", "#SWSHarasment", "#SwsHarrasment"])
def test_harassment_is_heard_in_every_spelling(spelled: str) -> None:
    assert category(f"{spelled} somebody") is Category.HARASSMENT


@pytest.mark.parametrize(
    "text",
    [
        "#swshelp",
        "please #swshelp me",
        "please me #swshelp",
        "(#swshelp)",
        '"#swshelp"',
        "#swshelp.",
        "#swshelp: a room",
        "#swshelp, a room",
        "#swshelp!",
        "**#swshelp**",
        "a\n#swshelp\nb",
        "#nyc#swshelp",
        "#swshelp#nyc",
        "#sws_help",
        "#ＳＷＳhelp",
        "需要 #swshelp",
        "https://x.com/a #swshelp",
        "(https://x.com/a)#swshelp",
        "`code` #swshelp",
        "> quoted\n#swshelp",
        "> <@ana:example.org> hi\n\n#swshelp",
        "#swshelp's",
        "\u200b#swshelp",
        "❤\ufe0f#swshelp\ufe0f",
        "swshelp #swshelp",
    ],
)
def test_a_tag_is_heard_anywhere_in_a_message(text: str) -> None:
    assert reading(text).categories == (Category.HELP,)


@pytest.mark.parametrize(
    "text",
    [
        "swshelp",
        "#swshelpers",
        "#swshelp2",
        "#swshelp_me",
        "#myswshelp",
        "a#swshelp",
        "é#swshelp",
        "1#swshelp",
        "_#swshelp",
        "&#swshelp;",
        "# swshelp",
        "#sws-help",
        "https://x.com/#swshelp",
        "https://x.com/a#swshelp",
        "x.com/#swshelp",
        "example.com/page?x=#swshelp",
        "hxxps://x.com/#swshelp",
        "`#swshelp`",
        "``a ` #swshelp``",
        "```\n#swshelp\n```",
        "~~~\n#swshelp",
        "> #swshelp",
        ">#swshelp\nI saw this",
        "> <@ana:example.org> #swshelp\n> #swsdoxx\n\nI saw this",
        "please !swshelp",
        "!swshelpers",
        "! swshelp",
        "#swshelp://",
        "#\ufe0f\u20e3swshelp",
        "",
    ],
)
def test_a_tag_is_not_heard_inside_a_word_link_code_or_quote(text: str) -> None:
    assert reading(text).categories == ()


@pytest.mark.parametrize("text", ["!swsdoxx", "  !swsdoxx help", "\n\u200b！SWSDoxx, help", "!swsdoxx: help"])
def test_an_exclamation_mark_counts_only_first(text: str) -> None:
    assert reading(text).categories == (Category.DOXX,)
    assert reading(text).command is None


def test_a_reply_may_begin_with_an_exclamation_mark_after_its_fallback() -> None:
    assert category("> <@ana:example.org> hi\n\n!swsdoxx") is Category.DOXX


@given(st.permutations(list(Category)), st.integers(1, 6))
def test_the_most_careful_of_several_categories_decides(order: list[Category], count: int) -> None:
    named = order[:count]
    words = {category: word for word, category in CATEGORY_WORDS.items()}
    found = reading(" ".join(f"#{words[each]}" for each in named)).categories
    assert found == tuple(each for each in Category if each in named)


def test_a_category_said_twice_is_one() -> None:
    assert reading("!swshelp #swshelp #SWSHELP").categories == (Category.HELP,)


# -- other tags ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#swshelp #nyc", ["nyc"]),
        ("#swshelp #NYC #Chicago #nyc", ["nyc", "chicago"]),
        ("#swshelp #NewYork, #la.", ["newyork", "la"]),
        ("#swshelp ＃ｎｙｃ", ["nyc"]),
        ("#swshelp #montréal", ["montréal"]),
        ("#swshelp #मुंबई #東京 #مدينة", ["मुंबई", "東京", "مدينة"]),
        ("#swshelp #123 #１２ #_ #", []),
        ("#swshelp #1a", ["1a"]),
        ("#swshelp `#nyc` https://x.com/#la", []),
        ("no tags at all", []),
    ],
)
def test_other_hashtags_are_kept_in_their_order(text: str, found: list[str]) -> None:
    assert tags(text) == found


def test_a_flood_of_tags_is_cut_but_hides_no_category() -> None:
    found = reading(" ".join(f"#city{n}" for n in range(500)) + " #swsdoxx")
    assert len(found.tags) == 16
    assert found.category is Category.DOXX


def test_a_tag_is_kept_as_written_for_whoever_wrote_it() -> None:
    (tag,) = reading("#swshelp #NewYork").tags
    assert tag.written == Sensitive("NewYork")
    assert tag.key == "newyork"


# -- commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("!resources", "resources", []),
        ("!resources legal nyc", "resources", ["legal", "nyc"]),
        ("！Resources  Legal\tNYC", "resources", ["legal", "nyc"]),
        ("  !menu", "menu", []),
        ("!help, please", "help", ["please"]),
        ("!help!", "help", []),
        ("!city #nyc, #la.", "city", ["nyc", "la"]),
        ("!serve confirm amber-heron", "serve", ["confirm", "amber-heron"]),
        ('!city alias nyc "Big Apple"', "city", ["alias", "nyc", "big", "apple"]),
        ("!ｒｅｓｏｕｒｃｅｓ ｎｙｃ", "resources", ["nyc"]),
        ("!city\nnyc", "city", ["nyc"]),
        ("> <@ana:example.org> hi\n\n!close done", "close", ["done"]),
    ],
)
def test_a_command_is_read_with_its_arguments(text: str, name: str, arguments: list[str]) -> None:
    command = reading(text).command
    assert command is not None
    assert command.name.key == name
    assert [word.key for word in command.arguments] == arguments


@pytest.mark.parametrize(
    "text", ["resources", "see !resources", "!", "!!", "!!!help", "!1", "! resources", "!?", "#!x"]
)
def test_what_does_not_begin_with_a_word_after_an_exclamation_mark_is_no_command(text: str) -> None:
    assert reading(text).command is None


def test_everything_after_a_command_is_kept_as_written() -> None:
    command = reading("!reply  Dear friend,\n\nwe are HERE. ").command
    assert command is not None
    assert command.rest == Sensitive("Dear friend,\n\nwe are HERE.")


def test_people_and_rooms_among_arguments_are_recognised() -> None:
    command = reading(
        "!supporters add @Ana:example.org, https://matrix.to/#/%40bo%3Aexample.org !abc:example.org ana"
    ).command
    assert command is not None
    assert command.people == (UserId("@Ana:example.org"), UserId("@bo:example.org"))
    assert command.rooms == (RoomId("!abc:example.org"),)


def test_a_command_with_endless_arguments_is_cut() -> None:
    command = reading("!resources " + "a " * 5000).command
    assert command is not None
    assert len(command.arguments) == 64


def test_a_command_may_stand_beside_a_category() -> None:
    both = reading("!resources legal #swshelp")
    assert both.command is not None
    assert both.categories == (Category.HELP,)


# -- links, words, tone ----------------------------------------------------------------------------


def test_the_hosts_of_links_are_named_once_and_in_order() -> None:
    found = reading(
        "#swsdoxx https://x.com/a x.com/b hxxps://doxbin[.]net/c https://matrix.to/#/@ana:example.org"
    )
    assert found.hosts == ("x.com", "doxbin.net")
    assert [link.path for link in found.links] == ["/a", "/b", "/c"]


def test_links_in_code_count_for_the_desk_and_links_in_a_fallback_do_not() -> None:
    assert reading("`https://x.com/a`").hosts == ("x.com",)
    assert reading("> <@ana:example.org> https://x.com/a\n\nlook").hosts == ()


def test_the_words_are_the_message_without_the_fallback_of_a_reply() -> None:
    assert reading("> <@ana:example.org> hi\n> there\n\nmy words").words == Sensitive("my words")
    assert reading("> I quote\nmy words").words == Sensitive("> I quote\nmy words")


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b", "\ufeff \u00a0", "> <@ana:example.org> hi\n\n"])
def test_a_message_without_words_says_nothing(text: str) -> None:
    assert reading(text).says is Says.NOTHING


@pytest.mark.parametrize("text", ["hi", "Test?", "> <@ana:example.org> you there\n\nhello"])
def test_a_bare_greeting_is_a_greeting(text: str) -> None:
    assert reading(text).says is Says.GREETING


@pytest.mark.parametrize(
    "text", ["help", "🆘", "#nyc", "!menu", "x.com/a", "hi #swshelp", "test x.com/a", "?"]
)
def test_a_tag_command_link_or_any_word_says_something(text: str) -> None:
    assert reading(text).says is Says.SOMETHING


def test_danger_is_always_urgent_and_other_posts_when_they_say_so() -> None:
    assert reading("#swsdanger tall man").urgency is Urgency.URGENT
    assert reading("#swshelp it is urgent").urgency is Urgency.URGENT
    assert reading("#swshelp with a form").urgency is Urgency.USUAL


# -- privacy ---------------------------------------------------------------------------------------


def test_a_reading_prints_nothing_that_somebody_wrote() -> None:
    printed = repr(reading("!secretcommand secretword #secretcity https://secret.example/secretpath"))
    assert "secret" not in printed


def test_words_are_read_once_and_by_each_reader_for_itself() -> None:
    words, calls = Sensitive("#swshelp NYC"), []
    assert read(words) is read(words)
    assert read(words) == reading("#swshelp NYC")
    for _ in range(2):
        assert words.once(lambda text: calls.append(text)) is None  # noqa: PLW0108  # a reader of its own each time
    assert calls == ["#swshelp NYC"] * 2
    assert read(words) == reading("#swshelp NYC")
    assert words == Sensitive("#swshelp NYC")


def test_parts_of_a_reading_are_not_pickled() -> None:
    for private in (Word("secret", "secret"), Link("secret.example", "/secret")):
        with pytest.raises(TypeError) as caught:
            pickle.dumps(private)
        assert "secret" not in str(caught.value)


def test_equal_words_and_links_are_equal_and_different_ones_are_not() -> None:
    assert Word("NYC", "nyc") == Word("NYC", "nyc") != Word("nyc", "nyc")
    assert Link("x.com", "/a") == Link("x.com", "/a") != Link("x.com", "/b")
    assert len({Word("a", "a"), Word("a", "a"), Word("b", "b")}) == 2
    assert len({Link("a"), Link("a"), Link("b")}) == 2
    assert Word("a", "a") != "a"


def test_supporters_see_no_name_that_leads_to_the_author() -> None:
    words = Sensitive("I am @rosa:example.org in !abc:example.org, he is @eve:evil.example, $50")
    assert without_names(words, ROSA) == Sensitive("I am […] in […], he is @eve:evil.example, $50")
    assert without_names(Sensitive("plain words"), ROSA) == Sensitive("plain words")


# -- properties ------------------------------------------------------------------------------------

WILD = st.text(alphabet=st.sampled_from("#＃!！`~>[]()<>@:/.&_ \nabswhelpnyc\u200béм東\ufe0f"), max_size=120)


@given(st.one_of(st.text(), WILD))
def test_reading_never_raises_and_answers_in_order(text: str) -> None:
    found = reading(text)
    assert list(found.categories) == sorted(found.categories, key=list(Category).index)
    assert len({tag.key for tag in found.tags}) == len(found.tags)
    assert all(tag.key not in CATEGORY_WORDS for tag in found.tags)


@given(WILD, WILD, st.sampled_from(sorted(CATEGORY_WORDS)))
def test_a_tag_on_a_line_of_its_own_is_always_heard(before: str, after: str, word: str) -> None:
    assume(not any(mark in before for mark in "`~"))
    assert CATEGORY_WORDS[word] in reading(f"x{before}\n\n#{word}\n\n{after}").categories


@given(st.text(alphabet="abc xyz.,", max_size=40), st.sampled_from(sorted(CATEGORY_WORDS)))
def test_a_tag_inside_a_link_word_or_code_is_never_heard(around: str, word: str) -> None:
    for hidden in (
        f"https://x.com/{{}}#{word}",
        f"https://x.com/#{word}",
        f"`#{word}`",
        f"a#{word}",
        f"#{word}z",
    ):
        assert reading(f"{around} {hidden} {around}").categories == ()


@given(st.lists(st.sampled_from(["nyc", "la", "new_york", "東京", "montréal"]), unique=True, max_size=5))
def test_tags_come_back_as_they_were_written(names: list[str]) -> None:
    assert tags("#swshelp " + " ".join(f"#{name}" for name in names)) == names


@given(
    st.from_regex(r"[a-z]{1,12}", fullmatch=True), st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True))
)
def test_a_command_comes_back_as_it_was_written(name: str, arguments: list[str]) -> None:
    assume(name not in CATEGORY_WORDS)
    command = reading(f"!{name} {' '.join(arguments)}").command
    assert command is not None
    assert (command.name.key, [word.key for word in command.arguments]) == (name, arguments[:64])


@given(WILD)
def test_a_quoted_message_asks_for_nothing_itself(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    assert reading(f"look\n{quoted}").categories == ()
    assert reading(f"look\n{quoted}").tags == ()


def test_a_message_longer_than_matrix_allows_is_cut_not_refused() -> None:
    found = reading("#swshelp " + "x" * (2 * LONGEST) + " #nyc")
    assert found.categories == (Category.HELP,)
    assert found.tags == ()


@pytest.mark.parametrize(
    "seed",
    [
        "#",
        "#a",
        "`",
        "`a``b",
        "http://",
        "a.",
        "a-",
        "@a:",
        "!a",
        ">\n",
        "(",
        "x.com/(",
        "a/#/",
        "\n\n`",
        "é",
        "#मु",
    ],
)
def test_twice_the_text_takes_no_more_than_twice_the_steps(seed: str) -> None:
    short, long = (_steps(seed * (size // len(seed))) for size in (2_000, 4_000))
    assert long <= 2.5 * short + 200


def _steps(text: str) -> int:
    count = 0

    def tick(*_: object) -> object:
        nonlocal count
        count += 1
        return tick

    before = sys.gettrace()
    sys.settrace(tick)  # type: ignore[arg-type]
    try:
        reading(text)
        without_names(Sensitive(text), ROSA)
    finally:
        sys.settrace(before)
    return count
