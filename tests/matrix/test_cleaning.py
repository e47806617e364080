"""We promise of every picture that is passed on that nothing but its pixels is."""

from __future__ import annotations

import asyncio
import json
import os
import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from bot.core.model import Unfit
from bot.matrix import cleaning, pictures
from bot.matrix.cleaning import PROGRAM, Picture, clean
from bot.ports import CannotPassOn, TryAgainLater
from tests import photographs
from tests.photographs import CANARY, FORMATS, bomb, hidden, jpeg, png, scene


def encoded(picture: Image.Image, shape: str, **how: object) -> bytes:
    out = BytesIO()
    picture.save(out, shape, **how)
    return out.getvalue()


def opened(picture: Picture) -> Image.Image:
    with Image.open(BytesIO(picture.made)) as found:
        found.load()
        return found.convert("RGB")


def redder(picture: Image.Image, at: tuple[int, int]) -> bool:
    red, _, blue = picture.getpixel(at)  # type: ignore[misc]
    return bool(red > blue)


async def why_not(original: bytes) -> Unfit:
    with pytest.raises(CannotPassOn) as refused:
        await clean(original)
    return refused.value.why


# -- nothing hidden is left ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", FORMATS)
async def test_no_metadata_of_any_format_is_left(shape: str) -> None:
    original = FORMATS[shape]()
    assert hidden(original) != []
    assert CANARY.encode() in original
    picture = await clean(original)
    assert hidden(picture.made) == []
    assert CANARY.encode() not in picture.made
    assert picture.made != original


@pytest.mark.parametrize("shape", FORMATS)
async def test_the_picture_is_still_the_picture(shape: str) -> None:
    picture = await clean(FORMATS[shape]())
    seen = opened(picture)
    assert (picture.width, picture.height) == seen.size == (64, 48)
    assert redder(seen, (5, 5))
    assert not redder(seen, (5, 40))


@pytest.mark.parametrize("shape", FORMATS)
async def test_its_name_and_type_say_no_more_than_what_it_is_now(shape: str) -> None:
    picture = await clean(FORMATS[shape]())
    with Image.open(BytesIO(picture.made)) as found:
        assert picture.type == f"image/{(found.format or '').lower()}"
    assert picture.name == {"image/jpeg": "picture.jpg", "image/png": "picture.png"}[picture.type]
    assert repr(picture) == "[private]"


@pytest.mark.parametrize(
    ("orientation", "size", "reds"),
    [
        (1, (64, 48), [(5, 5), (60, 5)]),
        (2, (64, 48), [(5, 5), (60, 5)]),
        (3, (64, 48), [(5, 40), (60, 40)]),
        (4, (64, 48), [(5, 40), (60, 40)]),
        (5, (48, 64), [(5, 5), (5, 60)]),
        (6, (48, 64), [(40, 5), (40, 60)]),
        (7, (48, 64), [(40, 5), (40, 60)]),
        (8, (48, 64), [(5, 5), (5, 60)]),
        (77, (64, 48), [(5, 5), (60, 5)]),
    ],
)
async def test_it_stays_the_right_way_up(
    orientation: int, size: tuple[int, int], reds: list[tuple[int, int]]
) -> None:
    picture = await clean(jpeg(orientation))
    assert (picture.width, picture.height) == size
    assert all(redder(opened(picture), at) for at in reds)
    assert hidden(picture.made) == []


async def test_what_lies_under_transparency_is_gone() -> None:
    covered = scene().convert("RGBA")
    covered.putalpha(0)
    for shape in ("PNG", "WEBP"):
        how = {"lossless": True, "exact": True} if shape == "WEBP" else {}
        seen = opened(await clean(encoded(covered, shape, **how)))
        assert seen.getextrema() == ((255, 255),) * 3, shape


async def test_a_colour_that_a_palette_only_keeps_is_gone() -> None:
    kept = Image.new("P", (8, 8), 0)
    kept.putpalette([1, 2, 3, *CANARY.encode()] + [0] * (765 - len(CANARY)))
    assert CANARY.encode() in encoded(kept, "PNG")
    assert CANARY.encode() not in (await clean(encoded(kept, "PNG"))).made


