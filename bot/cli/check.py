"""`sws-bot check`: a table of everything the bot depends on, with the fix for each fault."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from bot.cli import Exit

if TYPE_CHECKING:
    from bot.checkup import Row

NAME = "check"
HELP = "look at configuration, homeserver, identity, rooms, lists and disk"
MARKS = {"good": "ok  ", "care": "care", "fault": "FAIL"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON list instead of a table")


def run(args: argparse.Namespace) -> int:
    from bot.checkup import State, check
    from bot.config import load
    from bot.credentials import Credentials

    settings = load(args.config)
    store_key = Credentials.beside(args.config).store_key()
    rows = asyncio.run(check(settings, store_key, secrets.token_hex(8)))
    if args.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        for row in rows:
            print("\n".join(lines(row)))
    return Exit.CHECK_FAILED if any(row.state is State.FAULT for row in rows) else Exit.GOOD


def lines(row: Row) -> Iterator[str]:
    """A row for a terminal: what, how it is, and beneath it what to do."""
    yield from textwrap.wrap(f"{MARKS[row.state]}  {row.what}: {row.says}", 110, subsequent_indent=" " * 6)
    if row.fix:
        yield from textwrap.wrap(f"-> {row.fix}", 104, initial_indent=" " * 6, subsequent_indent=" " * 9)
