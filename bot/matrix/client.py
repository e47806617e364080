"""nio behind time-outs of ours, on a store that is locked, with every failure an exception of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from nio import LocalProtocolError
from nio.crypto import Olm
from peewee import DatabaseError, OperationalError

from bot.core.model import Millis
from bot.matrix.judging import JudgingClient
from bot.matrix.keystore import KeyStore, Lock, Notes
from bot.matrix.session import CRYPTO, Session, crypto_config
from bot.matrix.wire import ENDED, ask, path, raise_for
from bot.ports import LoggedOut, Pins, TryAgainLater

DAMAGED: Final = (
    "the database of encryption keys is damaged: run `sws-bot login --recovery-key` to make a new device"
)
SECONDS: Final = 30.0
"""How long an ordinary request may take."""
PIECE: Final = 64 * 1024
MOST: Final = 64 * 1024 * 1024
"""Bytes of an answer, unpacked: the first sync of an account in hundreds of rooms has some tens of millions.
What is larger is no answer, however small it travelled."""
DIGITS: Final = 12
"""More than any wait has; Python refuses to read a number of thousands."""


class TooLarge(Exception):
    """More bytes than we take, or than the homeserver takes from us."""


class Answer(ClientResponse):
    """The homeserver's answer, read whole but not without end; read before nio looks at it."""

    async def read(self) -> bytes:
        """Raises `TooLarge`."""
        if self._body is None:
            try:
                self._body = await _read(self, MOST)
            except BaseException:
                self.close()
                raise
        return await super().read()


