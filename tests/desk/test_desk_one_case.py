"""One case at the desk: tasks and calls, duplicates, hand-over, opening again, kept replies, troubles."""

from __future__ import annotations

from datetime import timedelta

import pytest

from moothall import outbox
from moothall.casework import actions
from moothall.casework.models import Case, Dealt, ReplyTemplate, Task
from moothall.journeys.models import Draft
from moothall.notify.models import Message
from moothall.outbox.models import Job
from moothall.people.models import User
from moothall.people.queries import actor_for


def at(case: Case) -> str:
    return f"/desk/cases/{case.reference}/"


def user(name: str) -> User:
    return User.objects.get(email__startswith=f"{name}.", is_staff=True)


def test_a_task_is_set_seen_done_and_one_is_cancelled(staff, missed_bin, clock):
    case = missed_bin()
    bryn, dilys = staff("bryn"), staff("dilys")
    bryn.open(at(case))
    bryn.follow("Set a task")
    bryn.press("Set the task", text="  ")
    assert bryn.status == 422
    assert bryn.page.errors
    bryn.press("Set the task", text="Ring the crew", due="on", due_on="soon")
    assert bryn.status == 422
    bryn.press("Set the task", text="Ring the crew", due="2", **{"for": f"user:{user('dilys').pk}"})
    assert "The task was set." in bryn.page.words
    dilys.open(at(case))
    assert "Ring the crew" in dilys.page.words
    assert "For Dilys Farrow" in dilys.page.words
    dilys.press("Mark as done")
    assert "The task is done." in dilys.page.words
    bryn.open(f"{at(case)}tasks/")
    bryn.press("Set the task", text="Look for the lid", due="", **{"for": "team:waste"})
    bryn.follow("Say more, or cancel")
    bryn.press("Cancel the task", reason="")
    assert bryn.status == 422
    bryn.press("Cancel the task", reason="Found it")
    assert "2 tasks are over" in bryn.page.words
    bryn.open(f"{at(case)}tasks/9999/")
    assert bryn.status == 404
    nadia = staff("nadia")
    nadia.open(f"{at(case)}tasks/")
    assert nadia.status == 404


def test_a_call_is_promised_by_an_adviser_and_made_by_the_team(staff, missed_bin, clock):
    case = missed_bin()
    asha, bryn = staff("asha"), staff("bryn")
    asha.open(at(case))
    asha.follow("Promise a call back")
    asha.press("Promise the call", phone="none")
    assert asha.status == 422
    asha.press("Promise the call", phone="07700 900123", window="morning", about="The lid")
    assert "07700 900123" in asha.page.words
    assert "in the morning" in asha.page.words
    bryn.open(at(case))
    bryn.follow("Record a call")
    bryn.press("Record the call")
    assert bryn.status == 422
    bryn.press("Record the call", outcome="no_answer")
    assert "tried 1 time" in bryn.page.words
    bryn.follow("Record a call")
    bryn.press("Record the call", outcome="reached", note="All is well", minutes="4")
    assert Task.objects.get(case=case).state == "done"
    assert "All is well" in bryn.page.words


def test_a_duplicate_is_found_joined_and_taken_apart_again(staff, missed_bin, clock):
    main = missed_bin()
    copy = missed_bin(name="Tobias Hartley", email="tobias.hartley@example.org")
    bryn = staff("bryn")
    bryn.open(at(copy))
    assert main.reference in bryn.page.words
    assert "same place" in bryn.page.words
    bryn.follow("Look for more")
    bryn.follow("Join this case to it")
    assert bryn.page.forms[0].values["into"] == [main.reference]
    bryn.press("Join the cases")
    assert bryn.status == 422
    bryn.press("Join the cases", reason="The same bin")
    assert "This case is a duplicate of" in bryn.page.words
    assert "Dealt with together with another report" in bryn.page.words
    bryn.follow(main.reference)
    assert "1 duplicate follows it" in bryn.page.words
    bryn.follow("Write to them")
    bryn.press("See it before", text="A crew comes at noon.", followers="yes")
    assert "and to the 1 who follow it" in bryn.page.words
    bryn.press("Send")
    outbox.drain()
    told = Message.objects.filter(subject_ref=copy.reference).latest("pk")
    assert "A crew comes at noon." in told.body
    bryn.open(at(copy))
    bryn.follow("Take apart")
    bryn.press("Take apart", reason="Two bins after all")
    assert "goes on by itself again" in bryn.page.words
    assert Case.objects.get(pk=copy.pk).state == "reported"


