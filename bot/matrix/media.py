"""Attachments on their way: fetched into memory, cleaned, sealed anew, uploaded; never on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from bot.core.model import Attachment, Handling, Unfit
from bot.matrix import attachments
from bot.matrix.attachments import Source
from bot.matrix.cleaning import clean
from bot.matrix.client import Client, TooLarge
from bot.matrix.translate import part
from bot.matrix.wire import quoted
from bot.ports import CannotPassOn, Forbidden, Gone, TryAgainLater

MOST_BYTES: Final = 32 * 1024 * 1024
DOWNLOADS: Final = ("/_matrix/client/v1/media/download", "/_matrix/media/v3/download")
"""The second for homeservers from before 2024-06 that do not have the first."""
UPLOAD: Final = "/_matrix/media/v3/upload"
SECONDS: Final = 180.0
ENOUGH: Final = 8
"""So often a file may fail to come while its room's facts do come; then it is not there."""


class Media:
    """One file at a time: two large ones at once would need twice the memory."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._turn = asyncio.Lock()
        self._failed: dict[str, int] = {}

    async def ready(self, file: Attachment, handling: Handling, key: str) -> dict[str, Any]:
        """The content of a message with this file, cleaned, sealed and uploaded.

        Raises `CannotPassOn` besides.
        """
        if file.size is not None and file.size > MOST_BYTES:
            raise CannotPassOn(Unfit.TOO_LARGE)
        async with self._turn:
            where = attachments.source(file)
            plain = attachments.opened(await self._fetched(where, key), where)
            if handling is Handling.AS_IT_IS:
                return attachments.as_it_is(await self._sealed(plain), file, len(plain))
            new = await clean(plain)
            info = {"mimetype": new.type, "size": len(new.made), "w": new.width, "h": new.height}
            return attachments.picture(await self._sealed(new.made), new.name, info)

    async def _fetched(self, where: Source, key: str) -> bytes:
        """A file that never comes, from a homeserver that is gone, must not be tried for ever."""
        try:
            found = await self._download(where)
        except TryAgainLater as later:
            self._failed[key] = self._failed.get(key, 0) + 1
            if self._failed[key] < ENOUGH or later.after is not None:
                raise
            del self._failed[key]
            raise CannotPassOn(Unfit.NOT_THERE) from later
        self._failed.pop(key, None)
        return found

    async def _download(self, where: Source) -> bytes:
        for number, front in enumerate(DOWNLOADS, start=1):
            try:
                return await self._client.download(
                    "/".join((front, quoted(where.server), quoted(where.media))), MOST_BYTES, SECONDS
                )
            except TooLarge:
                raise CannotPassOn(Unfit.TOO_LARGE) from None
            except (Forbidden, Gone):
                if number == len(DOWNLOADS):
                    raise CannotPassOn(Unfit.NOT_THERE) from None
        raise AssertionError("the last address either answers or raises")

    async def _sealed(self, plain: bytes) -> Mapping[str, Any]:
        """Under a key that no other file has; the homeserver learns the length and nothing else."""
        hidden, keys = attachments.sealed(plain)
        try:
            told = await self._client.upload(UPLOAD, hidden, SECONDS)
        except TooLarge:
            raise CannotPassOn(Unfit.TOO_LARGE) from None
        address = part(told, "content_uri")
        if not isinstance(address, str):
            raise TryAgainLater("the homeserver did not say where it put a file")
        return {**keys, "url": address}
