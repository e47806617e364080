"""`sws-bot login`: makes this machine a device of the bot that people's clients believe."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import secrets
import sys
from typing import TYPE_CHECKING

from bot.cli import CheckFailed, Exit, WrongUse
from bot.core.sensitive import Sensitive

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.credentials import Credentials
    from bot.matrix.enrol import Account
    from bot.matrix.storage import RecoveryKey

NAME = "login"
HELP = "log in, make the bot's identity and print its recovery key once"

RECOVERY_KEY = """\
The bot's recovery key:

    {words}

Write it down now and keep it away from this machine, with the people who run the bot. It is shown
only this once. With it, another machine can be the same bot when this one is lost; without it,
everybody would be warned that the bot is no longer who it was.
"""
DONE = "{user} is logged in and its device is signed.{others} Next: sws-bot check"
OTHERS = " Older devices logged out: {count}."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--recovery-key",
        action="store_true",
        help="sign this machine with the identity the account already has; asks for the recovery key",
    )


def run(args: argparse.Namespace) -> int:
    from bot.config import load
    from bot.credentials import Credentials

    return _run(load(args.config), Credentials.beside(args.config), again=args.recovery_key)


def _run(settings: Settings, credentials: Credentials, *, again: bool) -> int:
    from bot.matrix.enrol import Account

    store_key = credentials.store_key()
    if not again:
        _refuse_twice(settings, store_key)
    recovery = _recovery_key(credentials) if again else None
    password = _secret(credentials, "password", f"Password of {settings.user_id}: ")
    account = Account(settings.homeserver, settings.user_id, password, settings.data_dir, store_key)
    count = _enrol(account, recovery)
    others = OTHERS.format(count=count) if count else ""
    print(DONE.format(user=settings.user_id, others=others))
    return Exit.GOOD


def _enrol(account: Account, recovery: RecoveryKey | None) -> int:
    from bot.matrix.enrol import CannotLogIn, OthersRemain, enrol
    from bot.matrix.identity import IdentityTrouble
    from bot.matrix.keystore import StoreInUse
    from bot.matrix.storage import WrongRecoveryKey
    from bot.ports import Forbidden, Gone, LoggedOut, TryAgainLater

    try:
        return asyncio.run(enrol(account, recovery, secrets.token_bytes, _show))[1]
    except (CannotLogIn, IdentityTrouble, StoreInUse) as fault:
        raise WrongUse(str(fault)) from fault
    except WrongRecoveryKey as fault:
        raise WrongUse(f"the recovery key is not right: {fault}") from fault
    except OthersRemain as fault:
        raise CheckFailed(str(fault)) from fault
    except (Forbidden, Gone, LoggedOut, TryAgainLater) as fault:
        raise CheckFailed(f"logging in did not work: {fault}; try again in a while") from fault
    except OSError as fault:
        raise WrongUse(f"data_dir {account.folder} cannot be written: {fault.strerror}") from fault


def _refuse_twice(settings: Settings, store_key: bytes) -> None:
    """A second login beside a working one would leave an unsigned device, or two bots on one account."""
    from bot.matrix.enrol import alive
    from bot.matrix.session import FILE, NotLoggedIn, read
    from bot.ports import Forbidden, Gone, TryAgainLater

    if not (settings.data_dir / FILE).exists():
        return
    try:
        works = asyncio.run(alive(read(settings.data_dir, store_key)))
    except NotLoggedIn as fault:
        raise WrongUse(str(fault)) from fault
    except (Forbidden, Gone, TryAgainLater) as fault:
        raise CheckFailed(f"data_dir holds a session, and whether it works is not known: {fault}") from fault
    if works:
        raise WrongUse(f"{settings.user_id} is logged in already: run `sws-bot check` or `sws-bot run`")


def _recovery_key(credentials: Credentials) -> RecoveryKey:
    from bot.matrix.storage import RecoveryKey, WrongRecoveryKey

    try:
        return RecoveryKey.read(_secret(credentials, "recovery_key", "Recovery key: "))
    except WrongRecoveryKey as fault:
        raise WrongUse(f"the recovery key is not right: {fault}") from fault


def _secret(credentials: Credentials, name: str, prompt: str) -> Sensitive:
    """From where secrets are kept, or from whoever sits at the terminal."""
    found = credentials.find(name)
    if found is not None or not sys.stdin.isatty():
        return found if found is not None else credentials.need(name)
    return Sensitive(getpass.getpass(prompt))


def _show(words: str) -> None:
    print(RECOVERY_KEY.format(words=words), flush=True)
