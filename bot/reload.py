"""Watches the resource list: a broken change keeps the last good list, and the stewards are told."""

from __future__ import annotations

from typing import Final

from bot.core.model import Millis
from bot.core.stewards import list_broken
from bot.lists import ResourceFile
from bot.loops.order import lane, rank
from bot.loops.surroundings import Surroundings
from bot.store import outbox

EVERY: Final = Millis(2_000)
"""Whoever changed the list and asks right away should see it."""


async def watch(around: Surroundings, lists: ResourceFile) -> None:
    """Until dropped."""
    while not around.bells.stopping:
        await look(around, lists)
        await around.clock.sleep(EVERY)


async def look(around: Surroundings, lists: ResourceFile) -> None:
    """Tell the stewards once for each broken version of the file."""
    before, now_used = lists.last, lists.current()
    fault = lists.fault()
    if now_used is not before:
        around.journal.event("resources_read", entries=len(now_used.entries))
    if fault is None:
        return
    around.journal.event("resources_broken", entries=len(now_used.entries))
    now = around.clock.now()
    async with around.database.transaction() as tx:
        for plan in list_broken(around.knowledge().stewards):
            await outbox.file(tx, f"resources {now}", plan, rank(plan), lane(plan), now)
    around.bells.outbox.ring()
