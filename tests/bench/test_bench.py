"""We promise that every row of the bench can be measured, and says what was measured."""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from nio.crypto import OutboundGroupSession

from bot.core.limits import ALLOWED, Limit
from bot.demo.homeserver import homeserver
from tests.bench.__main__ import OURS, SUBJECTS, Bench, installed
from tests.bench.layers import COMMITS, ELSE, LAYERS, WAITING, Spent, layer, shares, table
from tests.bench.members import among
from tests.bench.meters import quantile
from tests.bench.noted import kind
from tests.bench.plans import FULL, TINY, Plan
from tests.bench.plots import PLOTS, lines, scale
from tests.bench.subjects import Kind
from tests.bench.table import Row, as_json, as_text
from tests.bench.timeline import MOMENTS, PUT, READ, Said, measured, medians, notes
from tests.bench.timeline import table as timeline
from tests.bench.watched import NOTED, longest


@pytest.mark.live
async def test_a_small_run_fills_every_row_for_every_subject_it_is_about(tmp_path: Path) -> None:
    parts = [rows async for rows in Bench(TINY, tmp_path).run()]
    rows = parts[-1]
    assert [len(part) for part in parts] == sorted(len(part) for part in parts)
    named = {row.name: row for row in rows}
    assert all(values and min(values) >= 0 for row in rows for values in row.values.values())
    assert set(named["report to decrypted, p50 over one hop's"].values) == set(SUBJECTS[1:])
    assert named["burst of 10 from five people: forwarded"].values[OURS] == [10]
    assert all(any(re.fullmatch(pattern, name) for name in named) for pattern, _, _ in PLOTS.values())
    assert [size for size, _ in lines(rows, PLOTS["cases-told"][0])[OURS]] == [0, 20]
    text = as_text(rows, SUBJECTS)
    assert all(row.name in text for row in rows)
    assert [row["name"] for row in json.loads(as_json(rows))] == [row.name for row in rows]


@pytest.mark.live
async def test_the_word_in_a_crowded_room_is_sealed_for_those_too_who_read_nothing(tmp_path: Path) -> None:
    async with homeserver(tmp_path / "synapse") as server:
        found = await among(server, 6, tmp_path, TINY.among)
        given = server.sees(
            "SELECT DISTINCT user_id FROM device_inbox WHERE message_json LIKE '%ciphertext%'"
        )
    silent = {f"@m{number}-among-6:{server.name}" for number in range(6 - TINY.among.workers)}
    assert silent <= {user for (user,) in given}
    assert len(found.ours.latencies) == TINY.among.posts
    assert found.hop.latencies
    assert 0 < found.said <= TINY.among.workers + TINY.among.posts


@pytest.mark.parametrize("plan", [FULL, TINY])
def test_among_many_people_each_report_is_a_case_of_its_own(plan: Plan) -> None:
    """With the first, by which everybody comes to have a private chat."""
    each = 1 + math.ceil(plan.among.posts / plan.among.workers)
    assert each <= ALLOWED[Limit.REPORT].count
    assert plan.members
    assert min(plan.members) >= plan.among.workers


def test_among_many_people_everybody_is_given_a_new_room_key_once() -> None:
    words = OutboundGroupSession().max_messages
    assert words < FULL.among.posts < FULL.among.posts + FULL.among.workers < 2 * words


def test_nothing_is_compiled_while_it_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "tests" / "bench").mkdir(parents=True)
    (tmp_path / "bot" / "core").mkdir(parents=True)
    files = [tmp_path / each for each in ("bot/app.py", "bot/core/model.py", "tests/bench/relay.py")]
    for file in files:
        file.write_text("")
    installed(tmp_path)
    assert all(Path(cache_from_source(file)).is_file() for file in files)


def test_a_row_shows_the_median_and_how_far_the_rounds_lie_apart() -> None:
    row = Row("some", "≤ 2", digits=1)
    assert row.shown("us") == "–"
    row.add("us", 1.0)
    assert row.shown("us") == "1.0"
    for value in (3.0, 2.0):
        row.add("us", value)
    assert row.shown("us") == "2.0 (1.0–3.0)"
    assert "| some | 2.0 (1.0–3.0) | ≤ 2 |" in as_text([row], ("us",))


def test_only_steps_after_the_start_count_as_having_held_the_loop_up(tmp_path: Path) -> None:
    notes = tmp_path / "held"
    assert longest(notes, 0.0) == NOTED
    notes.write_text("1.0 0.5\n3.0 0.02\n4.0 0.03\n")
    assert longest(notes, 2.0) == 0.03


def test_a_picture_has_a_line_for_who_was_measured_at_several_sizes() -> None:
    rows = [Row(f"restart with {count} rooms, s", "") for count in ("20", "1,000")]
    for place, row in enumerate(rows):
        row.add("us", 1.0 + place)
    rows[0].add("nio", 5.0)
    pattern, _, _ = PLOTS["rooms-restart"]
    assert lines(rows, pattern) == {"us": [(20, 1.0), (1000, 2.0)]}


