"""What identifying details look like: a table of patterns, and the checks that a pattern cannot make."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Finding(StrEnum):
    """A kind of detail that can lead to a person."""

    PHONE = "phone"
    EMAIL = "email"
    LINK = "link"
    HANDLE = "handle"
    ADDRESS = "address"
    PLATE = "plate"
    CARD = "card"
    COORDINATES = "coordinates"


def _always(_: re.Match[str]) -> bool:
    return True


class Shape(Struct, frozen=True):
    """One way a kind of detail is written, in NFKC and lower case."""

    kind: Finding
    pattern: re.Pattern[str]
    check: Callable[[re.Match[str]], bool] = _always
    needs: str = ""
    """One of these characters stands in every match; without any, the pattern is not tried. "": always."""


def _is_card(match: re.Match[str]) -> bool:
    digits = [int(letter) for letter in match[0] if letter.isascii() and letter.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    doubled = [
        digit if at % 2 == 0 else digit * 2 - 9 * (digit > 4) for at, digit in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0


def _is_place_on_earth(match: re.Match[str]) -> bool:
    return abs(float(match[1])) <= 90 and abs(float(match[2])) <= 180


def _is_plate(match: re.Match[str]) -> bool:
    plate = re.sub(r"[\s\-]", "", match[1])
    digits = sum(letter.isdigit() for letter in plate)
    return 3 <= len(plate) <= 9 and digits >= 1 and (digits < len(plate) or digits >= 4)


_PUBLIC_MENTIONS = frozenset(("room", "everyone", "here", "channel", "all"))


def _is_handle(match: re.Match[str]) -> bool:
    return match[1].rstrip(".") not in _PUBLIC_MENTIONS


_NOT_A_STREET = (
    r"(?!(?:the|a|an|in|on|of|at|to|from|by|my|his|her|our|your|this|that|and|or|people|men|man|guys?|girls?|women"
    r"|clients?|cops?|cars?|times?|min|mins|minutes?|hours?|hrs?|days?|weeks?|months?|years?|blocks?|miles?|km|down"
    r"|up|off|per|for|with|dollars?|bucks|euros?|pounds?|percent|am|pm|doors?|streets?|near|were|was|are|is)\b)"
)
_STREET_KIND = (
    r"(?:street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|terrace|parkway|pkwy"
    r"|highway|hwy|crescent|cres|close|square|sq|circle|cir|way|alley|mews|grove|gardens|parade|pde|broadway)"
)
_SIDE = r"(?:(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\.?\s{1,3})?"

_APPS = (
    r"(?:snap(?:chat)?|sc|ig|insta(?:gram)?|tg|telegram|kik|cash ?app|venmo|pay ?pal|zelle|whats ?app"
    r"|fb|facebook|messenger|twitter|tik ?tok|only ?fans|fansly|discord|signal|skype|threema|wickr|wechat"
    r"|viber|tinder|grindr|fet ?life|reddit|tumblr|bluesky|bsky|threads|linked ?in|youtube|twitch)"
)

SHAPES: Final[tuple[Shape, ...]] = (
    Shape(
        Finding.HANDLE,
        re.compile(r"(?<![\w@./:])@([a-z0-9_][a-z0-9_.]{1,29})(?![\w@:])"),
        _is_handle,
        needs="@",
    ),
    Shape(
        Finding.HANDLE,
        re.compile(
            rf"\b{_APPS}(?:\s(?:user ?)?(?:name|handle|account|id|user))?\s{{0,2}}(?::|=|\bis\b|-\s)\s{{0,2}}"
            r"[@$]?(?!(?:a|an|the|not|my|so|very|down|gone|banned|where|full|how|what|no|on|off|he|she|they|safe|bad|good|weak"
            r"|better|best|fine|working|dead|blocked|private|public|new|old|fake|deleted|hacked|suspended|also|like|just|too"
            r"|really|lost|ok|okay|it|and|for|in)\b)"
            r"[a-z0-9_][\w.\-]{2,30}"
        ),
    ),
    Shape(Finding.HANDLE, re.compile(r"(?<![\w$])\$[a-z][a-z0-9_]{2,20}\b"), needs="$"),
    Shape(Finding.HANDLE, re.compile(r"(?<![\w/])/?u/[\w\-]{3,20}\b"), needs="/"),
    Shape(
        Finding.CARD, re.compile(r"(?<![\d.])[3-6]\d{3}(?:[ \-]?\d){9,15}(?![\d.])"), _is_card, needs="3456"
    ),
    Shape(
        Finding.COORDINATES,
        re.compile(
            r"(?<![\d.])([+\-]?\d{1,2}\.\d{3,12})°?\s?[ns]?\s?[,;/ ]\s{0,2}([+\-]?\d{1,3}\.\d{3,12})(?![\d.])"
        ),
        _is_place_on_earth,
        needs=".",
    ),
    Shape(
        Finding.COORDINATES,
        re.compile(
            r"\blat(?:itude)?\b[\s:=]{0,3}([+\-]?\d{1,2}\.\d{1,12})°?[\s,;]{0,3}"
            r"(?:long?|lng|longitude)\b[\s:=]{0,3}([+\-]?\d{1,3}\.\d{1,12})"
        ),
        _is_place_on_earth,
        needs=".",
    ),
    Shape(
        Finding.COORDINATES,
        re.compile(r"\d{1,2}\s?°\s?\d{1,2}\s?['′][^\n]{0,24}?\d{1,3}\s?°\s?\d{1,2}\s?['′]"),
        needs="°",
    ),
    Shape(
        Finding.COORDINATES,
        re.compile(r"(?<!\w)[2-9cfghjmpqrvwx]{8}\+[2-9cfghjmpqrvwx]{2,3}(?!\w)"),
        needs="+",
    ),
    Shape(
        Finding.ADDRESS,
        re.compile(
            rf"(?<![\d.,$€£:])\b\d{{1,5}}[a-z]?\s{{1,3}}{_SIDE}(?:{_NOT_A_STREET}[a-z0-9'’.\-]{{1,20}}\s{{1,3}}){{1,4}}?"
            rf"{_STREET_KIND}\b"
        ),
        needs="0123456789",
    ),
    Shape(Finding.ADDRESS, re.compile(r"\bp\.?\s?o\.?\s?box\s{1,3}\d{1,6}\b"), needs="x"),
    Shape(
        Finding.ADDRESS,
        re.compile(
            r"\b(?:apt|apartment|flat|suite)\b\.?\s{0,2}#?\s{0,2}\d{1,5}[a-z]?\b(?!\s?(?:am|pm|days|%|dollars|bucks|euros?|usd|quid|per|/|each))"
        ),
        needs="0123456789",
    ),
    Shape(
        Finding.ADDRESS,
        re.compile(
            r"\b[a-zäöü\-]{2,30}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer)\s{1,2}\d{1,4}\s?[a-z]?\b"
            r"|\b[a-zäöüß\-]{2,30}\s(?:straße|strasse|str\.|weg|platz|allee)\s\d{1,4}\b"
        ),
        needs="0123456789",
    ),
    Shape(
        Finding.ADDRESS,
        re.compile(
            r"\b(?:rue|calle|avenida|avda\.?|carrer|paseo|viale|corso|piazza|rua|travessa|ulica|ul\.)\s"
            r"(?:[^\W\d_]{1,20}[.'’]?\s){0,4}[^\W\d_]{2,20},?\s(?:n[º°o.]{1,2}\s?|nr\.?\s?)?\d{1,5}\b"
            r"|\b\d{1,4}(?:\s?(?:bis|ter))?,?\s(?:rue|avenue|boulevard|bd|allée|impasse|quai|chemin)\s[^\W\d_]{2,20}"
        ),
        needs="0123456789",
    ),
    Shape(
        Finding.ADDRESS,
        re.compile(
            r"\b(?:[a-pr-uwyz]\d[a-hjkps-uw\d]?|[a-pr-uwyz][a-hk-y]\d[abehmnprv-y\d]?)\s?\d[abd-hjlnp-uw-z]{2}\b"
        ),
        lambda match: not match[0].endswith(("nd", "rd", "st", "th")),
        needs="0123456789",
    ),
    Shape(
        Finding.ADDRESS,
        re.compile(r"\b[abceghj-nprstvxy]\d[abceghj-nprstv-z][ \-]?\d[abceghj-nprstv-z]\d\b"),
        needs="0123456789",
    ),
    Shape(
        Finding.PLATE,
        re.compile(
            r"\b(?:plates?|licen[sc]e|kennzeichen|nummernschild|matr[ií]cula|placas?|plaque|targa|registration)\b"
            r"\W{0,4}(?:(?:number|no|nr|num|plates?|is|was|starts|with|reads|reading|says|of|es|ist|est)\b\W{0,4}){0,4}"
            r"([a-z0-9]{1,8}(?:[ \-][a-z0-9]{1,5}){0,2})"
        ),
        _is_plate,
        needs="0123456789",
    ),
    Shape(Finding.PLATE, re.compile(r"\bvin\b\W{0,4}(?:is\s)?[a-hj-npr-z0-9]{17}\b"), needs="v"),
)
