"""Side by side, in plain text: what somebody's own client decrypted, and what the homeserver could see."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from textwrap import wrap
from typing import Any

from bot.demo.homeserver import Homeserver
from bot.demo.people import Person
from bot.demo.seen import Seen

MOST_LINES = 9
"""Of one message; a card with its takedown desk is longer than a screen."""


@dataclass(slots=True)
class Show:
    """Two columns. Rooms and people are called by the names of the demo."""

    server: Homeserver
    room_names: Mapping[str, str]
    say: Callable[[str], None] = print
    width: int = field(default_factory=lambda: min(shutil.get_terminal_size((110, 30)).columns, 140))

    def headline(self, text: str) -> None:
        self.say(f"\n━━ {text} " + "━" * max(0, self.width - len(text) - 4))

    def note(self, text: str) -> None:
        for line in wrap(text, self.width - 2):
            self.say(f"  {line}")

    def event(self, reader: Person, seen: Seen) -> None:
        """One message: the reader's client on the left, the homeserver's database on the right."""
        where, who = self._room(seen.room), seen.sender.partition(":")[0]
        left = [f"{reader.name}’s client, {where}:", *_clipped(f"{who}: {_shown(seen)}", self._column)]
        right = ["the homeserver:", *_clipped(self.stored(seen.id), self._column)]
        self.say("")
        for mine, theirs in zip_longest(left, right, fillvalue=""):
            self.say(f"  {mine:<{self._column}} │ {theirs}")

    def stored(self, event: str) -> str:
        """What whoever runs the homeserver can read of an event."""
        found = self.server.sees(
            "SELECT json, sender, (SELECT count(*) FROM redactions WHERE redacts = ?) FROM event_json"
            " JOIN events USING (event_id) WHERE event_id = ?",
            event,
            event,
        )
        if not found:
            return "nothing"
        text, sender, removals = found[0]
        content = json.loads(text)["content"]
        removed = " (removed for everyone; the server deletes its copy after 7 days)" if removals else ""
        return f"{sender.partition(':')[0]}: {_content(content)}{removed}"

    def _room(self, room: str) -> str:
        return self.room_names.get(room, "private chat")

    @property
    def _column(self) -> int:
        return (self.width - 6) // 2


def _shown(seen: Seen) -> str:
    if seen.removed:
        return "(removed)"
    return seen.body if seen.trust is not None else "(cannot be decrypted)"


def _content(content: Mapping[str, Any]) -> str:
    if "ciphertext" in content:
        sealed = str(content["ciphertext"])
        return f"{len(sealed)} letters of ciphertext: {sealed[:24]}…"
    return str(content.get("body", content))


def _clipped(text: str, width: int) -> list[str]:
    lines = [part for line in text.splitlines() if line.strip() for part in wrap(line, width)]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"]
