"""We promise of every process that the demo or a test starts that …"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.demo.attached import environment

STAYS = "import signal, sys; print('up', flush=True); signal.pause()"


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A program that stays until it is told to end."""
    (tmp_path / "stays.py").write_text(STAYS)
    (tmp_path / "tells.py").write_text("import sys; print(__name__, sys.argv[1:])")
    return tmp_path


def _start(folder: Path, *what: str) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "bot.demo.attached", *what)
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_it_ends_when_whoever_started_it_is_gone(module: Path) -> None:
    with _start(module, "stays") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"

        assert process.stdin is not None
        process.stdin.close()

        assert process.wait(30) == -15


def test_it_is_run_as_the_program_itself_with_its_own_arguments(module: Path) -> None:
    with _start(module, "tells", "--config", "here") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"__main__ ['--config', 'here']\n"


def test_it_inherits_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWS_PASSWORD", "hunter2")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/somewhere")

    inherited = environment()

    assert "SWS_PASSWORD" not in inherited
    assert "NOTIFY_SOCKET" not in inherited
    assert inherited["PATH"] == os.environ["PATH"]