async def test_only_the_first_picture_of_several_is_kept() -> None:
    picture = await clean(photographs.gif())
    with Image.open(BytesIO(picture.made)) as found:
        assert getattr(found, "n_frames", 1) == 1
    pages = encoded(scene(), "TIFF", save_all=True, append_images=[scene().rotate(180)])
    assert redder(opened(await clean(pages)), (5, 5))


async def test_a_second_picture_after_the_first_is_not_passed_on() -> None:
    double = encoded(scene(), "MPO", save_all=True, append_images=[scene(32, 32)])
    picture = await clean(double)
    assert (picture.width, picture.height) == (64, 48)
    assert picture.made.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I", "I;16", "F"]
)
async def test_pictures_of_every_depth_can_be_read(mode: str) -> None:
    cleaned = 0
    for shape in ("PNG", "TIFF", "JPEG", "WEBP", "GIF", "BMP"):
        try:
            original = encoded(Image.new(mode, (30, 20)), shape)
        except (OSError, KeyError, ValueError):
            continue  # this kind of file has no such pictures
        picture = await clean(original)
        assert (picture.width, picture.height) == (30, 20)
        cleaned += 1
    assert cleaned > 0


async def test_deep_grey_is_not_shown_as_white() -> None:
    grey = Image.new("I;16", (8, 8), 0x8000)
    level = opened(await clean(encoded(grey, "PNG"))).getpixel((4, 4))
    assert isinstance(level, tuple)
    assert 110 < level[0] < 146


async def test_orientation_that_cannot_be_read_costs_nothing() -> None:
    out = BytesIO()
    scene().save(out, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 40)
    assert hidden((await clean(out.getvalue())).made) == []


async def test_a_large_picture_becomes_one_that_a_phone_can_show() -> None:
    picture = await clean(encoded(Image.new("RGB", (7000, 5000), "red"), "JPEG"))
    assert picture.width * picture.height <= pictures.LARGEST
    assert picture.width / picture.height == pytest.approx(1.4, abs=0.01)


async def test_a_drawing_too_large_to_keep_sharp_becomes_a_photograph() -> None:
    noise = Image.effect_noise((2600, 2200), 90).convert("RGB")
    original = encoded(noise, "PNG", compress_level=1)
    assert len(original) > pictures.MOST_DRAWN_BYTES
    assert (await clean(original)).type == "image/jpeg"


# -- what cannot be passed on --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(60_000, 60_000), (30_000, 30_000), (13_000, 5_000), (1, 53_000_000)])
async def test_a_bomb_does_not_go_off(size: tuple[int, int]) -> None:
    assert await why_not(bomb(*size)) is Unfit.TOO_LARGE


async def test_a_bomb_of_text_does_not_go_off() -> None:
    notes = PngImagePlugin.PngInfo()
    for number in range(80):
        notes.add_text(f"n{number}", "x" * 1_000_000, zip=True)
    assert await why_not(encoded(scene(), "PNG", pnginfo=notes)) is Unfit.DAMAGED


@pytest.mark.parametrize(
    "original",
    [
        b"\0\0\0\x18ftypheic" + bytes(600),
        b"%PDF-1.7\n" + bytes(600),
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
        b"OggS" + bytes(600),
        b"P6 20 20 255\n" + bytes(1200),
        encoded(scene(), "ICO"),
        encoded(scene(), "TGA"),
        b"",
    ],
    ids=["heic", "pdf", "svg", "eps", "ogg", "ppm", "ico", "tga", "nothing"],
)
async def test_what_is_no_picture_of_a_known_kind_is_not_opened(original: bytes) -> None:
    assert await why_not(original) is Unfit.NOT_CLEANABLE


