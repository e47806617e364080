"""`sws-bot demo`: the bot among people and rooms of its own, on a homeserver of its own."""

from __future__ import annotations

import argparse

from bot.cli import CheckFailed, Exit, WrongUse

NAME = "demo"
HELP = "play the stories on a private homeserver, and show who can read what"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    parser.add_argument(
        "--story", action="append", metavar="NAME", help="only this one, like doxx; may be repeated"
    )


def run(args: argparse.Namespace) -> int:
    from bot.demo.homeserver import NotInstalled
    from bot.demo.play import UnknownStory, play

    try:
        good = play(args.story or (), keep=args.keep)
    except NotInstalled:
        raise WrongUse('the demo needs a homeserver of its own: pip install "sws-bot[demo]"') from None
    except UnknownStory as fault:
        raise WrongUse(str(fault)) from None
    if not good:
        raise CheckFailed("not every check was good; the ones marked ✘ were not")
    return Exit.GOOD
