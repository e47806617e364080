"""`sws-bot resources check FILE`: whether a resource list can be used, and what in it needs care."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import CheckFailed, Exit, WrongUse

if TYPE_CHECKING:
    from datetime import date

    from bot.core.resources import Library

NAME = "resources"
HELP = "check a resource list"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("check",), help="check: can the bot use this list?")
    parser.add_argument("file", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    return check(args.file)


def check(path: Path) -> int:
    """Print what the list holds. Raises `CheckFailed` with file, line and entry of the first fault."""
    from bot.document import Misconfigured
    from bot.lists import load_resources

    if not path.is_file():
        raise WrongUse(f"{path} is no file")
    try:
        library = load_resources(path)
    except Misconfigured as fault:
        raise CheckFailed(str(fault)) from None
    for line in summary(library, datetime.now(UTC).date()):
        print(line)
    return Exit.GOOD


def summary(library: Library, today: date) -> tuple[str, ...]:
    """What an operator wants to know of a list that can be used."""
    from bot.core.resources import Freshness, Status

    shown = [entry for entry in library.entries if entry.publish]
    closed = [entry for entry in library.entries if entry.status is Status.CLOSED]
    fresh = Counter(entry.freshness(today) for entry in shown)
    hidden = len(library.entries) - len(shown) - len(closed)
    stale = [entry.id for entry in shown if entry.freshness(today) is Freshness.STALE]
    lines = [
        f"good: {len(library.entries)} entries in {len(library.places)} places",
        f"shown: {len(shown)} ({fresh[Freshness.UNCHECKED]} not checked yet, {fresh[Freshness.STALE]} stale)",
        f"closed, told to who asks for them: {len(closed)}",
        f"kept back: {hidden}",
    ]
    if stale:
        lines.append(f"check again: {', '.join(stale)}")
    return tuple(lines)
