"""From words to what they ask for: hashtags, commands, links; and words without the names of their author."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NoReturn, final

from msgspec import Struct

from bot.core import links, markup, names, tone
from bot.core.model import Category, RoomId, Urgency, UserId
from bot.core.sensitive import Sensitive

LONGEST: Final = 65_536
"""A Matrix event holds at most this many bytes; what is longer did not come from one."""

CATEGORY_WORDS: Final[Mapping[str, Category]] = MappingProxyType(
    {
        "swshelp": Category.HELP,
        "swsdoxx": Category.DOXX,
        "swsdox": Category.DOXX,
        "swsharassment": Category.HARASSMENT,
        "swsharrassment": Category.HARASSMENT,
        "swsharasment": Category.HARASSMENT,
        "swsharrasment": Category.HARASSMENT,
        "swsdanger": Category.DANGER,
        "swssupporter": Category.SUPPORTER,
        "swsfyi": Category.FYI,
    }
)
"""How people spell the categories, after `#` or `!`."""

_CAREFUL: Final = {category: place for place, category in enumerate(Category)}
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\ufe0e\ufe0f"
_COMMAND = re.compile(r"[!！]([^\W\d_][\w-]{0,31})[.,:;!?…]{0,3}(?=\s|$)")
_MOST_ARGUMENTS = 64
_MOST_TAGS = 16
_MARK = re.compile("[#＃]")
_LETTERS = re.compile(r"\w*")
_JOINERS = "\u200c\u200d\u05be\u05f3\u05f4\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
"""Marks that stand inside words of some scripts, as twitter-text lists them."""
_EMOJI_MARKS = "\ufe0e\ufe0f\u20e3"
"""They make an emoji of what stands before them; a # with one is a picture of a key."""
_SPACES = " \t\r\n\v\f\u00a0\u3000"
_AROUND = _INVISIBLE + _SPACES + ",.;:!?…\"'“”‘’()[]<>"


class _Private:
    """What all parts of a reading share: they print nothing of what they hold and are not pickled."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[private]"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("private words are not pickled")


@final
class Word(_Private):
    """A tag or an argument: as written, for whoever wrote it; and its key, for tables and the atlas."""

    __slots__ = ("key", "written")

    def __init__(self, written: str, key: str) -> None:
        self.written: Final = Sensitive(written)
        self.key: Final = key
        """NFKC, lower case, without `#` and the punctuation around it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and (self.written, self.key) == (other.written, other.key)

    def __hash__(self) -> int:
        return hash((Word, self.written, self.key))


@final
class Link(_Private):
    """Where a link points. It is never opened; only the desk looks at it."""

    __slots__ = ("host", "path")

    def __init__(self, host: str, path: str = "") -> None:
        self.host: Final = host
        self.path: Final = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Link) and (self.host, self.path) == (other.host, other.path)

    def __hash__(self) -> int:
        return hash((Link, self.host, self.path))


class Command(Struct, frozen=True):
    """`!name arguments`, first in a message."""

    name: Word
    """Its key is what the command table knows, or somebody's words."""
    arguments: tuple[Word, ...]
    people: tuple[UserId, ...]
    """Matrix IDs among the arguments, also those inside matrix.to links."""
    rooms: tuple[RoomId, ...]
    rest: Sensitive
    """Everything after the name, as written."""


class Says(StrEnum):
    """How much there is in a message."""

    NOTHING = "nothing"
    GREETING = "greeting"
    """A bare "hi", "test", "anybody there?": no report yet."""
    ALL_RIGHT = "all right"
    """No more than "yes, thanks, I'm fine": an answer, when something was asked; else words like any."""
    SOMETHING = "something"


class Yes(StrEnum):
    """What somebody answered to a question that asks for yes or no."""

    YES = "yes"
    NO = "no"


class Reading(Struct, frozen=True):
    """What a message asks for."""

    categories: tuple[Category, ...]
    """The most careful first."""
    tags: tuple[Word, ...]
    """The other hashtags: cities, perhaps."""
    command: Command | None
    links: tuple[Link, ...]
    words: Sensitive
    """The message without the quoted fallback of a reply."""
    says: Says
    urgency: Urgency

    @property
    def category(self) -> Category | None:
        """The one that decides."""
        return self.categories[0] if self.categories else None

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(link.host for link in self.links))


def read(body: Sensitive) -> Reading:
    """Never raises, whatever the words; linear in their length."""
    return body.once(_read)


