"""My work, a team's figures, who has how much, and views that are kept and shared."""

from __future__ import annotations

from datetime import timedelta

import pytest

from moothall import outbox
from moothall.casework.models import Case
from moothall.desk.export import safe
from moothall.desk.models import SavedView, TeamView, Wish
from moothall.people.models import User

TEAM_MOST = 30
MINE_MOST = 30


def rows_of(response) -> list[str]:
    return b"".join(response.streaming_content).decode().splitlines()


def test_a_manager_sees_how_old_what_is_late_and_who_has_it(
    staff, missed_bin, clock, django_assert_max_num_queries
):
    old = missed_bin(uprn="990000000001", now=clock.now - timedelta(days=30))
    missed_bin(uprn="990000000002", now=clock.now - timedelta(days=9))
    missed_bin(uprn="990000000003")
    outbox.drain(now=clock.now)
    marcus = staff("marcus")
    page = marcus.open("/desk/team/")
    assert marcus.status == 200
    assert page.headings[0] == "Waste and recycling"
    assert "Open cases by age in working days" in page.html
    # 30 days are 22 working days (21 to 40), 9 are 7 (6 to 10), today is 0 to 5
    row = page.words.split("Late All", 1)[1].split("By person")[0]
    assert "1 1 0 1 0 2 3" in row, row
    with django_assert_max_num_queries(TEAM_MOST):
        marcus.client.get("/desk/team/")
    # Each number leads to its cases.
    link = next(url for words, url in _links(page) if "until=" in url and "since=" in url)
    assert link.startswith("/desk/?team=waste")
    old_link = [url for words, url in _links(page) if url.startswith("/desk/?") and "since" in url]
    found = {ref for url in old_link for ref in [old.reference] if ref in marcus.open(url).words}
    assert found == {old.reference}
    page = marcus.open("/desk/team/?by=officer")
    assert "Nobody yet" in page.words
    page = marcus.open("/desk/team/workload/")
    assert "3 cases are with nobody" in page.words
    lines = rows_of(marcus.client.get("/desk/team.csv"))
    assert any(line.startswith("Workload,Nobody yet,open,3") for line in lines)
    assert any("Open by age,Report a missed bin,0 to 5 working days,1" in line for line in lines)


def _links(page) -> list[tuple[str, str]]:
    import re

    return [
        ("", url.replace("&amp;", "&")) for url in re.findall(r'href="(/desk/\?[^"]*)"', page.html)
    ]


def test_the_figures_are_for_who_manages_the_team(staff, missed_bin):
    missed_bin()
    for name in ("bryn", "wilf", "asha", "tom.ravensworth"):
        person = staff(name)
        for path in ("/desk/team/", "/desk/team/workload/", "/desk/team.csv"):
            person.open(path)
            assert person.status == 403, (name, path)
        assert person.client.post("/desk/team/share/", {"team": "waste"}).status_code == 403
    gwen = staff("gwen")
    page = gwen.open("/desk/team/?team=waste")
    assert page.headings[0] == "Parking", "another team's name gives one's own"


def test_broken_promises_say_where_they_stand(staff, missed_bin, clock):
    from moothall.casework import clock as case_clock

    case = missed_bin(now=clock.now - timedelta(days=8))
    case_clock.tick(now=clock.now)
    case.refresh_from_db()
    if case.breached_at is None:
        Case.objects.filter(pk=case.pk).update(breached_at=clock.now - timedelta(days=1))
    marcus = staff("marcus")
    page = marcus.open("/desk/team/")
    assert "This week: 1" in page.words
    assert "Nobody has it" in page.words


def test_what_nobody_has_is_shared_out_from_the_workload(staff, missed_bin, clock):
    for number in range(3):
        missed_bin(uprn=f"99000000{number + 1:04d}")
    marcus = staff("marcus")
    marcus.open("/desk/team/workload/")
    marcus.press("Choose who gets them", whose="nobody", number="²")
    assert "How many is a number from 1 to 200" in marcus.page.words
    marcus.press("Choose who gets them", whose="nobody", number="2")
    assert "2 cases chosen" in marcus.page.words
    people = [str(User.objects.get(email__startswith=one).pk) for one in ("bryn", "dilys")]
    marcus.press("See what would happen", people=people, way="turns")
    assert "Bryn Oakshott 1" in marcus.page.words
    marcus.press("Do it in 2 cases")
    outbox.drain(now=clock.now, strict=True)
    assert Case.objects.exclude(assigned_to=None).count() == 2
    marcus.open("/desk/team/workload/")
    marcus.press("Choose who gets them", whose=people[0], number="")
    assert "1 case chosen" in marcus.page.words


def test_my_work_holds_what_waits_for_me(staff, missed_bin, clock, django_assert_max_num_queries):
    from moothall.casework import actions
    from moothall.people.actor import applicant

    case = missed_bin(now=clock.now - timedelta(days=8))
    bryn = staff("bryn")
    page = bryn.open("/desk/mine/")
    assert "You have no open cases." in page.words
    bryn.open(f"/desk/cases/{case.reference}/assign/")
    bryn.press("Assign the case", to=str(User.objects.get(email__startswith="bryn").pk))
    actions.receive_reply(case.pk, "Where are you?", actor=applicant(), now=clock.now)
    page = bryn.open("/desk/mine/")
    assert "1 Late" in page.words
    assert "1 Replies to read" in page.words
    assert page.words.count(case.reference) == 2
    with django_assert_max_num_queries(MINE_MOST):
        bryn.client.get("/desk/mine/")


