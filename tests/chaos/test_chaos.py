"""We promise that whatever happens to the bot, every post reaches supporters once, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos.plan import FULL, SLICE, Row, Trial, one
from tests.chaos.scene import Scene, scene

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with scene(tmp_path_factory.mktemp("chaos"), writers=SLICE.writers) as ready:
        yield ready


@pytest.mark.parametrize("trial", SLICE.trials, ids=lambda trial: trial.name)
async def test_nothing_is_lost_told_twice_or_told_to_others(place: Scene, trial: Trial) -> None:
    row = await one(place, trial)

    assert row.wrong == ""
    assert row.delivered == row.posts > 0
    assert (row.lost, row.doubled, row.leaked) == (0, 0, 0)
    assert row.faults > 0


def test_what_runs_with_the_tests_is_a_part_of_the_full_run() -> None:
    def kinds(trials: tuple[Trial, ...]) -> set[object]:
        return {getattr(trial.play, "func", trial.play) for trial in trials}

    assert kinds(SLICE.trials) < kinds(FULL.trials)


def test_the_table_adds_up() -> None:
    one_row = Row("one", 1, 2, 3, 4, 5, 6, 7.0)

    both = one_row + Row("two", 10, 20, 30, 40, 50, 60, 70.0, "wrong")

    assert both == Row("one", 11, 22, 33, 44, 55, 66, 77.0, "wrong")
