"""We promise of the whole demo, played as an operator would, that …"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path

import pytest

from bot.demo.attached import environment

pytestmark = pytest.mark.live


async def _demo(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "bot", "demo", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**environment(), "TMPDIR": str(folder)},
    )


def _left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_stories_end_with_all_checks_good_and_nothing_left_behind(tmp_path: Path) -> None:
    told = ("doxx", "case", "taken-back", "alert", "unsafe-room")
    demo = await _demo(tmp_path, *(word for name in told for word in ("--story", name)))
    out, _ = await asyncio.wait_for(demo.communicate(), 180)

    count = re.search(r"^(\d+) checks, (\d+) good$", out.decode(), re.MULTILINE)
    assert count is not None, out.decode()
    assert count[1] == count[2]
    assert "letters of ciphertext" in out.decode()
    assert "the note stands on the card" in out.decode()
    assert "Ida reads in numbers what there was" in out.decode()
    assert "nobody was warned by one supporter alone" in out.decode()
    assert demo.returncode == 0
    assert _left_in(tmp_path) == []


async def test_with_keep_it_stays_until_ctrl_c_and_tells_how_to_come_in(tmp_path: Path) -> None:
    demo = await _demo(tmp_path, "--keep", "--story", "resources")
    assert demo.stdout is not None
    said = ""
    async with asyncio.timeout(180):
        while "log in as    @lee:" not in said:
            line = await demo.stdout.readline()
            assert line, said
            said += line.decode()

    demo.send_signal(signal.SIGINT)
    await asyncio.wait_for(demo.communicate(), 60)

    assert "homeserver   http://127.0.0.1:" in said
    assert demo.returncode == 0
    assert _left_in(tmp_path) == []
