"""`!resources` on the running bot: any room, no report, forgiving; the file may change under it."""

from __future__ import annotations

import pytest

from tests.chaos.scene import until
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
ENTRY = """
- id: night-lawyers
  name: Night Lawyers
  description: Lawyers who answer at night.
  topics: [legal]
  scope: city
  countries: [US]
  cities: [chicago]
  languages: [en]
  url: https://lawyers.example.org
  source: ["https://lawyers.example.org"]
  seen: "2026-10-01"
  checked: "2026-11-01"
  status: listed
  publish: true
"""


async def test_resources_are_found_in_any_room_in_spite_of_typos(stage: Stage) -> None:
    async with stage.worker(stage.porch) as worker:
        await worker.send(stage.porch, "!resources leagl newyork")

        answer = await worker.wait_for_text(stage.porch, "https://", stage.bot.user)

        assert "hecked" in answer.body
        await stage.nowhere_else("leagl newyork", worker, stage.kim)


async def test_a_changed_list_is_read_and_a_broken_one_keeps_the_last_good(stage: Stage) -> None:
    file = stage.bot.folder / "resources.yaml"
    shipped = file.read_text()
    try:
        read = stage.bot.logged("resources_read")
        file.write_text(shipped + ENTRY)
        await until(lambda: stage.bot.logged("resources_read") > read, "the changed list")
        await stage.kim.send(stage.porch, "!resources legal chicago")
        await stage.kim.wait_for_text(stage.porch, "Night Lawyers", stage.bot.user)

        file.write_text(shipped + ENTRY + "\n- id: broken\n")
        await stage.receipt(stage.rosa, "cannot be read")
        await stage.kim.send(stage.cellar, "!resources legal chicago")
        await stage.kim.wait_for_text(stage.cellar, "Night Lawyers", stage.bot.user)
    finally:
        file.write_text(shipped)
