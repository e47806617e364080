"""Tells systemd that the bot is ready, alive and stopping; without systemd it tells nobody."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from msgspec import Struct

ADDRESS: Final = "NOTIFY_SOCKET"


class Systemd(Struct, frozen=True):
    """The socket systemd gave us, if it did. What cannot be told is not worth stopping for."""

    address: str | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Systemd:
        return cls(environment.get(ADDRESS) or None)

    def ready(self) -> None:
        self._tell("READY=1")

    def alive(self) -> None:
        """A sync came: the watchdog may wait again."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def _tell(self, what: str) -> None:
        if self.address is None:
            return
        # An address that begins with @ is in the abstract namespace, which a zero byte stands for.
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line,
        ):
            line.setblocking(False)  # noqa: FBT003 - the socket's own way
            line.sendto(what.encode(), address)
