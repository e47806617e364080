"""Long words into as many messages as they need: what is too large for one event must still arrive."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Final

from msgspec.structs import replace

from bot.core.sensitive import Sensitive
from bot.core.speech import Items, Paragraph, Quote, Whispered

ROOM: Final = 36_000
"""Bytes of JSON for the words of one message, plain and HTML together. An event may have 65,536, and sealing
adds a third."""
WORTH_BEGINNING: Final = 4_000
"""With less left, a long block begins in the next message."""
AROUND: Final = 40
"""What stands around a block, or around a line in one."""
LONGEST_LETTER: Final = 24
"""Bytes: twice the JSON form of one that needs two halves."""
_BREAK: Final = re.compile(r"[^\S ]")

Block = Paragraph | Items | Quote


def fitted(words: Whispered) -> tuple[Whispered, ...]:
    """Messages that together say the same, in order, each small enough to be sent sealed; the first rings."""
    if sum(map(_at_most, words.blocks)) <= ROOM:
        return (words,)
    messages: list[list[Block]] = [[]]
    left = ROOM
    for block in words.blocks:
        for piece in _pieces(block, left):
            size = _size(piece)
            if size > left and messages[-1]:
                messages.append([])
                left = ROOM
            messages[-1].append(piece)
            left -= size
    first, *more = map(tuple, messages)
    return replace(words, blocks=first), *map(Whispered, more)


def _pieces(block: Block, left: int) -> Iterator[Block]:
    """The block as it is, or cut: the first piece fills what is left in the message it begins in."""
    # Words belong to what stands above them; the rest is better read in one piece.
    if _size(block) <= (left if isinstance(block, Quote) else ROOM):
        yield block
        return
    begin = left if left > WORTH_BEGINNING else ROOM
    match block:
        case Paragraph(text, strong):
            yield from (Paragraph(part, strong) for part in _cut(text, begin))
        case Quote(words):
            yield from (Quote(Sensitive(part)) for part in _cut(words.reveal(), begin))
        case Items(texts):
            entries = (part for text in texts for part in _cut(text, ROOM - AROUND))
            yield from (Items(tuple(some)) for some in _runs(list(entries), _text, begin))


def _cut(text: str, begin: int) -> Iterator[str]:
    for run in _runs(list(text), _letters, begin):
        yield "".join(run)


def _runs(parts: list[str], size: Callable[[str], int], begin: int) -> Iterator[list[str]]:
    """As many parts in a row as fit into what is left of one message, then into the next."""
    run: list[str] = []
    left = begin - AROUND
    for part in parts:
        needed = size(part)
        if needed > left and run:
            yield run
            run, left = [], ROOM - AROUND
        run.append(part)
        left -= needed
    yield run


def _at_most(block: Block) -> int:
    """No less than `_size`, and soon said: most of what is said is far from too long."""
    match block:
        case Paragraph(text):
            texts: tuple[str, ...] = (text,)
        case Quote(words):
            texts = (words.reveal(),)
        case Items(items):
            texts = ("", *items)
    return sum(AROUND + LONGEST_LETTER * len(text) + AROUND * len(_BREAK.findall(text)) for text in texts)


def _size(block: Block) -> int:
    match block:
        case Paragraph(text):
            return _text(text)
        case Quote(words):
            return _text(words.reveal())
        case Items(texts):
            return AROUND + sum(map(_text, texts))


def _text(text: str) -> int:
    return AROUND + _letters(text)


def _letters(text: str) -> int:
    """A letter takes its JSON form twice, the second time with HTML's; the end of a line brings more."""
    plain, html = (len(json.dumps(form)) - 2 for form in (text, escape(text)))
    return plain + html + AROUND * len(_BREAK.findall(text))
