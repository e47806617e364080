"""We promise that what a test has to say is heard, also when it ran in a process of its own."""

from __future__ import annotations

import execnet
import pytest


def test_half_a_character_in_a_log_is_spelled_out_and_does_not_end_the_process(
    request: pytest.FixtureRequest,
) -> None:
    report = pytest.TestReport(
        nodeid="tests/test_some.py::test_other",
        location=("tests/test_some.py", 1, "test_other"),
        keywords={},
        outcome="failed",
        longrepr="not \udc00",
        when="call",
        sections=[("Captured log call", "somebody wrote \ud800")],
    )
    hook = request.config.hook
    told = execnet.loads(
        execnet.dumps(hook.pytest_report_to_serializable(config=request.config, report=report))
    )
    heard = hook.pytest_report_from_serializable(config=request.config, data=told)
    assert heard.longreprtext == "not \\udc00"
    assert heard.caplog == "somebody wrote \\ud800"
