"""We promise that what the documents say is so: commands, settings, files and links are there."""

from __future__ import annotations

import argparse
import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.cli import commands
from tests.map import FILE, map_of_the_code
from tests.source import TOP

README = (TOP / "README.md").read_text(encoding="utf-8")
OPERATOR = (TOP / "docs" / "operator.md").read_text(encoding="utf-8")
DOCUMENTS = [TOP / "README.md", TOP / "CHANGELOG.md", *sorted((TOP / "docs").glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:`|bin/)sws-bot ([a-z]+)((?: +--[a-z-]+)*)")

by_name = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


def test_the_map_of_the_code_is_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == map_of_the_code(), "run .venv/bin/python -m tests.map"


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_readme_shows_the_two_commands_and_they_exist(target: str) -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    assert f"make {target}" in README
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@by_name
def test_every_make_target_in_the_documents_exists(path: Path) -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", path.read_text(encoding="utf-8"))) <= targets


@by_name
def test_every_link_in_the_documents_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if not link.startswith(("http://", "https://", "#")):
            assert (path.parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("command", commands(), ids=lambda command: str(command.NAME))
def test_every_command_and_option_is_in_the_manual(command: object) -> None:
    name, parts = getattr(command, "NAME", ""), argparse.ArgumentParser(add_help=False)
    assert f"`sws-bot {name}" in OPERATOR
    command.arguments(parts)  # type: ignore[attr-defined]
    section = "\n".join(line for line in OPERATOR.splitlines() if f"sws-bot {name}" in line)
    for option in parts._actions:
        for flag in option.option_strings:
            assert f"`{flag}" in section or f" {flag}" in section, f"{flag} of {name}"


@by_name
def test_every_command_in_the_documents_can_be_typed(path: Path) -> None:
    known = {each.NAME for each in commands()}
    for name, options in COMMAND.findall(path.read_text(encoding="utf-8")):
        assert name in known, f"sws-bot {name}"
        [command] = [each for each in commands() if name == each.NAME]
        parts = argparse.ArgumentParser()
        parts.add_argument("--config")
        command.arguments(parts)
        flags = {flag for action in parts._actions for flag in action.option_strings}
        assert set(options.split()) <= flags, f"sws-bot {name}{options}"


def test_the_changelog_begins_with_what_is_not_released_or_this_version() -> None:
    import tomllib

    version = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    first = re.search(r"^## (.*)$", (TOP / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first
    assert first[1].startswith(("Unreleased", version))


# -- the service -------------------------------------------------------------------------------------------


def unit() -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(TOP / "systemd" / "sws-bot.service")
    return read


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("User", "sws-bot"),
        ("StateDirectory", "sws-bot"),
        ("LoadCredential", "store_key:/etc/sws-bot/secrets/store_key"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("CapabilityBoundingSet", ""),
        ("RestartPreventExitStatus", "2"),
        ("UMask", "0077"),
        ("LimitCORE", "0"),
    ],
)
def test_the_service_is_fenced_in(key: str, value: str) -> None:
    assert unit()["Service"][key] == value


def test_the_service_starts_a_command_that_exists() -> None:
    start = unit()["Service"]["ExecStart"]
    [(name, options)] = COMMAND.findall(start)
    assert (name, options.split()) == ("run", ["--config"])
    assert "/etc/sws-bot/config.yaml" in start
    assert "/etc/sws-bot/config.yaml" in OPERATOR


def test_systemd_understands_the_service(tmp_path: Path) -> None:
    """Where systemd is installed; elsewhere the values above are all that can be looked at."""
    text = (TOP / "systemd" / "sws-bot.service").read_text(encoding="utf-8")
    assert "ExecStart=/opt/sws-bot/.venv/bin/sws-bot" in text
    analyze = shutil.which("systemd-analyze")
    if analyze is not None:
        (tmp_path / "sws-bot.service").write_text(text.replace("/opt/sws-bot/.venv/bin/sws-bot", "/bin/true"))
        done = subprocess.run(
            [analyze, "verify", tmp_path / "sws-bot.service"], capture_output=True, text=True, check=False
        )
        assert "sws-bot.service" not in done.stdout + done.stderr
