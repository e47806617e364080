"""Writes down, with each decision, whose message goes into which case, and what of it was taken back."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.changes import OpenCase
from bot.core.effects import Decision, Incoming, PassOn, RemoveCopy, RemoveOldFile, TellFile, TellMore
from bot.core.model import EventId, Message, Millis, Side
from bot.store import copies
from bot.store.copies import Source
from bot.store.database import Transaction


async def write_down(tx: Transaction, incoming: Incoming, decision: Decision, now: Millis) -> None:
    """A deletion may be decided on before the words went out: from here on it is known where they go."""
    for change in decision.changes:
        if isinstance(change, OpenCase):
            opened = Source(change.event, change.room, change.person, change.card.case, Side.WORKER)
            await copies.note_source(tx, replace(opened, file=_attached(tx, incoming, change.event)), now)
    for plan in decision.plans:
        for step in plan.steps:
            if isinstance(step, RemoveCopy):
                await copies.withdraw_source(tx, step.case, step.source, now)
            elif isinstance(step, RemoveOldFile) and isinstance(incoming, Message):
                await copies.attach_source(tx, step.case, step.source, incoming.file, now)
            elif isinstance(incoming, Message) and isinstance(step, TellMore | TellFile | PassOn):
                await _note(tx, incoming, step, now)


async def _note(tx: Transaction, message: Message, step: TellMore | TellFile | PassOn, now: Millis) -> None:
    if step.source is None or await copies.is_withdrawn(tx, step.case, step.source):
        return
    side = Side.SUPPORTER if isinstance(step, PassOn) else Side.WORKER
    before = [each for each in await copies.sources(tx, step.source) if each.case == step.case]
    file = before[0].file if before else _attached(tx, message, step.source)
    source = Source(step.source, message.room, message.sender, step.case, side, file=file)
    await copies.note_source(tx, source, now)


def _attached(tx: Transaction, incoming: Incoming, event: EventId) -> str | None:
    """What the message brings along that it is about, or that it takes the place of."""
    if not isinstance(incoming, Message) or event not in (incoming.id, incoming.edits):
        return None
    return copies.mark(tx, incoming.file)
