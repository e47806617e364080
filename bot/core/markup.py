"""Where in a text a hashtag is not meant as one: code, quoted lines, links; and the fallback of replies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.links import Found, blank

_QUOTED_LINE = re.compile(r"^ {0,3}>[^\n]*", re.MULTILINE)
_FALLBACK = re.compile(r"> (?:\* )?<[@!][^\n>]{0,255}:[^\n>]{1,255}>")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)", re.MULTILINE)
_TICKS = re.compile(r"`+")


def without_fallback(text: str) -> str:
    """The text without the lines that older clients put before a reply to repeat what it answers."""
    if not _FALLBACK.match(text):
        return text
    lines = text.split("\n")
    own = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    if own < len(lines) and not lines[own].strip():
        own += 1
    return "\n".join(lines[own:])


def prose(text: str, links: tuple[Found, ...]) -> str:
    """The text with spaces in place of code, quoted lines and links; of the same length."""
    if "`" in text or "~~~" in text:
        text = blank(text, _fenced(text))
        text = blank(text, _inline_code(text))
    if ">" in text:
        text = blank(text, (line.span() for line in _QUOTED_LINE.finditer(text)))
    return blank(text, ((link.start, link.end) for link in links)) if links else text


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    """Blocks between fences; one that is never closed lasts to the end, as in Markdown."""
    opened: tuple[int, str] | None = None
    for fence in _FENCE.finditer(text):
        mark, rest = fence[1], fence[2]
        if opened is None:
            if not (mark[0] == "`" and "`" in rest):
                opened = (fence.start(), mark)
        elif mark.startswith(opened[1]) and not rest.strip():
            yield opened[0], fence.end()
            opened = None
    if opened is not None:
        yield opened[0], len(text)


def _inline_code(text: str) -> Iterator[tuple[int, int]]:
    """Spans between equal runs of backticks within one paragraph."""
    runs = [run.span() for run in _TICKS.finditer(text)]
    next_of_length: dict[int, int] = {}
    partner: list[int | None] = [None] * len(runs)
    for at in range(len(runs) - 1, -1, -1):
        length = runs[at][1] - runs[at][0]
        partner[at] = next_of_length.get(length)
        next_of_length[length] = at
    at = 0
    while at < len(runs):
        closing = partner[at]
        if closing is not None and text.find("\n\n", runs[at][1], runs[closing][0]) < 0:
            yield runs[at][0], runs[closing][1]
            at = closing
        at += 1
