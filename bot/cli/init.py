"""`sws-bot init`: asks for what must be known, writes a commented configuration and a random store key."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from bot.cli import Exit, WrongUse
from bot.document import Misconfigured

NAME = "init"
HELP = "write a commented config.yaml and a random store key"

NEEDED = """\
# The configuration of sws-bot. What begins with @, ! or # must stand in quotes.
# No secret belongs in this file: the store key is in secrets/store_key, readable by its owner alone.

# The homeserver's web address.
homeserver: {homeserver}

# The bot's own account.
user_id: {user_id}

# Where the bot keeps its state, sealed with the store key. A relative path starts beside this file.
data_dir: {data_dir}

# Who decides about rooms and hears when one is not safe: full Matrix IDs.
stewards: [{stewards}]
"""

OPTIONAL = """\
# Whose invitations are accepted, besides the stewards': homeservers or full Matrix IDs.
invites_from: [example.org]

# The language of the bot where a room or person has not chosen one: en or es.
language: en

# Your own resource list (`sws-bot resources check FILE`); the packaged list when left out.
resources: resources.yaml

# The cities people may name with a hashtag. Country and time zone are optional, and so are neighbours.
cities:
  nyc:
    name: New York City
    aliases: [newyork, brooklyn]
    neighbours: [newark]
    timezone: America/New_York
    country: "US"
  newark:
    name: Newark
    neighbours: [nyc]
    timezone: America/New_York
    country: "US"

# One hashtag for several cities.
regions:
  tristate: [nyc, newark]

# Rooms of vetted supporters and the cities they serve. The room ID is under the room's settings, Advanced.
supporter_rooms:
  "!abc:example.org": {cities: [nyc]}
  "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM": {cities: [newark]}

# Where a case goes when its city is unknown, has no supporters, or has no room that is safe at that moment.
fallback_room: "!def:example.org"

# When nobody claims a case, others are asked.
# Minutes since supporters have it: all in its room are called; neighbouring cities; fallback and stewards.
escalation:
  usual: {room: 10, neighbours: 20, everybody: 30}
  urgent: {room: 3, neighbours: 6, everybody: 9}

# So many days after its closing, everything the bot sent and kept about a case is removed: 1 to 30.
retention_days: 7

# So many hours an alert of supporters stands in community rooms before the bot removes it: 1 to 168.
alert_hours: 72
"""


class Answers(Struct, frozen=True):
    homeserver: str
    user_id: str
    data_dir: str
    stewards: tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--homeserver", metavar="URL", help="like https://matrix.example.org")
    parser.add_argument("--user-id", metavar="ID", help='the bot\'s account, like "@sws:example.org"')
    parser.add_argument("--data-dir", metavar="PATH", help="where the bot keeps its state (default: data)")
    parser.add_argument(
        "--steward", metavar="ID", action="append", help="a steward's Matrix ID; may be repeated"
    )


def run(args: argparse.Namespace) -> int:
    """Raises `WrongUse` when there is a configuration already, or an answer is missing or wrong."""
    path: Path = args.config
    if path.exists():
        raise WrongUse(f"{path} exists already and is left as it is; name another with --config")
    answers = _asked(args, input if sys.stdin.isatty() else None)
    _write(path, written(answers))
    print(
        f"{path} is written. The homeserver, the account and the stewards are set; see the file for the rest."
    )
    print(_keyed(path))
    print("Next: sws-bot login")
    return Exit.GOOD


def written(answers: Answers) -> str:
    """The new file: what is needed is set, what is optional is there as comments."""
    rest = "\n".join(
        f"# {line}" if line and not line.startswith("#") else line for line in OPTIONAL.split("\n")
    )
    return _needed(answers) + "\n" + rest


def example() -> str:
    """The same with everything set, as it stands in `config.example.yaml`."""
    answers = Answers(
        "https://matrix.example.org", "@sws:example.org", "/var/lib/sws-bot", ("@rosa:example.org",)
    )
    return _needed(answers) + "\n" + OPTIONAL


def _needed(answers: Answers) -> str:
    return NEEDED.format(
        homeserver=json.dumps(answers.homeserver),
        user_id=json.dumps(answers.user_id),
        data_dir=json.dumps(answers.data_dir),
        stewards=", ".join(json.dumps(steward) for steward in answers.stewards),
    )


def _asked(args: argparse.Namespace, ask: Callable[[str], str] | None) -> Answers:
    """What the flags leave open is asked, when somebody is there to answer."""

    def one(given: str | None, flag: str, question: str, default: str | None = None) -> str:
        if given is not None:
            return given
        if ask is not None:
            return ask(f"{question}: ").strip() or default or one(None, flag, question)
        if default is None:
            raise WrongUse(f"{flag} is needed when nobody can be asked")
        return default

    return Answers(
        homeserver=one(args.homeserver, "--homeserver", "The homeserver, like https://matrix.example.org"),
        user_id=one(args.user_id, "--user-id", 'The bot\'s account, like "@sws:example.org"').strip('"'),
        data_dir=one(args.data_dir, "--data-dir", "Where to keep its state [data]", "data"),
        stewards=tuple(
            args.steward or one(None, "--steward", "Stewards' Matrix IDs, with spaces between").split()
        ),
    )


def _write(path: Path, text: str) -> None:
    """The file is put in its place only once it can be read as a configuration."""
    from bot.config import load

    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text, encoding="utf-8")
        load(new)
        os.link(new, path)
    except Misconfigured as fault:
        raise WrongUse(f"nothing was written: {str(fault).partition(': ')[2]}") from None
    except FileExistsError:
        raise WrongUse(f"{path} exists already and is left as it is; name another with --config") from None
    except OSError as fault:
        raise WrongUse(f"{path} cannot be written: {fault.strerror}") from None
    finally:
        new.unlink(missing_ok=True)


def _keyed(path: Path) -> str:
    from bot.credentials import Credentials, write_store_key

    folder = Credentials.beside(path).folder
    try:
        made = write_store_key(folder)
    except FileExistsError:
        return f"The store key in {folder} was there already and is kept."
    except OSError as fault:
        raise WrongUse(f"the store key cannot be written to {folder}: {fault.strerror}") from None
    return f"The store key is in {made}. Keep a copy elsewhere: without it, the bot's state cannot be read."
