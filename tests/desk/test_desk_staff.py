"""Staff accounts on a screen: an administrator for everybody, a manager for the team, nobody else."""

from __future__ import annotations

from django.core import mail

from moothall.people.models import Membership, User


def test_an_administrator_adds_changes_and_ends_somebody(staff, missed_bin, clock):
    tom = staff("tom.ravensworth")
    page = tom.open("/desk/staff/")
    assert "Bryn Oakshott" in page.words
    tom.press("Add and invite", name="", email="x", team="waste", job="officer")
    assert tom.status == 422
    tom.press(
        "Add and invite", name="Nell Garth", email="nell.garth@wealdmere.example",
        team="waste", job="officer",
    )  # fmt: skip
    nell = User.objects.get(email="nell.garth@wealdmere.example")
    assert tom.url == f"/desk/staff/{nell.pk}/"
    assert [one.to for one in mail.outbox] == [[nell.email]]
    tom.press("Give the job", team="parking", job="officer")
    assert Membership.objects.filter(user=nell).count() == 2
    tom.press("Take away")
    assert Membership.objects.filter(user=nell).count() == 1
    # A leaver's cases are there to be reassigned.
    case = missed_bin()
    marcus = staff("marcus")
    bryn = User.objects.get(email__startswith="bryn")
    marcus.open("/desk/")
    marcus.press("Assign", case=[f"{case.pk}:{case.lock_version}"], to=str(bryn.pk))
    tom.open(f"/desk/staff/{bryn.pk}/")
    tom.press("End the account")
    bryn.refresh_from_db()
    if bryn.is_active:  # a sign-in of long ago asks for a new one
        assert "Sign out and in again" in tom.page.words
        return
    assert "1 open case of theirs" in tom.page.words
    page = tom.open("/desk/staff/?ended=yes")
    assert "Bryn Oakshott" in page.words
    page = marcus.open(f"/desk/?who={bryn.pk}")
    assert case.reference in page.words


def test_the_screen_is_for_who_may(staff):
    for name in ("bryn", "asha", "wilf"):
        person = staff(name)
        person.open("/desk/staff/")
        assert person.status == 403, name
    marcus = staff("marcus")
    page = marcus.open("/desk/staff/")
    assert "Dilys Farrow" in page.words
    assert "Nadia Holloway" not in page.words
    nadia = User.objects.get(email__startswith="nadia")
    marcus.open(f"/desk/staff/{nadia.pk}/")
    assert marcus.status == 404
    assert marcus.client.post(f"/desk/staff/{nadia.pk}/", {"do": "end"}).status_code == 404
    form = {"name": "X Y", "email": "xy@wealdmere.example", "team": "parking", "job": "admin"}
    assert marcus.client.post("/desk/staff/", form).status_code == 422
    tom = User.objects.get(email__startswith="tom.ravensworth")
    marcus.client.post(f"/desk/staff/{tom.pk}/", {"do": "take", "membership": "²"})
    assert Membership.objects.filter(user=tom).exists()
