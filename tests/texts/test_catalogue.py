"""Promises about the words: every phrase has some, none is left over, none speaks of what it cannot know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.guard import Finding
from bot.core.model import (
    AttachmentKind,
    CardNote,
    Category,
    CommandName,
    Guard,
    Language,
    Posted,
    Unsafe,
)
from bot.core.phrases import Phrase
from bot.core.resources import Topic
from bot.core.takedown import ReportKind
from bot.texts.catalogue import FOLDER, Catalogue, IncompleteCatalogue, Shipped
from bot.texts.names import FIELDS

CATALOGUES = Shipped()
LABELS = {
    "attachment": AttachmentKind,
    "category": Category,
    "finding": Finding,
    "guard": Guard,
    "note": CardNote,
    "posted": Posted,
    "report": ReportKind,
    "topic": Topic,
    "unsafe": Unsafe,
}
"""Kinds of things, each of whose members has a label."""
SINGLE = {
    "category.none": set[str](),
    "list.and": {"rest", "last"},
    "list.or": {"rest", "last"},
    "card.title": {"case", "categories", "standing"},
    "card.title-urgent": {"case", "categories", "standing"},
    "standing.waiting": set(),
    "standing.claimed": {"by"},
    "standing.closed": set(),
    "card.withdrawn": set(),
    "card.withdrawn-in-part": set(),
    "card.notes": set(),
    "card.closed": set(),
    "place.none": set(),
    "age.moment": set(),
    "age.minutes": {"number"},
    "age.hours": {"number"},
    "age.days": {"number"},
    "card.city": {"cities", "posted"},
    "card.no-city": {"posted"},
    "card.attachments": {"attachments"},
    "more.attachments": {"attachments"},
    "card.what-one-can-do": set(),
    "card.while-claimed": set(),
    "card.takedown": set(),
    "card.others-asked": {"team"},
    "card.with-others": {"team"},
    "team.of-cities": {"cities"},
    "team.fallback": set(),
    "standing.moved": set(),
    "more.title": set(),
    "more.edited": set(),
    "more.emptied": set(),
    "resource.closed": set(),
    "resource.closed-year": {"year"},
    "resource.paused": set(),
    "resource.unchecked": set(),
    "resource.checked": {"date"},
    "resource.stale": {"date"},
    "resource.gone": set(),
    "resource.id": {"id"},
    "desk.before": {"text"},
    "desk.say": {"text"},
    "desk.collect": {"text"},
    "desk.careful": {"text"},
    "desk.filer": set(),
    "desk.unknown": {"platform"},
}
"""Labels that stand alone, and what is filled into each."""
HOLES = re.compile(r"{(\w+)}")


def labels() -> Iterator[str]:
    for group, members in LABELS.items():
        yield from (f"{group}.{member.value}" for member in members)


@pytest.fixture(params=Language, ids=lambda language: language.value)
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    language = request.param
    assert isinstance(language, Language)
    return CATALOGUES[language]


def test_every_phrase_and_every_label_has_words(catalogue: Catalogue) -> None:
    wanted = {*(phrase.value for phrase in Phrase), *labels(), *SINGLE}
    assert sorted(wanted - set(catalogue.forms)) == []


def test_no_words_are_left_over_that_nothing_says(catalogue: Catalogue) -> None:
    wanted = {*(phrase.value for phrase in Phrase), *labels(), *SINGLE}
    assert sorted(set(catalogue.forms) - wanted) == []


def test_a_phrase_speaks_only_of_what_a_line_can_hold(catalogue: Catalogue) -> None:
    for phrase in Phrase:
        for form in catalogue.forms[phrase.value]:
            assert set(HOLES.findall(form)) <= set(FIELDS), phrase


def test_labels_are_filled_with_exactly_what_they_name(catalogue: Catalogue) -> None:
    for label, holes in SINGLE.items():
        assert set(HOLES.findall(catalogue.words(label))) == holes, label
    for label in labels():
        assert not HOLES.findall(catalogue.words(label)), label


def test_no_brace_is_left_that_is_no_name(catalogue: Catalogue) -> None:
    for message, forms in catalogue.forms.items():
        for form in forms:
            assert not re.search(r"[{}]", HOLES.sub("", form)), message


def test_a_translation_fills_in_the_same_names_as_english(catalogue: Catalogue) -> None:
    english = CATALOGUES[Language.EN]
    for message, forms in catalogue.forms.items():
        ours = {hole for form in forms for hole in HOLES.findall(form)}
        assert ours == {hole for form in english.forms[message] for hole in HOLES.findall(form)}, message


def test_numbers_choose_the_form_of_the_word(catalogue: Catalogue) -> None:
    assert catalogue.words("resources.more", 1) != catalogue.words("resources.more", 2)
    assert catalogue.words("resources.more", 2) == catalogue.words("resources.more", 0)


def test_a_missing_message_names_the_file_and_the_id() -> None:
    with pytest.raises(IncompleteCatalogue, match=r"texts/en\.po.*nothing\.of-the-sort"):
        CATALOGUES[Language.EN].words("nothing.of-the-sort")


def test_uncertain_and_empty_translations_count_as_missing() -> None:
    po = b'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    po += b'#, fuzzy\nmsgid "a"\nmsgstr "perhaps"\n\nmsgid "b"\nmsgstr ""\n\nmsgid "c"\nmsgstr "surely"\n'
    assert set(Catalogue(po, "en").forms) == {"c"}


# -- how the bot speaks ----------------------

PUBLIC = [
    phrase
    for phrase in Phrase
    if phrase.value.split(".")[0] in ("help", "doxx", "danger", "harassment", "fyi")
]


@pytest.mark.parametrize("command", CommandName)
def test_the_explanation_of_a_command_begins_with_how_it_is_typed(command: CommandName) -> None:
    for each in CATALOGUES.values():
        assert each.words(f"command.{command}").startswith(f"`!{command}")


NEVER = {
    Language.EN: (
        *("victim", "prostitut", "illegal", "obviously"),
        *("simply", "unfortunately", "invalid", "error"),
    ),
    Language.ES: (
        *(
            "víctima",
            "prostitu",
            "ilegal",
            "obviamente",
            "simplemente",
            "lamentablemente",
            "inválid",
            "error",
        ),
        *("usuari", "trabajadores", "bienvenid", "vosotr", "usted"),
    ),
}
"""Words that blame, name people as they do not name themselves, or leave some of them out."""


def test_the_words_are_plain(catalogue: Catalogue) -> None:
    for message, forms in catalogue.forms.items():
        for form in forms:
            assert form == form.strip(), message
            assert "  " not in form, message
            for word in NEVER[Language(catalogue.language)]:
                assert word not in form.casefold(), (message, word)


def test_sentences_are_short_enough_to_read_aloud(catalogue: Catalogue) -> None:
    for message, forms in catalogue.forms.items():
        for sentence in re.split(r"(?<=[.!?])\s|\n", " ".join(forms)):
            assert len(sentence.split()) <= 45, (message, sentence)


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        (
            Phrase.HELP_WITH_SUPPORTERS,
            "Supporters of {cities} have this. Anyone here who can help, please do.",
        ),
        (
            Phrase.DOXX_WITH_SUPPORTERS,
            "Someone here is being doxxed. Please don't search for it or share it. Supporters are on it.",
        ),
        (Phrase.HARASSMENT_WITH_SUPPORTERS, "Supporters have this. Report and block; please don't engage."),
        (Phrase.DANGER_WITH_SUPPORTERS, "A danger report for {cities} reached supporters."),
    ],
)
def test_the_public_sentences_are_the_agreed_ones(phrase: Phrase, words: str) -> None:
    assert CATALOGUES[Language.EN].words(phrase.value) == words


# -- reading it ------------------------------


def test_a_language_is_read_when_it_is_first_spoken_and_only_once(tmp_path: Path) -> None:
    spoken = tmp_path / "es.po"
    spoken.write_bytes((FOLDER / "es.po").read_bytes())
    words = Shipped(tmp_path)
    assert (set(words), len(words)) == (set(Language), len(Language))
    first = words[Language.ES]  # that there is no English here keeps nobody from speaking Spanish
    spoken.unlink()
    assert words[Language.ES] is first
    with pytest.raises(FileNotFoundError):
        words[Language.EN]


@pytest.mark.parametrize("number", [0, 1, 2, 5, 11, 100])
def test_a_file_decides_itself_which_numbers_take_which_form(number: int) -> None:
    forms = ["ends in one", "few", "many"]
    po = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    po += '"Plural-Forms: nplurals=3; plural=(n == 1 ? 0 : n < 5 ? 1 : 2);\\n"\n\n'
    po += 'msgid "alone"\nmsgstr "alone"\n\nmsgid "b"\nmsgid_plural "b"\n'
    po += "".join(f'msgstr[{place}] "{form}"\n' for place, form in enumerate(forms))
    catalogue = Catalogue(po.encode(), "es")
    assert catalogue.words("b", number) == forms[0 if number == 1 else 1 if number < 5 else 2]
    assert catalogue.words("alone", number) == "alone"