def _read(words: str) -> Reading:
    text = markup.without_fallback(words[:LONGEST])
    found = links.find(text)
    first = _first_word(text)
    command = _command(text, first) if first else None
    categories = (
        {CATEGORY_WORDS[command.name.key]} if command and command.name.key in CATEGORY_WORDS else set()
    )
    if categories:
        command = None
    tags: dict[str, Word] = {}
    if "#" in text or "＃" in text:
        for tag in _hashtags(markup.prose(text, found)):
            if (category := CATEGORY_WORDS.get(tag.key.replace("_", ""))) is not None:
                categories.add(category)
            elif len(tags) < _MOST_TAGS:
                tags.setdefault(tag.key, tag)
    hurry = Category.DANGER in categories or tone.urgent(text)
    asks = bool(categories or tags or command or found)
    return Reading(
        categories=tuple(sorted(categories, key=_CAREFUL.__getitem__)),
        tags=tuple(tags.values()),
        command=command,
        links=tuple(Link(link.host, link.path) for link in found if link.host != "matrix.to"),
        words=Sensitive(text),
        says=Says.SOMETHING if asks else _says(text),
        urgency=Urgency.URGENT if hurry else Urgency.USUAL,
    )


def without_names(words: Sensitive, author: UserId) -> Sensitive:
    """As supporters may see them: no Matrix ID of the author, no room, alias, event or link to one."""
    return Sensitive(names.without(words.reveal()[:LONGEST], author))


def yes_or_no(answer: Sensitive) -> Yes | None:
    """A plain yes or a plain no, in several languages; None for anything more, which is said to somebody."""
    if tone.agrees(answer.reveal()[:LONGEST]):
        return Yes.YES
    return Yes.NO if tone.declines(answer.reveal()[:LONGEST]) else None


def same(one: Sensitive, other: Sensitive) -> bool:
    """Whether two short texts are the same to somebody in a hurry; nothing is the same as nothing."""
    key = _key(" ".join(one.reveal()[:LONGEST].split()))
    return bool(key) and key == _key(" ".join(other.reveal()[:LONGEST].split()))


def after(words: Sensitive, count: int) -> Sensitive:
    """What follows the first `count` words, as written."""
    parts = words.reveal()[:LONGEST].split(maxsplit=count)
    return Sensitive(parts[count] if len(parts) > count else "")


def places(answer: Sensitive) -> tuple[Word, ...]:
    """What a short answer to "which city?" may name: all of it, then every one to three words in a row.

    Nothing of a long text: somebody's "la" or "bath" would become a city.
    """
    text = answer.reveal()[:LONGEST].strip()
    words = text[:120].split()
    if len(text) > 100 or not 1 <= len(words) <= 8:
        return ()
    spans = [words, *(words[at : at + n] for n in (3, 2, 1) for at in range(len(words) - n + 1))]
    return tuple(dict.fromkeys(Word(" ".join(span), _key(" ".join(span))) for span in spans))


def _first_word(text: str) -> re.Match[str] | None:
    start = len(text) - len(text.lstrip(" \t\r\n" + _INVISIBLE))
    return _COMMAND.match(text, start)


def _command(text: str, first: re.Match[str]) -> Command:
    rest = text[first.end() :].strip()
    raw = rest.split(maxsplit=_MOST_ARGUMENTS)[:_MOST_ARGUMENTS]
    return Command(
        name=Word(first[1], _key(first[1])),
        arguments=tuple(Word(word, _key(word)) for word in raw),
        people=tuple(filter(None, map(names.person, raw))),
        rooms=tuple(filter(None, map(names.room, raw))),
        rest=Sensitive(rest),
    )


def _hashtags(prose: str) -> Iterator[Word]:
    """By the rules of twitter-text, but "#swsdoxx#nyc" is two tags here: a missing space loses no report."""
    last_end = -1
    for mark in _MARK.finditer(prose):
        at = mark.start()
        before = prose[at - 1] if at else " "
        if at != last_end and (_in_tag(before) or before == "&"):
            continue
        end = _end_of_tag(prose, at + 1)
        name = prose[at + 1 : end]
        if any(letter.isalpha() for letter in name) and not prose.startswith("://", end):
            yield Word(name, _key(name))
            last_end = end


def _end_of_tag(text: str, at: int) -> int:
    while (letters := _LETTERS.match(text, at)) is not None:
        at = letters.end()
        if at == len(text) or not _in_tag(text[at]):
            break
        at += 1
    return at


def _in_tag(letter: str) -> bool:
    if letter.isalnum() or letter == "_" or letter in _JOINERS:
        return True
    return unicodedata.category(letter)[0] == "M" and letter not in _EMOJI_MARKS


def _key(word: str) -> str:
    """Compared without case, accidents of typing and the punctuation around it."""
    plain = unicodedata.normalize("NFKC", word).casefold().strip(_AROUND)
    return plain.lstrip("#").strip(_AROUND)


def _says(text: str) -> Says:
    if not text.strip(_INVISIBLE + _SPACES) or text.isspace():
        return Says.NOTHING
    if tone.greets_only(text):
        return Says.GREETING
    return Says.ALL_RIGHT if tone.all_right(text) else Says.SOMETHING
