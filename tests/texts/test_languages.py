"""Promises about every further language: it says all that English says, in its own words, as people speak."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import bot.texts
from bot.core.cities import Atlas
from bot.core.model import Category, City, CitySlug, Language
from bot.core.phrases import Line, Phrase
from bot.core.resources import Library
from bot.core.takedown import Desk
from bot.core.tone import agrees, all_right
from bot.texts.catalogue import Shipped
from bot.texts.voice import Voice
from tests.texts.test_voice import TODAY, texts

CATALOGUES = Shipped()
ENGLISH = CATALOGUES[Language.EN]
OTHERS = [each for each in Language if each is not Language.EN]
ALIKE = {
    Language.ES: {
        "age.days",
        "age.hours",
        "age.minutes",
        "attachment.video",
        "card.city",
        "fault",
        "resource.id",
        "topic.trans",
    }
}
"""What may be the same in English: names, signs, and words that both languages have."""
OF_ITS_OWN = {"command.language", "languages"}
"""Where a language shows other things to type than English does: itself first."""
NEITHER = re.compile(
    r"\b(?:the|and|with|you|your|this|that|they|have|what|nobody|somebody|please|from|here)\b"
)
TYPED = re.compile(r"`[^`\n]*`|#\w+|\d+")
HOLES = re.compile(r"{\w+}")
NUMBERED = [message for message, forms in ENGLISH.forms.items() if len(forms) > 1]
CITIES = ("El Paso", "La Paz", "Iquique", "Oakland", "São Paulo", "New York City")
SLUGS = tuple(CitySlug(f"city{number}") for number in range(len(CITIES)))
ATLAS = Atlas(tuple(City(slug, shown) for slug, shown in zip(SLUGS, CITIES, strict=True)), {})
VOICE = Voice(CATALOGUES, lambda: ATLAS, lambda: Library(()), Desk(()), lambda: TODAY)


GENDERED = re.compile(
    r"\b(?:estás|eres|estés|quedas|sientes) (?:(?:muy|tan|más|bien) )?\w{3,}(?:[ai]d|nt|ur|ol)[oa]\b"
)


def said(*lines: Line) -> str:
    return "\n".join(texts(VOICE.spoken(lines, Language.ES)))


# -- the same things are said ----------------------


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_ids_of_english_in_their_order(language: Language) -> None:
    assert list(CATALOGUES[language].forms) == list(ENGLISH.forms)


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_sentence_is_left(language: Language) -> None:
    forms = CATALOGUES[language].forms
    assert {message for message in ENGLISH.forms if forms[message] == ENGLISH.forms[message]} == ALIKE[
        language
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_word_is_left_in_a_sentence(language: Language) -> None:
    for message, forms in CATALOGUES[language].forms.items():
        if message not in OF_ITS_OWN:
            assert not NEITHER.search(TYPED.sub("", " ".join(forms)).casefold()), message


@pytest.mark.parametrize("language", OTHERS)
def test_what_one_types_and_every_number_and_name_stay_as_they_are(language: Language) -> None:
    for message, forms in CATALOGUES[language].forms.items():
        for ours, english in zip(forms, ENGLISH.forms[message], strict=True):
            assert Counter(HOLES.findall(ours)) == Counter(HOLES.findall(english)), message
            if message not in OF_ITS_OWN:
                assert Counter(TYPED.findall(ours)) == Counter(TYPED.findall(english)), message
            assert re.findall(r"[\w.]+\.org", ours) == re.findall(r"[\w.]+\.org", english), message


@pytest.mark.parametrize("language", OTHERS)
def test_lists_and_paragraphs_stand_where_english_has_them(language: Language) -> None:
    for message, forms in CATALOGUES[language].forms.items():
        for ours, english in zip(forms, ENGLISH.forms[message], strict=True):
            shapes = [[line[:2] == "- " for line in text.split("\n")] for text in (ours, english)]
            assert shapes[0] == shapes[1], message


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_is_not_much_longer_than_english(language: Language) -> None:
    for message, forms in CATALOGUES[language].forms.items():
        if message not in OF_ITS_OWN:
            assert len(forms[0]) <= 1.75 * len(ENGLISH.forms[message][0]) + 20, message


@pytest.mark.parametrize("language", Language)
def test_every_language_says_which_there_are_and_how_to_choose(language: Language) -> None:
    for message in OF_ITS_OWN:
        words = CATALOGUES[language].words(message)
        assert all(f"`!language {each}`" in words for each in Language), message


@pytest.mark.parametrize("language", Language)
def test_the_words_promised_for_supporters_are_the_ones_they_come_with(language: Language) -> None:
    begins = CATALOGUES[language].words("reply.from-supporter").rstrip(":")
    assert f'"{begins}"' in CATALOGUES[language].words("who")


# -- Spanish ----------------------


def test_spanish_says_in_its_file_how_it_counts() -> None:
    head = (Path(bot.texts.__file__).parent / "es.po").read_text(encoding="utf-8").split("\n\n", 1)[0]
    assert '"Language: es\\n"' in head
    assert '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"' in head


@pytest.mark.parametrize(
    ("message", "none", "one", "two"),
    [
        (
            "resources.found",
            "0 recursos sirven para esto, primero el mejor:",
            "Un recurso sirve para esto:",
            "2 recursos sirven para esto, primero el mejor:",
        ),
        ("resources.more", "Hay 0 más: `!more`", "Hay uno más: `!more`", "Hay 2 más: `!more`"),
        ("board", "0 casos abiertos:", "Un caso abierto:", "2 casos abiertos:"),
    ],
)
def test_spanish_plurals_read_right(message: str, none: str, one: str, two: str) -> None:
    spoken = [said(Line(Phrase(message), number=number)) for number in (0, 1, 2)]
    assert spoken == [none, one, two]


def test_spanish_speaks_of_one_person_and_of_several() -> None:
    spanish = CATALOGUES[Language.ES]
    assert "Esta única persona leería" in spanish.words("steward.serve-asked", 1)
    assert all("Estas {number} personas leerían" in spanish.words("steward.serve-asked", n) for n in (0, 2))
    for message, verb in (("alert.approved", "va ahora a"), ("alert.out", "está en")):
        assert f"{{case}} {verb} una sala de la comunidad." in spanish.words(message, 1)
        assert all(f"{verb} {{number}} salas" in spanish.words(message, n) for n in (0, 2))


def test_every_phrase_with_a_number_form_is_tried() -> None:
    assert sorted(NUMBERED) == [
        *("alert.approved", "alert.out", "board"),
        *("resources.found", "resources.more", "steward.serve-asked"),
    ]


def test_spanish_leaves_out_nobody_and_trips_no_screen_reader() -> None:
    """No "@" or "x" endings; nothing that says whether the reader is a man or a woman."""
    for message, forms in CATALOGUES[Language.ES].forms.items():
        for word in re.findall(r"[\w@/]+", TYPED.sub("", " ".join(forms)).casefold()):
            assert not re.search(r"\w@|@s$|[bcdfglmnrst]xs?$|o/a|os/as", word), (message, word)
        assert not GENDERED.search(" ".join(forms).casefold()), message


def test_spanish_questions_and_calls_open_as_they_close() -> None:
    for message, forms in CATALOGUES[Language.ES].forms.items():
        plain = re.sub(r"`[^`]*`", "", " ".join(forms))
        assert (plain.count("¿"), plain.count("¡")) == (plain.count("?"), plain.count("!")), message


@pytest.mark.parametrize("city", SLUGS)
def test_sentences_with_a_city_read_right_for_any_city(city: CitySlug) -> None:
    """A name may begin with an article: "de El Paso" stays apart, and nothing agrees with a city."""
    for phrase in Phrase:
        forms = CATALOGUES[Language.ES].forms[phrase.value]
        if set(HOLES.findall(" ".join(forms))) == {"{cities}"}:
            words = said(Line(phrase, cities=(city,)))
            assert ATLAS.shown(city) in words
            assert not re.search(r"\b(?:el|la|al|del) (?:El|La) ", words)


def test_several_cities_are_named_as_people_say_them() -> None:
    assert said(Line(Phrase.CITY_NOW, cities=SLUGS[:2])) == "Esta sala es para El Paso y La Paz."
    assert "Iquique, El Paso o bien Oakland?" in said(
        Line(Phrase.CITY_NEAREST, near=(SLUGS[2], SLUGS[0], SLUGS[3]))
    )


def test_what_spanish_asks_for_as_an_answer_is_understood() -> None:
    spanish = CATALOGUES[Language.ES]
    assert 'basta un "sí"' in spanish.words("your.case-closed")
    assert all_right("sí")
    assert "responde sí" in spanish.words("file.ask")
    assert agrees("sí")


@pytest.mark.parametrize("category", Category)
def test_spanish_names_each_kind_of_case_once(category: Category) -> None:
    named = [CATALOGUES[Language.ES].words(f"category.{each}") for each in Category]
    assert named.count(CATALOGUES[Language.ES].words(f"category.{category}")) == 1


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        (
            Phrase.HELP_WITH_SUPPORTERS,
            "Las personas de apoyo de {cities} ya tienen este pedido."
            " Si puedes ayudar desde aquí, hazlo, por favor.",
        ),
        (
            Phrase.DOXX_WITH_SUPPORTERS,
            "Están doxxeando a alguien de aquí. Por favor, no lo busques ni lo compartas."
            " Las personas de apoyo ya se ocupan.",
        ),
        (
            Phrase.HARASSMENT_WITH_SUPPORTERS,
            "Las personas de apoyo ya tienen este pedido."
            " Reporta y bloquea; por favor, no entres en la discusión.",
        ),
        (
            Phrase.DANGER_WITH_SUPPORTERS,
            "Un aviso de peligro para {cities} llegó a las personas de apoyo.",
        ),
    ],
)
def test_the_public_sentences_in_spanish_are_the_agreed_ones(phrase: Phrase, words: str) -> None:
    assert CATALOGUES[Language.ES].words(phrase.value) == words
