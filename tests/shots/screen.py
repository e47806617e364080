"""A screen that nobody sits at: an X server of its own, its keyboard and mouse, and pictures of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.shots.look import Look

NEEDED: Final = {"Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick", "nheko": "nheko"}
"""The programs, and Debian's packages that have them."""
SIZE: Final = (1000, 1300)
LONGEST_STEP: Final = 30.0
QUIET: Final = 4
"""So many looks in a row must be alike until a screen counts as settled."""
ALIKE: Final = 400
"""Pixels that may differ: a caret blinks."""


class ScreenFailed(Exception):
    """Something on the screen did not happen; the message says what."""


def missing() -> list[str]:
    """Debian's packages that are not installed."""
    return sorted(package for program, package in NEEDED.items() if shutil.which(program) is None)


@dataclass(slots=True)
class Screen:
    """One X display with one window in its corner."""

    display: str
    folder: Path
    window: str = ""
    width: int = SIZE[0]
    height: int = SIZE[1]

    @property
    def environment(self) -> dict[str, str]:
        return {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "QT_QUICK_BACKEND": "software"}

    async def wait_for_window(self, name: str) -> None:
        async with within("the client's window"):
            while not self.window:
                await asyncio.sleep(0.3)
                shown = await self._run("xdotool", "search", "--onlyvisible", "--name", name, ok=(0, 1))
                self.window = next(iter(shown.decode().split()), "")
        await self._run("xdotool", "windowmove", self.window, "0", "0")

    async def resize(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        await self._run("xdotool", "windowsize", self.window, str(width), str(height))
        await self.settle()

    async def click(self, x: int, y: int) -> None:
        await self._run("xdotool", "mousemove", str(x), str(y), "click", "1")
        # Where the pointer rests, a client shows buttons: it rests on the title.
        await self._run("xdotool", "mousemove", str(self.width // 2), "8")
        await self.settle()

    async def scroll(self, *, up: int, down: int) -> None:
        """So many steps of the wheel."""
        await self._run("xdotool", "mousemove", str(self.width // 2), str(self.height // 2))
        for steps, button in ((up, "4"), (down, "5")):
            await self._run("xdotool", "click", "--repeat", str(steps), "--delay", "60", button)
            await self.settle()
        await self._run("xdotool", "mousemove", str(self.width // 2), "8")
        await self.settle()

    async def type(self, words: str) -> None:
        await self._run("xdotool", "type", "--delay", "15", words)
        await self._run("xdotool", "key", "Return")

    async def look(self) -> Look:
        # Two bytes for each colour come, the coarser one first.
        return Look(self.width, (await self._shoot("-depth", "16", "rgb:-"))[::2])

    async def settle(self) -> Look:
        """Wait until what is shown stays as it is."""
        last, alike = await self.look(), 0
        async with within("a screen that stays as it is"):
            while alike < QUIET:
                await asyncio.sleep(0.4)
                now = await self.look()
                alike = alike + 1 if now.differing(last) <= ALIKE else 0
                last = now
        return last

    async def picture(self, file: Path) -> None:
        """As a PNG of few colours, without a word on when and how it was made."""
        # Scrolling without a graphics card leaves crumbs; a window of another size is drawn anew.
        for height in (self.height + 1, self.height):
            await self.resize(self.width, height)
        await self._shoot("+dither", "-colors", "64", "-depth", "8", "-strip", str(file))

    async def _shoot(self, *how: str) -> bytes:
        return await self._run("import", "-window", self.window, "-silent", *how)

    async def _run(self, *command: str, ok: tuple[int, ...] = (0,)) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            async with within(command[0]):
                out, err = await process.communicate()
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            raise
        if process.returncode not in ok:
            raise ScreenFailed(
                f"{command[0]} ended with {process.returncode}: {err.decode(errors='replace')}"
            )
        return out


@asynccontextmanager
async def within(what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(LONGEST_STEP):
            yield
    except TimeoutError:
        raise ScreenFailed(f"{what} did not come within {LONGEST_STEP:.0f} seconds") from None


def tied_to(parent: int, *command: str) -> tuple[str, ...]:
    """The command, ended by the kernel with its parent; not begun when that was before the kernel knew."""
    still_there = ("sh", "-c", 'test "$PPID" = "$0" && exec "$@"', str(parent))
    return ("setpriv", "--pdeathsig", "KILL", *still_there, *command)


@asynccontextmanager
async def started(*command: str, env: dict[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program for the time of the block. It ends with us, even when we are killed."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *tied_to(os.getpid(), *command),
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, TimeoutError):
                os.killpg(process.pid, how)
                async with asyncio.timeout(5):
                    await process.wait()


@asynccontextmanager
async def screen(folder: Path) -> AsyncIterator[Screen]:
    """An X server on a display that is free, reachable on this machine only."""
    depth = f"{SIZE[0]}x{SIZE[1]}x24"
    command = ("Xvfb", "-displayfd", "1", "-screen", "0", depth, "-nolisten", "tcp")
    async with started(*command, env={}, log=folder / "xvfb.log") as server:
        assert server.stdout is not None
        async with within("an X server"):
            number = (await server.stdout.readline()).decode().strip()
        if not number:
            raise ScreenFailed("Xvfb ended before it had a display")
        yield Screen(f":{number}", folder)
