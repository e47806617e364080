"""Which tests prove which promise about cases: `python -m tests.case_proofs 5` names those of the fifth."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.promises.case_stories import (
    AT_ONCE,
    CLAIMED,
    ELSEWHERE,
    OPENED_AGAIN,
    REOPENED,
    TAKEN_BACK,
    UNSAID,
)
from tests.promises.checkin_stories import CHECKIN_STORIES
from tests.promises.consent_stories import CONSENT_STORIES
from tests.promises.crash import Story
from tests.promises.file_stories import FILE_STORIES
from tests.promises.forget_stories import FORGET_STORIES
from tests.promises.life_stories import (
    COMES_BACK,
    GIVEN_BACK,
    PLAIN,
    TWO_CASES,
    UPGRADED,
    UPGRADED_UNSEEN,
)
from tests.promises.shift_stories import SHIFT_STORIES
from tests.promises.stories import BACK_IN_DANGER, CORRECTED, REPORT, TAKEN_AFTER_ALL, TURNED, UNCLAIMED
from tests.promises.worker_stories import WORKER_STORIES

CRASHES: Final = "promises/test_crash_anywhere.py"
CASES: Final = "core/test_cases.py::test_"
LIFE: Final = "live/test_case_life.py::test_"
RELAY: Final = "live/test_cases.py::test_"
WORKERS: Final = "live/test_awkward_workers.py::test_"
TIME: Final = "live/test_as_time_passes.py::test_"
SHIFT: Final = "live/test_shift.py::test_"
CONTROLS: Final = "live/test_workers_controls.py::test_"


@dataclass(frozen=True)
class Point:
    """One promise; tests as `folder/file.py`, or `folder/file.py::test` where a file is about more."""

    about: str
    decided: tuple[str, ...]
    """Without a homeserver: what is decided, kept, said, and made of a picture."""
    stories: tuple[Story, ...]
    """Played with the bot ended at any moment."""
    live: tuple[str, ...]
    """The bot on a real homeserver, among clients that are not ours."""

    def tests(self) -> Iterator[str]:
        """As pytest takes them."""
        yield from (f"tests/{each}" for each in (*self.decided, *self.live))
        yield from (f"tests/{CRASHES}::{each}[{story.name}]" for story in self.stories for each in _CRASHED)


_CRASHED: Final = (
    "test_the_story_goes_well_when_nothing_goes_wrong",
    "test_a_crash_at_any_moment_changes_nothing_in_the_end",
    "test_a_second_crash_on_the_way_back_changes_nothing_either",
)

POINTS: Final = (
    Point(
        "A card, its thread and the board",
        (
            f"{CASES}a_claim_is_written_down_shown_on_the_card_and_said_in_the_thread",
            f"{CASES}a_case_can_be_named_instead_of_answered_in_its_thread",
            f"{CASES}only_surely_a_supporter_moves_a_case_or_sees_the_board",
            f"{CASES}the_board_shows_what_is_open_and_what_waits_longest_first",
            "texts/test_voice.py",
        ),
        (REPORT, CLAIMED, GIVEN_BACK),
        (
            f"{LIFE}the_board_is_one_for_both_and_mine_is_for_who_asks",
            f"{RELAY}a_case_is_claimed_answered_closed_and_opened_again",
            f"{RELAY}phones_are_heard_for_what_people_write_and_silent_for_what_the_bot_answers",
        ),
    ),
    Point(
        "Claimed, given back, handed over, closed, reopened, with notes; a claimer who is silent or leaves",
        (
            f"{CASES}what_is_not_in_the_table_does_not_happen",
            f"{CASES}the_picture_in_the_documents_is_the_table",
            f"{CASES}every_state_is_reached_and_left_and_every_event_means_something",
            f"{CASES}what_somebody_has_only_they_give_away",
            f"{CASES}a_second_claim_is_refused_by_name",
            f"{CASES}a_raised_hand_on_the_card_claims_and_does_nothing_else",
            f"{CASES}a_hand_elsewhere_or_of_somebody_else_means_nothing",
            f"{CASES}who_has_a_case_gives_it_back_or_hands_it_to_another_supporter_of_the_room",
            f"{CASES}whoever_is_given_a_case_is_called_once_and_nobody_else_is",
            f"{CASES}a_case_is_handed_to_nobody_who_may_not_read_it",
            f"{CASES}nobody_gives_away_what_another_has_and_is_told_whose_it_is",
            f"{CASES}leaving_the_room_gives_back_every_case",
            f"{CASES}who_is_taken_off_the_roster_takes_no_case_along",
            f"{CASES}a_claim_that_nothing_is_heard_of_ends",
            f"{CASES}whoever_does_something_for_their_case_keeps_it",
            f"{CASES}closing_tells_the_worker_and_asks_whether_they_are_all_right",
            f"{CASES}a_case_that_waits_can_be_closed_by_any_supporter",
            f"{CASES}opening_again_tells_the_worker",
            f"{CASES}a_note_stands_on_the_card_and_goes_to_no_worker",
            f"{CASES}no_decision_about_a_case_names_two_plans_alike",
            "promises/test_cases_at_random.py",
        ),
        (CLAIMED, GIVEN_BACK, REOPENED, OPENED_AGAIN, *SHIFT_STORIES),
        (
            f"{LIFE}of_two_who_claim_at_once_one_has_it_and_the_other_hears_who",
            f"{LIFE}what_one_gives_back_the_other_takes_with_the_notes_on_the_card",
            f"{LIFE}who_is_handed_a_case_gets_a_summary_and_the_worker_notices_nothing",
            f"{LIFE}a_closed_case_is_opened_again_by_a_word_of_either_supporter",
            f"{LIFE}who_leaves_the_room_takes_no_case_along",
            f"{TIME}a_claim_of_which_nothing_is_heard_is_free_for_the_other_supporter",
        ),
    ),
    Point(
        "Words both ways, with receipts, edits and deletions; a case of another room is out of reach",
        (
            f"{CASES}closed_unknown_and_foreign_cases_get_one_answer",
            f"{CASES}a_reply_to_a_closed_unknown_or_foreign_case_gets_one_answer_and_nothing_is_sent",
            "core/test_decide_edits.py",
            "store/test_copies.py",
        ),
        (CLAIMED, TAKEN_BACK, AT_ONCE, CORRECTED, ELSEWHERE, UNSAID),
        (
            f"{RELAY}what_either_side_changes_or_deletes_is_changed_and_gone_on_the_other",
            f"{RELAY}a_case_of_another_room_is_as_far_away_as_one_that_is_closed_or_never_was",
        ),
    ),
    Point(
        "Several cases, languages, phones; a worker who stays out, leaves, blocks the bot, or comes back",
        (
            f"{CASES}one_word_says_that_the_worker_is_all_right",
            f"{CASES}anything_else_soon_after_the_closing_opens_the_case_again",
            f"{CASES}a_closed_case_does_not_swallow_a_new_report",
            f"{CASES}an_answer_to_the_closing_message_is_about_that_case_whenever_it_comes",
            f"{CASES}i_am_fine_after_a_closing_is_not_taken_for_a_word_about_another_open_case",
            f"{CASES}all_else_goes_to_the_case_that_is_open",
            f"{CASES}an_answer_to_the_closing_message_opens_that_case_although_another_is_open",
            f"{CASES}further_words_go_to_the_newest_case_or_the_one_that_is_answered",
            f"{CASES}words_after_a_tip_or_an_offer_are_a_report_of_their_own_unless_they_answer_it",
            f"{CASES}the_worker_sees_every_open_case_and_where_the_next_words_go",
            f"{CASES}supporters_are_told_that_the_worker_left_the_chat",
            f"{CASES}a_workers_words_after_a_supporters_command_are_not_lost",
            "core/test_decide_private.py",
            "promises/test_languages.py",
        ),
        (COMES_BACK, TWO_CASES, PLAIN, *WORKER_STORIES),
        (
            f"{WORKERS}two_cases_of_one_person_are_two_talks",
            f"{WORKERS}who_never_opened_the_chat_finds_everything_in_it_later",
            f"{WORKERS}who_left_the_chat_is_asked_in_once_more_by_a_reply_and_goes_on_in_the_same_case",
            f"{WORKERS}who_comes_back_after_a_week_is_heard_in_the_same_case",
            f"{WORKERS}each_reads_the_bot_in_their_own_language_and_all_talk_about_one_case",
            f"{WORKERS}who_puts_the_bot_out_has_an_invitation_and_no_more_than_that",
            f"{WORKERS}a_second_device_is_the_same_person_in_the_same_case",
            f"{WORKERS}what_is_written_in_a_chat_without_encryption_counts_and_goes_on_in_an_encrypted_one",
            f"{RELAY}who_leaves_the_chat_twice_and_declines_once_is_answered_all_the_same",
        ),
    ),
    Point(
        "Pictures both ways, cleaned; voice and files after a yes; limits and bombs; nothing on disk",
        (
            "core/test_files.py",
            "matrix/test_media.py",
            "matrix/test_cleaning.py",
            "matrix/test_attachments.py",
            "promises/test_files.py",
        ),
        FILE_STORIES,
        ("live/test_attachments.py",),
    ),
    Point(
        "A case that nobody claims goes to neighbours, then to the fallback room and stewards",
        ("core/test_escalation.py", "core/test_turning_urgent.py"),
        (UNCLAIMED, TAKEN_AFTER_ALL, TURNED, BACK_IN_DANGER, UPGRADED, UPGRADED_UNSEEN),
        (
            f"{TIME}a_case_nobody_claims_is_called_out_then_goes_to_neighbours_then_to_everybody",
            f"{TIME}what_others_were_asked_to_take_may_still_be_taken_by_who_had_it_first",
        ),
    ),
    Point(
        "What a worker agrees to: `!share`",
        ("core/test_consent.py", "store/test_consents.py", "loops/test_agreed.py"),
        CONSENT_STORIES,
        ("live/test_consent.py",),
    ),
    Point(
        "The last day, announced and put off; `!withdraw`, `!forget`, `!whatdoyouknow`",
        (
            "core/test_retention.py",
            "store/test_keeping.py",
            "loops/test_forget.py",
            "promises/test_forgetting.py",
        ),
        FORGET_STORIES,
        (
            f"{TIME}a_closed_case_is_announced_put_off_once_and_then_gone",
            f"{CONTROLS}what_is_kept_is_told_in_counts_and_names_of_fields_and_to_its_owner_alone",
            f"{CONTROLS}what_is_withdrawn_is_gone_from_both_supporters_and_the_chat_goes_on",
            f"{CONTROLS}after_forget_no_file_and_no_event_of_the_bot_holds_the_words",
        ),
    ),
    Point(
        "Check-ins, and the alarm word that looks like being fine",
        ("core/test_checkins.py", "store/test_checkins.py"),
        CHECKIN_STORIES,
        (
            f"{TIME}a_check_in_that_is_answered_ends_without_anybody_hearing_of_it",
            f"{TIME}a_check_in_that_is_missed_is_a_case_with_the_words_left_for_it_and_no_others",
            f"{TIME}the_alarm_word_looks_like_all_fine_to_the_letter_and_calls_both_supporters",
        ),
    ),
    Point(
        "For supporters: who is there, not too much at once, sentences to send, a word after a hard case",
        ("core/test_shift.py", "store/test_shifts.py"),
        SHIFT_STORIES,
        ("live/test_shift.py",),
    ),
)


def table() -> Iterator[str]:
    """Rows of Markdown for `docs/case-life.md`, with links from there."""
    yield "| | promise | decided, kept, said | crash at any moment | live |"
    yield "|---|---|---|---|---|"
    for number, point in enumerate(POINTS, 1):
        stories = ", ".join(f"*{story.name}*" for story in point.stories)
        yield f"| {number} | {point.about} | {_files(point.decided)} | {stories} | {_files(point.live)} |"


def _files(tests: tuple[str, ...]) -> str:
    files = dict.fromkeys(each.partition("::")[0] for each in tests)
    return ", ".join(f"[{re.sub(r'.*/test_|[.]py', '', file)}](../tests/{file})" for file in files)


def main(arguments: list[str]) -> int | str:
    if len(arguments) != 1 or arguments[0] not in map(str, range(1, len(POINTS) + 1)):
        return f"name one promise by its number in docs/case-life.md, 1 to {len(POINTS)}"
    sys.stdout.write("\n".join(POINTS[int(arguments[0]) - 1].tests()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
