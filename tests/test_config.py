"""We promise that a configuration is understood as it was meant, or refused in one sentence that helps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli.init import example
from bot.config import CITY_SETTINGS, ROOM_SETTINGS, SETTINGS, Misconfigured, Settings, load
from bot.core.model import Language, SupporterRoom
from bot.core.spans import DAY, HOUR, minutes

TOP = Path(__file__).parent.parent
SMALL = """\
homeserver: https://matrix.example.org
user_id: "@sws:example.org"
data_dir: data
stewards: ["@rosa:example.org"]
"""
NEW_ROOM = "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(Misconfigured) as fault:
        read(folder, text)
    sentence = str(fault.value)
    assert sentence.startswith(str(folder / "config.yaml"))
    assert "\n" not in sentence
    return sentence.removeprefix(str(folder / "config.yaml"))


def without(key: str) -> str:
    return "".join(line for line in SMALL.splitlines(keepends=True) if not line.startswith(key))


# -- what is understood ----------------------------------------------------------------------------


def test_four_settings_are_enough(tmp_path: Path) -> None:
    settings = read(tmp_path, SMALL)
    assert settings == Settings(
        homeserver="https://matrix.example.org",
        user_id=settings.user_id,
        data_dir=tmp_path / "data",
        stewards=settings.stewards,
        atlas=settings.atlas,
    )
    assert settings.user_id == "@sws:example.org"
    assert settings.language is Language.EN
    assert len(settings.atlas) == 0


@pytest.mark.parametrize("language", Language)
def test_the_language_can_be_any_that_the_bot_speaks(tmp_path: Path, language: Language) -> None:
    assert read(tmp_path, f"{SMALL}language: {language}\n").language is language


def test_the_example_is_understood_whole() -> None:
    settings = load(TOP / "config.example.yaml")
    assert settings.atlas.find("#Brooklyn") == ("nyc",)
    assert settings.atlas.find("tristate") == ("nyc", "newark")
    assert settings.supporter_rooms[0] == SupporterRoom(settings.supporter_rooms[0].room, ("nyc",))  # type: ignore[arg-type]
    assert settings.supporter_rooms[1].room == NEW_ROOM
    assert settings.fallback_room == "!def:example.org"
    assert settings.invites_from == ("example.org",)
    assert settings.data_dir == Path("/var/lib/sws-bot")


def test_the_example_is_what_init_writes() -> None:
    assert (TOP / "config.example.yaml").read_text(encoding="utf-8") == example()


@pytest.mark.parametrize("key", [*SETTINGS, *CITY_SETTINGS, *ROOM_SETTINGS])
def test_every_setting_is_in_the_example_and_in_the_docs(key: str) -> None:
    assert f"{key}:" in example()
    assert f"`{key}`" in (TOP / "docs" / "operator.md").read_text(encoding="utf-8")


def test_settings_and_their_keys_are_the_same_list() -> None:
    kept = set(Settings.__struct_fields__)
    split = {"cities", "regions", "escalation", "retention_days", "alert_hours"}
    assert kept - {"atlas", "spans"} | split == set(SETTINGS)


def test_a_relative_path_starts_beside_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, SMALL + "resources: lists/ours.yaml\n")
    assert settings.resources == tmp_path / "lists" / "ours.yaml"
    assert settings.data_dir == tmp_path / "data"


def test_an_empty_setting_is_a_setting_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, SMALL + "resources:\nfallback_room:\n").resources is None


@pytest.mark.parametrize("room", ["!abc:example.org", "!a/b=c+:[::1]:8448", NEW_ROOM])
def test_both_forms_of_room_ids_are_legal(tmp_path: Path, room: str) -> None:
    assert read(tmp_path, SMALL + f'fallback_room: "{room}"\n').fallback_room == room


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8008",
        "http://localhost:8008/",
        "http://[::1]:8008",
        "https://matrix.example.org:443",
    ],
)
def test_a_homeserver_on_this_machine_may_do_without_tls(tmp_path: Path, url: str) -> None:
    assert read(tmp_path, without("homeserver") + f'homeserver: "{url}"\n').homeserver == url.rstrip("/")


def test_invitations_may_be_accepted_from_servers_and_from_people(tmp_path: Path) -> None:
    settings = read(tmp_path, SMALL + 'invites_from: [example.org, "localhost:8448", "@ana:example.net"]\n')
    assert settings.invites_from == ("example.org", "localhost:8448", "@ana:example.net")


def test_a_file_from_windows_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load(tmp_path / "config.yaml").user_id == "@sws:example.org"


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("steward: []\n", ', line 5: steward is not a setting; did you mean "stewards"?'),
        ("fallback-room: x\n", ', line 5: fallback-room is not a setting; did you mean "fallback_room"?'),
        (
            "cities: {nyc: {name: N, alias: [x]}}\n",
            ', line 5: cities.nyc.alias is not a setting; did you mean "aliases"?',
        ),
        ("user_id: x\n", ", line 5: user_id stands twice, first on line 2"),
        (
            "cities:\n  nyc: {name: A}\n  nyc: {name: B}\n",
            ", line 7: cities.nyc stands twice, first on line 6",
        ),
        ("cities: {nyc: {}}\n", ', line 5: cities.nyc needs the setting "name"'),
        ("cities: [nyc]\n", ", line 5: cities must be a mapping, like {key: value}"),
        ("cities: {nyc: {name: [N]}}\n", ", line 5: cities.nyc.name must be one line of text"),
        ("cities: {nyc: {name: N, timezone: Mars/Base}}\n", "cities.nyc.timezone must be a time zone name"),
        (
            "cities: {nyc: {name: N, timezone: ../../etc/passwd}}\n",
            "cities.nyc.timezone must be a time zone name",
        ),
        (
            "cities: {oslo: {name: Oslo, country: NO}}\n",
            "cities.oslo.country must be text, but YAML reads it as yes or no",
        ),
        (
            "cities: {oslo: {name: Oslo, country: no way}}\n",
            "cities.oslo.country must be the two capital letters",
        ),
        ("cities: {no: {name: Norway}}\n", "a key of cities must be text, but YAML reads it as yes or no"),
        ("cities: {nyc: {name: N, neighbours: [x]}}\n", 'is "x", which is not described under cities'),
        ("cities: {nyc: {name: N, neighbours: [nycc]}}\n", 'did you mean "nyc"?'),
        (
            "cities: {nyc: {name: N, aliases: ['-']}}\n",
            "cities.nyc has a name or alias without a letter or digit",
        ),
        ("invites_from: example.org\n", ", line 5: invites_from must be a list"),
        ("invites_from: ['not a server']\n", "must be a homeserver, like example.org, or a full Matrix ID"),
        ("language: xx\n", ", line 5: language must be one of: "),
        (
            "resources: 10:30\n",
            ", line 5: resources must be text, but YAML reads it as a number: put it in quotes",
        ),
        ("fallback_room: '#help:example.org'\n", "is a room address; use the internal room ID"),
        ("fallback_room: '!short'\n", "fallback_room must be a room ID"),
        ("fallback_room: '!a b:example.org'\n", "fallback_room must be a room ID"),
        ("fallback_room: !abc:example.org\n", "fallback_room must stand in quotes"),
        ("fallback_room: @x\n", ", line 5, column 16: this is not valid YAML (what begins with @"),
        (
            "supporter_rooms: {'!abc:example.org': {cities: [nyc]}}\n",
            'is "nyc", which is not described under cities',
        ),
        ("supporter_rooms: {'!abc': {cities: []}}\n", "must be a room ID"),
        ("supporter_rooms: {'!abc:example.org': {cities: []}}\n", "needs at least one city"),
        ("supporter_rooms: {'!abc:example.org': {}}\n", 'needs the setting "cities"'),
        ("regions: {east: [nyc]}\n", 'is "nyc", which is not described under cities'),
        ("- a\n", "this is not valid YAML"),
        ("resources: \x01\n", " holds a character that YAML does not allow"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_line_and_key(tmp_path: Path, more: str, sentence: str) -> None:
    assert sentence in refused(tmp_path, SMALL + more)


@pytest.mark.parametrize("key", ["homeserver", "user_id", "data_dir", "stewards"])
def test_a_missing_setting_is_named(tmp_path: Path, key: str) -> None:
    assert f'the file needs the setting "{key}"' in refused(tmp_path, without(key))
    assert f'the file needs the setting "{key}"' in refused(tmp_path, without(key) + f"{key}:\n")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("homeserver", "matrix.example.org"),
        ("homeserver", "ftp://matrix.example.org"),
        ("homeserver", "http://matrix.example.org"),
        ("homeserver", "http://127.0.0.1.example.org"),
        ("homeserver", "https://sws:hunter2@matrix.example.org"),
        ("homeserver", "https://matrix.example.org:notaport"),
        ("homeserver", "https://matrix.example.org/?access_token=hunter2"),
        ("user_id", "sws"),
        ("user_id", "@sws"),
        ("user_id", "@sws:"),
        ("user_id", "@s ws:example.org"),
        ("stewards", "@rosa:example.org"),
    ],
)
def test_a_wrong_address_is_refused_and_not_repeated(tmp_path: Path, key: str, value: str) -> None:
    sentence = refused(tmp_path, without(key) + f'{key}: "{value}"\n')
    assert f"line 4: {key} must " in sentence or f"line 4: {key} is not" in sentence
    assert "hunter2" not in sentence


def test_somebody_must_be_a_steward(tmp_path: Path) -> None:
    assert "stewards needs at least one Matrix ID" in refused(
        tmp_path, without("stewards") + "stewards: []\n"
    )


@pytest.mark.parametrize(
    "secret", ["password", "store_key", "recovery_key", "access_token", "slack_webhook_nyc"]
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(tmp_path: Path, secret: str) -> None:
    sentence = refused(tmp_path, SMALL + f"{secret}: hunter2\n")
    assert f"line 5: {secret} is a secret" in sentence
    assert f"secrets/{secret}" in sentence
    assert "hunter2" not in sentence


def test_one_alias_means_one_city_however_it_is_written(tmp_path: Path) -> None:
    two = "cities:\n  nyc: {name: A, aliases: [Big-Apple]}\n  la:\n    name: B\n    aliases: [bigapple]\n"
    sentence = refused(tmp_path, SMALL + two)
    assert "cities.la and nyc both answer to" in sentence
    assert sentence.startswith(", line 8: ")


def test_a_region_cannot_take_the_name_of_a_city(tmp_path: Path) -> None:
    sentence = refused(tmp_path, SMALL + "cities: {nyc: {name: A}}\nregions: {NYC: [nyc]}\n")
    assert sentence.startswith(', line 6: regions.NYC and nyc both answer to "NYC"')


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="does not exist"):
        load(tmp_path / "none.yaml")
    with pytest.raises(Misconfigured, match="cannot be read: Is a directory"):
        load(tmp_path)
    (tmp_path / "config.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Misconfigured, match="is not UTF-8 text"):
        load(tmp_path / "config.yaml")
    assert refused(tmp_path, "") == ": holds no settings"
    assert refused(tmp_path, "just words") == ", line 1: holds no settings"


# -- lengths of time -----------------------------------------------------------------------------------


def test_what_is_left_out_of_the_times_keeps_its_usual_length(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        SMALL
        + "escalation: {urgent: {room: 1, neighbours: 2, everybody: 4}}\n"
        + "retention_days: 30\nalert_hours: 5\n",
    )
    assert settings.spans.urgent == minutes(1, 2, 4)
    assert settings.spans.usual == minutes(10, 20, 30)
    assert settings.spans.retention == 30 * DAY
    assert settings.spans.alert == 5 * HOUR
    assert read(tmp_path, SMALL).spans.alert == 72 * HOUR


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("retention_days: 31", "retention_days must be a whole number from 1 to 30"),
        ("alert_hours: 0", "alert_hours must be a whole number from 1 to 168"),
        ("retention_days: soon", "retention_days must be a whole number from 1 to 30"),
        ("escalation: {usual: {room: 1, neighbours: 2}}", 'escalation.usual needs the setting "everybody"'),
        (
            "escalation: {usual: {room: 9, neighbours: 2, everybody: 4}}",
            "escalation.usual must have room before neighbours, and neighbours before everybody",
        ),
        ("escalation: {usual: {room: 0, neighbours: 2, everybody: 4}}", "must be a whole number from 1 to"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(says)):
        read(tmp_path, SMALL + line + "\n")
