"""Letters that look like others: no name passes for another because it is spelled in two alphabets."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_PAIRS: Final = (
    "аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsһhԁdԛqԝwгrпnьbѵvӏlүyҽeոn"  # Cyrillic and Armenian
    "αaβbγyεeηnιiκkνvοoρpτtυuχxωwϲcϳj"  # Greek
    "ıiɑaɡgʏyɩiƖlΙiаaοoօoսuցgհhոnշ2ʟlᴄcᴏoᴠvᴡwᴢz"  # elsewhere
)
LATIN: Final = MappingProxyType(dict(zip(map(ord, _PAIRS[::2]), _PAIRS[1::2], strict=True)))


def in_latin(key: str) -> str:
    """What somebody who reads quickly takes these letters for. To refuse by, never to act on."""
    return key.translate(LATIN)
