"""One plain request to the homeserver, for what nio has no call for; every failure is raised by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import quote, urlencode

from aiohttp import ClientError
from nio import AsyncClient

from bot.core.model import Millis
from bot.ports import Forbidden, Gone, LoggedOut, TryAgainLater

V3: Final = "/_matrix/client/v3/"
SECONDS: Final = 60.0
DEEPEST: Final = 60
_TEXT_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)


ENDED: Final = "the homeserver no longer accepts this login: run `sws-bot login --recovery-key`"


class Denied(Forbidden):
    """The homeserver says that we may not (`M_FORBIDDEN`), not only that it did not like the question."""


class Missing(Gone):
    """The homeserver says that there is none (`M_NOT_FOUND`), not only that it knows no such path."""


class NeedsProof(Exception):
    """The homeserver asks that the account's owner prove who they are (user-interactive authentication)."""

    def __init__(self, session: str | None, flows: frozenset[tuple[str, ...]]) -> None:
        super().__init__("the homeserver asks for a proof of who we are")
        self.session = session
        self.flows = flows


def path(*parts: str) -> str:
    """`/_matrix/client/v3/` and these parts, each quoted."""
    return V3 + "/".join(map(quoted, parts))


def quoted(part: str) -> str:
    """One part of an address, which cannot reach into another."""
    return quote(part, safe="", errors="replace")


def query(parts: Mapping[str, str]) -> str:
    """What comes after a path, with its question mark."""
    return "?" + urlencode(parts, errors="replace")


def understood(words: bytes) -> Any:
    """JSON into plain values; what one event makes of its numbers and nesting must not hide all others.

    Raises `ValueError` when it is no JSON.
    """
    text = words.decode("utf-8", "replace")
    try:
        return _READER.decode(text)
    except RecursionError:
        return _READER.decode(_flattened(text))


def _number(digits: str) -> int | None:
    """Python raises at a number of thousands of digits; Matrix has none above 2**53."""
    return int(digits) if len(digits) <= 20 else None


_READER: Final = json.JSONDecoder(parse_int=_number)


def _flattened(text: str) -> str:
    """The same text with null in place of whatever is nested deeper than anything of ours."""
    kept: list[str] = []
    depth = start = 0
    for token in _TEXT_OR_BRACKET.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == DEEPEST:
                kept.append(text[start : token.start()])
        elif token[0] in "]}":
            if depth == DEEPEST:
                kept.append("null")
                start = token.end()
            depth -= 1
    return "".join((*kept, text[start:] if depth < DEEPEST else ""))


async def ask(
    client: AsyncClient, method: str, where: str, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The homeserver's answer, a JSON object.

    Raises `TryAgainLater`, `Forbidden`, `Gone`, `LoggedOut` and `NeedsProof`.
    """
    told = await fetch(client, method, where, body)
    if not isinstance(told, dict):
        raise TryAgainLater("the homeserver's answer is not what it should be")
    return told


async def fetch(
    client: AsyncClient,
    method: str,
    where: str,
    body: Mapping[str, Any] | None = None,
    seconds: float = SECONDS,
) -> Any:
    """The same for an answer of any shape."""
    headers = {"Content-Type": "application/json"}
    if client.access_token:
        headers["Authorization"] = f"Bearer {client.access_token}"
    sent = None if body is None else json.dumps(body)
    try:
        answer = await client.send(method, where, sent, headers, timeout=seconds)
        words = await answer.read()
    except (ClientError, TimeoutError, OSError) as fault:
        raise TryAgainLater(f"no connection to the homeserver ({type(fault).__name__})") from fault
    try:
        told = understood(words)
    except ValueError:
        raise TryAgainLater(f"the homeserver's answer is not JSON (status {answer.status})") from None
    if not 200 <= answer.status < 300:
        raise_for(answer.status, told if isinstance(told, dict) else {})
    return told


def raise_for(status: int, told: Mapping[str, Any]) -> NoReturn:
    """What an answer that is not a good one means to us."""
    code = told.get("errcode")
    if status == 401 and isinstance(told.get("flows"), list):
        raise NeedsProof(told.get("session"), _flows(told["flows"]))
    if status == 401:
        raise LoggedOut(ENDED)
    if status == 429:
        after = told.get("retry_after_ms")
        raise TryAgainLater(
            "the homeserver asks us to slow down", Millis(after) if isinstance(after, int) else None
        )
    if status == 404 and code == "M_NOT_FOUND":
        raise Missing("the homeserver does not have that")
    if status == 404:
        raise Gone(f"the homeserver does not have that ({code})")
    if code == "M_FORBIDDEN":
        raise Denied(f"the homeserver will not let us ({status})")
    if status < 500 and status != 408:
        raise Forbidden(f"the homeserver refused ({status} {code})")
    raise TryAgainLater(f"the homeserver is in trouble (status {status})")


def _flows(flows: list[Any]) -> frozenset[tuple[str, ...]]:
    stages = (flow.get("stages") for flow in flows if isinstance(flow, dict))
    return frozenset(
        tuple(stage for stage in some if isinstance(stage, str)) for some in stages if isinstance(some, list)
    )
