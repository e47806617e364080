"""What a decision about an edit or a deletion may know: which cases have the words, and what was attached."""

from __future__ import annotations

from bot.core.effects import Incoming
from bot.core.model import Attached, EventId, Message, Removal, Side
from bot.core.view import CaseView
from bot.store import cases, copies
from bot.store.copies import Source
from bot.store.database import Transaction


async def cases_of(tx: Transaction, incoming: Incoming) -> tuple[CaseView, ...]:
    """Those that got the words of the message which its author changed, or which was deleted, in its room."""
    found = [await cases.by_name(tx, source.case) for source in await _sources(tx, incoming)]
    return tuple(case for case in found if case is not None)


async def attached(tx: Transaction, incoming: Incoming) -> Attached:
    """What became of what was attached. Where that was not written down, it counts as changed."""
    if not isinstance(incoming, Message) or incoming.edits is None:
        return Attached.SAME
    now = copies.mark(tx, incoming.file)
    before = [source.file for source in await _sources(tx, incoming)]
    others = [mark for mark in before if mark != now and (mark is not None or now)]
    if not others:
        return Attached.SAME
    return Attached.CHANGED if any(mark != "" for mark in others) else Attached.ADDED


async def _sources(tx: Transaction, incoming: Incoming) -> tuple[Source, ...]:
    """A room's admin may delete what a supporter wrote; nobody may change it but the supporter."""
    event = _changed(incoming)
    if event is None or not isinstance(incoming, Message | Removal):
        return ()
    of_all = isinstance(incoming, Removal)
    return tuple(
        source
        for source in await copies.sources(tx, event)
        if (source.author == incoming.sender or (of_all and source.side is Side.SUPPORTER))
        and not source.withdrawn
        and source.room == incoming.room
    )


def _changed(incoming: Incoming) -> EventId | None:
    match incoming:
        case Message():
            return incoming.edits
        case Removal():
            return incoming.target
        case _:
            return None
