"""A new version in words: what a council has to decide on before it takes it."""

from __future__ import annotations

import pytest

from moothall.language import load_service
from moothall.language.check import Change, semantic_diff
from tests.language.check.files import SKIP_PERMIT, spoilt

CHANGES = (
    ("a choice", "large: More than 4 yards}", "large: More than 4 yards, giant: More than 12 yards}",
     Change("question", "“How big is the skip?” has a new choice “More than 12 yards”.")),
    ("an optional answer", "label: What is your email address?", "label: What is your email address?\n    optional: true",
     Change("question", "“What is your email address?” may now be left blank.")),
    ("a choice gone", "{small: Up to 4 yards, large: More than 4 yards}", "{large: More than 4 yards, huge: More}",
     Change("question", "“How big is the skip?” no longer offers “Up to 4 yards”.")),
    ("words", "label: For how many weeks?", "label: How long do you need it?",
     Change("words", "“For how many weeks?” now reads “How long do you need it?”.")),
    ("limits", "limits: {at_least: 1, at_most: 4}", "limits: {at_least: 1, at_most: 8}",
     Change("question", "“For how many weeks?”: at most was 4 and is now 8.")),
    ("a question", "  - ask: name\n", "  - ask: age\n    type: whole number\n    label: How old are you?\n"
     "    personal: identity\n  - ask: name\n",
     Change("question", "New question “How old are you?”: must be answered, personal data (identity).")),
    ("a condition", "    when: size is large\n  - stop", "    when: weeks > 1\n  - stop",
     Change("question", "“Will the skip have lights at night?” was asked when size is large and is now "
            "asked when weeks > 1.")),
    ("a price", "{size: large, is: 50.00}", "{size: large, is: 55.00}",
     Change("fee", "The worked-out value price had size large is 50.00 and now has size large is 55.00.")),
    ("the fee", "  amount: price", "  amount: price + 5",
     Change("fee", "The fee: amount was price and is now price + 5.")),
    ("a refund", "  refund: {refuse: all}", "  refund: {refuse: fee / 2}",
     Change("fee", "The fee: refund was refuse fee and is now refuse fee / 2.")),
    ("a local value", "default: 10,", "default: 14,",
     Change("fee", "The local value reply_within was 10 and is now 14.")),
    ("the promise", "finish_within: {working_days: 5}", "finish_within: {working_days: 10}",
     Change("promise", "We promised to finish within 5 working days and now promise 10 working days.")),
    ("urgency", "finish_within: {working_days: 5}}",
     "finish_within: {working_days: 5}, urgent: {when: weeks > 3, finish_within: {hours: 4}}}",
     Change("promise", "A case was urgent never and is now urgent when weeks > 3, within 4 hours.")),
    ("rights", "skip_crew: {sees: [address, size], rows: all}", "skip_crew: {sees: [address, name], rows: all}",
     Change("right", "skip_crew: sees was address, size and is now address, name.")),
    ("a team", "    skip_crew: {sees: [address, size], rows: all}",
     "    skip_crew: {sees: [address, size], rows: all}\n    councillor: {sees: size, rows: own_ward}",
     Change("right", "councillor may now see size of own_ward.")),
    ("who moves", "allow: {from: received, to: allowed, by: highways_team}",
     "allow: {from: received, to: allowed, by: [highways_team, skip_crew]}",
     Change("right", "“Allow” was made by highways_team and is now made by highways_team, skip_crew.")),
    ("kept for few", "access:\n", "access:\n  nobody_but: {email: highways_team}\n",
     Change("right", "email was for not set only and is now for highways_team only.")),
    ("keeping", "keep: 2 years after end", "keep: 6 years after end",
     Change("retention", "Data: keep was 2 years after end and is now 6 years after end.")),
    ("a column", "      size: size\n", "      size: size\n      weeks: weeks\n",
     Change("publication", "Open data has a new column weeks: weeks.")),
    ("a column gone", "      ward: ward(address)\n", "",
     Change("publication", "Open data no longer has the column ward.")),
    ("the map", "public: false", "public: true",
     Change("publication", "The place is now shown on the public map.")),
    ("an expiry", "      expires: {after: {days: local.reply_within}, move: give_up}",
     "      expires: {after: {days: 5}, move: give_up}",
     Change("case", "“We need more from you”: expiry was after local.reply_within days by give_up and is "
            "now after 5 days by give_up.")),
    ("a message", "    by: email\n    subject: A skip at", "    by: [text, email]\n    subject: A skip at",
     Change("message", "The message new_work changed: by.")),
    ("words of a message", "say: We will answer by {finish_by}.", "say: You will hear from us by {finish_by}.",
     Change("words", "The message got_it changed: say.")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "change"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_a_change_is_said_in_words(old: str, new: str, change: Change) -> None:
    before = load_service(SKIP_PERMIT)
    text = spoilt(old, new)
    if "no longer offers" in change.message:
        text = text.replace("size: small", "size: large")
    after = load_service(text)
    assert change in semantic_diff(before, after)


def test_no_change_says_nothing_and_a_change_back_says_as_much() -> None:
    before = load_service(SKIP_PERMIT)
    after = load_service(
        spoilt(
            "  - ask: email\n",
            "  - ask: mail\n",
            SKIP_PERMIT.replace("email: robin", "mail: robin").replace(
                "name, email]", "name, mail]"
            ),
        )
    )
    assert semantic_diff(before, before) == ()
    assert len(semantic_diff(before, after)) == len(semantic_diff(after, before)) == 2


def test_adding_and_ending_a_fee_a_clock_and_open_data_is_said() -> None:
    before = load_service(SKIP_PERMIT)
    publish = SKIP_PERMIT[SKIP_PERMIT.index("  publish:") : SKIP_PERMIT.index("examples:")]
    plain = SKIP_PERMIT.replace(
        "fee:\n  label: Skip permit\n  amount: price\n  refund: {refuse: all}\n", ""
    )
    plain = plain.replace("  clock: {finish_within: {working_days: 5}}\n", "").replace(publish, "")
    plain = plain.replace("fee: 20.00, ", "").replace("by {finish_by}", "soon")
    after = load_service(plain[: plain.index("examples:")])
    ended = [change.message for change in semantic_diff(before, after)]
    assert "There is no longer a fee." in ended
    assert "We no longer promise a time to finish." in ended
    assert "Open data skip-permits is no longer published." in ended
    begun = [change.message for change in semantic_diff(after, before)]
    assert "There is now a fee: price, taken before." in begun
    assert "We now promise to finish within 5 working days." in begun
    assert "Open data skip-permits is now published with month, ward, size, result." in begun
