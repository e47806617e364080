"""`!resources` and `!more`: the resource list, five entries at a time, for anyone, in any room."""

from __future__ import annotations

from bot.core.asking import ask
from bot.core.audience import Right
from bot.core.changes import NoteAct
from bot.core.commands.command import Asked, Command
from bot.core.commands.paging import last_question, note_question
from bot.core.effects import Decision
from bot.core.limits import Limit, within
from bot.core.model import CommandName, ResourceId
from bot.core.phrases import Line, Phrase
from bot.core.resources import PAGE, Query, Topic
from bot.core.stewards import alert


def resources(asked: Asked) -> Decision:
    """`!resources legal nyc`, `!resources housing online es 2`, `!resources wrong ID`."""
    if not within(Limit.RESOURCES, asked.view.sender.acts.get(Limit.RESOURCES, ()), asked.view.now):
        return asked.answer(Line(Phrase.TOO_FAST))
    if asked.first == "wrong":
        return _wrong(asked)
    words, page = _page(asked.keys)
    view = asked.view
    return _show(asked, ask(words, view.atlas, view.library, view.room.cities), page)


def more(asked: Asked) -> Decision:
    """The next five of what this person asked for last, within the hour."""
    last = last_question(asked.view.sender.acts)
    if last is None:
        return asked.explain(CommandName.MORE)
    query, page = last
    return _show(asked, query, page + 1)


def _page(keys: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """A number at the end is the page."""
    if keys and keys[-1].isdecimal() and len(keys[-1]) < 4:
        return keys[:-1], max(1, int(keys[-1]))
    return keys, 1


def _show(asked: Asked, query: Query, page: int) -> Decision:
    found = asked.view.library.search(query)
    shown = tuple(entry.id for entry in found[(page - 1) * PAGE : page * PAGE])
    left = max(0, len(found) - page * PAGE)
    noted = (
        NoteAct(asked.sender, Limit.RESOURCES, asked.view.now),
        *note_question(asked, query, page, left),
    )
    if not shown:
        none = Phrase.RESOURCES_NO_MORE if found else Phrase.RESOURCES_NONE
        return asked.answer(Line(none), Line(Phrase.RESOURCES_TOPICS, topics=tuple(Topic)), changes=noted)
    lines = (
        Line(Phrase.RESOURCES_FOUND, resources=shown, number=len(found)),
        *((Line(Phrase.RESOURCES_MORE, number=left),) if left else ()),
        *(() if asked.keys else (Line(Phrase.RESOURCES_TOPICS, topics=tuple(Topic)),)),
    )
    return asked.answer(*lines, changes=noted)


def _wrong(asked: Asked) -> Decision:
    """Anyone may say that an entry is wrong; stewards hear which one, never who said so or in which words."""
    entry = asked.view.library.get(ResourceId(asked.keys[1])) if len(asked.keys) > 1 else None
    if entry is None:
        return asked.answer(Line(Phrase.RESOURCES_WRONG_WHICH))
    told = alert(asked.view, (Line(Phrase.STEWARD_RESOURCE_WRONG, resources=(entry.id,)),))
    noted = (NoteAct(asked.sender, Limit.RESOURCES, asked.view.now),)
    return asked.answer(Line(Phrase.RESOURCES_WRONG_THANKS), changes=noted, plans=told)


RESOURCES = Command(
    CommandName.RESOURCES, Right.ASK, resources, aliases=("resource", "res", "recursos", "ressources")
)
MORE = Command(CommandName.MORE, Right.ASK, more, aliases=("next", "mas", "más"))
