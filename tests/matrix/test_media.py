"""We promise of every attachment on its way through us that …"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.core.model import Attachment, AttachmentKind, Handling, Millis, RoomId, Unfit, Unsafe, UserId
from bot.core.sensitive import Sensitive
from bot.core.speech import Paragraph, Whispered
from bot.matrix import media
from bot.matrix.attachments import attached, opened, sealed, source
from bot.matrix.client import TooLarge
from bot.ports import CannotPassOn, LoggedOut, NotSafe, TryAgainLater
from tests import photographs
from tests.matrix.safe import ROSA, ROSTER, SPOKEN, rosa, safe, state
from tests.matrix.wired import ROOM, Bot, Wired, connected, refusal
from tests.matrix.world import BOT
from tests.photographs import CANARY, hidden, jpeg

V1, V3 = "/_matrix/client/v1/media/download/", "/_matrix/media/v3/download/"
UPLOAD = "/_matrix/media/v3/upload"


@dataclass
class Shelf(Wired):
    """A homeserver that also keeps files."""

    files: dict[str, bytes] = field(default_factory=dict)
    fetched: list[tuple[str, str, str | None]] = field(default_factory=list)
    put: list[bytes] = field(default_factory=list)
    old: bool = False
    """From before there was a way to fetch files with a token."""
    faults: list[web.Response] = field(default_factory=list)
    """Answers to the next requests about files."""
    endless: bool = False

    async def serve(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override]
        if "/media/" not in request.path:
            return await super().serve(request)
        self.fetched.append((request.path, request.query_string, request.headers.get("Authorization")))
        if self.faults:
            return self.faults.pop(0)
        if self.endless:
            return await _without_end(request)
        if request.path == UPLOAD:
            self.put.append(await request.read())
            return web.json_response({"content_uri": f"mxc://sws.test/new{len(self.put)}"})
        if request.path.startswith(V1) and self.old:
            return refusal(404, "M_UNRECOGNIZED")
        name = request.path.removeprefix(V1).removeprefix(V3)
        return web.Response(body=self.files[name]) if name in self.files else refusal(404, "M_NOT_FOUND")


async def _without_end(request: web.Request) -> web.StreamResponse:
    """Says nothing of its length and goes on until nobody listens."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    with suppress(ConnectionError):
        for _ in range(200):
            await answer.write(b"x" * 100)
    return answer


@dataclass
class Carrier:
    bot: Bot
    shelf: Shelf
    made: list[tuple[str, dict[str, Any]]]
    """The contents that were sealed, before they were."""

    def shelve(self, plain: bytes, kind: str = "m.image", type_: str = "image/jpeg") -> Attachment:
        """Somebody put this, sealed, on the homeserver."""
        body, keys = sealed(plain)
        name = f"there.test/file{len(self.shelf.files)}"
        self.shelf.files[name] = body
        file = attached(
            {"msgtype": kind, "file": {**keys, "url": f"mxc://{name}"}, "info": {"mimetype": type_}}
        )
        assert file is not None
        return file

    async def tell(self, file: Attachment, handling: Handling = Handling.CLEANED, key: str = "k") -> Any:
        return await self.bot.chat.tell_file(ROOM, file, handling, None, ROSTER, key, None)

    async def why_not(self, file: Attachment, handling: Handling = Handling.CLEANED) -> Unfit:
        with pytest.raises(CannotPassOn) as refused:
            await self.tell(file, handling)
        assert self.bot.server.sent == {}
        return refused.value.why

    def arrived(self, number: int = -1) -> bytes:
        """What somebody with the event can open."""
        content = self.made[number][1]
        file = attached(content)
        assert file is not None
        assert content["file"]["url"].startswith("mxc://sws.test/new")
        return opened(self.shelf.put[int(content["file"]["url"].rpartition("new")[2]) - 1], source(file))


