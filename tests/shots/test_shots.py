"""We promise of the pictures in the docs that …"""

from __future__ import annotations

import configparser
import os
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shots.__main__ import main
from tests.shots.look import Look, bright, slate
from tests.shots.nheko import environment, settings
from tests.shots.screen import NEEDED, Screen, missing, started, tied_to
from tests.shots.story import PICTURES
from tests.source import TOP

PAGE = TOP / "docs" / "what-people-see.md"
FOLDER = TOP / "docs" / "screenshots"
WHITE, BUTTON, MARK = (255, 255, 255), (70, 77, 93), (190, 30, 110)
LOGIN = {"access_token": "secret", "device_id": "DEVICE", "user_id": "@sam:sws.test"}


def look(*rows: list[tuple[int, int, int]]) -> Look:
    return Look(len(rows[0]), b"".join(bytes(colour) for row in rows for colour in row))


def test_each_is_shown_on_the_page_and_described_to_who_cannot_see_it() -> None:
    shown = dict(re.findall(r"!\[([^\]]+)\]\(screenshots/([a-z-]+)\.png\)", PAGE.read_text(encoding="utf-8")))
    assert sorted(shown.values()) == sorted(PICTURES)
    assert [words for words in shown if len(words.split()) < 8] == []


def test_each_is_there_small_and_nothing_else_is() -> None:
    sizes = {file.name: file.stat().st_size for file in FOLDER.iterdir()}
    assert set(sizes) == {f"{name}.png" for name in PICTURES}
    assert [name for name, size in sizes.items() if size > 200_000] == []


@pytest.mark.parametrize("name", PICTURES)
def test_none_says_when_where_or_how_it_was_made(name: str) -> None:
    picture = (FOLDER / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert not any(kind in picture for kind in (b"tEXt", b"iTXt", b"zTXt", b"tIME", b"eXIf"))


def test_the_page_names_what_must_be_installed_to_take_them() -> None:
    words = PAGE.read_text(encoding="utf-8")
    assert [package for package in NEEDED.values() if package not in words] == []
    assert "\nmake screenshots\n" in words


def test_the_bot_knows_nothing_of_them() -> None:
    found = [
        path for path in (TOP / "bot").rglob("*.py") if "tests.shots" in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_who_lacks_a_program_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing() == sorted(NEEDED.values())
    told = main([str(tmp_path / "pictures")])
    assert "apt-get install" in str(told)
    assert not (tmp_path / "pictures").exists()


def test_a_screen_is_settled_when_hardly_a_pixel_changes() -> None:
    first, caret = look([WHITE] * 4, [WHITE] * 4), look([WHITE] * 4, [WHITE, MARK, WHITE, WHITE])
    assert first.differing(first) == 0
    assert caret.differing(first) == 1


def test_a_screen_of_another_size_is_another_screen() -> None:
    assert look([WHITE] * 4).differing(look([WHITE] * 4, [WHITE] * 4)) == 8
    assert look([WHITE] * 4).differing(look([WHITE] * 2, [WHITE] * 2)) == 4


def test_the_lower_of_two_buttons_is_found() -> None:
    shown = look([BUTTON] * 4, [WHITE] * 4, [BUTTON] * 4, [BUTTON, BUTTON, WHITE, BUTTON])
    assert shown.lowest_row(0, 4, slate) == 2
    assert shown.lowest_row(0, 2, slate) == 3
    assert look([WHITE] * 4).lowest_row(0, 4, slate) is None


def test_the_last_mark_of_a_thread_is_found_in_its_columns_only() -> None:
    shown = look([WHITE, MARK, WHITE], [WHITE, MARK, WHITE], [MARK, WHITE, WHITE])
    assert shown.lowest(1, 3, bright) == (1, 1)
    assert shown.lowest(2, 3, bright) is None


@pytest.mark.parametrize("grey", [(0, 0, 0), WHITE, (81, 84, 85), (237, 237, 237), BUTTON])
def test_words_shields_and_borders_are_no_marks(grey: tuple[int, int, int]) -> None:
    assert not bright(grey)


def test_the_client_is_logged_in_as_its_own_login_screen_would_do_it() -> None:
    read = configparser.RawConfigParser()
    read.read_string(settings(LOGIN, "http://127.0.0.1:1"))
    assert dict(read["auth"]) == {
        "access_token": "secret",
        "device_id": "DEVICE",
        "home_server": "http://127.0.0.1:1",
        "user_id": "@@sam:sws.test",
    }


def test_two_clients_share_no_folder_and_touch_nobodys_home(tmp_path: Path) -> None:
    one, two = (environment(Screen(":7", tmp_path), tmp_path / name) for name in ("sam", "jo"))
    places = [key for key, value in one.items() if value.startswith(str(tmp_path))]
    assert {"HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"} <= set(places)
    assert [key for key in places if one[key] == two[key]] == []


async def test_what_was_started_is_ended_also_when_the_story_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with started("sleep", "60", env={}, log=tmp_path / "log") as process:
            raise ZeroDivisionError
    assert process.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_what_was_started_ends_when_we_are_killed(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib, sys\n"
        "from tests.shots.screen import started\n"
        "async def play():\n"
        "    async with started('sleep', '60', env={}, log=pathlib.Path(sys.argv[1])) as child:\n"
        "        print(child.pid, flush=True)\n"
        "        await child.wait()\n"
        "asyncio.run(play())\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        child = os.pidfd_open(int(killed.stdout.readline()))
        killed.kill()
    ended, _, _ = select.select([child], [], [], 30)
    os.close(child)
    assert ended == [child]


def test_what_was_to_be_started_does_not_begin_when_we_are_gone_by_then() -> None:
    ours = subprocess.run(tied_to(os.getpid(), "echo", "begun"), capture_output=True, check=True)
    assert ours.stdout == b"begun\n"
    orphan = subprocess.run(tied_to(os.getppid(), "echo", "begun"), capture_output=True, check=False)
    assert (orphan.stdout, orphan.returncode) == (b"", 1)
