"""Whether a message is only a greeting or a test, and whether it is urgent, in several languages."""

from __future__ import annotations

import re
import unicodedata
from typing import Final


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


_OPENERS: Final = _table(
    "hi hii hiii hello helo hallo hullo hey heya heyy hiya yo howdy greetings hola buenas ola olá oi "
    "salut bonjour bonsoir coucou moin servus ciao hej hei heisann hallå ahoj cześć czesc hejka "
    "salam salaam merhaba selam namaste sawubona jambo привет здравствуйте вітаю привіт γεια שלום "
    "مرحبا سلام नमस्ते สวัสดี 你好 您好 嗨 こんにちは もしもし 안녕  안녕하세요 "
    "test testing tests tests1 test1 prueba "
    "probando teste testando essai probe testowy тест 测试 測試 テスト ping anyone anybody somebody someone "
    "alguien alguém quelqu jemand"
)
"""One of these makes a message a greeting or a test, when nothing but fillers stands beside it."""

_FILLERS: Final = _table(
    "there all everyone everybody you u this the a is are thing bot sws on here working work works "
    "just only message good morning evening afternoon day night buenos buenas dias días tardes "
    "noches guten abend morgen tag bom boa dia tarde noite hay ahí ahi aquí aqui là un una uno ein "
    "eine da 1 2 3 12 123 1234"
)
_GENTLE: Final = frozenset("👋🙂😊☺😀😃😄🤗❤♥🌹💕💜🏻🏼🏽🏾🏿\u200d\ufe0f")
_WORDS = re.compile(r"[^\W_]+")

_URGENT = re.compile(
    r"\b(?:urgent(?:ly|e|es|emente|ement)?|emergenc(?:y|ia|ies)|emergência|urgence|urgência|notfall|dringend"
    r"|sos|asap|right away|help me now|help now|now please|in danger|en peligro|en danger|em perigo|in gefahr"
    r"|outside my (?:door|house|place|home|hotel|room)|at my door|following me|locked me|won[’']?t let me \w+"
    r"|kill me|kill myself|suicid\w{0,6}|ahora mismo|auxilio|socorro|au secours|hilfe jetzt)\b"
    r"|🆘|срочно|терміново|помогите сейчас|紧急|緊急|救命|助けて|긴급"
)
_DENIED: Final = ("not ", "non ", "non-", "no ", "not an ", "n't ", "n’t ", "nicht ", "kein ", "pas ")


def greets_only(text: str) -> bool:
    """A bare "hi", "test" or "hello, anybody there?": nothing a supporter could act on."""
    if len(text) > 60:
        return False
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = _WORDS.findall(plain)
    if not words or len(words) > 6 or not any(word in _OPENERS for word in words):
        return False
    known = all(word in _OPENERS or word in _FILLERS for word in words)
    return known and not any(unicodedata.category(c) in ("So", "Sk") and c not in _GENTLE for c in plain)


def urgent(text: str) -> bool:
    """Whether the words say that it cannot wait. A needless hurry costs little, a missed one much."""
    plain = text.casefold()
    return any(
        not plain[max(0, said.start() - 8) : said.start()].endswith(_DENIED)
        for said in _URGENT.finditer(plain)
    )
