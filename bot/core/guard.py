"""Finds identifying details in text and says which kinds there are, never what they say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import phonenumbers
from msgspec import Struct, field

from bot.core import links
from bot.core.model import Guard
from bot.core.resources import Library
from bot.core.sensitive import Sensitive
from bot.core.shapes import SHAPES, Finding
from bot.core.takedown import Desk

__all__ = ["Exempt", "Finding", "copied", "exempt", "findings", "identifying", "longer"]

_LONGEST = 65_536
IN_A_ROW: Final = 6
"""So many words in a row are taken over; fewer, and two people may well say the same."""
FEWEST: Final = 3
_WORD = re.compile(r"\w+")
_SLICE = 4_000
_OVERLAP = 120
_DEFAULT_REGIONS = ("US", "GB")
_MOST_REGIONS = 6
_MOST_NUMBERS = 16

_DIGITS = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
}
_DIGITS |= {
    "eight": "8",
    "nine": "9",
    "cero": "0",
    "uno": "1",
    "dos": "2",
    "tres": "3",
    "cuatro": "4",
    "cinco": "5",
}
_DIGITS |= {"seis": "6", "siete": "7", "ocho": "8", "nueve": "9"}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_DIGITS)})\b")
_DOT = re.compile(r"\s{0,2}[\[({]\s?(?:dot|\.|punto|point|punkt)\s?[\])}]\s{0,2}|\s(?:dot|punto|punkt)\s")
_AT = re.compile(
    r"\s{0,2}[\[({]\s?(?:at|@|arroba)\s?[\])}]\s{0,2}|\sarroba\s|\sat\s(?=[\w\-]{2,30}\.[a-z]{2,})"
)
_SLASH = re.compile(r"(?<=\.\w\w)\sslash\s|(?<=\.\w\w\w)\sslash\s")
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+@[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,4}\.[^\W\d_]{2,24}(?![\w\-])")
_NUMBER = re.compile(r"(?<![\w.$€£])(?:\+\s?)?\(?\d(?:[\s().\-/·–]{0,3}\d){6,16}(?!\d)")
_DATE = re.compile(r"(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}\b|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d\b")


_CRISIS_LINES: Final = frozenset(
    ("002738255", "007997233", "006564673", "664887386", "664887387", "082000247", "008001500", "688688688")
)
"""Last digits of widely known lines of the US, UK and Canada that people post for each other."""


class Exempt(Struct, frozen=True):
    """Public contacts that identify nobody: our own resource list and the pages to report something on."""

    phones: frozenset[str] = _CRISIS_LINES
    """Last nine digits."""
    emails: frozenset[str] = frozenset()
    pages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By host: how the paths begin that are exempt there."""


_NOTHING: Final = Exempt()


def exempt(library: Library, desk: Desk) -> Exempt:
    """What our own cards show may be repeated. To be worked out once for each list, not for each message."""
    addresses = [entry.url for entry in library.entries if entry.url]
    addresses += [report.url for platform in desk.platforms for report in platform.reports if report.url]
    addresses += [tool.url for tool in desk.guide.tools]
    pages: dict[str, set[str]] = {}
    for address in addresses:
        for link in links.find(address.split("{", 1)[0]):
            path = link.path.casefold().rstrip("/")
            if path or not desk.knows(link.host):
                pages.setdefault(link.host.removeprefix("www."), set()).add(path)
    pages["matrix.to"] = {""}
    phones = {last_digits(phone.number) for entry in library.entries for phone in entry.phones}
    return Exempt(
        phones=_CRISIS_LINES | phones,
        emails=frozenset(entry.email.casefold() for entry in library.entries if entry.email),
        pages={host: tuple(sorted(paths)) for host, paths in pages.items()},
    )


def findings(body: Sensitive, regions: Iterable[str] = (), exempt: Exempt = _NOTHING) -> frozenset[Finding]:
    """The kinds found. `regions`: countries whose phone numbers may be written without a prefix."""
    text = _normal(body.reveal()[:_LONGEST])
    where = tuple(sorted(set(regions)))[:_MOST_REGIONS] or _DEFAULT_REGIONS
    found: set[Finding] = set()
    for start in range(0, max(1, len(text)), _SLICE - _OVERLAP):
        piece = text[start : start + _SLICE]
        plain = _unhidden(piece)
        for copy in (piece,) if plain == piece else (piece, plain):
            found.update(_in_copy(copy, where, exempt, frozenset(found)))
    return frozenset(found)


