"""Every page of the desk: few queries however much there is, a title and one heading that say what it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from moothall.people.models import User

QUEUE_MOST = 20
CASE_MOST = 28
ASSISTED_MOST = 22


def test_the_queue_asks_as_many_queries_for_forty_cases_as_for_one(
    staff, missed_bin, django_assert_max_num_queries
):
    missed_bin()
    bryn = staff("bryn")
    bryn.open("/desk/")
    with django_assert_max_num_queries(QUEUE_MOST):
        bryn.client.get("/desk/")
    for number in range(30):
        missed_bin(uprn=f"99000000{number + 2:04d}")
    with django_assert_max_num_queries(QUEUE_MOST):
        page = bryn.open("/desk/?service=missed_bin")
    assert page.html.count("desk-list__ref") == 31


def test_a_case_with_a_long_history_asks_no_more_queries(
    staff, missed_bin, django_assert_max_num_queries
):
    case = missed_bin()
    bryn = staff("bryn")
    at = f"/desk/cases/{case.reference}/"
    for number in range(12):
        bryn.client.post(f"{at}note/", {"text": f"Note {number}"})
    with django_assert_max_num_queries(CASE_MOST):
        page = bryn.open(at)
    assert "Note 11" in page.words


def test_the_one_screen_form_asks_few_queries(staff, council, django_assert_max_num_queries):
    asha = staff("asha")
    asha.open("/desk/assisted/")
    asha.press("Report a missed bin", channel="phone")
    with django_assert_max_num_queries(ASSISTED_MOST):
        asha.client.get(asha.url)


def test_a_search_asks_few_queries(staff, missed_bin, django_assert_max_num_queries):
    case = missed_bin()
    bryn = staff("bryn")
    bryn.open("/desk/search/")
    bryn.press("Search", words=case.answers["address"]["postcode"])
    with django_assert_max_num_queries(QUEUE_MOST):
        bryn.client.get(bryn.url)


@pytest.mark.parametrize(
    ("path", "heading", "title"),
    [
        ("/desk/", "Queue", "Queue"),
        ("/desk/?due=late", "Queue", "Queue: late"),
        ("/desk/search/", "Find a case", "Find a case"),
        ("/desk/assisted/", "Take a contact", "Take a contact"),
        ("/desk/assisted/contact/", "Record a contact", "Record a contact"),
        ("{at}", "Report a missed bin {ref}", "{ref}: Report a missed bin"),
        ("{at}moves/close/", "Report a missed bin · {ref} Close without a visit", "Close without a visit: {ref}"),
        ("{at}assign/", "Report a missed bin · {ref} Assign the case", "Assign the case: {ref}"),
        ("{at}note/", "Report a missed bin · {ref} Add a note", "Add a note: {ref}"),
        ("{at}reply/", "Report a missed bin · {ref} Write to them", "Write to them: {ref}"),
        ("{at}received/", "Report a missed bin · {ref} Record what they sent or said", "Record what they sent or said: {ref}"),
        ("{at}contact/", "Report a missed bin · {ref} Record a contact about this case", "Record a contact: {ref}"),
        ("{at}correct/bin/", "Report a missed bin · {ref} Correct an answer", "Correct an answer: {ref}"),
        ("{at}redact/", "Report a missed bin · {ref} Remove personal data", "Remove personal data: {ref}"),
    ],
)  # fmt: skip
def test_each_page_says_what_it_is(staff, missed_bin, path, heading, title):
    case = missed_bin()
    names = {"at": f"/desk/cases/{case.reference}/", "ref": case.reference}
    marcus = staff("marcus")
    page = marcus.open(path.format(**names))
    assert marcus.status == 200
    assert page.html.count("<h1") == 1
    assert page.headings[0] == heading.format(**names)
    assert page.title == f"{title.format(**names)} – Wealdmere Borough Council"
    assert ' style="' not in page.html
    assert "<script>" not in page.html


def test_an_empty_queue_says_what_to_do(staff, council):
    page = staff("ivor").open("/desk/")
    assert "Nothing is waiting for you" in page.headings
    assert "See finished cases" in page.links


def test_a_step_that_does_not_exist_or_is_not_possible_now(staff, missed_bin):
    case = missed_bin()
    bryn = staff("bryn")
    bryn.open(f"/desk/cases/{case.reference}/moves/no_such_step/")
    assert bryn.status == 404
    bryn.open(f"/desk/cases/{case.reference}/moves/bin_emptied/")
    assert bryn.url == f"/desk/cases/{case.reference}/"
    assert "“Bin emptied” is not possible now: the case is Reported." in bryn.page.words


def test_what_someone_sent_by_post_moves_the_case_that_waits_for_it(staff, unpaid_permit, clock):
    from moothall.pay.adapters import local
    from moothall.pay.models import Payment

    asha, nadia = staff("asha"), staff("nadia")
    at = f"/desk/cases/{unpaid_permit.reference}/"
    asha.open(f"{at}payment/")
    asha.press("Open the payment line")
    local.end(Payment.objects.get().provider_id, "success", "")
    asha.press("Ask again")
    nadia.open(at)
    nadia.press("Start the check")
    nadia.follow("Ask for more")
    nadia.press("Ask for more", message="Please send a clearer photo of the log book.")
    assert "The clock has been stopped since" in nadia.page.words
    assert "waits for the person who asked" in nadia.page.words
    clock.pass_(days=2)
    nadia.open(f"{at}received/")
    nadia.press("Save")
    assert nadia.status == 422
    nadia.press("Save", channel="email", text="Here is the log book", files=_picture())
    unpaid_permit.refresh_from_db()
    assert unpaid_permit.state == "checking"
    assert unpaid_permit.paused_since is None
    page = nadia.open(at)
    assert "log-book.png" in page.words


def _picture() -> tuple[str, bytes, str]:
    from io import BytesIO

    from PIL import Image

    made = BytesIO()
    Image.new("RGB", (4, 4), "white").save(made, "PNG")
    return ("log-book.png", made.getvalue(), "image/png")


def test_a_manager_removes_personal_data_for_good(staff, missed_bin):
    case = missed_bin(where_left="Call my son Tobias on 01632 960789")
    marcus = staff("marcus")
    at = f"/desk/cases/{case.reference}/"
    marcus.open(f"{at}redact/")
    marcus.press("Remove for good", reason="Not needed")
    assert marcus.status == 422
    marcus.press("Remove for good", fields=["where_left"], reason="About somebody else")
    assert marcus.url == at
    assert "Tobias" not in marcus.page.html
    assert "Removed" in marcus.page.words
    bryn = staff("bryn")
    bryn.open(f"{at}redact/")
    assert bryn.status == 404


def test_a_reply_sent_twice_is_one_message(staff, missed_bin):
    case = missed_bin()
    bryn = staff("bryn")
    bryn.open(f"/desk/cases/{case.reference}/reply/")
    bryn.press("See it before", text="Once only", means="email")
    form = next(f for f in bryn.page.forms if "Send" in f.buttons)
    data = {**{k: v[0] for k, v in form.values.items() if v}, "do": "send"}
    for _ in range(2):
        bryn.client.post(f"/desk/cases/{case.reference}/reply/", data)
    page = bryn.open(f"/desk/cases/{case.reference}/")
    assert page.html.count("Once only") == 1


def test_the_promise_of_a_case_that_is_late_names_who_has_it(staff, missed_bin, clock):
    case = missed_bin(now=clock.now - timedelta(days=8))
    bryn = staff("bryn")
    at = f"/desk/cases/{case.reference}/"
    bryn.open(f"{at}assign/")
    bryn.press("Assign the case", to=str(User.objects.get(email__startswith="dilys").pk))
    assert "working days late. Reported since 3 March, with Dilys Farrow." in bryn.page.words


def test_a_manager_restricts_a_case_to_whoever_has_it(staff, missed_bin):
    case = missed_bin()
    marcus, bryn, dilys = staff("marcus"), staff("bryn"), staff("dilys")
    at = f"/desk/cases/{case.reference}/"
    bryn.open(f"{at}restrict/")
    assert bryn.status == 404
    marcus.open(f"{at}assign/")
    marcus.press("Assign the case", to=str(User.objects.get(email__startswith="marcus").pk))
    marcus.follow("Restrict who sees it")
    marcus.press("Restrict the case")
    assert marcus.status == 422
    marcus.press("Restrict the case", reason="A colleague lives there")
    assert "Restricted" in marcus.page.words
    dilys.open(at)
    assert dilys.status == 404
    marcus.follow("Open to the team again")
    marcus.press("Open it again", reason="Settled")
    dilys.open(at)
    assert dilys.status == 200


def test_a_councillor_is_offered_no_contacts_and_no_giving_out(staff, missed_bin):
    from moothall.places.models import Address

    uprn = Address.objects.filter(ward="X05000001").order_by("uprn").values_list("uprn", flat=True)
    missed_bin(uprn=str(uprn[0]))
    wilf = staff("wilf.anstruther")
    page = wilf.open("/desk/")
    assert "/desk/assisted/" not in page.html
    assert "Assign the ticked cases to" not in page.words
    wilf.open("/desk/assisted/")
    assert wilf.status == 403


def test_the_things_of_a_repeat_stand_together(staff, council, clock):
    from moothall.casework.types import AnswerView, CaseView
    from moothall.desk.views.case import answer_lines

    def answer(question: str, words: str, row: str = "") -> AnswerView:
        return AnswerView(question, question.title(), words, words, "text", row=row)

    view = CaseView.__new__(CaseView)
    object.__setattr__(view, "can", frozenset({"correct"}))
    object.__setattr__(
        view,
        "answers",
        (
            answer("name", "Ida"),
            answer("items.kind", "Sofa", "r1"),
            answer("items.kind", "Bed", "r2"),
            answer("items.number", "1", "r1"),
            answer("items.number", "2", "r2"),
        ),
    )
    lines = [(line.answer.words, line.label, line.path) for line in answer_lines(view)]
    assert [words for words, _label, _path in lines] == ["Ida", "Sofa", "1", "Bed", "2"]
    assert lines[3] == ("Bed", "Items.Kind (2)", "items.r2.kind")
