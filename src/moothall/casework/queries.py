"""Everything that reads cases: the door to this room for readers.

Nothing here changes a case; reading one is logged (casework.access). Lists start at `visible`, fields
pass `permissions`. What comes back is in `casework.types`.
"""

from moothall.casework.colleagues import colleagues_of, teams_of
from moothall.casework.counting import (
    contact_outcomes,
    contacts,
    cost_table,
    costs,
    promises_kept,
)
from moothall.casework.flow import ageing, flow
from moothall.casework.merging import followers_of
from moothall.casework.payers import payer_view, unfinished
from moothall.casework.permissions import visible
from moothall.casework.queues import (
    all_rows,
    counts_of,
    earlier_cases,
    ids_with,
    queue,
    queue_counts,
    search,
    states_in_use,
)
from moothall.casework.reading import assignable, case_for, moves_for
from moothall.casework.related import related_to
from moothall.casework.replies import filled_reply, templates_for
from moothall.casework.timelines import timeline
from moothall.casework.todo import (
    call_back_of,
    call_backs_due,
    mentions_of,
    see_mentions,
    tasks_of,
)
from moothall.casework.tracking import case_by_signed_link, cases_of, link_token, track
from moothall.casework.trouble import troubles
from moothall.casework.types import (
    AGES,
    EVERYTHING_OPEN,
    AgeRow,
    AnswerView,
    CaseView,
    ChannelCost,
    CostRow,
    CountRow,
    FlowRow,
    MoveView,
    PromiseRow,
    QueueFilters,
    QueuePage,
    QueueRow,
    TimelineEntry,
    TrackView,
)

__all__ = [
    "AGES",
    "EVERYTHING_OPEN",
    "AgeRow",
    "AnswerView",
    "CaseView",
    "ChannelCost",
    "CostRow",
    "CountRow",
    "FlowRow",
    "MoveView",
    "PromiseRow",
    "QueueFilters",
    "QueuePage",
    "QueueRow",
    "TimelineEntry",
    "TrackView",
    "ageing",
    "all_rows",
    "assignable",
    "call_back_of",
    "call_backs_due",
    "case_by_signed_link",
    "case_for",
    "cases_of",
    "colleagues_of",
    "contact_outcomes",
    "contacts",
    "cost_table",
    "costs",
    "counts_of",
    "earlier_cases",
    "filled_reply",
    "flow",
    "followers_of",
    "ids_with",
    "link_token",
    "mentions_of",
    "moves_for",
    "payer_view",
    "promises_kept",
    "queue",
    "queue_counts",
    "related_to",
    "search",
    "see_mentions",
    "states_in_use",
    "tasks_of",
    "teams_of",
    "templates_for",
    "timeline",
    "track",
    "troubles",
    "unfinished",
    "visible",
]
