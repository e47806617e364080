"""Runs a module as `python -m` does, and asks it to end when whoever started it is gone.

`python -m bot.demo.attached MODULE ARGUMENT…` with a pipe as standard input: however its parent ends, killed
even, the pipe closes, and no homeserver or bot of a demo or test is left behind.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parents[2]
"""Where `bot` is imported from, for children that start in another folder."""


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def environment() -> dict[str, str]:
    """What a child inherits: not our secrets, and not the service manager we may run under."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SWS_", "NOTIFY_"))}
    return {**kept, "PYTHONPATH": str(ROOT)}


def main(argv: list[str]) -> None:
    module = argv[1]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv)
