"""A message whose key never comes is answered; by its name this file runs when most others have run."""

from __future__ import annotations

import pytest

from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


async def test_a_message_that_cannot_be_read_is_answered_after_a_while(stage: Stage) -> None:
    """It was sent when the stage was set up: the bot waits two minutes for a key before it says so."""
    chat, worker = stage.unreadable

    answer = await worker.wait_for_text(chat, "I could not read your message", within=200)

    assert answer.clean
