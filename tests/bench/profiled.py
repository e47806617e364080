"""Runs the bot as the demo does, under a profiler from SIGUSR1 to SIGUSR2.

`python -m tests.bench.profiled MODULE ARGUMENT…`; what was found is in the file that `BENCH_PROFILE` names,
once it is there. Counted is the processor time of the loop's own thread: a busy machine adds little to that.
"""

from __future__ import annotations

import cProfile
import os
import signal
import sys
import time
from pathlib import Path

from bot.demo import attached

FOUND = "BENCH_PROFILE"


def _on_signals(profile: cProfile.Profile, file: Path) -> None:
    def begin(*_: object) -> None:
        profile.enable()

    def end(*_: object) -> None:
        profile.disable()
        half = file.with_suffix(".half")
        profile.dump_stats(half)
        half.replace(file)

    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGUSR2, end)


if __name__ == "__main__":
    _on_signals(cProfile.Profile(time.thread_time), Path(os.environ[FOUND]))
    attached.main(sys.argv)