def identifying(found: frozenset[Finding], guard: Guard) -> bool:
    """Whether a danger post with these findings may name somebody, by how careful its room wants to be."""
    return guard is not Guard.OFF and bool(found)


def copied(words: Sensitive, original: Sensitive) -> bool:
    """Whether words repeat six in a row of the original; of a shorter one of three or more, all of them."""
    ours, theirs = (_WORD.findall(_normal(each.reveal()[:_LONGEST])) for each in (words, original))
    length = min(IN_A_ROW, len(theirs))
    if length < FEWEST:
        return False
    rows = {tuple(theirs[at : at + length]) for at in range(len(theirs) - length + 1)}
    return any(tuple(ours[at : at + length]) in rows for at in range(len(ours) - length + 1))


def longer(words: Sensitive, count: int) -> bool:
    """Whether there are more letters than this."""
    return len(words.reveal()) > count


def _normal(text: str) -> str:
    """One way to write each letter, nothing invisible between them, no case."""
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) > 2 * len(text):  # letters that stand for whole words: only made to slow us down
        plain = f"{plain[: len(text)]} {plain[-len(text) :]}"
    if not plain.isascii():
        plain = "".join(letter for letter in plain if unicodedata.category(letter) not in ("Cf", "Mn"))
    return plain.casefold()


def _unhidden(text: str) -> str:
    """The text with the usual disguises off: "dot", "(at)", hxxp, digits as words."""
    text = text.replace("hxxp", "http").replace("[:]", ":")
    text = _NUMBER_WORD.sub(lambda word: _DIGITS[word[0]], text)
    return _SLASH.sub("/", _AT.sub("@", _DOT.sub(".", text)))


def _in_copy(
    text: str, regions: tuple[str, ...], exempt: Exempt, known: frozenset[Finding]
) -> Iterator[Finding]:
    if Finding.EMAIL not in known and "@" in text and any(_emails(text, exempt)):
        yield Finding.EMAIL
    if Finding.LINK not in known and any(_leads_out(link, exempt) for link in links.find(text)):
        yield Finding.LINK
    if Finding.PHONE not in known and _has_phone(text, regions, exempt):
        yield Finding.PHONE
    for shape in SHAPES:
        if shape.kind in known or (shape.needs and not any(mark in text for mark in shape.needs)):
            continue
        if any(shape.check(match) for match in shape.pattern.finditer(text)):
            yield shape.kind


def _emails(text: str, exempt: Exempt) -> Iterator[bool]:
    for match in _EMAIL.finditer(text):
        if match[0].strip(".") not in exempt.emails:
            yield True


def _leads_out(link: links.Found, exempt: Exempt) -> bool:
    """A page below an exempt one is exempt; a profile beside it is not."""
    known = exempt.pages.get(link.host.removeprefix("www."), ())
    return not any(link.path == path or link.path.startswith(f"{path}/") for path in known)


def _has_phone(text: str, regions: tuple[str, ...], exempt: Exempt) -> bool:
    candidates = {match[0] for match in _NUMBER.finditer(text) if not _DATE.match(match[0])}
    numbers = [number for number in candidates if last_digits(number) not in exempt.phones]
    if len(numbers) > _MOST_NUMBERS:
        return True  # more than can be looked at in time: not knowing counts as found
    return any(_is_phone(number, regions) for number in numbers)


def _is_phone(number: str, regions: tuple[str, ...]) -> bool:
    number = number.replace("·", " ")
    if number.startswith("00"):
        number = "+" + number[2:]
    for region in (None,) if number.startswith("+") else regions:
        matcher = phonenumbers.PhoneNumberMatcher(number, region, phonenumbers.Leniency.VALID, max_tries=2)
        if matcher.has_next():
            return True
    return False


def last_digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isdigit())[-9:]
