"""The table of commands, and how one is found, allowed and run; nobody who asks is left without an answer."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from bot.core import parse
from bot.core.audience import TABLE as RIGHTS
from bot.core.audience import Role, Verdict, may
from bot.core.changes import NoteAct
from bot.core.commands.alerts import ALERT, APPROVE, RETRACT
from bot.core.commands.cases import CASES, CLAIM, CLOSE, HANDOFF, NOTE, POSTPONE, RELEASE, REOPEN
from bot.core.commands.checkin import CHECKIN, FINE
from bot.core.commands.cities import CITY
from bot.core.commands.command import Asked, Command
from bot.core.commands.menu import ABOUT, MENU, STATUS
from bot.core.commands.mine import FORGET, WHATDOYOUKNOW, WITHDRAW
from bot.core.commands.people import SUPPORTERS, TRUST
from bot.core.commands.reply import REPLY
from bot.core.commands.resources import MORE, RESOURCES
from bot.core.commands.roomcheck import ROOMCHECK
from bot.core.commands.send import SEND
from bot.core.commands.serve import CONFIRM, DECLINE, SERVE
from bot.core.commands.settings import GUARD, LANGUAGE
from bot.core.commands.share import SHARE
from bot.core.commands.shift import AVAILABLE, AWAY, SNIPPETS_COMMAND, WHO
from bot.core.effects import Decision, Plan, SayInRoom
from bot.core.forged import send_again
from bot.core.limits import Limit, within
from bot.core.model import CommandName, Message, Power, RoomKind, Trust
from bot.core.parse import read
from bot.core.phrases import Line, Phrase
from bot.core.view import PowerOf, Question, View

TABLE: Final[Mapping[CommandName, Command]] = MappingProxyType(
    {
        row.name: row
        for row in (
            MENU,
            ABOUT,
            RESOURCES,
            MORE,
            STATUS,
            CITY,
            LANGUAGE,
            GUARD,
            ROOMCHECK,
            SERVE,
            SUPPORTERS,
            TRUST,
            REPLY,
            SEND,
            CHECKIN,
            FINE,
            SHARE,
            AVAILABLE,
            AWAY,
            SNIPPETS_COMMAND,
            WHO,
            CLAIM,
            RELEASE,
            HANDOFF,
            CLOSE,
            REOPEN,
            NOTE,
            CASES,
            POSTPONE,
            ALERT,
            APPROVE,
            RETRACT,
            WITHDRAW,
            FORGET,
            WHATDOYOUKNOW,
            CONFIRM,
            DECLINE,
        )
    }
)
WORDS: Final[Mapping[str, Command]] = MappingProxyType(
    {word: row for row in TABLE.values() for word in (row.name.value, *row.aliases)}
)


ANSWERS: Final = frozenset({CommandName.REPLY, CommandName.NOTE})
"""Supporters' commands that are followed by words: in a private chat the words are what counts."""


def nearest(word: str, place: RoomKind | None = None) -> CommandName | None:
    """The command that was probably meant, of those that can be used in this place."""
    words = [each for each, row in WORDS.items() if place is None or place in row.places()]
    close = get_close_matches(word, words, n=1, cutoff=0.72)
    return WORDS[close[0]].name if close else None


def takes_as_words(words: parse.Command, view: View) -> bool:
    """In a private chat, "!please help me" is somebody's call for help, not a mistake in typing a command."""
    if view.room.kind is not RoomKind.PRIVATE or not words.arguments:
        return False
    command = WORDS.get(words.name.key)
    if command is None:
        return nearest(words.name.key, RoomKind.PRIVATE) is None
    asks_for_help = command.name is CommandName.MENU and words.arguments[0].key not in WORDS
    return asks_for_help or command.name in ANSWERS


def asks(message: Message, words: parse.Command, view: View) -> tuple[Question, ...]:
    """What to ask the homeserver first: what the person may do, and what the command needs."""
    command = WORDS.get(words.name.key)
    if command is None:
        return ()
    asked = Asked(message, words, view)
    access = RIGHTS[command.right_for(asked)]
    if view.room.kind not in access.places:
        return ()
    power = (PowerOf(message.room, message.sender),) if Role.ROOM_ADMIN in access.roles else ()
    return (*power, *command.asks(asked))


