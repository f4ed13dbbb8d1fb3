"""An officer's day: the queue, a case worked to its end, two officers at once, and what is refused."""

from __future__ import annotations

from datetime import timedelta

from moothall.casework.models import Case
from moothall.people.models import User


def test_an_officer_works_a_missed_bin_to_its_end(staff, missed_bin):
    case = missed_bin()
    bryn = staff("bryn")

    bryn.open("/desk/")
    assert bryn.page.headings[0] == "Queue"
    bryn.follow(case.reference)
    assert "Report a missed bin" in bryn.page.words
    assert "1 Abbot Close" in bryn.page.words
    assert "By the side gate" in bryn.page.words
    assert "Promised by Monday 16 March. 3 working days left." in bryn.page.words
    assert "locator__own" in bryn.page.html

    bryn.press("Book a crew")
    assert bryn.status == 200
    assert "Done: Book a crew." in bryn.page.words
    bryn.press("Bin emptied")
    assert "Bin emptied" in bryn.page.words
    assert "Finished on Wednesday 11 March 2026, within the promise." in bryn.page.words

    case.refresh_from_db()
    assert case.state == "emptied"
    assert case.ended_at is not None
    assert case.reference not in bryn.open("/desk/").words
    assert case.reference in bryn.open("/desk/?done=yes").words


def test_a_step_that_needs_words_asks_for_them_beside_their_boxes(staff, missed_bin):
    case = missed_bin()
    bryn = staff("bryn")
    bryn.open(f"/desk/cases/{case.reference}/")
    bryn.follow("Close without a visit")
    assert "The case becomes Closed without a visit and is finished" in bryn.page.words
    bryn.press("Close without a visit", reason="Reported twice")
    assert bryn.status == 422
    assert bryn.page.title.startswith("Error:")
    assert len(bryn.page.errors) == 1
    assert bryn.page.forms[0].values["reason"] == ["Reported twice"]
    bryn.press("Close without a visit", message="A neighbour told us first. A crew is on its way.")
    case.refresh_from_db()
    assert case.state == "closed"
    assert "A neighbour told us first" in bryn.page.words
    assert "Reported twice" in bryn.page.words


def test_the_second_of_two_officers_is_told_and_nothing_is_overwritten(staff, missed_bin):
    case = missed_bin()
    bryn, dilys = staff("bryn"), staff("dilys")
    dilys.open(f"/desk/cases/{case.reference}/moves/close/")
    bryn.open(f"/desk/cases/{case.reference}/")
    bryn.press("Book a crew")

    dilys.press("Close without a visit", reason="No bin there", message="We saw no bin.")
    assert dilys.status == 409
    assert "This case changed while you had it open" in dilys.page.headings
    assert "Bryn Oakshott" in dilys.page.words
    assert "Crew booked" in dilys.page.words
    case.refresh_from_db()
    assert case.state == "booked"

    # What she typed is still there, and she may go on, knowing what changed.
    assert dilys.page.forms[0].values["message"] == ["We saw no bin."]
    dilys.press("Close without a visit")
    case.refresh_from_db()
    assert case.state == "closed"


def test_when_the_step_is_gone_the_typed_words_can_be_kept_as_a_note(staff, missed_bin):
    case = missed_bin()
    bryn, dilys = staff("bryn"), staff("dilys")
    dilys.open(f"/desk/cases/{case.reference}/moves/close/")
    bryn.open(f"/desk/cases/{case.reference}/moves/close/")
    bryn.press("Close without a visit", reason="Double", message="Reported twice.")
    dilys.press("Close without a visit", reason="No bin there", message="We saw no bin.")
    assert dilys.status == 409
    assert "can no longer be taken" in dilys.page.words
    dilys.press("Save as a note")
    assert "We saw no bin." in dilys.page.words


def test_a_button_without_needs_is_also_held_to_what_was_seen(staff, missed_bin):
    case = missed_bin()
    bryn, dilys = staff("bryn"), staff("dilys")
    bryn.open(f"/desk/cases/{case.reference}/")
    dilys.open(f"/desk/cases/{case.reference}/")
    bryn.press("Book a crew")
    dilys.press("Book a crew")
    assert dilys.status == 409
    assert "Bryn Oakshott" in dilys.page.words
    assert Case.objects.get(pk=case.pk).state == "booked"


def test_a_case_is_given_noted_and_written_about(staff, missed_bin):
    case = missed_bin()
    bryn = staff("bryn")
    dilys = User.objects.get(email__startswith="dilys")
    at = f"/desk/cases/{case.reference}/"
    bryn.open(at)
    bryn.follow("Assign to someone")
    bryn.press("Assign the case", to=str(dilys.pk))
    assert "With Dilys Farrow" in bryn.page.words

    bryn.press("Save note", text="Gate code is with the neighbour.")
    assert "Gate code is with the neighbour." in bryn.page.words
    bryn.open(at)
    bryn.press("Save note", text="   ")
    assert bryn.status == 422
    assert bryn.page.errors

    bryn.open(at)
    bryn.follow("Write to them")
    bryn.press("See it before", text="Is the bin blue or green?", subject="Your bin")
    bryn.press("Send")
    assert "Is the bin blue or green?" in bryn.page.words


