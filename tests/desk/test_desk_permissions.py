"""Who gets in: a councillor sees only their ward, a resident and a stranger nothing, and readings are logged."""

from __future__ import annotations

import pytest
from django.test import Client

from moothall.casework.models import AccessLog, Case
from moothall.people.models import User
from moothall.people.testing import sign_in

PAGES = [
    "/desk/",
    "/desk/search/",
    "/desk/assisted/",
    "/desk/assisted/contact/",
    "/insight/",
    "/insight/cost/",
    "/insight/promises/",
    "/insight/forms/",
    "/insight/contacts.csv",
]
WARD = "X05000001"


def in_ward(ward: str) -> str:
    from moothall.places.models import Address

    return str(Address.objects.filter(ward=ward).order_by("uprn").values_list("uprn", flat=True)[0])


def test_a_councillor_sees_the_cases_of_their_ward_and_no_other(staff, missed_bin):
    here = missed_bin(uprn=in_ward(WARD))
    there = missed_bin(uprn=in_ward("X05000008"))
    wilf = staff("wilf.anstruther")
    page = wilf.open("/desk/")
    assert here.reference in page.words
    assert there.reference not in page.words
    wilf.open(f"/desk/cases/{here.reference}/")
    assert wilf.status == 200
    wilf.open(f"/desk/cases/{there.reference}/")
    assert wilf.status == 404


def test_a_councillor_reads_no_name_and_can_change_nothing(staff, missed_bin):
    case = missed_bin(uprn=in_ward(WARD), name="Ottoline Brackenbury")
    wilf = staff("wilf.anstruther")
    page = wilf.open(f"/desk/cases/{case.reference}/")
    assert "Brackenbury" not in page.html
    assert not [form for form in page.forms if form.method == "post"]
    for path in ("assign/", "note/", "reply/", "refund/", "redact/", "correct/bin/"):
        wilf.open(f"/desk/cases/{case.reference}/{path}")
        assert wilf.status == 404, path
    answer = wilf.client.post(
        f"/desk/cases/{case.reference}/moves/book_a_crew/", {"expected": case.lock_version}
    )
    assert answer.status_code in {404, 422}
    case.refresh_from_db()
    assert case.state == "reported"


def test_a_case_one_may_not_see_does_not_exist(staff, unpaid_permit):
    bryn = staff("bryn")  # waste, not parking
    for path in ("", "moves/start_check/", "assign/", "note/", "payment/", "contact/"):
        bryn.open(f"/desk/cases/{unpaid_permit.reference}/{path}")
        assert bryn.status == 404, path
    bryn.open("/desk/cases/WM-000-000/")
    assert bryn.status == 404
    assert unpaid_permit.reference not in bryn.open("/desk/").words


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_a_resident_is_refused(council, path):
    stranger = Client().get(path)
    assert stranger.status_code == 302
    assert stranger.headers["Location"].startswith("/desk/sign-in/")
    resident = Client()
    sign_in(resident, User.objects.get(email__startswith="maggie"))
    assert resident.get(path).status_code == 403


def test_a_stranger_and_a_resident_change_nothing(client, missed_bin):
    case = missed_bin()
    resident = Client()
    sign_in(resident, User.objects.get(email__startswith="maggie"))
    for who in (client, resident):
        for path in ("moves/book_a_crew/", "note/", "assign/", "reply/"):
            answer = who.post(
                f"/desk/cases/{case.reference}/{path}", {"expected": case.lock_version, "text": "x"}
            )
            assert answer.status_code in {302, 403}
    assert Case.objects.get().lock_version == case.lock_version


def test_an_officer_does_not_read_insight_and_a_manager_does(staff, missed_bin):
    missed_bin()
    bryn, marcus = staff("bryn"), staff("marcus")
    bryn.open("/insight/")
    assert bryn.status == 403
    assert "Insight" not in bryn.open("/desk/").html
    marcus.open("/insight/")
    assert marcus.status == 200
    assert "/insight/" in marcus.open("/desk/").html


def test_reading_a_case_is_logged(staff, missed_bin):
    from moothall.casework import access

    case = missed_bin()
    bryn = staff("bryn")
    bryn.open(f"/desk/cases/{case.reference}/")
    access.flush()
    log = AccessLog.objects.filter(reference=case.reference).latest("at")
    assert log.user_id == User.objects.get(email__startswith="bryn").pk


def test_no_page_of_the_desk_may_be_kept_by_a_shared_computer(staff, missed_bin):
    case = missed_bin()
    answer = staff("bryn").client.get(f"/desk/cases/{case.reference}/")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