@asynccontextmanager
async def carrying(tmp_path: Path) -> AsyncIterator[Carrier]:
    shelf = Shelf()
    async with connected(tmp_path, rosa(), server=shelf) as bot:
        shelf.state[ROOM] = safe(ROSA)
        made: list[tuple[str, dict[str, Any]]] = []
        sharing = bot.chat.client.sharing
        encrypt = sharing.encrypt

        async def watched(room: RoomId, members: Any, kind: str, content: Any, *room_key: Any) -> Any:
            made.append((kind, dict(content)))
            return await encrypt(room, members, kind, content, *room_key)

        sharing.encrypt = watched  # type: ignore[method-assign,assignment]
        yield Carrier(bot, shelf, made)


# -- the way of a picture ------------------------------------------------------------------------------------


async def test_it_is_fetched_opened_cleaned_sealed_anew_and_told(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        await carrier.tell(carrier.shelve(jpeg()))
        ((kind, content),) = carrier.made
        made = carrier.arrived()
        assert (kind, content["msgtype"]) == ("m.room.message", "m.image")
        assert hidden(made) == []
        assert content["info"] == {"mimetype": "image/jpeg", "size": len(made), "w": 64, "h": 48}
        assert [event for event, _ in carrier.shelf.sent.values()] == ["m.room.encrypted"]


async def test_what_is_uploaded_is_sealed_under_a_key_that_nothing_had_before(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        await carrier.tell(file, key="one")
        await carrier.tell(file, key="two")
        first, second = (content["file"]["key"]["k"] for _, content in carrier.made)
        assert len({first, second, source(file).key}) == 3
        for put in carrier.shelf.put:
            assert put[:2] != b"\xff\xd8"
            assert put not in carrier.shelf.files.values()


async def test_nothing_that_names_its_sender_goes_along(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        await carrier.tell(carrier.shelve(jpeg()))
        shown = json.dumps(carrier.made)
        for secret in (CANARY, "there.test", "file0", "IMG"):
            assert secret not in shown


async def test_a_picture_is_told_in_the_thread_of_its_case(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        await carrier.bot.chat.tell_file(ROOM, file, Handling.CLEANED, None, ROSTER, "k", "$card")  # type: ignore[arg-type]
        assert carrier.made[0][1]["m.relates_to"]["event_id"] == "$card"
        ((_, outside),) = carrier.shelf.sent.values()
        assert outside["m.relates_to"]["rel_type"] == "m.thread"


async def test_done_again_with_the_same_key_it_is_told_once(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        told = await carrier.tell(file)
        assert await carrier.tell(file) == told
        # Who removes what may stand says something else under its key.
        assert await carrier.bot.chat.say(ROOM, SPOKEN, "k") == told
        assert len(carrier.shelf.sent) == 1


async def test_the_token_is_in_no_address_and_the_file_name_is_nobodys(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        await carrier.tell(carrier.shelve(jpeg()))
        assert [path for path, _, _ in carrier.shelf.fetched] == [f"{V1}there.test/file0", UPLOAD]
        assert {query for _, query, _ in carrier.shelf.fetched} == {""}
        assert {token for _, _, token in carrier.shelf.fetched} == {"Bearer token"}


async def test_an_older_homeserver_is_asked_the_older_way(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        carrier.shelf.old = True
        await carrier.tell(carrier.shelve(jpeg()))
        assert hidden(carrier.arrived()) == []
        assert [path for path, _, _ in carrier.shelf.fetched][:2] == [
            f"{V1}there.test/file0",
            f"{V3}there.test/file0",
        ]


async def test_a_file_that_lies_there_unsealed_is_sealed_on_its_way(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        carrier.shelf.files["there.test/open"] = jpeg()
        file = attached({"msgtype": "m.image", "url": "mxc://there.test/open"})
        assert file is not None
        await carrier.tell(file)
        assert hidden(carrier.arrived()) == []
        assert "url" not in carrier.made[0][1]


# -- other files ---------------------------------------------------------------------------------------------


async def test_a_file_sent_as_it_is_arrives_as_it_was_with_our_words_beside_it(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        sound = os.urandom(5000)
        file = carrier.shelve(sound, "m.audio", "audio/ogg")
        words = Whispered((Paragraph("It was not cleaned."),))
        await carrier.bot.chat.tell_file(ROOM, file, Handling.AS_IT_IS, words, ROSTER, "k", None)
        content = carrier.made[0][1]
        assert carrier.arrived() == sound
        assert (content["msgtype"], content["body"]) == ("m.audio", "It was not cleaned.")
        assert content["filename"] == "voice.ogg"


# -- only where it is safe -----------------------------------------------------------------------------------


async def test_an_unsafe_room_costs_no_download_and_gets_nothing(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        carrier.shelf.state[ROOM] = safe(
            ROSA, **{"m.room.history_visibility": {"history_visibility": "shared"}}
        )
        with pytest.raises(NotSafe) as refused:
            await carrier.tell(carrier.shelve(jpeg()))
        assert refused.value.why is Unsafe.HISTORY_OPEN
        assert (carrier.shelf.fetched, carrier.shelf.sent) == ([], {})


async def test_a_room_that_becomes_unsafe_while_a_picture_is_cleaned_gets_nothing(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        unsafe = safe(ROSA, **{"m.room.join_rules": {"join_rule": "public"}})
        ready = carrier.bot.chat._media.ready

        async def slowly(*args: Any) -> Any:
            made = await ready(*args)
            carrier.shelf.state[ROOM] = unsafe
            return made

        carrier.bot.chat._media.ready = slowly  # type: ignore[assignment,method-assign]
        with pytest.raises(NotSafe):
            await carrier.tell(file)
        assert carrier.shelf.sent == {}


async def test_a_supporters_picture_goes_to_a_chat_of_that_one_person(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        chat, file = carrier.bot.chat, carrier.shelve(jpeg())
        await chat.whisper_picture(ROOM, UserId(ROSA), file, "k")
        assert hidden(carrier.arrived()) == []
        carrier.shelf.state[ROOM] = [
            *safe(ROSA),
            state("m.room.member", {"membership": "join"}, "@mal:sws.test"),
        ]
        with pytest.raises(NotSafe) as refused:
            await chat.whisper_picture(ROOM, UserId(ROSA), file, "k2")
        assert refused.value.why is Unsafe.STRANGER
        assert len(carrier.shelf.sent) == 1


# -- what cannot be passed on --------------------------------------------------------------------------------


async def test_a_file_that_was_changed_on_the_homeserver_is_refused(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        carrier.shelf.files["there.test/file0"] = sealed(jpeg())[0]
        assert await carrier.why_not(file) is Unfit.DAMAGED


async def test_what_is_no_picture_is_refused_as_one(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        assert await carrier.why_not(carrier.shelve(b"%PDF-1.7 ...")) is Unfit.NOT_CLEANABLE
        assert await carrier.why_not(carrier.shelve(photographs.bomb())) is Unfit.TOO_LARGE
        assert carrier.shelf.put == []


async def test_a_file_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        carrier.shelf.files.clear()
        assert await carrier.why_not(file) is Unfit.NOT_THERE


@pytest.mark.parametrize("handling", Handling)
async def test_more_bytes_than_we_take_are_not_read_to_their_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handling: Handling
) -> None:
    monkeypatch.setattr(media, "MOST_BYTES", 1000)
    async with carrying(tmp_path) as carrier:
        assert await carrier.why_not(carrier.shelve(os.urandom(200_000)), handling) is Unfit.TOO_LARGE


async def test_more_bytes_than_were_announced_are_not_taken_either(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        carrier.shelf.endless = True
        with pytest.raises(TooLarge):
            await carrier.bot.chat.client.download(f"{V1}there.test/file0", 1000, 5)


async def test_a_file_that_says_it_is_too_large_is_not_asked_for(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        huge = Attachment(AttachmentKind.VIDEO, Sensitive("{}"), "video/mp4", media.MOST_BYTES + 1)
        assert await carrier.why_not(huge, Handling.AS_IT_IS) is Unfit.TOO_LARGE
        assert carrier.shelf.fetched == []


async def test_a_homeserver_that_takes_no_such_file_says_so_to_the_person(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        carrier.shelf.faults = [
            web.Response(body=carrier.shelf.files["there.test/file0"]),
            refusal(413, "M_TOO_LARGE"),
        ]
        assert await carrier.why_not(file) is Unfit.TOO_LARGE


async def test_we_never_go_where_a_homeserver_sends_us(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        elsewhere = [web.Response(status=307, headers={"Location": "/elsewhere"}) for _ in range(2)]
        carrier.shelf.faults = list(elsewhere)
        assert await carrier.why_not(file) is Unfit.NOT_THERE
        assert not any("elsewhere" in path for path, _, _ in carrier.shelf.fetched)
        assert carrier.shelf.asked_for("elsewhere") == []


# -- trouble on the way --------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [refusal(502), refusal(500), refusal(429, retry_after_ms=1000)])
async def test_trouble_on_the_way_is_tried_again(tmp_path: Path, trouble: web.Response) -> None:
    async with carrying(tmp_path) as carrier:
        carrier.shelf.faults = [trouble]
        with pytest.raises(TryAgainLater):
            await carrier.tell(file := carrier.shelve(jpeg()))
        await carrier.tell(file)
        assert hidden(carrier.arrived()) == []


async def test_how_long_a_homeserver_wants_us_to_wait_is_heard(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        carrier.shelf.faults = [refusal(429, "M_LIMIT_EXCEEDED", retry_after_ms=4000)]
        with pytest.raises(TryAgainLater) as later:
            await carrier.tell(carrier.shelve(jpeg()))
        assert later.value.after == Millis(4000)


async def test_a_file_on_a_server_that_is_gone_for_good_is_given_up(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        for _ in range(media.ENOUGH - 1):
            carrier.shelf.faults = [refusal(504, "M_NOT_YET_UPLOADED")]
            with pytest.raises(TryAgainLater):
                await carrier.tell(file)
        carrier.shelf.faults = [refusal(504, "M_NOT_YET_UPLOADED")]
        assert await carrier.why_not(file) is Unfit.NOT_THERE


async def test_an_upload_that_is_not_answered_rightly_is_tried_again(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        file = carrier.shelve(jpeg())
        body = carrier.shelf.files["there.test/file0"]
        for answer in (web.Response(body=b"<html>"), web.json_response({}), web.json_response([])):
            carrier.shelf.faults = [web.Response(body=body), answer]
            with pytest.raises(TryAgainLater):
                await carrier.tell(file)
        assert carrier.shelf.sent == {}


async def test_a_login_that_ended_is_noticed_here_too(tmp_path: Path) -> None:
    async with carrying(tmp_path) as carrier:
        carrier.shelf.faults = [refusal(401, "M_UNKNOWN_TOKEN")]
        with pytest.raises(LoggedOut):
            await carrier.tell(carrier.shelve(jpeg()))


def on_disk(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


# -- nothing stays -------------------------------------------------------------------------------------------


async def test_nothing_of_the_original_is_on_disk_or_in_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "tmp"
    there.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(there))
    original = jpeg()
    caplog.set_level(logging.DEBUG)
    async with carrying(tmp_path / "bot") as carrier:
        await carrier.tell(carrier.shelve(original))
        await carrier.tell(
            carrier.shelve(CANARY.encode() * 100, "m.file", "text/plain"), Handling.AS_IT_IS, "f"
        )
        with pytest.raises(CannotPassOn):
            await carrier.tell(carrier.shelve(original[:900]), key="half")
        secrets = [CANARY.encode(), original[200:260]]
        assert not any(secret in found for secret in secrets for found in on_disk(tmp_path))
        assert list(there.iterdir()) == []
        assert not any(secret.decode("latin1") in caplog.text for secret in secrets)
    assert BOT not in json.dumps(carrier.made)