def test_a_case_is_handed_over_through_the_assisted_screen(staff, missed_bin, clock):
    case = missed_bin()
    bryn = staff("bryn")
    bryn.open(at(case))
    bryn.follow("Hand over to another service")
    bryn.press("Go on to the questions", service="complaint")
    assert bryn.status == 422
    bryn.press("Go on to the questions", service="complaint", reason="It is a complaint")
    assert bryn.url.startswith("/desk/assisted/")
    assert "answers of" in bryn.page.words
    assert "Ida Rowan" in bryn.page.html
    case.refresh_from_db()
    assert case.is_open, "nothing is changed until the form is sent"
    bryn.press(
        "Send",
        about="service",
        happened_on__day="10",
        happened_on__month="3",
        happened_on__year="2026",
        what_happened="A crew left the bin on the road.",
        put_right="Put it back.",
    )
    assert bryn.status == 200, bryn.page.errors
    assert bryn.url == at(case), "the complaints team's cases are not for them to see"
    assert "Handed over. It goes on as" in bryn.page.words
    case.refresh_from_db()
    assert case.handed_to
    new = Case.objects.get(reference=case.handed_to)
    assert new.handed_from == case.reference
    assert new.service_id == "complaint"
    bryn.open(at(case))
    assert f"It goes on as {new.reference}" in bryn.page.words


def test_a_hand_over_that_was_begun_keeps_nothing_that_is_erased(staff, missed_bin, clock):
    case = missed_bin()
    bryn, marcus = staff("bryn"), staff("marcus")
    bryn.open(f"{at(case)}hand-over/")
    bryn.press("Go on to the questions", service="complaint", reason="It is a complaint")
    assert Draft.objects.filter(notes__handed_from=case.reference).count() == 1
    actions.redact(case.pk, ["name"], "Asked", actor=actor_for(user("marcus")), now=clock.now)
    assert not Draft.objects.filter(notes__handed_from=case.reference).exists()
    assert marcus.open(at(case)).words.count("Removed") >= 1


def test_a_case_goes_to_another_team_and_is_opened_again_by_a_manager(staff, missed_bin, clock):
    case = missed_bin()
    bryn, marcus = staff("bryn"), staff("marcus")
    marcus.open(f"{at(case)}moves/close/")
    marcus.press("Close without a visit", reason="Twice", message="It is done.")
    marcus.follow("Open it again")
    marcus.press("Open it again", reason=" ")
    assert marcus.status == 422
    marcus.press("Open it again", reason="It was not done", message="We are sorry.")
    assert "The case is open again" in marcus.page.words
    assert "Opened again" in marcus.page.words
    assert "We are sorry." in Message.objects.filter(subject_ref=case.reference).latest("pk").body
    bryn.open(f"{at(case)}reopen/")
    assert bryn.status == 404
    bryn.open(at(case))
    bryn.follow("Give to another team")
    bryn.press("Give it to the team", team="parking", reason="No")
    assert bryn.status == 422
    bryn.press("Give it to the team", team="waste_crews", reason="They have it")
    assert "was given to Collection crews" in bryn.page.words
    assert bryn.url == "/desk/", "it left their sight"


