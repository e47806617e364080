"""Rendered blocks into the content of a message: plain text, and HTML with everything escaped."""

from __future__ import annotations

import re
from html import escape
from typing import Any, Final

from bot.core.model import EventId
from bot.core.speech import Announced, Items, Paragraph, Quote, Spoken, Whispered

Block = Paragraph | Items | Quote
TO_TYPE: Final = re.compile(r"`([^`]+)`")
"""In our own words, what somebody is to type stands between backticks."""


def content(words: Spoken | Announced | Whispered, thread: EventId | None = None) -> dict[str, Any]:
    """The content of an `m.room.message`: heard when somebody speaks in it or is called, else calm."""
    made: dict[str, Any] = {
        "msgtype": "m.text" if _is_heard(words) else "m.notice",
        "body": "\n\n".join(_plain(block) for block in words.blocks),
        "format": "org.matrix.custom.html",
        "formatted_body": "".join(_html(block) for block in words.blocks),
        # Names in a quotation or a list must never ring anybody's phone.
        "m.mentions": _called(words) if isinstance(words, Whispered) else {},
    }
    return made | in_thread(thread)


def _is_heard(words: Spoken | Announced | Whispered) -> bool:
    """Phones stay silent for a notice whatever else is in it, as Matrix's own push rules have it."""
    if isinstance(words, Spoken):
        return False
    if isinstance(words, Announced):
        return True
    return words.rings or bool(words.calls) or any(isinstance(block, Quote) for block in words.blocks)


def _called(words: Whispered) -> dict[str, Any]:
    everybody = {"room": True} if words.rings else {}
    return everybody | ({"user_ids": list(words.calls)} if words.calls else {})


def in_thread(thread: EventId | None) -> dict[str, Any]:
    """The part of a message's content that puts it into a thread."""
    if thread is None:
        return {}
    root = {"rel_type": "m.thread", "event_id": thread}
    return {"m.relates_to": {**root, "is_falling_back": True, "m.in_reply_to": {"event_id": thread}}}


def replacing(event: EventId, words: Spoken | Whispered) -> dict[str, Any]:
    """The content of a message that takes the place of one of ours; older clients show it after a star."""
    new = content(words)
    return {
        **new,
        "body": f"* {new['body']}",
        "formatted_body": f"* {new['formatted_body']}",
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event},
    }


def caption(words: Whispered) -> dict[str, Any]:
    """Words beside a file, in the place of its name."""
    said = content(words)
    return {name: said[name] for name in ("body", "format", "formatted_body")}


def _plain(block: Block) -> str:
    match block:
        case Paragraph(text):
            return text
        case Items(texts):
            return "\n".join(f"- {text}" for text in texts)
        case Quote(words):
            return "\n".join(f"> {line}" for line in _lines(words.reveal()))


def _html(block: Block) -> str:
    match block:
        case Paragraph(text, strong):
            inner = _own(text)
            return f"<p><strong>{inner}</strong></p>" if strong else f"<p>{inner}</p>"
        case Items(texts):
            return "<ul>" + "".join(f"<li>{_own(text)}</li>" for text in texts) + "</ul>"
        case Quote(words):
            return f"<blockquote>{_breaks(words.reveal())}</blockquote>"


def _lines(text: str) -> list[str]:
    """Every kind of line end is one: a quotation that a line could break out of would be our own speech."""
    return text.splitlines() or [""]


def _own(text: str) -> str:
    return TO_TYPE.sub(r"<code>\1</code>", _breaks(text))


def _breaks(text: str) -> str:
    return "<br>".join(escape(line) for line in _lines(text))
