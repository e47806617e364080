"""Text that must never reach a log, a metric, an error or a public room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, Self, TypeVar, final

T = TypeVar("T")


@final
class Sensitive:
    """Words somebody wrote to us, or that name somebody.

    A plain slots class on purpose: a struct would leak through ``asdict``, ``repr`` and pickle.
    ``reveal()`` and ``once()`` are allowed where words are parsed (`core/parse`, `core/guard`), sealed at
    rest (`store/`) or sealed for their readers (`matrix/`), and nowhere else; a test reads the code for it.
    """

    __slots__ = ("_read", "_reader", "_words")

    def __init__(self, words: str) -> None:
        self._words: Final = words
        self._read: Any = None
        self._reader: Callable[[str], object] | None = None

    def reveal(self) -> str:
        """The words themselves."""
        return self._words

    def once(self, reader: Callable[[str], T]) -> T:
        """What `reader` makes of the words, asked once, gone with the words. Allowed where `reveal()` is."""
        if self._reader is not reader:
            self._read, self._reader = reader(self._words), reader
        read: T = self._read
        return read

    def __bool__(self) -> bool:
        return bool(self._words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and self._words == other._words

    def __hash__(self) -> int:
        return hash((Sensitive, self._words))

    def __repr__(self) -> str:
        return "[private]"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("[private]", spec)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("private words are not pickled: seal them with store.seal")