class Client(JudgingClient):
    """nio's encryption and judged keys, over requests that end in time and fail in our words.

    nio's own ways to sync and to send are closed: they feed what was decrypted to the state of rooms, send
    plain text where they do not know better, and wait without limit. No room of nio's is ever filled.
    """

    client_session: ClientSession | None
    olm: Any
    store: Any
    notes: Notes

    def __init__(self, session: Session, folder: Path, pins: Pins) -> None:
        self._session = session
        self._folder = folder
        self._lock: Lock | None = None
        super().__init__(
            session.homeserver.rstrip("/"),
            session.user,
            store_path=str(folder / CRYPTO),
            config=crypto_config(session.pickle_key, KeyStore),
            pins=pins,
        )

    async def open(self) -> None:
        """Take up the login: lock the store, ask the homeserver who we are, load the keys.

        Raises `StoreInUse`, `LoggedOut`, `TryAgainLater`.
        """
        self._lock = Lock(self._folder)
        try:
            self.access_token = self._session.token.reveal()
            await self._check_who_we_are()
            (self._folder / CRYPTO).mkdir(mode=0o700, exist_ok=True)
            self._take_up_keys()
        except BaseException:
            await self.close()
            raise

    def _take_up_keys(self) -> None:
        try:
            self.restore_login(self._session.user, self._session.device, self.access_token)
            self.notes = Notes(self.store.database)
            self.notes.check_pages()
        except OperationalError as busy:
            # Locked, or on a full disk: nothing is known to be wrong with it.
            raise TryAgainLater("the database of encryption keys cannot be used now") from busy
        except DatabaseError as damaged:
            raise LoggedOut(DAMAGED) from damaged

    def reload_keys(self) -> None:
        """As they are on disk: what was read and not written down is read anew when it comes again."""
        before = self.olm
        self.olm = Olm(self.user_id, self.device_id, self.store)
        self.olm.users_for_key_query.update(before.users_for_key_query)
        self.olm.outbound_group_sessions.update(before.outbound_group_sessions)

    async def _check_who_we_are(self) -> None:
        me = await ask(self, "GET", path("account", "whoami"))
        if not isinstance(me.get("user_id"), str):
            raise TryAgainLater("the homeserver did not say whose login this is")
        if (me.get("user_id"), me.get("device_id")) != (self._session.user, self._session.device):
            raise LoggedOut(
                "the saved login is not this account's device: run `sws-bot login --recovery-key`"
            )

    async def close(self) -> None:
        session, self.client_session = self.client_session, None
        if session is not None:
            await session.close()
        store, self.store, self.olm = self.store, None, None
        if store is not None:
            store.database.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    async def send(
        self,
        method: str,
        path: str,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        trace_context: object = None,
        timeout: float | None = None,  # noqa: ASYNC109  # nio's own signature
    ) -> ClientResponse:
        """Every request, nio's and ours: read whole and in time; raises where nio would wait without end."""
        try:
            response = await self._open_session().request(
                method,
                self.homeserver + path,
                data=data,
                headers=headers,
                timeout=ClientTimeout(total=timeout or SECONDS),
            )
            # Read to its end it gives its connection back; what was read may be read again by whoever asked.
            words = await response.read()
        except (ClientError, TimeoutError, OSError) as lost:
            raise TryAgainLater(f"no connection to the homeserver ({type(lost).__name__})") from lost
        except TooLarge as endless:
            raise TryAgainLater("the homeserver's answer is larger than any should be") from endless
        _raise_what_nio_would_swallow(response, words)
        return response

    async def download(self, path: str, most: int, seconds: float) -> bytes:
        """A file, into memory. Raises `TooLarge` as soon as it is, `Gone` and `Forbidden` besides."""
        headers, limit = self._proof(), ClientTimeout(total=seconds, sock_read=SECONDS)
        try:
            # Where a homeserver sends us elsewhere we do not go: the address may be anybody's.
            async with self._open_session().get(
                self.homeserver + path, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                if response.status != 200:
                    words = await response.content.read(PIECE)
                    _raise_what_nio_would_swallow(response, words)
                    raise_for(response.status, {})
                return await _read(response, most)
        except (ClientError, TimeoutError, OSError) as lost:
            raise TryAgainLater(f"a file did not come ({type(lost).__name__})") from lost

    async def upload(self, path: str, made: bytes, seconds: float) -> Any:
        """The homeserver's answer to a file. Raises `TooLarge`."""
        headers = {**self._proof(), "Content-Type": "application/octet-stream"}
        response = await self.send("POST", path, made, headers, timeout=seconds)
        words = await response.read()
        if response.status == 413:
            raise TooLarge
        if response.status != 200:
            raise_for(response.status, {})
        try:
            return json.loads(words)
        except (ValueError, RecursionError):
            raise TryAgainLater("the homeserver's answer to a file is not JSON") from None

    def _open_session(self) -> ClientSession:
        if self.client_session is None:
            self.client_session = ClientSession(response_class=Answer, cookie_jar=DummyCookieJar())
        return self.client_session

    def _proof(self) -> dict[str, str]:
        """In a header: an address is written into logs."""
        return {"Authorization": f"Bearer {self.access_token}"}

    async def sync(self, *_: Any, **__: Any) -> NoReturn:
        """Closed: nio loses the rest of a batch when one event is malformed."""
        raise LocalProtocolError("read what comes through sync.pull()")

    async def room_send(self, *_: Any, **__: Any) -> NoReturn:
        """Closed: nio sends plain text into a room that it does not know to be encrypted."""
        raise LocalProtocolError("send through seal")


async def _read(response: ClientResponse, most: int) -> bytes:
    if (response.content_length or 0) > most:
        raise TooLarge
    read = bytearray()
    async for piece in response.content.iter_chunked(PIECE):
        read += piece
        if len(read) > most:
            raise TooLarge
    return bytes(read)


def _raise_what_nio_would_swallow(response: ClientResponse, words: bytes) -> None:
    if response.status < 400:
        return
    try:
        told = json.loads(words)
    except (ValueError, RecursionError):
        told = None
    parts = told if isinstance(told, dict) else {}
    if parts.get("errcode") in {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"}:
        raise LoggedOut(ENDED)
    if response.status == 429:
        after = _wait(parts.get("retry_after_ms"), response.headers.get("Retry-After"))
        raise TryAgainLater("the homeserver asks us to slow down", after)
    if response.status >= 500:
        raise_for(response.status, parts)


def _wait(milliseconds: object, seconds: str | None) -> Millis | None:
    if isinstance(milliseconds, int) and milliseconds >= 0:
        return Millis(milliseconds)
    if seconds is None or len(seconds) > DIGITS or not seconds.isdecimal():
        return None
    return Millis(int(seconds) * 1000)
