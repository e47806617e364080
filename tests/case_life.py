"""Draws the life of a case from its transition table: `python -m tests.case_life`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.cases import TABLE, Event
from bot.core.model import CaseState
from tests.case_proofs import table
from tests.source import TOP

FILE = TOP / "docs" / "case-life.md"
HEAD = """\
# The life of a case

Made from the transition table in [`bot/core/cases.py`](../bot/core/cases.py) by
`.venv/bin/python -m tests.case_life`; a test fails when it is out of date. What is not in it does not happen.

"""
TAIL = """
- A case that comes to another team (the worker named the city later, or nobody claimed it in time) begins
  there as waiting. The card it leaves behind says where it is; when others were only asked as well, who was
  there first may still claim it from there while it waits.
- When its room is upgraded, an open case goes to other rooms that serve its cities, else to the fallback, and
  begins there as waiting; while none is safe, nobody has it, and it is held with all that its worker adds.
- What its worker writes within a day after the closing opens it again, unless it is only "yes, I'm fine".
  After that day, or with a category, it becomes a new case.
- Every change is shown on the card itself, which is edited in place, and said in its thread.

## Which test proves what

Each promise is proved three times: in plain tests; as a story in which the bot is ended at any moment; and
live, on a real homeserver, by a worker and two supporters whose clients are not ours. One supporter there and
some workers have a client that hears and believes only devices their owner has cross-signed, others a usual
one.

"""
RUN = """
The tests of one promise, here the fifth, by their names, and all of them run:

```sh
.venv/bin/python -m tests.case_proofs 5 > fifth.txt
.venv/bin/python -m pytest @fifth.txt
```

One story, the bot ended at every single moment: `.venv/bin/python -m tests.promises words under pictures`.
"""


def picture() -> str:
    drawn = "\n".join(("```mermaid", "stateDiagram-v2", *_arrows(), "```", "", *_rows())) + "\n"
    return HEAD + drawn + TAIL + "\n".join(table()) + "\n" + RUN


def _arrows() -> Iterator[str]:
    yield f"    [*] --> {CaseState.WAITING}: told"
    for (state, event), step in TABLE.items():
        yield f"    {state} --> {step.to}: {event}"


def _rows() -> Iterator[str]:
    yield "| from | event | by | to |"
    yield "|---|---|---|---|"
    for event in Event:
        for (state, each), step in TABLE.items():
            if each is event:
                yield f"| {state} | {event} | {step.by} | {step.to} |"


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
