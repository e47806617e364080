"""We promise of attachments that they are understood, opened only when genuine, and sealed anew."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Attachment, AttachmentKind, Unfit
from bot.core.sensitive import Sensitive
from bot.matrix import attachments
from bot.matrix.attachments import UNKNOWN, as_it_is, attached, kind_of, opened, picture, sealed, source
from bot.ports import CannotPassOn

WORDS = b"what is in the file " * 50
Content = dict[str, Any]


def sent(plain: bytes = WORDS, **changes: Any) -> tuple[bytes, Content]:
    """What a client puts on the homeserver, and the part of its event that opens it."""
    hidden, keys = sealed(plain)
    return hidden, {**keys, "url": "mxc://sws.test/AbC-1", **changes}


def image(**changes: Any) -> Content:
    _, file = sent()
    return {
        "msgtype": "m.image",
        "body": "IMG_1.jpg",
        "file": file,
        "info": {"mimetype": "image/jpeg", "size": 1000},
        **changes,
    }


def found(content: Content) -> Attachment:
    file = attached(content)
    assert file is not None
    return file


def why_not(hidden: bytes, content: Content) -> Unfit:
    with pytest.raises(CannotPassOn) as refused:
        opened(hidden, source(found(content)))
    return refused.value.why


# -- what came in --------------------------------------------------------------------------------------------


def test_a_sealed_file_is_opened_with_the_key_in_its_event() -> None:
    hidden, file = sent()
    where = source(found(image(file=file)))
    assert (where.server, where.media) == ("sws.test", "AbC-1")
    assert opened(hidden, where) == WORDS
    assert hidden != WORDS


def test_a_file_in_a_plain_room_is_taken_as_it_lies_there() -> None:
    content = image(url="mxc://sws.test/plain")
    del content["file"]
    where = source(found(content))
    assert (where.media, where.key) == ("plain", None)
    assert opened(WORDS, where) == WORDS


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda hidden: hidden[:-1],
        lambda hidden: hidden + b"\0",
        lambda hidden: bytes([hidden[0] ^ 1]) + hidden[1:],
        lambda _: b"",
        lambda _: b"something else",
    ],
)
def test_a_file_that_is_not_the_one_that_was_sent_is_refused(spoilt: Any) -> None:
    hidden, file = sent()
    assert why_not(spoilt(hidden), image(file=file)) is Unfit.DAMAGED


@pytest.mark.parametrize(
    "change",
    [
        {"hashes": {"sha256": "AAAA"}},
        {"hashes": {"sha256": "not base64 at all!"}},
        {"hashes": {"sha256": "A"}},
        {"iv": "AAAA"},
        {"iv": "x"},
        {"key": {"k": "c2hvcnQ"}},
        {"key": {"k": "?"}},
    ],
)
def test_keys_that_open_nothing_are_refused(change: Content) -> None:
    hidden, file = sent()
    genuine = opened(hidden, source(found(image(file=file))))
    where = source(found(image(file={**file, **change})))
    try:
        made = opened(hidden, where)
    except CannotPassOn:
        made = None
    assert made != genuine


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/x.jpg",
        "mxc://",
        "mxc://sws.test",
        "mxc://sws.test/",
        "mxc://sws.test/../../admin",
        "mxc://sws.test/a/b",
        "mxc://sws.test/a?x=1",
        "mxc://sws.test/a#b",
        "mxc://sws test/a",
        "mxc://söws.test/a",
        "mxc://sws.test/a\n",
        "file:///etc/passwd",
        f"mxc://{'s' * 300}/a",
        7,
        None,
        {},
    ],
)
def test_an_address_that_is_none_is_never_asked_for(address: Any) -> None:
    _, file = sent(url=address)
    assert attached(image(file=file)) is None
    assert attached({**image(url=address), "file": None}) is None


@pytest.mark.parametrize("missing", ["url", "key", "iv", "hashes"])
def test_a_sealed_file_without_all_that_opens_it_is_none(missing: str) -> None:
    _, file = sent()
    del file[missing]
    assert attached(image(file=file)) is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"msgtype": "m.image"}, AttachmentKind.PICTURE),
        ({"msgtype": "m.audio"}, AttachmentKind.VOICE),
        ({"msgtype": "m.video"}, AttachmentKind.VIDEO),
        ({"msgtype": "m.file"}, AttachmentKind.FILE),
        ({"msgtype": "m.file", "info": {"mimetype": "image/png"}}, AttachmentKind.PICTURE),
        ({"msgtype": "m.file", "info": {"mimetype": "IMAGE/JPEG; q=1"}}, AttachmentKind.PICTURE),
        ({"msgtype": "m.file", "info": {"mimetype": "image/svg+xml"}}, AttachmentKind.FILE),
        ({"msgtype": "m.video", "info": {"mimetype": "image/png"}}, AttachmentKind.VIDEO),
        ({"msgtype": "m.text"}, None),
        ({"msgtype": ["m.image"]}, None),
        ({}, None),
    ],
)
def test_a_picture_is_one_however_it_was_sent(content: Content, kind: AttachmentKind | None) -> None:
    assert kind_of(content) is kind


@pytest.mark.parametrize(
    ("claimed", "type_"),
    [
        ("audio/ogg", "audio/ogg"),
        ("Audio/OGG; codecs=opus", "audio/ogg"),
        ("text/html\r\nX-Evil: 1", UNKNOWN),
        ("../../etc/passwd", UNKNOWN),
        ("<script>", UNKNOWN),
        ("a/" + "b" * 200, UNKNOWN),
        (7, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_claimed_type_is_a_type_or_nothing(claimed: Any, type_: str) -> None:
    assert found(image(info={"mimetype": claimed})).type == type_


@pytest.mark.parametrize(
    ("claimed", "size"), [(5, 5), (0, 0), (-1, None), (True, None), ("5", None), (2.5, None), (2**60, None)]
)
def test_a_claimed_size_is_a_number_or_nothing(claimed: Any, size: int | None) -> None:
    assert found(image(info={"size": claimed})).size == size


def test_neither_address_nor_key_nor_name_is_ever_printed() -> None:
    file = found(image())
    where = source(file)
    for shown in (repr(file), str(file), repr(where), str(where)):
        for secret in ("AbC-1", where.key or "", where.sha256 or "", "IMG_1"):
            assert secret not in shown


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(file=anything, url=anything, info=anything, kind=st.sampled_from(["m.image", "m.file", "x"]))
def test_no_event_whatever_is_in_it_raises(file: Any, url: Any, info: Any, kind: str) -> None:
    content = {"msgtype": kind, "file": file, "url": url, "info": info}
    made = attached(content)
    assert made is None or source(made).media


def test_what_was_kept_with_a_broken_address_is_not_there() -> None:
    kept = Attachment(AttachmentKind.PICTURE, Sensitive(json.dumps({"url": "https://evil.test/"})))
    with pytest.raises(CannotPassOn) as refused:
        source(kept)
    assert refused.value.why is Unfit.NOT_THERE


# -- what goes out -------------------------------------------------------------------------------------------


def test_every_file_gets_a_key_of_its_own() -> None:
    first, second = sent(), sent()
    assert first[0] != second[0]
    assert first[1]["key"]["k"] != second[1]["key"]["k"]
    assert first[1]["iv"] != second[1]["iv"]


def test_a_sealed_file_says_how_it_is_opened_as_the_specification_wants_it() -> None:
    _, file = sent()
    assert file["v"] == "v2"
    assert file["key"]["alg"] == "A256CTR"
    assert (file["key"]["kty"], file["key"]["ext"]) == ("oct", True)
    assert set(file["key"]["key_ops"]) >= {"encrypt", "decrypt"}
    assert file["hashes"].keys() == {"sha256"}


def test_a_picture_has_no_words_and_no_preview() -> None:
    _, file = sent()
    content = picture(file, "picture.jpg", {"mimetype": "image/jpeg", "w": 3, "h": 2, "size": 9})
    assert content["body"] == content["filename"] == "picture.jpg"
    assert content["info"].keys() == {"mimetype", "w", "h", "size"}
    assert content["m.mentions"] == {}


@pytest.mark.parametrize(
    ("kind", "type_", "message", "name"),
    [
        (AttachmentKind.VOICE, "audio/ogg", "m.audio", "voice.ogg"),
        (AttachmentKind.VIDEO, "video/mp4", "m.video", "video.mp4"),
        (AttachmentKind.FILE, "application/pdf", "m.file", "file.pdf"),
        (AttachmentKind.FILE, "application/x-wrens-own", "m.file", "file"),
        (AttachmentKind.PICTURE, "image/heic", "m.file", "picture.heic"),
    ],
)
def test_a_file_sent_as_it_is_gets_a_name_of_ours(
    kind: AttachmentKind, type_: str, message: str, name: str
) -> None:
    _, file = sent()
    content = as_it_is(file, Attachment(kind, Sensitive("{}"), type_), 9)
    assert (content["msgtype"], content["body"], content["filename"]) == (message, name, name)
    assert content["info"] == {"mimetype": type_ if name.count(".") else UNKNOWN, "size": 9}


def test_every_kind_of_message_with_an_attachment_is_known() -> None:
    assert set(attachments.MESSAGES.values()) == set(AttachmentKind)