def test_views_are_named_shared_sorted_and_opened_with(staff, missed_bin, clock):
    case = missed_bin()
    marcus, bryn, nadia = staff("marcus"), staff("bryn"), staff("nadia")
    marcus.open("/desk/?who=nobody&service=missed_bin")
    marcus.press("Save this view", name="Nobody has them", team="waste")
    assert "Everyone in the team finds" in marcus.page.words
    page = bryn.open("/desk/")
    assert "Nobody has them 1 cases" in page.words
    assert "Nobody has them" not in nadia.open("/desk/").words
    bryn.open("/desk/?due=late")
    bryn.press("Save this view", name="Late")
    bryn.open("/desk/?due=today")
    bryn.press("Save this view", name="Today", team="waste")
    assert not TeamView.objects.filter(name="Today").exists(), "an officer shares nothing"
    bryn.press("Save this view", name="Today")
    mine = {one.name: f"mine-{one.pk}" for one in SavedView.objects.all()}
    post = bryn.client.post
    assert post("/desk/views/", {"do": "up", "view": mine["Today"]}).status_code == 303
    assert [one.name for one in SavedView.objects.all()] == ["Today", "Late"]
    post("/desk/views/", {"do": "rename", "view": mine["Late"], "name": "Too late"})
    post("/desk/views/", {"do": "rename", "view": mine["Today"], "name": "Too late"})
    assert {one.name for one in SavedView.objects.all()} == {"Today", "Too late"}
    theirs = f"team-{TeamView.objects.get().pk}"
    post("/desk/views/", {"do": "delete", "view": theirs})
    assert TeamView.objects.exists(), "only a manager changes what a team sees"
    post("/desk/views/", {"do": "opens", "view": theirs})
    bryn.open("/desk/")
    assert bryn.url == "/desk/?service=missed_bin&who=nobody"
    assert case.reference in bryn.page.words
    bryn.follow("Clear all")
    assert bryn.url == "/desk/?all=yes"
    page = bryn.open("/desk/views/")
    assert "Your desk opens with it" in page.words
    bryn.press("Open my desk with all open cases")
    assert Wish.objects.get().opens_with == ""
    marcus.client.post("/desk/views/", {"do": "opens", "view": theirs})
    marcus.client.post("/desk/views/", {"do": "delete", "view": theirs})
    assert not TeamView.objects.exists()
    marcus.open("/desk/")
    assert marcus.url == "/desk/"
    for key in ("mine-²", "team-9999999999999999999999", "x", ""):
        assert post("/desk/views/", {"do": "delete", "view": key}).status_code == 303


def test_words_narrow_a_queue_and_stay_out_of_its_address(staff, missed_bin):
    wanted = missed_bin(uprn="990000000001", name="Ottoline Brackenbury")
    other = missed_bin(uprn="990000000002", name="Ida Rowan")
    bryn = staff("bryn")
    page = bryn.open("/desk/?find=Brackenbury&service=missed_bin")
    assert "Brackenbury" not in bryn.url
    assert wanted.reference in page.words
    assert other.reference not in page.words
    assert "Words: Brackenbury" in page.words
    bryn.open("/desk/?words=0123456789ab")
    assert "No cases fit these filters" in bryn.page.words


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("channel=online", True), ("channel=phone", False), ("paid=free", True), ("paid=due", False),
        ("age=1", True), ("age=100", False), ("days=0", False), ("has=reply", False),
        ("has=task", False), ("has=call_back", False), ("has=repeat", False), ("has=merged", False),
        ("team=mine", True), ("since=2026-03-01&until=2026-03-02", False), ("done=both", True),
        ("order=oldest", True), ("order=newest", True), ("cols=team-opened-channel-changed", True),
        ("broken_since=2030-01-01&done=both", False), ("ended_since=2026-01-01&done=yes", False),
        ("age=²&days=9999&paid=gold&has=x&cols=a-b&order=up", True), ("team=members", False),
    ],
)  # fmt: skip
def test_every_filter_is_an_address(staff, missed_bin, clock, query, shown):
    case = missed_bin(now=clock.now - timedelta(days=8))
    page = staff("bryn").open(f"/desk/?{query}")
    assert (case.reference in page.words) is shown


def test_the_queue_as_a_file_is_safe_and_holds_what_one_may_see(staff, missed_bin, unpaid_permit):
    case = missed_bin(name='=HYPERLINK("http://x")')
    lines = rows_of(staff("bryn").client.get("/desk/queue.csv?service=missed_bin"))
    assert len(lines) == 2
    assert lines[1].startswith(case.reference)
    assert "'=HYPERLINK" in lines[1]
    terry = rows_of(staff("terry").client.get("/desk/queue.csv"))
    assert not any("HYPERLINK" in line for line in terry), "a crew sees no names"
    assert not any(unpaid_permit.reference in line for line in terry)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\rx", "\n=x"])
def test_a_cell_is_never_a_formula(text):
    assert safe(text).startswith("'")
    assert safe("12 High Street") == "12 High Street"
