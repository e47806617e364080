"""Draws the life of an alert from its transition table: `python -m tests.alert_life`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.alerts import TABLE, AlertEvent, AlertState
from tests.source import TOP

FILE = TOP / "docs" / "alert-life.md"
HEAD = """\
# The life of an alert

Made from the transition table in [`bot/core/alerts.py`](../bot/core/alerts.py) by
`.venv/bin/python -m tests.alert_life`; a test fails when it is out of date. What is not in it does not
happen.

"""
BY = {
    AlertEvent.APPROVE: "a second supporter of its room; for a case, if its worker agrees",
    AlertEvent.TURN: "time, five seconds after the room before; for a case, if its worker agrees",
    AlertEvent.EVERYWHERE: "no room is left",
    AlertEvent.END: "anybody of its room, time, or its worker",
}
TAIL = """
- A draft is forgotten after a day. Who wrote it is known until somebody else has approved it.
- It is sent in no state but `going_out`. Right before each room it is asked once more whether its worker
  agrees.
- Before it is sent to a room, it is written down that it may stand there; whoever removes it finds it by
  that.
- A room that does not answer for two minutes has another turn after the others.
- What is leaving is removed room by room. When nothing of it stands, no row of it is left.
- When its room is upgraded, or serves nobody any more, whoever serves its city, or is in the fallback room,
  can approve it and take it back there. As long as its room stands, nobody elsewhere learns of it.
"""


def picture() -> str:
    return HEAD + "\n".join(("```mermaid", "stateDiagram-v2", *_arrows(), "```", "", *_rows())) + "\n" + TAIL


def _arrows() -> Iterator[str]:
    yield f"    [*] --> {AlertState.DRAFTED}: shown to its team"
    for (state, event), to in TABLE.items():
        yield f"    {state} --> {to}: {event}"
    yield f"    {AlertState.LEAVING} --> [*]: removed everywhere"


def _rows() -> Iterator[str]:
    yield "| from | event | by | to |"
    yield "|---|---|---|---|"
    for (state, event), to in TABLE.items():
        yield f"| {state} | {event} | {BY[event]} | {to} |"


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
