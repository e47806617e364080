"""Runs a module as the demo does, on a machine whose clock jumps and whose name service goes away.

`python -m tests.chaos.broken_machine MODULE ARGUMENT…`; what is broken now is read from files in the folder
that `CHAOS_FOLDER` names: `clock` holds milliseconds to add, `nameless` stands for no name service.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from bot.demo import attached

CLOCK, NAMELESS = "clock", "nameless"


def _break(folder: Path) -> None:
    real_time, real_names = time.time_ns, socket.getaddrinfo

    def jumping() -> int:
        try:
            ahead = int((folder / CLOCK).read_text() or "0")
        except FileNotFoundError:
            ahead = 0
        return real_time() + ahead * 1_000_000

    def names(*asked: Any, **more: Any) -> Any:
        if (folder / NAMELESS).exists():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real_names(*asked, **more)

    time.time_ns, socket.getaddrinfo = jumping, names


if __name__ == "__main__":
    _break(Path(os.environ["CHAOS_FOLDER"]))
    attached.main(sys.argv)
