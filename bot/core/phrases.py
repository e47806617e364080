"""Everything the bot can say, by name; the words stand in `texts/`, and there is no other way to speak.

A `Line` can be said anywhere: it holds names and numbers we chose, and no text of anybody's.
A `Whisper` is for one person's private chat or a supporter room, and may quote or name.
"""

from __future__ import annotations

from enum import StrEnum

from bot.core.guard import Finding
from bot.core.model import (
    CaseName,
    Category,
    CitySlug,
    CommandName,
    Guard,
    KeptRows,
    Millis,
    PlatformId,
    ResourceId,
    RoomId,
    Unsafe,
    UserId,
)
from bot.core.named import Named
from bot.core.resources import Topic
from bot.core.sensitive import Sensitive


class Phrase(StrEnum):
    """One sentence or short paragraph; the value is its id in the catalogues."""

    # said in the community room, only after the deed
    HELP_WITH_SUPPORTERS = "help.with-supporters"
    HELP_WITH_SUPPORTERS_SOMEWHERE = "help.with-supporters-somewhere"
    HELP_PLEASE = "help.please"
    RESOURCES_THAT_MAY_FIT = "resources.that-may-fit"
    DOXX_WITH_SUPPORTERS = "doxx.with-supporters"
    DOXX_PLEASE_DO_NOT_SHARE = "doxx.please-do-not-share"
    HARASSMENT_WITH_SUPPORTERS = "harassment.with-supporters"
    HARASSMENT_PLEASE_DO_NOT_ENGAGE = "harassment.please-do-not-engage"
    DANGER_WITH_SUPPORTERS = "danger.with-supporters"
    DANGER_WITH_SUPPORTERS_SOMEWHERE = "danger.with-supporters-somewhere"
    FYI_THANKS = "fyi.thanks"
    ALERT_FROM_SUPPORTERS = "alert.from-supporters"
    ALERT_GOES_BY_ITSELF = "alert.goes-by-itself"
    ALERT_TAKEN_BACK = "alert.taken-back"

    # said in any room, under the key of something that may stand there, and removed at once
    UNSAID = "unsaid"

    # receipts: who has it, where it went, what comes next
    RECEIPT = "receipt"
    RECEIPT_SOMEWHERE = "receipt.somewhere"
    RECEIPT_WAITS_FOR = "receipt.waits-for"
    RECEIPT_CITY_ROOM_NOT_SAFE = "receipt.city-room-not-safe"
    RECEIPT_HELD = "receipt.held"
    RECEIPT_TOOK = "receipt.took"
    RECEIPT_LATER = "receipt.later"
    RECEIPT_CANNOT_BE_READ = "receipt.cannot-be-read"
    RECEIPT_LATER_SOMEWHERE = "receipt.later-somewhere"
    RECEIPT_WHAT_NEXT = "receipt.what-next"
    ANYONE_IN_DANGER = "anyone.in-danger"
    MEANWHILE = "meanwhile"
    IF_IN_DANGER_NOW = "if.in-danger-now"
    STAY_ANONYMOUS = "stay.anonymous"
    CITY_UNKNOWN = "city.unknown"
    CITY_NEAREST = "city.nearest"
    CITY_WITHOUT_SUPPORTERS = "city.without-supporters"
    CITY_WHICH = "city.which"
    CITY_ROOM_LATER = "city.room-later"
    MORE_TOLD = "more.told"
    MORE_HELD = "more.held"

    # pictures and files a worker sent
    PICTURE_TOLD = "picture.told"
    FILE_TOLD = "file.told"
    FILE_HELD = "file.held"
    FILE_ASK = "file.ask"
    FILE_FORGOTTEN = "file.forgotten"
    FILE_TOO_LARGE = "file.too-large"
    FILE_DAMAGED = "file.damaged"
    FILE_NOT_THERE = "file.not-there"
    FILE_CASE_CLOSED = "file.case-closed"
    FILE_NOT_SHARED = "file.not-shared"
    FILES_TOO_MANY = "files.too-many"
    SEND_NOTHING = "send.nothing"
    FILE_AS_IT_IS = "file.as-it-is"

    # what each category's worker gets beside the receipt
    DOXX_POST_IS_TAKEN_DOWN = "doxx.post-is-taken-down"
    DOXX_FIRST_STEPS = "doxx.first-steps"
    DOXX_SEND_LINKS = "doxx.send-links"
    DOXX_RESOURCES = "doxx.resources"
    DANGER_SAFETY_STEPS = "danger.safety-steps"
    CRISIS_LINES = "crisis.lines"
    HARASSMENT_KEEP_A_RECORD = "harassment.keep-a-record"
    HARASSMENT_RESOURCES = "harassment.resources"
    FYI_WHAT_HAPPENS_NEXT = "fyi.what-happens-next"
    SUPPORTER_WHAT_THEY_DO = "supporter.what-they-do"

    # a post taken down, or one that its author must delete
    REMOVED_BECAUSE = "removed.because"
    REMOVED_HOW_TO_REPOST = "removed.how-to-repost"
    PLEASE_DELETE_DOXX = "please.delete-doxx"
    PLEASE_DELETE_BECAUSE = "please.delete-because"

    # the private chat
    PRIVATE_WELCOME = "private.welcome"
    NO_LONGER_PRIVATE = "no.longer-private"
    NOT_ENCRYPTED_HERE = "not.encrypted-here"
    ENCRYPTED_FROM_NOW_ON = "encrypted.from-now-on"
    REPLY_FROM_SUPPORTER = "reply.from-supporter"
    PICTURE_FROM_SUPPORTER = "picture.from-supporter"
    STATUS_NONE = "status.none"
    STATUS_WAITS = "status.waits"
    STATUS_WITH_SUPPORTERS = "status.with-supporters"
    STATUS_WITH_SUPPORTERS_SOMEWHERE = "status.with-supporters-somewhere"
    STATUS_TAKEN = "status.taken"
    STATUS_NEXT = "status.next"
    STATUS_NEXT_NEW = "status.next-new"
    REPLY_HOW_TO_ANSWER = "reply.how-to-answer"
    WITHDRAW_NOTHING = "withdraw.nothing"
    WITHDRAWN = "withdrawn"
    WITHDRAWN_NOT_ALL = "withdrawn.not-all"
    FORGOTTEN = "forgotten"
    FORGOTTEN_NOT_ALL = "forgotten.not-all"
    KNOWN = "known"
    KNOWN_HOW_TO_FORGET = "known.how-to-forget"
    YOUR_CASE_WENT_ON = "your.case-went-on"
    YOUR_CASE_WENT_TO_FALLBACK = "your.case-went-to-fallback"
    YOUR_CASE_CLOSED = "your.case-closed"
    YOUR_CASE_EXPIRED = "your.case-expired"
    YOUR_CASE_NEVER_TOLD = "your.case-never-told"
    YOUR_CASE_REOPENED = "your.case-reopened"
    SHARE_NOBODY = "share.nobody"
    SHARE_SUPPORTERS = "share.supporters"
    SHARE_ALERT = "share.alert"
    LISTENING = "listening"
    WORKER_PAUSES = "worker.pauses"
    WORKER_GOES_ON = "worker.goes-on"
    WORKER_ALLOWS_ALERT = "worker.allows-alert"
    WORKER_ALLOWS_NO_ALERT = "worker.allows-no-alert"
    CHECKIN_BEGUN = "checkin.begun"
    CHECKIN_BEGUN_SOMEWHERE = "checkin.begun-somewhere"
    CHECKIN_WITH_WORDS = "checkin.with-words"
    CHECKIN_WITHOUT_WORDS = "checkin.without-words"
    CHECKIN_NOBODY = "checkin.nobody"
    CHECKIN_RUNNING = "checkin.running"
    CHECKIN_ASKS = "checkin.asks"
    CHECKIN_FINE = "checkin.fine"
    CHECKIN_TOLD = "checkin.told"
    CHECKIN_TOLD_SOMEWHERE = "checkin.told-somewhere"
    CHECKIN_HELD = "checkin.held"
    CHECKIN_UNUSED = "checkin.unused"
    ALARM_WORD_KEPT = "alarm-word.kept"
    ALARM_WORD_GONE = "alarm-word.gone"
    GLAD_YOU_ARE_ALL_RIGHT = "glad.you-are-all-right"

    # messages we could not read, or cannot be sure of
    UNREADABLE = "unreadable"
    UNREADABLE_PRIVATE = "unreadable.private"
    AGAIN_NOT_ENCRYPTED = "again.not-encrypted"
    AGAIN_NOT_BOUND = "again.not-bound"
    AGAIN_IDENTITY_CHANGED = "again.identity-changed"
    PLEASE_VERIFY = "please.verify"

    # supporter rooms
    CASE_MOVED = "case.moved"
    REPLY_PASSED_ON = "reply.passed-on"
    REPLY_NOT_PASSED_ON = "reply.not-passed-on"
    REPLY_WHERE = "reply.where"
    REPLY_ONLY_PICTURES = "reply.only-pictures"
    REPLY_WITH_PICTURE = "reply.with-picture"
    REPLY_WITHOUT_PICTURE = "reply.without-picture"
    REPLY_UNOPENED = "reply.unopened"
    REPLY_UNSAID = "reply.unsaid"
    REPLY_NOT_UNSAID = "reply.not-unsaid"
    CASE_WHERE = "case.where"
    CASE_CLAIMED = "case.claimed"
    CASE_TAKEN = "case.taken"
    CASE_YOURS = "case.yours"
    CASE_ANOTHERS = "case.anothers"
    CASE_RELEASED = "case.released"
    CASE_HANDED_OVER = "case.handed-over"
    CASE_ENOUGH = "case.enough"
    HANDOFF_AGE = "handoff.age"
    HANDOFF_HELD = "handoff.held"
    HANDOFF_FROM_WORKER = "handoff.from-worker"
    HANDOFF_REPLIES = "handoff.replies"
    HANDOFF_NOTES = "handoff.notes"
    CARE_AFTER_CLOSING = "care.after-closing"
    SHIFT_BEGUN = "shift.begun"
    SHIFT_OVER = "shift.over"
    SHIFT_ROW = "shift.row"
    SHIFT_ROW_SPEAKS = "shift.row-speaks"
    SHIFT_NOBODY_HERE = "shift.nobody-here"
    SHIFT_NOBODY_THERE = "shift.nobody-there"
    SHIFT_NOBODY_NOW = "shift.nobody-now"
    SHIFT_NO_TEAM = "shift.no-team"
    SHIFT_NO_SUCH_CITY = "shift.no-such-city"
    SHIFT_COUNT = "shift.count"
    SHIFT_COUNT_ALL = "shift.count-all"
    SNIPPETS_DOXX = "snippets.doxx"
    SNIPPETS_DANGER = "snippets.danger"
    SNIPPETS_HARASSMENT = "snippets.harassment"
    SNIPPETS_HELP = "snippets.help"
    WHO = "who"
    CASE_HANDOFF_WHO = "case.handoff-who"
    CASE_HANDOFF_ENOUGH = "case.handoff-enough"
    CASE_CLOSED = "case.closed"
    CASE_CLOSED_UNSEEN = "case.closed-unseen"
    CASE_REOPENED = "case.reopened"
    CASE_REOPENED_BY_WORKER = "case.reopened-by-worker"
    CASE_CLAIMER_GONE = "case.claimer-gone"
    CASE_STALE = "case.stale"
    CASE_NOTED = "case.noted"
    CASE_CHANGED = "case.changed"
    CASE_URGENT_NOW = "case.urgent-now"
    CASE_OTHER_FILE = "case.other-file"
    CASE_FILE_GONE = "case.file-gone"
    WORKER_ALL_RIGHT = "worker.all-right"
    CASE_WAS_YOURS = "case.was-yours"
    CASE_GOES = "case.goes"
    CASE_GOES_SOON = "case.goes-soon"
    CASE_POSTPONED = "case.postponed"
    CASE_POSTPONED_ALREADY = "case.postponed-already"
    CASE_AS_LATE_AS_MAY_BE = "case.as-late-as-may-be"
    CASE_TAKEN_BACK = "case.taken-back"
    CASE_UNCLAIMED = "case.unclaimed"
    CASE_WENT_ON = "case.went-on"
    CASE_WENT_TO_FALLBACK = "case.went-to-fallback"
    CASE_WITH_OTHERS = "case.with-others"
    CASE_CLAIMED_BACK = "case.claimed-back"
    CASE_WENT_BACK = "case.went-back"
    WORKER_LEFT = "worker.left"
    WORKER_NOT_TOLD = "worker.not-told"
    ALERT_PREVIEW = "alert.preview"
    ALERT_READ_AGAIN = "alert.read-again"
    ALERT_PREVIEW_HOW = "alert.preview-how"
    ALERT_NOT_AGREED = "alert.not-agreed"
    ALERT_NO_LONGER_AGREED = "alert.no-longer-agreed"
    ALERT_IDENTIFIES = "alert.identifies"
    ALERT_COPIES = "alert.copies"
    ALERT_TOO_LONG = "alert.too-long"
    ALERT_WHICH_CITY = "alert.which-city"
    ALERT_NO_CITY = "alert.no-city"
    ALERT_NO_ROOMS = "alert.no-rooms"
    ALERT_UNKNOWN = "alert.unknown"
    ALERT_SECOND = "alert.second"
    ALERT_APPROVED = "alert.approved"
    ALERT_OUT = "alert.out"
    ALERT_GONE = "alert.gone"
    ALERT_EXPIRED = "alert.expired"
    ALERT_DRAFT_EXPIRED = "alert.draft-expired"
    BOARD = "board"
    BOARD_EMPTY = "board.empty"
    BOARD_WAITING = "board.waiting"
    BOARD_CLAIMED = "board.claimed"
    NO_POSTS_HERE = "no.posts-here"
    ROOM_SERVES = "room.serves"
    ROOM_SERVES_AS_FALLBACK = "room.serves-as-fallback"
    ROOM_PAUSED = "room.paused"
    ROOM_REPAIRED = "room.repaired"
    ROOM_NOT_REPAIRED = "room.not-repaired"
    SUPPORTERS_ADDED = "supporters.added"
    SUPPORTERS_REMOVED = "supporters.removed"
    SUPPORTERS_NOT_ME = "supporters.not-me"
    TRUSTED = "trusted"
    TRUST_NOT_YOURSELF = "trust.not-yourself"
    TRUST_NOT_ON_ROSTER = "trust.not-on-roster"

    # setting up rooms
    ROOM_WELCOME = "room.welcome"
    CITY_NOW = "city.now"
    CITY_NOT_SET = "city.not-set"
    CITY_SET = "city.set"
    CITY_SET_WITHOUT_SUPPORTERS = "city.set-without-supporters"
    CITY_OFF = "city.off"
    CITY_LIST = "city.list"
    CITY_UNKNOWN_HERE = "city.unknown-here"
    CITY_UNKNOWN_HERE_SEE_LIST = "city.unknown-here-see-list"
    CITY_ALIAS_SET = "city.alias-set"
    CITY_ALIAS_TAKEN = "city.alias-taken"
    CITY_ALIAS_UNUSABLE = "city.alias-unusable"
    LANGUAGES = "languages"
    LANGUAGE_SET = "language.set"
    GUARD_NOW = "guard.now"
    GUARD_SET = "guard.set"
    SERVE_ASKED = "serve.asked"
    SERVE_FIX_AFTERWARDS = "serve.fix-afterwards"
    SERVE_NOT_YET = "serve.not-yet"
    SERVE_CONFIRMED = "serve.confirmed"
    SERVE_PAUSED_UNTIL = "serve.paused-until"
    SERVE_DECLINED = "serve.declined"
    SERVE_OFF = "serve.off"
    SERVE_IS_LISTED = "serve.is-listed"
    CHECK_NO_ANSWER = "check.no-answer"
    CHECK_SAFE = "check.safe"
    CHECK_NOT_SAFE = "check.not-safe"
    CHECK_MAY_NOT_FIX = "check.may-not-fix"
    CHECK_MAY_REMOVE = "check.may-remove"
    CHECK_MAY_NOT_REMOVE = "check.may-not-remove"
    CHECK_ENCRYPTED = "check.encrypted"
    CHECK_NOT_ENCRYPTED = "check.not-encrypted"
    CHECK_REPLACED = "check.replaced"
    FAULT = "fault"

    # resources
    RESOURCES_FOUND = "resources.found"
    RESOURCES_MORE = "resources.more"
    RESOURCES_NO_MORE = "resources.no-more"
    RESOURCES_NONE = "resources.none"
    RESOURCES_TOPICS = "resources.topics"
    RESOURCES_WRONG_WHICH = "resources.wrong-which"
    RESOURCES_WRONG_THANKS = "resources.wrong-thanks"

    # menus, and how each command is used
    ABOUT = "about"
    MENU_COMMUNITY = "menu.community"
    MENU_PRIVATE = "menu.private"
    MENU_SUPPORTERS = "menu.supporters"
    MENU_STEWARD = "menu.steward"
    HOW_TO_USE = "how.to-use"
    COMMAND_MENU = "command.menu"
    COMMAND_ABOUT = "command.about"
    COMMAND_RESOURCES = "command.resources"
    COMMAND_MORE = "command.more"
    COMMAND_CITY = "command.city"
    COMMAND_LANGUAGE = "command.language"
    COMMAND_GUARD = "command.guard"
    COMMAND_ROOMCHECK = "command.roomcheck"
    COMMAND_SERVE = "command.serve"
    COMMAND_SUPPORTERS = "command.supporters"
    COMMAND_TRUST = "command.trust"
    COMMAND_CONFIRM = "command.confirm"
    COMMAND_DECLINE = "command.decline"
    COMMAND_STATUS = "command.status"
    COMMAND_REPLY = "command.reply"
    COMMAND_SEND = "command.send"
    COMMAND_CLAIM = "command.claim"
    COMMAND_RELEASE = "command.release"
    COMMAND_HANDOFF = "command.handoff"
    COMMAND_CLOSE = "command.close"
    COMMAND_REOPEN = "command.reopen"
    COMMAND_NOTE = "command.note"
    COMMAND_CASES = "command.cases"
    COMMAND_POSTPONE = "command.postpone"
    COMMAND_CHECKIN = "command.checkin"
    COMMAND_FINE = "command.fine"
    COMMAND_SHARE = "command.share"
    COMMAND_AVAILABLE = "command.available"
    COMMAND_AWAY = "command.away"
    COMMAND_SNIPPETS = "command.snippets"
    COMMAND_WHO = "command.who"
    COMMAND_ALERT = "command.alert"
    COMMAND_APPROVE = "command.approve"
    COMMAND_RETRACT = "command.retract"
    COMMAND_WITHDRAW = "command.withdraw"
    COMMAND_FORGET = "command.forget"
    COMMAND_WHATDOYOUKNOW = "command.whatdoyouknow"

    # a command that cannot be run as it stands
    COMMAND_NEAREST = "command.nearest"
    COMMAND_UNKNOWN = "command.unknown"
    EDITED_COMMAND = "edited.command"
    TOO_FAST = "too.fast"
    ONLY_SUPPORTERS = "only.supporters"
    ONLY_ROOM_ADMINS = "only.room-admins"
    ONLY_STEWARDS = "only.stewards"
    ONLY_IN_PRIVATE = "only.in-private"
    ONLY_IN_COMMUNITY = "only.in-community"
    ONLY_IN_SUPPORTER_ROOM = "only.in-supporter-room"
    NOT_IN_PRIVATE = "not.in-private"
    ONLY_ENCRYPTED = "only.encrypted"
    POWER_UNKNOWN = "power.unknown"

    # stewards
    STEWARD_ROOM_UNSAFE = "steward.room-unsafe"
    STEWARD_FALLBACK_HAS_IT = "steward.fallback-has-it"
    STEWARD_ANOTHER_ROOM_HAS_IT = "steward.another-room-has-it"
    STEWARD_HELD = "steward.held"
    STEWARD_HELD_WITHOUT_FALLBACK = "steward.held-without-fallback"
    STEWARD_UNCLAIMED = "steward.unclaimed"
    STEWARD_ROOM_PAUSED = "steward.room-paused"
    STEWARD_ROOM_CHANGED = "steward.room-changed"
    STEWARD_BOT_IS_OUT = "steward.bot-is-out"
    STEWARD_ROOM_UNREAD = "steward.room-unread"
    STEWARD_CHAT_UNREAD = "steward.chat-unread"
    STEWARD_IDENTITY_CHANGED = "steward.identity-changed"
    STEWARD_IDENTITY_CHANGED_OF_STEWARD = "steward.identity-changed-of-steward"
    STEWARD_RESOURCE_WRONG = "steward.resource-wrong"
    STEWARD_LIST_BROKEN = "steward.list-broken"
    STEWARD_SERVE_ASKED = "steward.serve-asked"
    STEWARD_SERVE_OFF = "steward.serve-off"
    STEWARD_SUPPORTERS_ADDED = "steward.supporters-added"
    STEWARD_SUPPORTERS_REMOVED = "steward.supporters-removed"
    STEWARD_TRUSTED = "steward.trusted"
    STEWARD_TRUSTED_BY_STEWARD = "steward.trusted-by-steward"
    CONFIRM_UNKNOWN = "confirm.unknown"
    CONFIRM_LATER = "confirm.later"
    CONFIRM_PEOPLE_CHANGED = "confirm.people-changed"
    CONFIRM_DONE = "confirm.done"
    DECLINE_DONE = "decline.done"


class Line(Named, frozen=True):
    """A phrase and the names and numbers it speaks of. No field of it may hold free text."""

    phrase: Phrase
    cities: tuple[CitySlug, ...] = ()
    near: tuple[CitySlug, ...] = ()
    number: int | None = None
    resources: tuple[ResourceId, ...] = ()
    categories: tuple[Category, ...] = ()
    unsafe: Unsafe | None = None
    commands: tuple[CommandName, ...] = ()
    guard: Guard | None = None
    topics: tuple[Topic, ...] = ()


class Whisper(Named, frozen=True):
    """A line with what only its reader may see."""

    line: Line
    case: CaseName | None = None
    room: RoomId | None = None
    people: tuple[UserId, ...] = ()
    platforms: tuple[PlatformId, ...] = ()
    quote: Sensitive | None = None
    findings: tuple[Finding, ...] = ()
    kept: tuple[KeptRows, ...] = ()
    languages: tuple[str, ...] = ()
    """Codes, such as "es"."""
    by: UserId | None = None
    """A supporter, for the room they are in."""
    age: Millis | None = None
    """How long ago something was."""
