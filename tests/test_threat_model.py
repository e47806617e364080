"""We promise that every file and test the threat model leans on is there, and that its list is complete."""

from __future__ import annotations

import ast
import re

import pytest

from tests.source import TOP

MODEL = (TOP / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in MODEL.splitlines()
    if line.startswith("| ") and "`bot/" in line
]
QUOTED = re.compile(r"`([^`]+)`")

by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])


@by_row
def test_every_row_names_what_is_tried_the_files_the_answer_and_a_test(row: list[str]) -> None:
    assert len(row) == 4
    assert all(row)


@by_row
def test_every_file_that_meets_a_threat_exists(row: list[str]) -> None:
    files = QUOTED.findall(row[1])
    assert files
    assert [file for file in files if not (TOP / file).is_file()] == []


@by_row
def test_every_test_that_guards_against_a_threat_exists(row: list[str]) -> None:
    [named] = QUOTED.findall(row[3])
    file, _, name = named.partition("::")
    tree = ast.parse((TOP / file).read_text(encoding="utf-8"))
    functions = {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert name in functions


def test_every_boundary_has_rows_and_every_weakness_its_number() -> None:
    assert len(ROWS) >= 30
    listed = MODEL.partition("## Known weaknesses")[2]
    numbers = [int(number) for number in re.findall(r"^(\d+)\. \*\*", listed, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 10
