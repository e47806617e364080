"""What a sync shows of one room, and how it is put aside when it cannot be read yet."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from bot.core.model import RoomId
from bot.core.sensitive import Sensitive
from bot.matrix.translate import part
from bot.ports import Aside


class Shown(Struct, frozen=True):
    """A room's part of one sync."""

    room: RoomId
    section: object
    gone: bool
    """Whether it is shown among the rooms we are out of."""
    since: str
    """The bookmark the sync began at."""
    until: str
    """The bookmark it ended at."""

    def put_aside(self) -> Aside:
        kept = {
            "section": _readable(self.section),
            "gone": self.gone,
            "since": self.since,
            "until": self.until,
        }
        return Aside(f"{'left' if self.gone else 'in'} {self.until}", self.room, Sensitive(json.dumps(kept)))

    @classmethod
    def taken_up(cls, room: RoomId, aside: Aside) -> Shown:
        kept = json.loads(aside.raw.reveal())
        return cls(room, kept["section"], kept["gone"], kept["since"], kept["until"])


def _readable(section: object) -> dict[str, Any]:
    """No more of it than will be read, so that no more is kept."""
    timeline, before = part(section, "timeline"), part(part(section, "timeline"), "prev_batch")
    return {
        "state": {"events": _events(part(part(section, "state"), "events"))},
        "timeline": {
            "events": _events(part(timeline, "events")),
            "limited": part(timeline, "limited") is True,
            "prev_batch": before if isinstance(before, str) else None,
        },
    }


def _events(found: object) -> list[object]:
    return [event for event in found if _fits(event)] if isinstance(found, list) else []


def _fits(event: object) -> bool:
    """What is nested too deeply to be written down is nested too deeply to be read."""
    try:
        json.dumps(event)
    except RecursionError:
        return False
    return True