def test_a_kept_reply_is_put_in_seen_and_sent_and_kept_by_a_manager(staff, missed_bin, clock):
    case = missed_bin()
    bryn, marcus = staff("bryn"), staff("marcus")
    kept = ReplyTemplate.objects.get(slug="bin_still_out")
    bryn.open(f"{at(case)}reply/")
    bryn.press("Put in its words", template="")
    assert bryn.status == 422
    bryn.press("Put in its words", template=str(kept.pk))
    [text] = bryn.page.forms[0].values["text"]
    assert "We are coming back for your bin (Rubbish)" in text
    assert "16 March 2026" in text
    bryn.press("See it before")
    assert "Is this right?" in bryn.page.headings[0]
    assert Message.objects.filter(subject_ref=case.reference).count() == 1
    bryn.press("Change it")
    assert bryn.page.forms[0].values["text"] == [text]
    bryn.press("See it before")
    bryn.press("Send")
    assert "Your message is on its way." in bryn.page.words

    bryn.open("/desk/replies/")
    assert "Leave the bin out" in bryn.page.words
    assert "Add a reply" not in bryn.page.words
    bryn.open(f"/desk/replies/{kept.pk}/")
    assert bryn.status == 404
    marcus.open("/desk/replies/")
    marcus.follow("Add a reply")
    marcus.press(
        "Keep the reply", name="Lid", service="missed_bin", text="Your {lid} is {bin}.", states=[]
    )
    assert marcus.status == 422
    assert marcus.page.errors
    marcus.press("Keep the reply", text="Your bin ({bin}) has a new lid.")
    assert "The reply was kept." in marcus.page.words
    lid = ReplyTemplate.objects.get(slug="lid")
    marcus.open(f"/desk/replies/{lid.pk}/")
    marcus.press("Keep the reply", text_cy="Mae gan eich bin ({bin}) gaead newydd.")
    lid.refresh_from_db()
    assert lid.changed_by == "Marcus Quill"
    case.refresh_from_db()
    marcus.open(f"/desk/replies/{lid.pk}/")
    marcus.press("Remove the reply")
    assert not ReplyTemplate.objects.filter(pk=lid.pk).exists()


def test_what_did_not_arrive_is_sent_again_from_the_case_and_from_the_page(
    staff, missed_bin, clock
):
    case = missed_bin()
    Message.objects.filter(subject_ref=case.reference).update(
        status="failed", reason="The address does not exist."
    )
    Job.objects.filter(name="notify.send").update(
        dead_at=clock.now, error="The carrier does not answer."
    )
    bryn, marcus = staff("bryn"), staff("marcus")
    bryn.open(at(case))
    assert "An email did not arrive" in bryn.page.words
    assert "The address does not exist." in bryn.page.words
    bryn.open("/desk/trouble/")
    assert bryn.status == 404
    marcus.open("/desk/trouble/")
    assert case.reference in marcus.page.words
    assert "given up" not in marcus.page.words
    bryn.open(at(case))
    bryn.press("Send it again")
    assert "being tried again" in bryn.page.words
    assert Message.objects.filter(subject_ref=case.reference).count() == 2
    assert Dealt.objects.count() == 1
    assert "An email did not arrive" not in bryn.open(at(case)).words
    assert "There are none." in marcus.open("/desk/trouble/").words
    admin = staff(User.objects.filter(memberships__job="admin").first().email)
    admin.open("/desk/trouble/")
    assert "The carrier does not answer." in admin.page.words
    admin.press("Try it again")
    assert not Job.objects.filter(dead_at__isnull=False, name="notify.send").exists()
    bryn.client.post(f"/desk/trouble/job/{Job.objects.first().pk}/", {"do": "retry"})
    bryn.client.post("/desk/trouble/message/none/", {"do": "dealt"})
    assert Dealt.objects.count() == 1


def test_a_colleague_who_has_it_open_is_named_and_a_correction_shows_both(staff, missed_bin, clock):
    case = missed_bin()
    bryn, dilys = staff("bryn"), staff("dilys")
    bryn.open(at(case))
    assert "have this case open" not in bryn.page.words
    dilys.open(at(case))
    assert "Bryn Oakshott has this case open too." in dilys.page.words
    answer = dilys.client.post(f"{at(case)}open/")
    assert answer.json()["names"] == ["Bryn Oakshott"]
    assert staff("nadia").client.post(f"{at(case)}open/").status_code == 404
    clock.pass_(minutes=10)
    assert "Bryn Oakshott has" not in dilys.open(at(case)).words

    dilys.follow("Correct Help for the crew")
    dilys.press("Save the correction", where_left="By the front gate", reason="She rang")
    dilys.open(f"{at(case)}?show=changes")
    assert "By the side gate" in dilys.page.words
    assert "By the front gate" in dilys.page.words
    assert "Case opened" not in dilys.page.words
    dilys.press("Save note", text="@Bryn Oakshott have a look")
    dilys.open(f"{at(case)}?show=notes")
    assert "@Bryn Oakshott have a look" in dilys.page.words
    dilys.press("Save note", text="@Nadia Holloway have a look")
    assert dilys.status == 422
    assert "may not see this case" in dilys.page.words


