"""The service language: compile, check, explain and decide a service file. Pure Python.

No Django, no files, no clock of its own: texts and values in, decisions out.
"""

from moothall.language.access import fields_seen, personal_fields, row_scope
from moothall.language.answers import (
    check_answer,
    display,
    example_facts,
    example_look_up,
    plain_answer,
    read_answer,
    row_line,
)
from moothall.language.canonical import canonical_json, fingerprint, sha256_of
from moothall.language.clock import clock_marks, expiry, promise
from moothall.language.compiled import compiled
from moothall.language.decide import (
    contact_details,
    fee,
    keep_until,
    messages_due,
    moves_for,
    public_row,
    table_rows,
    work_out,
)
from moothall.language.facts import Calendar, Facts
from moothall.language.load import Loaded, Source, load_service, read
from moothall.language.problems import Problem, ServiceFileError
from moothall.language.results import (
    ContactDetails,
    Expiry,
    Fee,
    FieldError,
    Message,
    Promise,
    Reading,
    Step,
    TextStatus,
    Walk,
)
from moothall.language.service import (
    Move,
    Option,
    Page,
    Question,
    Section,
    Service,
    State,
    WorkedOut,
)
from moothall.language.walk import (
    asked_in_row,
    limits_of,
    on_route,
    prefill_value,
    run_look_up_input,
    walk,
)
from moothall.language.words import render, translatable, translation_status

__all__ = [
    "Calendar",
    "ContactDetails",
    "Expiry",
    "Facts",
    "Fee",
    "FieldError",
    "Loaded",
    "Message",
    "Move",
    "Option",
    "Page",
    "Problem",
    "Promise",
    "Question",
    "Reading",
    "Section",
    "Service",
    "ServiceFileError",
    "Source",
    "State",
    "Step",
    "TextStatus",
    "Walk",
    "WorkedOut",
    "asked_in_row",
    "canonical_json",
    "check_answer",
    "clock_marks",
    "compiled",
    "contact_details",
    "display",
    "example_facts",
    "example_look_up",
    "expiry",
    "fee",
    "fields_seen",
    "fingerprint",
    "keep_until",
    "limits_of",
    "load_service",
    "messages_due",
    "moves_for",
    "on_route",
    "personal_fields",
    "plain_answer",
    "prefill_value",
    "promise",
    "public_row",
    "read",
    "read_answer",
    "render",
    "row_line",
    "row_scope",
    "run_look_up_input",
    "sha256_of",
    "table_rows",
    "translatable",
    "translation_status",
    "walk",
    "work_out",
]
