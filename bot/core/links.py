"""Finds links in text, with or without a scheme, defanged or not, and says which host they really lead to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

_DOT = r"(?:\.|\[\.\]|\(\.\)|[．。｡])"
_TAIL = r"[^\s<>\"，、；！？」』）】》]"

_WITH_SCHEME = re.compile(
    rf"(?<![a-z0-9])[a-z][a-z0-9+*]{{1,14}}(?::|\[:\]|：)(?://|\\\\|／／)({_TAIL}+)", re.IGNORECASE
)
_BARE = re.compile(
    rf"(?<![\w@.\-/])((?:[\w\-]{{1,63}}{_DOT})+(xn--[a-z0-9]{{2,20}}|[^\W\d_]{{2,24}}))(?![\w@])"
    rf"((?::\d{{1,5}})?(?:[/?#\\]{_TAIL}*)?)",
    re.IGNORECASE,
)
_MATRIX_ID = re.compile(r"(?<!\w)[@!#$][^\s:@!#$]{1,255}:[\w.\-]{1,255}(?::\d{1,5})?(?![\w/])")


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENDINGS: Final = _table(
    "com net org info biz edu gov app dev xyz site online link blog club shop live page cam sex porn "
    "xxx adult tube top store space website cloud pro tel onion lol wtf fans one social chat pics "
    "photos video art ca uk co io de fr es nl pl ru cz se fi dk ch eu ie nz au br jp cn kr mx ar cl "
    "pt gr hu ro bg ua tw hk sg th ph za gg tv cc ly ws li fo md vn"
)
"""What a name may end in to be a link without scheme and path: "doxbin.net", but not "please help.me"."""

_OPENERS = {")": "(", "]": "[", "}": "{"}
_TRAILING = ".,;:!?'\"*_~|`”’»…。"


class Found(Struct, frozen=True):
    """A link and where it stands in its text; prints nothing of itself."""

    start: int
    end: int
    host: str
    path: str

    def __repr__(self) -> str:
        return f"Found({self.start}, {self.end})"


def find(text: str) -> tuple[Found, ...]:
    """All links, in their order; linear in the length of the text."""
    if not any(mark in text for mark in ".．。｡:："):
        return ()
    found = list(_with_scheme(text))
    rest = blank(text, ((link.start, link.end) for link in found)) if found else text
    if "@" in rest or "!" in rest or "#" in rest or "$" in rest:
        rest = _MATRIX_ID.sub(lambda name: " " * len(name[0]), rest)
    found.extend(_bare(rest))
    return tuple(sorted(found, key=lambda link: link.start))


def blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with spaces in place of these spans, of the same length. The spans are in order."""
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        if end > at:
            pieces += (text[at:start], " " * (end - max(start, at)))
            at = end
    return "".join((*pieces, text[at:])) if pieces else text


def _with_scheme(text: str) -> Iterator[Found]:
    for match in _WITH_SCHEME.finditer(text):
        rest = _trimmed(match[1])
        authority, path = _split(rest)
        host = _host(authority)
        if host:
            yield Found(match.start(), match.start(1) + len(rest), host, path)


def _bare(text: str) -> Iterator[Found]:
    for match in _BARE.finditer(text):
        whole = _trimmed(match[0])
        tail = whole[len(match[1]) :]
        ending = match[2].casefold()
        has_path = tail.lstrip(":0123456789").startswith(("/", "?", "\\"))
        named = match[1][:4].casefold() == "www." or ending in _ENDINGS
        if (has_path or named) and (host := _host(match[1])):
            yield Found(match.start(), match.start() + len(whole), host, _split(tail)[1])


def _split(rest: str) -> tuple[str, str]:
    """Authority and path. A backslash ends the authority, as it does in browsers."""
    for at, letter in enumerate(rest):
        if letter in "/\\?#／":
            return rest[:at], rest[at:].split("?", 1)[0].split("#", 1)[0]
    return rest, ""


def _host(authority: str) -> str:
    """`user@FACEBOOK.com:443` leads to `facebook.com`; "" when it leads nowhere."""
    host = authority.rsplit("@", 1)[-1][:300]
    host = host.replace("[.]", ".").replace("(.)", ".").replace("。", ".").replace("｡", ".")
    host = unicodedata.normalize("NFKC", host).casefold()
    host = re.sub(r":\d*$", "", host).rstrip(".")
    return host if host and not re.search(r"[^\w.\-:\[\]]", host) else ""


def _trimmed(link: str) -> str:
    """Without the sentence around it: ends before a bracket that closes nothing in it, or punctuation."""
    open_brackets: list[str] = []
    for at, letter in enumerate(link):
        if letter in "([{":
            open_brackets.append(letter)
        elif letter in _OPENERS:
            if not open_brackets or open_brackets[-1] != _OPENERS[letter]:
                link = link[:at]
                break
            open_brackets.pop()
    return link.rstrip(_TRAILING)
