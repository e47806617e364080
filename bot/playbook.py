"""The takedown desk from its YAML file: platforms, report forms, letters, first steps; checked whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from bot.core.model import PlatformId
from bot.core.takedown import (
    Broker,
    Confidence,
    Desk,
    Filer,
    Guide,
    Match,
    Platform,
    PlatformsCollide,
    Priority,
    Report,
    ReportKind,
    Tool,
)
from bot.document import Place
from bot.lists import opened
from bot.values import choice, each, fields, link, mail, maybe, named, slug, text, texts, yes

TAKEDOWN = Path(str(files("bot"))) / "data" / "takedown.yaml"
"""The desk that ships with the bot."""

_PLATFORM = (
    *(
        "id",
        "name",
        "hosts",
        "except_hosts",
        "match",
        "paths",
        "how_to_tell",
        "filer",
        "account_needed",
        "before",
    ),
    *("reports", "say", "collect", "warnings", "upkeep"),
)
_REPORT = ("kind", "url", "email", "handle", "note", "before", "upkeep", "source", "confidence")
_TOOL = ("id", "name", "url", "serves", "how", "email", "warnings", "source", "confidence")
_GUIDE = ("first_steps", "collect", "never_collect", "letters", "tools", "brokers")
_HOST = re.compile(r"[a-z0-9\-]+(?:\.[a-z0-9\-]+)+")
_BLANKS = re.compile(r"\{(\w*)\}")
_KNOWN_BLANKS = frozenset(("date", "account", "kinds", "links", "filer", "originals", "signature_or_agent"))


def load_takedown(path: Path = TAKEDOWN) -> Desk:
    """The whole desk. Raises `Misconfigured` at the first fault, naming file, line and entry."""
    top = fields(opened(path), ("schema", "guide", "platforms"), ("schema", "guide", "platforms"))
    found = named(top["platforms"], _PLATFORM, ("id", "name", "reports", "say"))
    platforms = tuple(_platform(place, given) for place, given in found)
    try:
        return Desk(platforms, _guide(top["guide"]))
    except PlatformsCollide as fault:
        raise top["platforms"].fault(f"must name each host once: {fault}") from None


def _platform(place: Place, given: Mapping[str, Place]) -> Platform:
    match = maybe(given, "match", lambda kind: choice(kind, Match)) or Match.HOST
    if match is Match.HOST and "hosts" not in given:
        raise place.fault("needs hosts, or a match that does without")
    if match is Match.PATH and "paths" not in given:
        raise place.fault('needs paths, because its match is "path"')
    return Platform(
        id=PlatformId(slug(given["id"])),
        name=text(given["name"]),
        hosts=each(given, "hosts", _host),
        except_hosts=each(given, "except_hosts", _host),
        match=match,
        paths=each(given, "paths", _path),
        filer=maybe(given, "filer", lambda who: choice(who, Filer)) or Filer.NOT_STATED,
        reports=tuple(_report(report) for report in given["reports"].items()),
        say=text(given["say"]),
        collect=each(given, "collect", text),
        before=each(given, "before", text),
        account_needed=maybe(given, "account_needed", yes),
        warnings=each(given, "warnings", text),
        how_to_tell=maybe(given, "how_to_tell", text),
        upkeep=maybe(given, "upkeep", text),
    )


def _report(place: Place) -> Report:
    given = fields(place, _REPORT, ("kind",))
    return Report(
        kind=choice(given["kind"], ReportKind),
        url=maybe(given, "url", link),
        email=maybe(given, "email", mail),
        handle=maybe(given, "handle", text),
        note=maybe(given, "note", text),
        before=maybe(given, "before", text),
        upkeep=maybe(given, "upkeep", text),
        source=maybe(given, "source", texts) or (),
        confidence=_confidence(given),
    )


def _confidence(given: Mapping[str, Place]) -> Confidence:
    return maybe(given, "confidence", lambda sure: choice(sure, Confidence)) or Confidence.THIRD_PAGE


def _host(place: Place) -> str:
    host = text(place)
    if not _HOST.fullmatch(host):
        raise place.fault("must be a host like example.org: lower case, no scheme, no path, no star")
    return host


def _path(place: Place) -> str:
    pattern = text(place)
    try:
        re.compile(pattern)
    except re.error:
        raise place.fault("is no regular expression") from None
    return pattern


def _guide(place: Place) -> Guide:
    given = fields(place, _GUIDE, ("first_steps", "letters"))
    tools = named(given["tools"], _TOOL, ("id", "name", "url", "serves", "how")) if "tools" in given else ()
    brokers = (
        fields(given["brokers"], ("source", "list_url", "warnings", "sites")) if "brokers" in given else {}
    )
    return Guide(
        first_steps=texts(given["first_steps"]),
        collect=each(given, "collect", text),
        never_collect=each(given, "never_collect", text),
        letters={slug_: _letter(letter) for slug_, letter in given["letters"].entries().items()},
        tools=tuple(_tool(tool) for _, tool in tools),
        brokers=each(brokers, "sites", _broker),
        brokers_list=maybe(brokers, "list_url", link),
        brokers_source=maybe(brokers, "source", text),
        brokers_warnings=each(brokers, "warnings", text),
    )


def _letter(place: Place) -> str:
    """A letter with blanks like {links} in it, all of which we know how to fill."""
    letter = text(place)
    for blank in _BLANKS.findall(letter):
        if blank not in _KNOWN_BLANKS:
            raise place.fault(f"has a blank that is not known; known: {', '.join(sorted(_KNOWN_BLANKS))}")
    return letter


def _tool(given: Mapping[str, Place]) -> Tool:
    return Tool(
        id=slug(given["id"]),
        name=text(given["name"]),
        url=link(given["url"]),
        serves=text(given["serves"]),
        how=text(given["how"]),
        email=maybe(given, "email", mail),
        warnings=each(given, "warnings", text),
        source=maybe(given, "source", texts) or (),
        confidence=_confidence(given),
    )


def _broker(place: Place) -> Broker:
    given = fields(place, ("name", "priority", "opt_out", "needs_phone"), ("name", "priority", "opt_out"))
    return Broker(
        name=text(given["name"]),
        opt_out=tuple(link(address) for address in given["opt_out"].items()),
        priority=choice(given["priority"], Priority),
        needs_phone=maybe(given, "needs_phone", yes) or False,
    )
