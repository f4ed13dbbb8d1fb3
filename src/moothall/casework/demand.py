"""Failure demand: contacts that there would be none of, had we done it, or said it, the first time.

The term is John Seddon's (Freedom from Command and Control, 2003): demand caused by a failure to do
something, or to do something right, for the person. Two kinds are recognised here: "where is it?"
(`chased`) and asking again for the same thing (`asked_again`). Pure: words in, a contact's outcome out.
"""

from __future__ import annotations

import re
from typing import Final

CHASED: Final = "chased"
ASKED_AGAIN: Final = "asked_again"
FAILURE: Final = frozenset({CHASED, ASKED_AGAIN})
"""Outcomes of a contact that are failure demand."""
OPENED: Final = frozenset({"filed", ASKED_AGAIN})
"""Outcomes of a contact that opened a case: what counts as a transaction sent in."""

_ASKS: Final = re.compile(
    r"""
      \b(where\s+is|where's|where\s+are)\s+(it|my|our|the|this)\b
    | \bwhat('s|\s+is|\s+has)\s+(happening|happened|going\s+on|the\s+(latest|news|status|position))\b
    | \b(any|an|some)\s+(news|updates?|progress|word|idea\s+when)\b
    | \bwhen\s+(will|is|are|can|do|does|should)\b .* \b(you|someone|anyone|they|it|i|we)\b
    | \bhow\s+(long|much\s+longer)\b
    | \b(still|yet)\s+(waiting|not|no|nothing|haven't|have\s+not|hasn't|has\s+not)\b
    | \b(not|\w+n't|nothing|no\s+one|nobody)\b .* \b(yet|heard|come|came|been|happened|turned\s+up|replied)\b
    | \bnot\s+(been\s+)?(done|fixed|emptied|collected|sorted|mended|repaired|received|arrived)\b
    | \b(chas(e|ing)|following\s+up|follow\s+up\s+on)\b
    | \bble\s+mae\b | \bpryd\s+(fydd|bydd|gaf|y)\b | \bunrhyw\s+newyddion\b
    | \bdal\s+i\s+(aros|ddisgwyl)\b | \bheb\s+(glywed|ei|gael)\b
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_READ: Final = 600
"""Characters that are looked at: whoever asks "where is it?" does so soon."""


def asks_where_it_is(text: str) -> bool:
    """Whether a message asks how something is going, in English or Welsh: by its words alone."""
    return bool(_ASKS.search(text[:_READ].replace("\u2019", "'")))


def outcome_of(text: str, *, waits_for_applicant: bool) -> str:
    """Return what came of a message about a case: `chased` for "where is it?", else `answered`.

    What someone writes because we asked them to is never a chase-up, whatever its words.
    """
    return CHASED if not waits_for_applicant and asks_where_it_is(text) else "answered"
