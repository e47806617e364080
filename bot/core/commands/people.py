"""`!supporters` and `!trust`: who belongs to a supporter room, and whose new identity is believed."""

from __future__ import annotations

from types import MappingProxyType

from bot.core.audience import Right
from bot.core.case_steps import claimer_gone
from bot.core.changes import ChangeRoster, GoOffShift, TrustAgain
from bot.core.commands.command import Asked, Command
from bot.core.commands.shift import on_shift
from bot.core.effects import Decision
from bot.core.model import CommandName, RoomKind
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.stewards import alert


def supporters(asked: Asked) -> Decision:
    """`!supporters add|remove @user …`: who may be in this room; anything else: who is available."""
    if asked.first not in ("add", "remove"):
        return on_shift(asked)
    people = asked.words.people
    if not people or len(people) != len(asked.keys) - 1:
        return asked.explain(CommandName.SUPPORTERS)
    if asked.view.me in people:
        return asked.answer(Line(Phrase.SUPPORTERS_NOT_ME))
    on = asked.first == "add"
    gone = () if on else tuple(claimer_gone(person, asked.view) for person in people)
    changes = (
        *(ChangeRoster(asked.room, person, on) for person in people),
        *(change for each in gone for change in each.changes),
        *(GoOffShift(person, asked.room) for person in people if not on),
    )
    given_back = tuple(plan for each in gone for plan in each.plans)
    heard = Phrase.STEWARD_SUPPORTERS_ADDED if on else Phrase.STEWARD_SUPPORTERS_REMOVED
    told = alert(asked.view, (Whisper(Line(heard), room=asked.room, people=people),))
    done = Line(Phrase.SUPPORTERS_ADDED if on else Phrase.SUPPORTERS_REMOVED)
    return asked.answer(done, changes=changes, plans=(*told, *given_back))


def trust(asked: Asked) -> Decision:
    """After a key change: somebody else, who checked with the person another way, says that it is them.

    Supporters for each other in their room; a steward, in private, for anybody: workers are on no roster.
    """
    if len(asked.words.people) != 1 or len(asked.keys) != 1:
        return asked.explain(CommandName.TRUST)
    (person,) = asked.words.people
    if person == asked.sender:
        return asked.answer(Line(Phrase.TRUST_NOT_YOURSELF))
    if asked.view.room.kind is RoomKind.PRIVATE:
        heard = Whisper(Line(Phrase.STEWARD_TRUSTED_BY_STEWARD), people=(person,))
    elif person in asked.view.rosters.get(asked.room, frozenset()):
        heard = Whisper(Line(Phrase.STEWARD_TRUSTED), room=asked.room, people=(person,))
    else:
        return asked.answer(Line(Phrase.TRUST_NOT_ON_ROSTER))
    told = alert(asked.view, (heard,))
    return asked.answer(Line(Phrase.TRUSTED), changes=(TrustAgain(person),), plans=told)


SUPPORTERS = Command(
    CommandName.SUPPORTERS,
    Right.ASK,
    supporters,
    aliases=("supporter",),
    variants=MappingProxyType({"add": Right.CHOOSE_PEOPLE, "remove": Right.CHOOSE_PEOPLE}),
)
TRUST = Command(
    CommandName.TRUST,
    Right.TRUST_PEOPLE,
    trust,
    elsewhere=MappingProxyType({RoomKind.PRIVATE: Right.DECIDE_ROOMS}),
)
