"""Makes this machine a device of the bot: logs in, uploads keys, signs the device, keeps the session."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from msgspec import Struct
from nio import AsyncClient, KeysUploadResponse

from bot.core.model import UserId
from bot.core.sensitive import Sensitive
from bot.matrix import identity, session
from bot.matrix.identity import IdentityTrouble, RandomBytes
from bot.matrix.keystore import KeyStore, Lock
from bot.matrix.session import Session
from bot.matrix.storage import RecoveryKey
from bot.matrix.wire import ask, path
from bot.ports import Forbidden, Gone, LoggedOut, TryAgainLater

DEVICE_NAME: Final = "bot"
"""Everybody in a room can see it, so it says nothing."""
NO_NEWS: Final = json.dumps(
    {"room": {"rooms": []}, "presence": {"types": []}, "account_data": {"types": []}}, separators=(",", ":")
)


class CannotLogIn(Exception):
    """The homeserver or the account does not allow this login; the text is a sentence for the operator."""


class OthersRemain(Exception):
    """All is done, but older devices could not be logged out; the text says what to do."""


class Account(Struct, frozen=True):
    """Whom to log in where, and where to keep what comes of it."""

    homeserver: str
    user: UserId
    password: Sensitive
    folder: Path
    store_key: bytes


async def enrol(
    account: Account, recovery: RecoveryKey | None, random: RandomBytes, keep: Callable[[str], None]
) -> tuple[Session, int]:
    """A new device with a signed key, and how many older devices were logged out.

    Without `recovery`, the account gets its first identity and `keep` is told its recovery key. If anything
    fails before the session is written, the device is logged out again. Raises `CannotLogIn`,
    `IdentityTrouble`, `WrongRecoveryKey`, `OthersRemain`, `StoreInUse`, `TryAgainLater`.
    """
    for folder in (account.folder, account.folder / session.CRYPTO):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Lock(account.folder)
    try:
        return await _enrol(account, recovery, random, keep)
    finally:
        lock.release()


async def _enrol(
    account: Account, recovery: RecoveryKey | None, random: RandomBytes, keep: Callable[[str], None]
) -> tuple[Session, int]:
    async with _new_device(account, random) as (client, made):
        await _upload_keys(client)
        if recovery is None:
            await identity.begin(client, account.password, random, keep)
        else:
            await identity.rejoin(client, recovery)
        session.write(account.folder, made, account.store_key, random(12))
    # The keys of devices that are no more could only be used to read old messages.
    for file in set((account.folder / session.CRYPTO).iterdir()) - _files(account.folder, made):
        file.unlink()
    async with _open(made, account.folder) as client:
        try:
            return made, await identity.log_out_others(client, account.password)
        except (IdentityTrouble, Forbidden, Gone, TryAgainLater) as fault:
            raise OthersRemain(
                "this device is ready, but older devices of the account could not be logged out "
                "(log them out in another client, else some people's clients refuse to send): "
                f"{fault}"
            ) from fault


@asynccontextmanager
async def _new_device(account: Account, random: RandomBytes) -> AsyncIterator[tuple[AsyncClient, Session]]:
    """Log in; if the block fails, log out and leave nothing behind."""
    made = await _log_in(account, Sensitive(random(32).hex()))
    try:
        async with _open(made, account.folder) as client, _undone_on_failure(client):
            yield client, made
    except BaseException:
        for file in _files(account.folder, made):
            file.unlink()
        raise


def _files(folder: Path, made: Session) -> set[Path]:
    """nio's database of this device, and what SQLite keeps beside it."""
    name = f"{made.user}_{made.device}.db"
    return {file for file in (folder / session.CRYPTO).iterdir() if file.name.startswith(name)}


@asynccontextmanager
async def _undone_on_failure(client: AsyncClient) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        # What brought us here is what the operator must hear of, not that logging out failed too.
        with suppress(TryAgainLater, Forbidden, Gone, LoggedOut):
            await ask(client, "POST", path("logout"), {})
        raise


@asynccontextmanager
async def _open(made: Session, folder: Path) -> AsyncIterator[AsyncClient]:
    client = AsyncClient(
        made.homeserver,
        made.user,
        device_id=made.device,
        store_path=str(folder / session.CRYPTO),
        config=session.crypto_config(made.pickle_key, KeyStore),
    )
    try:
        client.restore_login(made.user, made.device, made.token.reveal())
        yield client
    finally:
        if client.store is not None:
            client.store.database.close()
        await client.close()


async def _log_in(account: Account, pickle_key: Sensitive) -> Session:
    client = AsyncClient(account.homeserver)
    wanted = {
        "type": identity.PASSWORD_STAGE,
        "identifier": {"type": "m.id.user", "user": account.user},
        "password": account.password.reveal(),
        "initial_device_display_name": DEVICE_NAME,
    }
    try:
        flows = (await ask(client, "GET", path("login"))).get("flows")
        if identity.PASSWORD_STAGE not in str(flows):
            raise CannotLogIn(f"{account.homeserver} does not let accounts log in with a password")
        told = await ask(client, "POST", path("login"), wanted)
    except (Forbidden, LoggedOut) as refused:
        raise CannotLogIn(f"{account.homeserver} refused the user_id or the password") from refused
    except Gone as missing:
        raise CannotLogIn(f"{account.homeserver} is not a Matrix homeserver") from missing
    finally:
        await client.close()
    if told.get("user_id") != account.user:
        raise CannotLogIn("the homeserver logged in another account than the user_id of the configuration")
    token = Sensitive(str(told.get("access_token")))
    return Session(account.homeserver, account.user, str(told.get("device_id")), token, pickle_key)


async def _upload_keys(client: AsyncClient) -> None:
    """A first sync tells the homeserver that this device is there; then it may have its keys."""
    await ask(client, "GET", f"{path('sync')}?timeout=0&filter={quote(NO_NEWS)}")
    answer = await client.keys_upload()
    if not isinstance(answer, KeysUploadResponse):
        raise CannotLogIn(
            "the homeserver did not take this device's encryption keys: run `sws-bot login` again"
        )


async def alive(made: Session) -> bool:
    """Does the homeserver still know this session as the device it says?"""
    client = AsyncClient(made.homeserver, made.user)
    client.access_token = made.token.reveal()
    try:
        told = await ask(client, "GET", path("account", "whoami"))
    except LoggedOut:
        return False
    finally:
        await client.close()
    return told.get("user_id") == made.user and told.get("device_id") == made.device