def test_the_bare_hop_is_drawn_beside_what_a_report_takes_among_many_people() -> None:
    rows = []
    for people in ("10", "1,000"):
        for what, who in (("one hop", "floor"), ("report to decrypted", "us")):
            rows.append(Row(f"community room of {people} people: {what}, p50, ms", ""))
            rows[-1].add(who, 2.0)
        rows.append(Row(f"community room of {people} people: processor seconds per 1,000 reports", ""))
        rows[-1].add("us", 9.0)
    told, reports = (lines(rows, PLOTS[name][0]) for name in ("members-told", "members-reports"))
    assert told == {who: [(10, 2.0), (1000, 2.0)] for who in ("floor", "us")}
    assert reports == {"us": [(10, 9.0), (1000, 9.0)]}


def test_an_empty_store_has_its_place_in_a_picture() -> None:
    """Nought has none on an axis of powers."""
    assert scale({"us": [(10, 1.0), (1000, 1.0)]}) == "log"
    assert scale({"us": [(1000, 1.0), (0, 1.0)]}) == "linear"


def test_a_quantile_is_one_of_the_values() -> None:
    assert [quantile((5, 1, 4, 2, 3), part) for part in (0.0, 0.5, 0.95, 1.0)] == [1, 3, 5, 5]


def test_every_file_of_the_bot_belongs_to_a_layer_and_no_layer_is_without_one() -> None:
    for folder in ("core", "loops", "matrix", "store", "texts"):
        files = [path.as_posix() for path in Path("bot", folder).glob("**/*.py")]
        assert files
        assert ELSE not in map(layer, files)
    assert layer("/x/site-packages/aiohttp/client.py") == layer("/x/bot/matrix/wire.py") == next(iter(LAYERS))
    assert layer("/x/site-packages/unheard_of.py") == ELSE


def test_what_is_built_in_counts_to_who_called_it_and_waiting_to_nobody() -> None:
    """As `pstats` holds it: calls, calls, own time, whole time, and the same of each caller."""
    store, core = ("/x/bot/store/cases.py", 1, "read"), ("/x/bot/core/parse.py", 1, "read")
    called_by = {store: (1, 1, 1.0, 1.0), core: (2, 2, 2.0, 2.0)}
    found = shares(
        {
            store: (1, 1, 2.0, 9.0, {}),
            ("~", 0, "<built-in method len>"): (3, 3, 3.0, 3.0, called_by),
            WAITING: (1, 1, 99.0, 99.0, {store: (1, 1, 99.0, 99.0)}),
        }
    )
    assert found == {layer(store[0]): 3.0, layer(core[0]): 2.0}


def test_the_time_that_was_measured_is_shared_out_by_what_the_profiler_found() -> None:
    text = table({"a report": (Spent(8.0, 2.0), Counter({"JSON": 30.0, ELSE: 10.0}))})
    assert "| JSON | 6.00 | 60% |" in text
    assert f"| {ELSE} | 2.00 | 20% |" in text
    assert f"| {COMMITS} | 2.00 | 20% |" in text
    assert "| all | 10.00 |  |" in text


# -- the timeline ---------------------------------------------------------------------------------------


@pytest.mark.live
async def test_the_moments_of_a_report_are_noted_of_this_bot_and_of_the_relay(tmp_path: Path) -> None:
    found = await measured(tmp_path, posts=3, workers=2)
    ours, relay = found[Kind.OURS.value], found[Kind.RELAY.value]
    assert list(ours) == [PUT, *MOMENTS.values(), READ]
    assert {PUT, MOMENTS["has GET sync"], MOMENTS["asks PUT send"], READ} <= relay.keys()
    assert ours[MOMENTS["kept"]] <= ours[MOMENTS["asks PUT send"]] <= ours[READ]


def test_a_moment_is_the_first_after_its_report_and_before_it_was_read() -> None:
    came = notes(["1.0 has GET sync", "2.5 keeps", "2.6 kept", "2.7 keeps", "9.0 asks PUT send"])
    found = medians([Said(2.0, 2.1, 3.0)], came)
    assert found == pytest.approx({PUT: 100, MOMENTS["keeps"]: 500, MOMENTS["kept"]: 600, READ: 1000})


def test_what_a_subject_never_does_is_a_dash() -> None:
    shown = timeline({"one": {PUT: 1.0, READ: 2.0}, "other": {PUT: 1.5, READ: 2.5, MOMENTS["kept"]: 2.0}})
    assert f"| {MOMENTS['kept']} | – | 2.0 |" in shown
    assert shown.splitlines()[-1] == f"| {READ} | 2.0 | 2.5 |"


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("http://localhost/_matrix/client/v3/sync?filter=%7B%7D&since=/send", "sync"),
        ("http://localhost/_matrix/client/v3/rooms/!a/send/m.room.message/1", "send"),
        ("http://localhost/_matrix/client/v3/rooms/!a/state", "state"),
        ("http://localhost/_matrix/client/v3/sendToDevice/m.room.encrypted/1", "sendToDevice"),
        ("http://localhost/_matrix/client/v3/keys/query", "else"),
    ],
)
def test_requests_are_told_apart_by_their_path(url: str, what: str) -> None:
    assert kind(url) == what
