"""We promise that systemd hears when the bot is ready, alive and stopping, and that all works without it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.systemd import Systemd


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        yield listening


def test_systemd_hears_it(listener: socket.socket) -> None:
    systemd = Systemd.of({"NOTIFY_SOCKET": listener.getsockname()})
    systemd.ready()
    systemd.alive()
    systemd.stopping()
    assert [listener.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_systemd_hears_it_through_an_abstract_socket(tmp_path: Path) -> None:
    name = f"sws-bot-test-{tmp_path.name}-{id(tmp_path)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.settimeout(10)
        Systemd.of({"NOTIFY_SOCKET": "@" + name}).ready()
        assert listening.recv(100) == b"READY=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_without_systemd_nothing_happens(environment: dict[str, str]) -> None:
    Systemd.of(environment).ready()


def test_a_systemd_that_does_not_listen_cannot_hold_the_bot_up(listener: socket.socket) -> None:
    systemd = Systemd.of({"NOTIFY_SOCKET": listener.getsockname()})
    for _ in range(2000):
        systemd.alive()
    assert listener.recv(100) == b"WATCHDOG=1"
