"""What an operator types: the table of commands, one file each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from bot.document import Misconfigured
from bot.logs import places


class Exit(IntEnum):
    """What the shell and systemd are told."""

    GOOD = 0
    CHECK_FAILED = 1
    WRONG_USE = 2
    """Wrong arguments or configuration: trying again changes nothing."""


class WrongUse(Exception):
    """What was typed or configured cannot work; the text is one sentence for the operator. Exit 2."""


class CheckFailed(Exception):
    """Something that was looked at is not as it should be; the text says what to do. Exit 1."""


class Command(Protocol):
    """What each file of this folder offers. Heavy imports belong inside `run`: `--help` stays quick."""

    NAME: str
    HELP: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command takes besides `--config` and `-v`."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it; `args.config` is a Path, `args.verbose` a count. May raise `WrongUse` and `CheckFailed`."""
        ...


# The order is the order of an operator's first day. A new command is a file here and its name in this table.
TABLE: tuple[str, ...] = ("init", "login", "check", "run", "resources", "demo")


def commands() -> tuple[Command, ...]:
    return tuple(cast(Command, import_module(f"{__name__}.{name}")) for name in TABLE)


def parser() -> argparse.ArgumentParser:
    """Every command in the table, with the options they all share."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--config",
        type=Path,
        default=Path("config.yaml"),
        metavar="PATH",
        help="the configuration (default: %(default)s)",
    )
    shared.add_argument("-v", "--verbose", action="count", default=0, help="say where a fault came from")
    whole = argparse.ArgumentParser(
        prog="sws-bot", description="Carries calls for help to supporters, encrypted, and to nobody else."
    )
    several = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands():
        one = several.add_parser(command.NAME, help=command.HELP, description=command.HELP, parents=[shared])
        command.arguments(one)
        one.set_defaults(run=command.run)
    return whole


def _came_from(fault: BaseException) -> Iterator[str]:
    """Type and place of a fault and of what caused it; for whoever mends the program."""
    cause: BaseException | None = fault
    while cause is not None:
        yield f"  {type(cause).__qualname__} at {' < '.join(places(cause))}"
        cause = cause.__cause__


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; what the operator must mend is one sentence on stderr."""
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except (WrongUse, Misconfigured, CheckFailed) as fault:
        print(f"sws-bot: {fault}", file=sys.stderr)
        if args.verbose:
            print("\n".join(_came_from(fault)), file=sys.stderr)
        return Exit.CHECK_FAILED if isinstance(fault, CheckFailed) else Exit.WRONG_USE
    except KeyboardInterrupt:
        return 130
