"""The program's own text, as the tests of the house read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parent.parent


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: str
    """As in `bot/core/model.py`."""
    text: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        return str(Path(self.path).parent)

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.tree) or ""

    def imported(self) -> frozenset[str]:
        """Every module name that an import anywhere in it mentions."""
        names: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
        return frozenset(names)

    def packages(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self.imported())

    def calls(self) -> Iterator[str]:
        """What is called, as it is written: `asyncio.create_task`, `Spoken`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                yield node


def modules(folder: str = "bot") -> tuple[Module, ...]:
    found = []
    for path in sorted((TOP / folder).rglob("*.py")):
        if "node_modules" not in path.parts:
            text = path.read_text(encoding="utf-8")
            found.append(Module(path.relative_to(TOP).as_posix(), text, ast.parse(text)))
    return tuple(found)
