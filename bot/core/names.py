"""Matrix's own names in text: people, rooms, aliases, events and links to them; found, and taken out."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from bot.core.model import RoomId, UserId

REMOVED: Final = "[…]"

_PORT = r"(?::\d{1,5})?"
_IPV6 = r"\[[0-9A-Fa-f:.]{2,45}\]"
_SERVER = rf"(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]{{0,253}}[A-Za-z0-9])?|{_IPV6}){_PORT}"
_CERTAIN_SERVER = rf"(?:localhost|[A-Za-z0-9\-]{{1,63}}(?:\.[A-Za-z0-9\-]{{1,63}}){{1,8}}|{_IPV6}){_PORT}"
"""In running text a server has a dot in its name, or "look!now:ok" would be a room."""

_USER = re.compile(rf"@[!-9;-~]{{1,255}}:{_SERVER}")
_ROOM = re.compile(rf"!(?:[^\s:!@#$]{{1,255}}:{_SERVER}|[A-Za-z0-9_\-]{{43}})")

_IN_TEXT: Final = (
    re.compile(
        r"(?<![\w.\-])(?:https?://)?(?:(?:www\.)?matrix\.to/|[\w.\-]{1,255}/#/(?:room|user)/)[^\s<>\")\]]*",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<!\w)(?:matrix:(?:u|r|roomid|e|user|room)/|(?:element|io\.element\.\w{1,20})://)[^\s<>\")\]]*"
    ),
    re.compile(rf"(?<!\w)!(?:[^\s:!@#$]{{1,255}}:{_CERTAIN_SERVER}|[A-Za-z0-9_\-]{{43}}(?![\w\-]))"),
    re.compile(rf"(?<!\w)#[^\s:#]{{1,255}}:{_CERTAIN_SERVER}(?![\w/])"),
    re.compile(rf"(?<!\w)\$(?:[^\s:$]{{1,255}}:{_CERTAIN_SERVER}|[A-Za-z0-9_+/\-]{{43}}(?![\w\-]))"),
)


def without(text: str, author: UserId) -> str:
    """The text without its author's Matrix ID and without every room, alias, event and link to such."""
    if not any(mark in text for mark in "@!#$/:"):
        return text
    for pattern in (*_IN_TEXT, _own_name(author)):
        text = pattern.sub(REMOVED, text)
    return text


def _own_name(author: UserId) -> re.Pattern[str]:
    """`@rosa:example.org` in any case, also without its `@`, and `@rosa` alone."""
    local, _, server = author.removeprefix("@").partition(":")
    name = re.escape(local)
    whole = rf"@?(?<![\w.=/+-]){name}:{re.escape(server)}(?![\w-])"
    return re.compile(rf"{whole}|(?<!\w)@{name}(?![\w:.=/+-]*\w)", re.IGNORECASE)


def person(word: str) -> UserId | None:
    """The Matrix ID that a word is, or that a matrix.to link in it leads to."""
    name = _bare(word)
    return UserId(name) if _USER.fullmatch(name) and len(name) <= 255 else None


def room(word: str) -> RoomId | None:
    """The room id that a word is, of either form, or that a matrix.to link in it leads to."""
    name = _bare(word)
    return RoomId(name) if _ROOM.fullmatch(name) and len(name) <= 255 else None


def _bare(word: str) -> str:
    link = word.rsplit("/#/", 1)
    name = unquote(link[1].split("?", 1)[0]) if len(link) == 2 else word
    return name.strip("()<>'\"").rstrip(",;.")
