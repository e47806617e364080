"""Which case names are taken, and some that are not, drawn beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bot.core.model import CaseName, Millis
from bot.store.database import Transaction

DRAWN: Final = 32
"""At once: what is not taken is offered again."""
_FREE: Final = "free names"


async def spend(tx: Transaction, name: CaseName, now: Millis) -> None:
    row = tx.seal.name("case", name)
    await tx.rows("INSERT OR REPLACE INTO spent_names (name, at) VALUES (?, ?)", row, now)
    tx.remember(_FREE, tuple(free for free in _free(tx) if free != name))


async def spend_living(tx: Transaction, now: Millis) -> None:
    """A name is not free again for a time after its case is gone, however long the case lived."""
    await tx.rows("INSERT OR REPLACE INTO spent_names (name, at) SELECT name, ? FROM cases", now)


async def fresh(
    tx: Transaction, count: int, draw: Callable[[int], Sequence[CaseName]]
) -> tuple[CaseName, ...]:
    """So many that are free. Raises `RuntimeError` when hardly any is."""
    free = _free(tx)
    for _ in range(100):
        if len(free) >= count:
            tx.remember(_FREE, free)
            return free[:count]
        free = tuple(dict.fromkeys((*free, *await unspent(tx, draw(DRAWN)))))
    raise RuntimeError("too many case names are taken: more words are needed in loops/casenames")


def _free(tx: Transaction) -> tuple[CaseName, ...]:
    free = tx.remembered(_FREE)
    return free if isinstance(free, tuple) else ()


async def unspent(tx: Transaction, names: Sequence[CaseName]) -> tuple[CaseName, ...]:
    """Those of the names that no case bears or bore lately, and no request to serve bears."""
    rows = {tx.seal.name("case", name): name for name in names}
    codes = {tx.seal.name("code", name): name for name in names}
    marks = ", ".join("?" * len(rows))
    taken = await tx.rows(
        f"SELECT name FROM spent_names WHERE name IN ({marks})"  # noqa: S608 - nothing but question marks
        f" UNION SELECT name FROM cases WHERE name IN ({marks})"
        f" UNION SELECT code FROM serve_requests WHERE code IN ({marks})",
        *rows,
        *rows,
        *codes,
    )
    gone = {(rows | codes)[bytes(row[0])] for row in taken}
    return tuple(name for name in rows.values() if name not in gone)