@pytest.mark.parametrize("shape", FORMATS)
async def test_half_a_picture_is_no_picture(shape: str) -> None:
    original = encoded(Image.effect_noise((200, 200), 60).convert("RGB"), shape)
    assert await why_not(original[: len(original) // 2]) in (Unfit.DAMAGED, Unfit.NOT_CLEANABLE)


async def test_nonsense_behind_a_good_beginning_is_refused() -> None:
    for shape in FORMATS:
        head = FORMATS[shape]()[:40]
        assert await why_not(head + os.urandom(4000)) in (Unfit.DAMAGED, Unfit.NOT_CLEANABLE, Unfit.TOO_LARGE)


# -- where it happens ----------------------------------------------------------------------------------------


async def test_the_program_that_opens_pictures_knows_nothing_of_the_bot() -> None:
    source = PROGRAM.read_text()
    assert "import bot" not in source
    assert "from bot" not in source


LOOK_AROUND = """
import json, runpy, sys, os, socket
pictures = runpy.run_path(sys.argv[1])
pictures["hold_back"]()
found = dict(os.environ)
for name, try_it in {
    "read": lambda: open("/etc/hostname"),
    "write": lambda: open("/tmp/original", "wb"),
    "connect": lambda: socket.socket(),
    "memory": lambda: bytearray(2_000_000_000),
}.items():
    try:
        try_it()
    except (OSError, MemoryError):
        continue
    found[name] = "possible"
sys.stdout.write(json.dumps(found))
"""


def test_it_can_open_nothing_and_take_no_more_memory_than_it_needs() -> None:
    asked = [sys.executable, "-I", "-c", LOOK_AROUND, str(PROGRAM)]
    done = subprocess.run(asked, capture_output=True, env={}, text=True, check=True)
    assert not {"read", "write", "connect", "memory"} & set(json.loads(done.stdout))


def test_the_bot_itself_does_not_load_what_opens_pictures() -> None:
    asked = [sys.executable, "-c", "import bot.app, sys; sys.exit('PIL' in sys.modules)"]
    assert subprocess.run(asked, check=False).returncode == 0


def test_how_it_ended_means_the_same_to_both_sides() -> None:
    said = {status.value for status in pictures.Status} - {0}
    assert said == set(cleaning.WHY)
    assert pictures.Status.TOO_LARGE.value in said
    assert {cleaning.WHY[status] for status in said} == {Unfit.NOT_CLEANABLE, Unfit.TOO_LARGE}


async def test_it_is_given_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spy = tmp_path / "spy.py"
    spy.write_text(
        "import os, sys, json\nseen = json.dumps([dict(os.environ), sys.argv])\n"
        'sys.stdout.write(json.dumps({"type": seen, "width": 1, "height": 1}) + "\\n")'
    )
    monkeypatch.setenv("SWS_STORE_KEY", "a secret")
    monkeypatch.setattr(cleaning, "PROGRAM", spy)
    environment, arguments = json.loads((await clean(png())).type)
    assert "a secret" not in environment.values()
    assert arguments == [str(spy)]


async def test_it_says_nothing_about_what_it_could_not_read(capfd: pytest.CaptureFixture[str]) -> None:
    assert await why_not(png()[:200]) is Unfit.DAMAGED
    said = capfd.readouterr()
    assert said.out + said.err == ""


async def test_other_work_goes_on_meanwhile() -> None:
    turns = 0
    cleaning_one = asyncio.create_task(clean(encoded(Image.new("RGB", (3000, 3000), "red"), "PNG")))
    while not cleaning_one.done():
        turns += 1
        await asyncio.sleep(0.002)
    assert (await cleaning_one).type == "image/png"
    assert turns > 5


async def test_a_picture_that_takes_for_ever_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import sys\nsys.stdin.buffer.read()\nwhile True: pass")
    monkeypatch.setattr(cleaning, "PROGRAM", slow)
    monkeypatch.setattr(cleaning, "SECONDS", 0.3)
    assert await why_not(png()) is Unfit.TOO_LARGE


async def test_a_stop_in_the_middle_leaves_no_process_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow, started = tmp_path / "slow.py", tmp_path / "started"
    slow.write_text(f"import os\nopen({str(started)!r}, 'w').write(str(os.getpid()))\nwhile True: pass")
    monkeypatch.setattr(cleaning, "PROGRAM", slow)
    going = asyncio.create_task(clean(png()))
    for _ in range(1000):
        if started.exists() and started.read_text():
            break
        await asyncio.sleep(0.01)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


async def test_a_machine_that_starts_no_process_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(TryAgainLater):
        await clean(png())


async def test_damaged_segments_are_no_way_in() -> None:
    whole = bytearray(jpeg())
    for at in range(4, 200, 7):
        broken = bytes(whole[:at]) + struct.pack(">I", 0xFFFFFFFF) + bytes(whole[at + 4 :])
        try:
            made = (await clean(broken)).made
        except CannotPassOn:
            continue
        assert hidden(made) == []
