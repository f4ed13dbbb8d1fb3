"""Addresses of what is done around one case, beside those in `urls`."""

from __future__ import annotations

from django.urls import path

from moothall.desk.views import case, replying, tasks, trouble, whole

CASE = "desk/cases/<slug:reference>/"

urlpatterns = [
    path("desk/trouble/", trouble.troubles, name="desk-troubles"),
    path("desk/trouble/<slug:what>/<slug:ref>/", trouble.trouble, name="desk-trouble"),
    path("desk/replies/", replying.kept, name="desk-replies"),
    path("desk/replies/new/", replying.edit, name="desk-reply-new"),
    path("desk/replies/<int:number>/", replying.edit, name="desk-reply-edit"),
    path("desk/replies/<int:number>/remove/", replying.remove, name="desk-reply-remove"),
    path(f"{CASE}reply/", replying.reply, name="desk-reply"),
    path(f"{CASE}print.pdf", case.printed, name="desk-case-print"),
    path(f"{CASE}open/", case.still_open, name="desk-case-open"),
    path(f"{CASE}related/", whole.related, name="desk-related"),
    path(f"{CASE}merge/", whole.merge, name="desk-merge"),
    path(f"{CASE}unmerge/", whole.unmerge, name="desk-unmerge"),
    path(f"{CASE}reopen/", whole.reopen, name="desk-reopen"),
    path(f"{CASE}team/", whole.team, name="desk-case-team"),
    path(f"{CASE}hand-over/", whole.hand_over, name="desk-hand-over"),
    path(f"{CASE}tasks/", tasks.task, name="desk-task-new"),
    path(f"{CASE}tasks/<int:number>/", tasks.one, name="desk-task"),
    path(f"{CASE}call-back/", tasks.call_back, name="desk-call-back"),
    path(f"{CASE}calls/<int:number>/", tasks.call, name="desk-call-made"),
]
