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
    "make_webhook": {
        "name": "Customer system",
        "url": "https://crm.wealdmere.example/moothall",
        "events": ["case.opened", "case.ended"],
    },
    "change_webhook": {"events": ["case.opened"], "services": ["missed_bin"]},
}