def test_what_stands_in_tasks_and_calls_can_be_removed_for_good(staff, missed_bin, clock):
    case = missed_bin()
    marcus = staff("marcus")
    marcus.open(f"{at(case)}tasks/")
    marcus.press("Set the task", text="Ring Zebedee", **{"for": "team:waste"})
    marcus.open(f"{at(case)}call-back/")
    marcus.press("Promise the call", phone="07700 900777")
    marcus.open(f"{at(case)}redact/")
    offered = marcus.page.forms[0].offered["fields"]
    task, call = Task.objects.filter(case=case).order_by("number")
    assert {f"{task.number}.text", f"{call.number}.phone"} <= set(offered)
    marcus.press(
        "Remove for good", fields=[f"{task.number}.text", f"{call.number}.phone"], reason="Asked"
    )
    assert "Zebedee" not in marcus.page.html
    assert "900777" not in marcus.page.html
    assert "The words were removed" in marcus.page.words


def test_a_case_that_asks_again_says_after_which(staff, missed_bin, clock):
    first = missed_bin()
    again = missed_bin(now=clock.now + timedelta(minutes=5))
    bryn = staff("bryn")
    bryn.open(at(again))
    assert f"Asked again while open after {first.reference}" in bryn.page.words
    assert "this case asks again for it" in bryn.page.words


@pytest.mark.parametrize(
    "path", ["merge/", "team/", "hand-over/", "reopen/", "unmerge/", "call-back/"]
)
def test_what_is_not_theirs_is_not_there(staff, missed_bin, path):
    case = missed_bin()
    terry = staff("nadia")
    terry.open(f"{at(case)}{path}")
    assert terry.status == 404


def test_anything_may_be_typed_around_a_case(staff, missed_bin, clock):
    case, other = missed_bin(), missed_bin()
    marcus = staff("marcus")
    admin = staff(User.objects.filter(memberships__job="admin").first().email)
    marcus.open(f"{at(case)}tasks/")
    marcus.press("Set the task", text="Look", **{"for": "team:waste"})
    marcus.open(f"{at(case)}call-back/")
    marcus.press("Promise the call", phone="07700 900123")
    task, call = Task.objects.filter(case=case).order_by("number").values_list("number", flat=True)
    kept = ReplyTemplate.objects.get(slug="bin_still_out").pk
    fields = ("text", "for", "due", "due_on", "do", "reason", "note", "minutes", "outcome", "phone",
              "window", "about", "into", "copy", "refund", "team", "service", "template", "means",
              "followers", "subject", "expected", "key", "name", "text_cy", "states", "message",
              "back")  # fmt: skip
    paths = ("tasks/", f"tasks/{task}/", f"calls/{call}/", "call-back/", "merge/", "team/",
             "hand-over/", "reply/", "reopen/", "unmerge/", "note/", "redact/")  # fmt: skip
    for typed in ("9" * 30, "\x00é‮{x}²", "user:9999999999999999999999"):
        data = dict.fromkeys(fields, typed)
        for extra in ({}, {"do": "fill"}, {"do": "send"}, {"due": "on"}, {"into": other.reference}):
            for path in paths:
                answer = marcus.client.post(f"{at(case)}{path}", {**data, **extra})
                assert answer.status_code < 500, (path, typed, extra)
        for path in (
            "/desk/replies/new/",
            f"/desk/replies/{kept}/",
            "/desk/replies/" + "9" * 25 + "/",
        ):
            assert marcus.client.post(path, data).status_code < 500
        for what in ("message", "payment", "refund", "job", "what"):
            for ref in ("9" * 25, "x" * 200, "1"):
                answer = admin.client.post(f"/desk/trouble/{what}/{ref}/", data)
                assert answer.status_code < 500, (what, ref)
        assert marcus.client.get(f"{at(case)}?show={typed}").status_code < 500
        assert marcus.client.get(f"{at(case)}reply/?template={'9' * 30}").status_code < 500
        assert marcus.client.get(f"{at(case)}merge/", {"into": typed}).status_code < 500
