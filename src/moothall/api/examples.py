"""Bodies that the document and the page of the API show, by the id of the operation."""

from __future__ import annotations

from typing import Any, Final

REFERENCE: Final = "WM-7K2-9QD"
BODIES: Final[dict[str, Any]] = {
    "search_cases": {"words": REFERENCE},
    "open_case": {
        "service": "missed_bin",
        "channel": "phone",
        "minutes": 4,
        "answers": {
            "address": {"uprn": "990000000001"},
            "bin": "refuse",
            "missed_on": "2026-03-10",
            "was_out": True,
            "where_left": "By the side gate",
            "name": "Ida Rowan",
            "tell_me_by": "email",
            "email": "ida.rowan@example.org",
        },
    },
    "try_form": {"answers": {"address": {"uprn": "990000000001"}}},
    "take_step": {"message": "The crew comes on Friday."},
    "assign_case": {"to": "me"},
    "assign_cases": {"cases": [{"reference": REFERENCE, "version": 3}], "to": "me"},
    "add_note": {"text": "Rang the crew. @Dilys please look."},
    "reply": {"text": "The crew comes on Friday.", "means": "email"},
    "record_received": {"text": "It is still here", "channel": "phone"},
    "record_case_contact": {"channel": "phone", "outcome": "chased", "minutes": 3},
    "record_contact": {"channel": "phone", "outcome": "answered", "minutes": 2},
    "correct_answer": {
        "question": "where_left",
        "value": "By the back gate",
        "reason": "She rang and said so",
    },
    "redact": {"fields": ["contact.phone"], "reason": "Asked for under Article 17"},
    "restrict": {"restricted": True, "reason": "A colleague's own case"},
    "set_task": {"text": "Look at the alley", "days": 2},
    "finish_task": {"note": "It is clear"},
    "cancel_task": {"reason": "Not needed any more"},
    "ask_call_back": {"phone": "01632 960123", "window": "morning"},
    "record_call": {"outcome": "reached", "minutes": 3},
    "merge": {"into": "WM-4CD-7RT", "reason": "The same bin"},
    "unmerge": {"reason": "Another bin after all"},
    "reopen": {"reason": "It was not emptied"},
    "give_to_team": {"team": "waste", "reason": "Theirs"},
    "hand_over": {"service": "complaint", "reason": "They complain about us", "answers": {}},
    "refund": {"pence": 1250, "reason": "Paid twice"},
    "rebook": {"slot": "812"},
    "ask_payer": {"name": "Sam Rowan", "email": "sam.rowan@example.org"},
    "draft_bulk": {"kind": "note", "filters": {"service": ["missed_bin"], "due": "late"}},
    "settle_bulk": {"text": "Snow: all rounds are late."},
    "make_reply_template": {
        "name": "Snow",
        "text": "Hello {name}, we are late because of the snow.",
        "service": "missed_bin",
    },
    "change_reply_template": {
        "name": "Snow",
        "text": "Hello {name}, we are two days late because of the snow.",
        "service": "missed_bin",
    },
    "make_webhook": {
        "name": "Customer system",
        "url": "https://crm.wealdmere.example/moothall",
        "events": ["case.opened", "case.ended"],
    },
    "change_webhook": {"events": ["case.opened"], "services": ["missed_bin"]},
}
_ROW: Final[dict[str, Any]] = {
    "reference": REFERENCE,
    "version": 3,
    "service": "missed_bin",
    "service_name": "Report a missed bin",
    "state": "reported",
    "state_label": "Reported",
    "summary": "Refuse, 1 Abbot Close",
    "contact_name": "Ida Rowan",
    "place": "1 Abbot Close, XW1 1AA",
    "opened_at": "2026-03-11T10:00:00Z",
    "state_since": "2026-03-11T10:00:00Z",
    "last_event_at": "2026-03-11T10:04:00Z",
    "awaiting_staff_since": None,
    "finish_by": "2026-03-16T23:59:59Z",
    "ended_at": None,
    "paused_since": None,
    "late": False,
    "why_late": "",
    "urgent": False,
    "team": "waste",
    "assigned_to": {"id": 7, "name": "Bryn Oakshott"},
    "ward": "X05000001",
    "channel": "online",
    "restricted": False,
}
ANSWERS: Final[dict[str, Any]] = {
    "CaseRow": _ROW,
    "CasePage": {"cases": [_ROW], "next": None, "total": 1},
    "Changed": {
        "reference": REFERENCE,
        "version": 4,
        "state": "crew_booked",
        "state_label": "Crew booked",
        "ended_at": None,
        "team": "waste",
        "assigned_to": 7,
        "visible": True,
    },
    "Moves": {
        "version": 3,
        "moves": [
            {
                "id": "close",
                "label": "Close without a visit",
                "to": "closed",
                "to_label": "Closed without a visit",
                "ends": True,
                "needs": [{"id": "reason", "label": "Why?", "type": "long text"}],
            }
        ],
    },
    "Opened": {
        "reference": REFERENCE,
        "version": 2,
        "state": "reported",
        "finish_by": "2026-03-16T23:59:59Z",
        "fee_due": 0,
        "visible": True,
    },
}
"""What some of the shapes look like, by their names."""
