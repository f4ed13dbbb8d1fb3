"""A councillor opens casework for a resident who asked: the resident is told, the councillor follows, nothing more."""

from __future__ import annotations

from moothall import outbox
from moothall.casework.models import Case, Contact, Event, Representation
from moothall.notify.models import Message

START = "/desk/ward/casework/"


def asks(person, **changes):
    given = {"asked_by": "resident", "agreed": "yes", "channel": "desk", **changes}
    person.open(START)
    return person.press("Report a missed bin", **given)


def test_who_was_not_asked_opens_nothing(staff, council):
    wilf = staff("wilf")
    wilf.open(START)
    assert "Schedule 1, paragraph 23" in wilf.page.words
    wilf.press("Report a missed bin")
    assert wilf.status == 422
    assert len(wilf.page.errors) == 3
    assert not Representation.objects.exists()


def test_the_pages_are_for_councillors(staff, missed_bin):
    case = missed_bin()
    for name in ("bryn", "asha", "marcus"):
        person = staff(name)
        for path in ("/desk/ward/", START, f"/desk/ward/cases/{case.reference}/"):
            person.open(path)
            assert person.status == 403, (name, path)
    wilf = staff("wilf")
    wilf.open(f"/desk/ward/cases/{case.reference}/")
    assert wilf.status == 404, "a case that they did not open"
    wilf.open("/desk/assisted/")
    assert wilf.status == 403


def test_the_resident_is_told_and_the_councillor_follows(staff, clock, council):
    from moothall.desk.models import OnBehalf
    from moothall.journeys.models import Draft
    from moothall.places.queries import address

    wilf = staff("wilf")
    asks(wilf)
    assert wilf.status == 200
    assert wilf.url.startswith("/desk/assisted/")
    holder = wilf.url.split("/")[3]
    assert OnBehalf.objects.get().holder == holder
    home = dict(address("990000000001") or {})
    day = clock.now.date()
    wilf.press("Update", **{"address-postcode": home["postcode"]})
    form = {
        "address": "990000000001", "bin": "refuse", "was_out": "yes", "where_left": "Gate",
        "missed_on-day": str(day.day), "missed_on-month": str(day.month),
        "missed_on-year": str(day.year), "name": "Ottoline Brackenbury",
        "tell_me_by": "email", "email": "ottoline@example.org",
    }  # fmt: skip
    wilf.press("Update", **form)
    wilf.press("Send it in", **form)
    assert wilf.url.startswith("/desk/ward/cases/"), wilf.page.errors
    case = Case.objects.get()
    assert case.channel == "desk"
    assert Contact.objects.get().adviser_id == Representation.objects.get().user_id
    assert Representation.objects.get().told_at is not None
    told = Message.objects.get(body__contains="got in touch with us for you")
    assert told.to == "ottoline@example.org"
    assert "Wilf Anstruther has asked the council for you" in told.subject
    assert case.reference in told.body
    note = Event.objects.get(case=case, kind="noted")
    assert "The resident asked me" in note.fields["text"]
    assert "was told that you opened this case" in wilf.page.words
    assert "Brackenbury" not in wilf.page.html
    bryn = staff("bryn")
    bryn.open(f"/desk/cases/{case.reference}/")
    bryn.press("Book a crew")
    outbox.drain(now=clock.now)
    follows = Message.objects.get(template="followed_case")
    assert "Crew booked" in follows.subject
    assert "Brackenbury" not in follows.body
    page = wilf.open("/desk/ward/")
    assert "Crew booked" in page.words
    wilf.open(f"/desk/ward/cases/{case.reference}/")
    wilf.press("Stop following this case")
    assert "None are open." in wilf.page.words
    wilf.open(f"/desk/ward/cases/{case.reference}/")
    assert wilf.status == 404
    assert Draft.objects.get().case_id == case.pk
    wilf.open("/desk/assisted/x/")
    assert wilf.status == 404


def test_the_ward_page_asks_few_queries(staff, missed_bin, django_assert_max_num_queries):
    missed_bin()
    wilf = staff("wilf")
    wilf.open("/desk/ward/")
    assert wilf.status == 200
    with django_assert_max_num_queries(32):
        wilf.client.get("/desk/ward/")
