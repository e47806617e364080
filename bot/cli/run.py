"""`sws-bot run`: the bot."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys

from bot.cli import CheckFailed, Exit, WrongUse

NAME = "run"
HELP = "run the bot until it is asked to stop"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing but what all commands take."""


def run(args: argparse.Namespace) -> int:
    # What is made from here to the first message stays: nobody needs to look through it for what has gone.
    gc.disable()
    from bot import app
    from bot.config import load
    from bot.credentials import Credentials
    from bot.logs import LogJournal, guard
    from bot.matrix.keystore import StoreInUse
    from bot.matrix.session import NotLoggedIn
    from bot.ports import LoggedOut, NotProven
    from bot.store.faults import UnusableDatabase
    from bot.store.seal import StoreFault
    from bot.systemd import Systemd

    os.umask(0o077)
    settings = load(args.config)
    store_key = Credentials.beside(args.config).store_key()
    journal = LogJournal(store_key, sys.stderr)
    guard(journal)
    gc.freeze()
    gc.enable()
    try:
        asyncio.run(app.run(settings, store_key, journal, Systemd.of(os.environ)))
    except UnusableDatabase as fault:
        raise CheckFailed(str(fault)) from fault
    except (LoggedOut, NotLoggedIn, StoreFault, StoreInUse) as fault:
        raise WrongUse(str(fault)) from fault
    except NotProven as fault:
        raise CheckFailed(f"the encrypted round trip failed: {fault}") from fault
    return Exit.GOOD
