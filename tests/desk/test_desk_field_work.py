"""A crew that could not collect: the day is changed, a photo is added, and the money goes back."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from moothall.slots.models import Booking


def photo() -> tuple[str, bytes, str]:
    made = BytesIO()
    Image.new("RGB", (40, 30), "grey").save(made, "JPEG")
    return ("doorstep.jpg", made.getvalue(), "image/jpeg")


def test_the_day_is_changed_and_the_old_time_is_free_again(staff, bulky_waste):
    case = bulky_waste
    assert case.state == "booked"
    bryn = staff("bryn")
    at = f"/desk/cases/{case.reference}/"
    page = bryn.open(at)
    assert "Thing (1) Sofa or armchair" in page.words
    assert page.words.index("How many (1)") < page.words.index("Thing (2)")
    before = Booking.objects.get(holder=case.reference).slot_id
    bryn.follow("Change the day")
    bryn.press("Change the day")
    assert bryn.status == 422
    assert bryn.page.errors
    free = [one for one in bryn.page.forms[0].offered["collection_slot"] if one]
    assert str(before) not in free
    bryn.press("Change the day", collection_slot=free[0])
    assert bryn.url == at, bryn.page.words
    assert str(Booking.objects.get(holder=case.reference).slot_id) == free[0]


def test_a_time_that_somebody_else_took_is_told_beside_the_choice(staff, bulky_waste, clock):
    from moothall.slots.actions import book

    bryn = staff("bryn")
    at = f"/desk/cases/{bulky_waste.reference}/"
    bryn.open(f"{at}moves/change_day/")
    wanted = next(one for one in bryn.page.forms[0].offered["collection_slot"] if one)
    book(int(wanted), "WM-SOM-E0NE", now=clock.now)
    bryn.press("Change the day", collection_slot=wanted)
    assert bryn.status == 422
    assert bryn.page.title.startswith("Error:")


def test_a_crew_adds_a_photo_and_the_picture_survives_a_mistake(staff, bulky_waste):
    case = bulky_waste
    terry, bryn = staff("terry"), staff("bryn")
    at = f"/desk/cases/{case.reference}/"
    bryn.open(at)
    bryn.press("Put on today")
    terry.open(at)
    terry.follow("Could not collect")
    terry.press("Could not collect", reason="Nothing was out")
    assert terry.status == 422
    # The photo is sent, the reason is forgotten: the photo is kept for the next try.
    terry.press("Could not collect", reason="", files=photo())
    assert terry.status == 422
    assert "doorstep.jpg" in terry.page.words
    terry.press("Could not collect", reason="Nothing was out")
    assert terry.url == at, terry.page.words
    case.refresh_from_db()
    assert case.state == "not_there"
    assert "doorstep.jpg" in bryn.open(at).words


def test_a_file_that_is_no_picture_is_refused_in_plain_words(staff, bulky_waste):
    bryn = staff("bryn")
    at = f"/desk/cases/{bulky_waste.reference}/"
    bryn.open(at)
    bryn.press("Put on today")
    bryn.follow("Could not collect")
    bryn.press("Could not collect", reason="x", files=("run.exe", b"MZ\x00\x00", "image/jpeg"))
    assert bryn.status == 422
    assert bryn.page.errors


def test_calling_off_pays_back(staff, bulky_waste):
    from moothall.outbox import drain

    bryn = staff("bryn")
    at = f"/desk/cases/{bulky_waste.reference}/"
    bryn.open(at)
    bryn.follow("Call off and pay back")
    bryn.press("Call off", reason="Round cancelled", message="We are sorry: no crew that day.")
    drain()
    bulky_waste.refresh_from_db()
    assert bulky_waste.state == "cancelled"
    assert bulky_waste.refunded_pence == bulky_waste.paid_pence > 0
    assert "Paid back" in bryn.open(at).words


def test_an_answer_to_a_request_goes_out_with_its_file_even_after_a_mistake(staff, council, clock):
    from moothall.casework.actions import open_case
    from moothall.casework.types import ContactDetails
    from moothall.packs.queries import service
    from moothall.people.actor import applicant

    case = open_case(
        service=service("foi_request"),
        answers={
            "about": "council",
            "title": "Street lights",
            "request": "How many street lights were mended last year?",
            "papers": None,
            "name": "Ida Rowan",
            "for_whom": None,
            "email": "ida.rowan@example.org",
        },
        look_ups={},
        channel="online",
        actor=applicant(),
        key="foi",
        contact=ContactDetails(name="Ida Rowan", email="ida.rowan@example.org"),
        now=clock.now,
    )
    ivor = staff("ivor")
    at = f"/desk/cases/{case.reference}/"
    ivor.open(at)
    ivor.press("Start to look for it")
    ivor.follow("Send the information")
    ivor.press("Send the information", message="", released=photo())
    assert ivor.status == 422
    assert "doorstep.jpg" in ivor.page.words
    ivor.press("Send the information", message="We mended 412 lights. The list is with this.")
    assert ivor.url == at, ivor.page.words
    case.refresh_from_db()
    assert case.state == "answered"
    assert "doorstep.jpg" in ivor.page.words
