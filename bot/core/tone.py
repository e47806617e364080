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
_YES: Final = _table(
    "yes yep yeah y si sí oui ja jo sim da tak да так ναι evet sì 是 はい 네 "
    "send envía envíalo mándalo envoie schick senden manda enviar"
)
_NO: Final = _table("no nope n nein non nao não nie нет ні όχι hayır 不 いいえ 아니요 dont don't don’t")
_BESIDE_YES: Final = _table(
    "ok okay sure please it them all the same anyway por favor lo es bitte stp svp do thanks thank you"
)
_GENTLE: Final = frozenset("👋🙂😊☺😀😃😄🤗❤♥🌹💕💜🏻🏼🏽🏾🏿\u200d\ufe0f")
_FINE: Final = _table(
    "yes yeah yep yup ok okay fine good great better safe well alright right thanks thank thx ty "
    "sí gracias bien oui merci sim obrigada obrigado bem ja danke gut спасибо хорошо"
)
"""One of these makes an answer a good one, when nothing but fillers stands beside it."""
_BESIDE: Final = _table(
    "all i im m am you so much very now again it is everything everyone si muchas estoy todo beaucoup ça ca "
    "va tudo alles da sure k"
)
_FOR_HELP: Final = re.compile(
    r"\b(thanks|thank you|thx) (?:a lot |so much |very much )?for (?:your|the|all your) help\b"
)
_FINE_SIGNS: Final = frozenset("👍👌✅💪🙏🎉✌") | _GENTLE
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


def all_right(text: str) -> bool:
    """Whether it says no more than "yes, thanks, I'm fine". Anything else may be a call for help."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = _WORDS.findall(_FOR_HELP.sub(r"\1", plain))
    signs = [c for c in plain if unicodedata.category(c) in ("So", "Sk")]
    if len(words) > 12 or not (words or signs) or "?" in plain:
        return False
    good = any(word in _FINE for word in words) or not words
    return good and all(w in _FINE or w in _BESIDE for w in words) and all(s in _FINE_SIGNS for s in signs)


def agrees(text: str) -> bool:
    """A plain "yes", "ok, send it". An "ok, thanks" agrees to nothing."""
    return _only(text, _YES, _BESIDE_YES)


def declines(text: str) -> bool:
    """A plain "no", "don't send it"."""
    return _only(text.casefold().replace("do not", "don't"), _NO, _BESIDE_YES | {"send"})


def _only(text: str, needed: frozenset[str], beside: frozenset[str]) -> bool:
    """Short, one of the words needed, and nothing but those and the ones that may stand beside them."""
    words = [word.strip(".,!…") for word in text.casefold().split()]
    known = all(word in needed or word in beside for word in words)
    return len(words) <= 6 and known and any(word in needed for word in words)


def urgent(text: str) -> bool:
    """Whether the words say that it cannot wait. A needless hurry costs little, a missed one much."""
    plain = text.casefold()
    return any(
        not plain[max(0, said.start() - 8) : said.start()].endswith(_DENIED)
        for said in _URGENT.finditer(plain)
    )
