"""What we keep, as bytes and back; private words are unwrapped only here, just before they are sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar, get_args

from cattrs.converters import Converter
from cattrs.preconf.json import make_converter

from bot.core.changes import Change
from bot.core.effects import Effect, Incoming
from bot.core.phrases import Line, Whisper
from bot.core.results import Result
from bot.core.sensitive import Sensitive

T = TypeVar("T")

UNIONS: Final[tuple[Any, ...]] = (Line | Whisper, Result, Effect, Change, Incoming)
"""Stored with the name of the class beside it, the inner ones first. Renaming a class needs a migration."""


def pack(value: object, kind: Any) -> bytes:
    return json.dumps(_CONVERTER.unstructure(value, unstructure_as=kind), separators=(",", ":")).encode()


def unpack(packed: bytes, kind: type[T]) -> T:
    structured: T = _CONVERTER.structure(json.loads(packed), kind)
    return structured


def _converter() -> Converter:
    converter = make_converter(detailed_validation=False)
    converter.register_unstructure_hook(Sensitive, lambda words: words.reveal())
    converter.register_structure_hook(Sensitive, lambda words, _: Sensitive(str(words)))
    for union in UNIONS:
        _tag(union, converter)
    return converter


def _tag(union: Any, converter: Converter) -> None:
    """As cattrs' own tagged unions, but a class is looked into when one comes, not all at each start."""
    kinds = {kind.__name__: kind for kind in get_args(union)}

    def unstructure(value: object) -> dict[str, Any]:
        name = type(value).__name__
        return {**converter.unstructure(value, unstructure_as=kinds[name]), "is": name}

    def structure(found: Mapping[str, Any], _: Any) -> Any:
        return converter.structure(found, kinds[found["is"]])

    converter.register_unstructure_hook(union, unstructure)
    converter.register_structure_hook(union, structure)


_CONVERTER = _converter()
