"""From words to what they ask for: hashtags, commands, links; and words without the names of their author."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn, final

from bot.core.model import Category, RoomId, Urgency, UserId
from bot.core.sensitive import Sensitive


@final
class Word:
    """A tag or an argument: as written, for whoever wrote it; and as it is looked up, for tables and the atlas."""

    __slots__ = ("key", "written")

    def __init__(self, written: str, key: str) -> None:
        self.written = Sensitive(written)
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and (self.written, self.key) == (other.written, other.key)

    def __hash__(self) -> int:
        return hash((Word, self.written, self.key))

    def __repr__(self) -> str:
        return "[private]"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("private words are not pickled")


@final
class Link:
    """Where a link points. It is never opened; only the desk looks at it."""

    __slots__ = ("host", "path")

    def __init__(self, host: str, path: str = "") -> None:
        self.host = host
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Link) and (self.host, self.path) == (other.host, other.path)

    def __hash__(self) -> int:
        return hash((Link, self.host, self.path))

    def __repr__(self) -> str:
        return "[private]"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("private words are not pickled")


@dataclass(frozen=True, slots=True)
class Command:
    """`!name arguments`, first in a message."""

    name: str
    """Lower case; may be unknown to us, and is then somebody's words."""
    arguments: tuple[Word, ...]
    people: tuple[UserId, ...]
    """Matrix IDs among the arguments."""
    rooms: tuple[RoomId, ...]
    rest: Sensitive
    """Everything after the name, as written."""


class Says(StrEnum):
    """How much there is in a message."""

    NOTHING = "nothing"
    GREETING = "greeting"
    """"Hi", "test", "anybody there?": no report yet."""
    SOMETHING = "something"


@dataclass(frozen=True, slots=True)
class Reading:
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
    """Never raises, whatever the words."""
    return Reading((), (), None, (), body, Says.SOMETHING, Urgency.USUAL)


def without_names(words: Sensitive, author: UserId) -> Sensitive:
    """The words as supporters may see them: without their author's Matrix ID, rooms, aliases, events and links to such."""
    return words