def roles(view: View) -> frozenset[Role]:
    """What the sender is, in the room the message came from; an unanswered question about power is none."""
    sender, room = view.sender.person, view.room
    held = {
        Role.SUPPORTER: room.kind is RoomKind.SUPPORTER
        and sender in view.rosters.get(room.room, frozenset()),
        Role.ROOM_ADMIN: view.power(room.room, sender) is Power.ADMIN,
        Role.STEWARD: sender in view.stewards,
    }
    return frozenset(role for role, holds in held.items() if holds)


def run(message: Message, words: parse.Command, view: View) -> Decision:
    """Find it, see that this person may, and do it; each way out is an answer, until somebody floods us."""
    command, asked = WORDS.get(words.name.key), Asked(message, words, view)
    if command is None:
        return _unknown(asked)
    too_fast = not within(Limit.COMMAND, view.sender.acts.get(Limit.COMMAND, ()), view.now)
    if too_fast and not _must_be_heard(command, view):
        return hint(message, view, Line(Phrase.TOO_FAST))
    verdict = may(command.right_for(asked), view.room.kind, roles(view), message.trust)
    decision = command.run(asked) if verdict is Verdict.ALLOWED else _refused(verdict, command, asked)
    return Decision((*decision.changes, NoteAct(message.sender, Limit.COMMAND, view.now)), decision.plans)


def _must_be_heard(command: Command, view: View) -> bool:
    """ "I am fine", where it keeps supporters from being called, or calls them: never lost to a limit."""
    waited_for = view.sender.check_in is not None or view.sender.alarm_word is not None
    return command.name is CommandName.FINE and waited_for


def _unknown(asked: Asked) -> Decision:
    """In a community room another bot may be meant: only a near miss of one of our commands is answered."""
    private = asked.view.room.kind is RoomKind.PRIVATE
    near = nearest(asked.words.name.key, RoomKind.PRIVATE if private else None)
    if near is not None:
        return hint(asked.message, asked.view, Line(Phrase.COMMAND_NEAREST, commands=(near,)))
    if asked.view.room.kind is RoomKind.COMMUNITY:
        return Decision()
    return hint(asked.message, asked.view, Line(Phrase.COMMAND_UNKNOWN, commands=(CommandName.MENU,)))


REFUSALS: Final[Mapping[Verdict, Phrase]] = MappingProxyType(
    {
        Verdict.NOT_SUPPORTER: Phrase.ONLY_SUPPORTERS,
        Verdict.NOT_ROOM_ADMIN: Phrase.ONLY_ROOM_ADMINS,
        Verdict.NOT_STEWARD: Phrase.ONLY_STEWARDS,
    }
)
PLACES: Final[Mapping[frozenset[RoomKind], Phrase]] = MappingProxyType(
    {
        frozenset({RoomKind.PRIVATE}): Phrase.ONLY_IN_PRIVATE,
        frozenset({RoomKind.COMMUNITY}): Phrase.ONLY_IN_COMMUNITY,
        frozenset({RoomKind.SUPPORTER}): Phrase.ONLY_IN_SUPPORTER_ROOM,
        frozenset({RoomKind.COMMUNITY, RoomKind.SUPPORTER}): Phrase.NOT_IN_PRIVATE,
    }
)


def _refused(verdict: Verdict, command: Command, asked: Asked) -> Decision:
    """One sentence that says what to do instead."""
    message, view = asked.message, asked.view
    if verdict is Verdict.NOT_SURE:
        if message.trust is Trust.PLAIN:
            return hint(message, view, Line(Phrase.ONLY_ENCRYPTED, commands=(command.name,)))
        return send_again(message, read(message.body), view)
    if verdict is Verdict.WRONG_PLACE:
        places = RIGHTS[command.right_for(asked)].places
        return hint(message, view, Line(PLACES[places], commands=(command.name,)))
    unknown = view.power(asked.room, asked.sender) is Power.UNKNOWN
    if verdict is Verdict.NOT_ROOM_ADMIN and unknown:
        return hint(message, view, Line(Phrase.POWER_UNKNOWN, commands=(command.name,)))
    return hint(message, view, Line(REFUSALS[verdict], commands=(command.name,)))


def hint(message: Message, view: View, line: Line) -> Decision:
    """One sentence in place, some times in ten minutes: enough for a person, too little for a flood."""
    if not within(Limit.HINT, view.sender.acts.get(Limit.HINT, ()), view.now):
        return Decision()
    noted = NoteAct(message.sender, Limit.HINT, view.now)
    language = view.sender.language if view.room.kind is RoomKind.PRIVATE else view.room.language
    return Decision((noted,), (Plan("hint", (SayInRoom(message.room, (line,), language),)),))
