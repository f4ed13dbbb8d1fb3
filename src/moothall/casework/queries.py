"""Everything that reads cases: the door to this room for readers.

Nothing here changes a case; reading one is logged (casework.access). Lists start at `visible`, fields
pass `permissions`. What comes back is in `casework.types`.
"""

from moothall.casework.counting import (
    contact_outcomes,
    contacts,
    cost_table,
    costs,
    promises_kept,
)
from moothall.casework.flow import ageing, flow
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
from moothall.casework.timelines import timeline
from moothall.casework.tracking import case_by_signed_link, cases_of, link_token, track
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
    "case_by_signed_link",
    "case_for",
    "cases_of",
    "contact_outcomes",
    "contacts",
    "cost_table",
    "costs",
    "counts_of",
    "earlier_cases",
    "flow",
    "ids_with",
    "link_token",
    "moves_for",
    "promises_kept",
    "queue",
    "queue_counts",
    "search",
    "states_in_use",
    "timeline",
    "track",
    "visible",
]
