"""Values of every kind we store, made from the types themselves, so that a new kind cannot be overlooked."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any, Union, get_args, get_origin

from msgspec import Struct
from msgspec.structs import fields, replace

from bot.core.sensitive import Sensitive
from bot.store.database import Transaction


def members(union: object) -> tuple[Any, ...]:
    """The classes of a closed union."""
    return get_args(union)


def full(kind: Any) -> Any:
    """A value with every field filled in."""
    return _made(kind, full=True)


def bare(kind: Any) -> Any:
    """A value with as little in it as its type allows."""
    return _made(kind, full=False)


def every_field(kind: Any) -> Iterator[Any]:
    """The full value once for each alternative of each field: every member of an enum or union."""
    hints = typing.get_type_hints(kind)
    for each in fields(kind):
        for value in _alternatives(hints[each.name]):
            yield replace(full(kind), **{each.name: value})


def _alternatives(hint: Any) -> list[Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)
    if origin is tuple and inner[-1] is Ellipsis:
        return [(), *((value,) for value in _alternatives(inner[0]))]
    if origin in (Union, types.UnionType):
        return [value for each in inner for value in _alternatives(each)]
    return [full(hint), bare(hint)]


def _made(hint: Any, *, full: bool) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if hint is type(None):
        return None
    if hint in PLAIN:
        return PLAIN[hint][full]
    if origin in (Union, types.UnionType):
        return _made(inner[0] if full else inner[-1], full=full)
    if origin is tuple and inner[-1] is Ellipsis:
        return (_made(inner[0], full=True), _made(inner[0], full=False)) if full else ()
    if origin is frozenset:
        return frozenset({_made(inner[0], full=True), "other"}) if full else frozenset()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1 if full else 0]
    if isinstance(hint, type) and issubclass(hint, Struct):
        hints = typing.get_type_hints(hint)
        return hint(**{f.name: _made(hints[f.name], full=full) for f in fields(hint)})
    if hasattr(hint, "__supertype__"):
        return _made(hint.__supertype__, full=full)
    raise TypeError(f"no sample for {hint}: teach tests/store/samples.py")


PLAIN: dict[Any, tuple[Any, Any]] = {
    str: ("", 'words, ☂ and \u0000 "quotes" \n lines'),
    int: (0, 1_800_000_000_000),
    bool: (False, True),
    Sensitive: (Sensitive(""), Sensitive("private ☂ \U0001f98b \\ words")),
}


async def everything(tx: Transaction, table: str) -> list[tuple[object, ...]]:
    """All rows of a table, as they lie there."""
    return [tuple(row) for row in await tx.rows(f"SELECT * FROM {table}")]  # noqa: S608
