"""What a command is made of, and what it is given when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct, field

from bot.core import parse
from bot.core.audience import TABLE as RIGHTS
from bot.core.audience import Right
from bot.core.changes import Change
from bot.core.effects import Decision, Plan, SayInRoom, SayPrivately
from bot.core.model import CitySlug, CommandName, Language, Message, RoomId, RoomKind, UserId
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.view import Question, View

Value = TypeVar("Value")


class Asked(Struct, frozen=True):
    """A command as it came: who asks, where, and all that one decision may know."""

    message: Message
    words: parse.Command
    view: View

    @property
    def sender(self) -> UserId:
        return self.message.sender

    @property
    def room(self) -> RoomId:
        return self.message.room

    @property
    def keys(self) -> tuple[str, ...]:
        """The arguments, as tables and the atlas know them."""
        return tuple(word.key for word in self.words.arguments)

    @property
    def first(self) -> str:
        return self.keys[0] if self.keys else ""

    @property
    def language(self) -> Language:
        return (
            self.view.sender.language if self.view.room.kind is RoomKind.PRIVATE else self.view.room.language
        )

    def say(self, *lines: Line) -> Plan:
        """An answer that anybody in the room may read."""
        return Plan("answer", (SayInRoom(self.room, lines, self.language),))

    def whisper(self, *lines: Line | Whisper) -> Plan:
        """An answer for the asking person alone."""
        return Plan("answer", (SayPrivately(self.sender, lines, self.view.sender.language),))

    def answer(
        self, *lines: Line, changes: tuple[Change, ...] = (), plans: tuple[Plan, ...] = ()
    ) -> Decision:
        return Decision(changes, (self.say(*lines), *plans))

    def explain(self, name: CommandName) -> Decision:
        """The arguments make no sense: how the command is used."""
        return self.answer(Line(Phrase.HOW_TO_USE, commands=(name,)))


def places_of(
    asked: Asked, words: tuple[parse.Word, ...]
) -> tuple[tuple[CitySlug, ...], tuple[CitySlug, ...] | None]:
    """The cities these words name, and, when one of them names none we know, those nearest to it."""
    atlas = asked.view.atlas
    together = atlas.find(" ".join(word.key for word in words))
    if together:
        return together, None
    cities: dict[CitySlug, None] = {}
    for word in words:
        found = atlas.find(word.key)
        if not found:
            return (), atlas.nearest(word.key)
        cities.update(dict.fromkeys(found))
    return tuple(cities), None


def no_questions(_asked: Asked) -> tuple[Question, ...]:
    return ()


def no_variants() -> Mapping[Value, Right]:
    return MappingProxyType({})


class Command(Struct, frozen=True):
    """One command. How it is used is explained by the phrase `command.<name>`."""

    name: CommandName
    right: Right
    run: Callable[[Asked], Decision]
    aliases: tuple[str, ...] = ()
    elsewhere: Mapping[RoomKind, Right] = field(default_factory=no_variants)
    """Kinds of rooms where another right is needed."""
    variants: Mapping[str, Right] = field(default_factory=no_variants)
    """First arguments for which another right is needed."""
    asks: Callable[[Asked], tuple[Question, ...]] = no_questions

    def places(self) -> frozenset[RoomKind]:
        """Where it can be used by somebody."""
        rights = (self.right, *self.elsewhere.values(), *self.variants.values())
        return frozenset(place for right in rights for place in RIGHTS[right].places)

    def right_for(self, asked: Asked) -> Right:
        return self.variants.get(asked.first) or self.elsewhere.get(asked.view.room.kind) or self.right