def test_an_answer_is_corrected_and_the_old_one_stays_in_the_history(staff, missed_bin):
    case = missed_bin()
    bryn = staff("bryn")
    bryn.open(f"/desk/cases/{case.reference}/correct/bin/")
    bryn.press("Save the correction", bin="garden")
    assert bryn.status == 422
    assert "Say why the answer is corrected" in bryn.page.words
    bryn.press("Save the correction", bin="garden", reason="They rang to say so")
    case.refresh_from_db()
    assert case.answers["bin"] == "garden"
    assert "Garden waste" in bryn.page.words
    assert "They rang to say so" in bryn.page.words


def test_an_address_is_corrected_by_searching_for_the_right_one(staff, missed_bin):
    case = missed_bin()
    bryn = staff("bryn")
    page = bryn.open(f"/desk/cases/{case.reference}/correct/address/")
    assert "990000000001" in page.forms[0].values["address"]
    bryn.press("Save the correction", address="990000000002", reason="Wrong door")
    case.refresh_from_db()
    assert case.answers["address"]["uprn"] == "990000000002"


def test_the_queue_says_what_is_late_and_why(staff, missed_bin, clock):
    late = missed_bin(now=clock.now - timedelta(days=8))
    fresh = missed_bin(uprn="990000000002")
    page = staff("bryn").open("/desk/")
    assert "2 working days late" in page.words or "3 working days late" in page.words
    assert "Reported since 3 March, with nobody yet." in page.words
    # Late comes first.
    assert page.words.index(late.reference) < page.words.index(fresh.reference)
    only = staff("bryn").open("/desk/?due=late")
    assert late.reference in only.words
    assert only.words.count("WM-") == 1


def test_filters_are_addresses_and_can_be_taken_off(staff, missed_bin):
    mine = missed_bin()
    other = missed_bin(uprn="990000000900", bin="garden")
    bryn = staff("bryn")
    ward = mine.ward
    page = bryn.open(f"/desk/?ward={ward}&service=missed_bin")
    assert mine.reference in page.words
    assert other.ward != ward
    assert other.reference not in page.words
    bryn.follow("Take off the filter Ward")
    assert bryn.url == "/desk/?service=missed_bin"
    assert other.reference in bryn.page.words
    bryn.open("/desk/?state=emptied")
    assert "No cases fit these filters" in bryn.page.headings
    bryn.follow("see all open cases")
    assert bryn.url == "/desk/"


def test_ticked_cases_are_given_together(staff, missed_bin):
    one, two = missed_bin(), missed_bin(uprn="990000000002")
    bryn = staff("bryn")
    dilys = User.objects.get(email__startswith="dilys")
    bryn.open("/desk/?service=missed_bin")
    bryn.press("Assign", case=[f"{one.pk}:{one.lock_version}", f"{two.pk}:1"], to=str(dilys.pk))
    assert bryn.url == "/desk/?service=missed_bin"
    assert "1 case assigned to Dilys Farrow." in bryn.page.words or two.lock_version == 1
    one.refresh_from_db()
    assert one.assigned_to_id == dilys.pk
    bryn.open("/desk/")
    bryn.press("Assign", to=str(dilys.pk))
    assert "Tick the cases" in bryn.page.words
    page = bryn.open("/desk/?tick=all")
    form = next(f for f in page.forms if "Assign" in f.buttons)
    assert len(form.values["case"]) == 2


def test_a_view_is_saved_under_a_name_for_its_owner_only(staff, missed_bin):
    missed_bin()
    bryn = staff("bryn")
    bryn.open("/desk/?due=late&service=missed_bin")
    bryn.press("Save this view", name="Late bins")
    assert "Late bins" in bryn.page.links
    assert "Late bins" not in staff("dilys").open("/desk/").links
    bryn.follow("Late bins")
    assert bryn.url == "/desk/?due=late&service=missed_bin"
    bryn.press("Remove the saved view Late bins")
    assert "Late bins" not in bryn.open("/desk/").links


def test_pages_hold_forty_cases_and_lead_on(staff, missed_bin):
    for number in range(42):
        missed_bin(uprn=f"99000000{number + 1:04d}")
    bryn = staff("bryn")
    page = bryn.open("/desk/")
    assert page.html.count('class="govuk-link desk-list__ref"') == 40
    bryn.follow("Next page")
    assert bryn.page.html.count('class="govuk-link desk-list__ref"') == 2
    bryn.follow("Back to the first page")
    assert bryn.url == "/desk/"


def test_a_case_is_found_by_reference_postcode_and_words_with_no_name_in_the_address(
    staff, missed_bin
):
    case = missed_bin(name="Ottoline Brackenbury", email="ottoline@example.org")
    bryn = staff("bryn")
    bryn.open("/desk/search/")
    bryn.press("Search", words=case.reference.replace("-", "").lower())
    assert bryn.url == f"/desk/cases/{case.reference}/"
    for words in ("Brackenbury", "ottoline@example.org", case.answers["address"]["postcode"]):
        bryn.open("/desk/search/")
        bryn.press("Search", words=words)
        assert case.reference in bryn.page.words, words
        assert "brackenbury" not in bryn.url.lower()
        assert "ottoline" not in bryn.url
    bryn.open(bryn.url)  # back and again: the search is still known
    assert case.reference in bryn.page.words
    bryn.press("Search", words="")
    assert bryn.status == 422
    bryn.press("Search", words="nobodyhasthisname")
    assert any("Nothing found" in one for one in bryn.page.headings)
