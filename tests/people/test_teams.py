"""Teams and the demonstration's people, from the pack; and what actors are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from moothall.packs.sections import PackError
from moothall.people import access, actions
from moothall.people.actor import ANONYMOUS, applicant
from moothall.people.models import GroupJob, Membership, Team, User
from moothall.people.pack import TeamsSection
from moothall.people.queries import actor_for, colleagues, team, teams_playing

pytestmark = pytest.mark.django_db

SMALL = """\
teams:
  - team: waste
    name: Waste
    plays: [waste_team, waste_crew]
    email: Waste@Example.org
    staff:
      - {name: Bea Moss, email: Bea.Moss@example.org, job: officer}
      - {name: Cal Reed, email: cal.reed@example.org, job: manager}
  - team: members
    name: Councillors
    plays: [councillor]
    staff:
      - {name: Cllr Dot Fern, email: dot.fern@example.org, job: councillor, ward: X05000001}
      - {name: Bea Moss, email: bea.moss@example.org, job: adviser}
residents:
  - {name: Eli Hart, email: eli.hart@example.org, language: cy}
"""


@pytest.fixture
def small(tmp_path: Path, db: None) -> Path:
    """A small council and nothing else."""
    User.objects.filter(is_demonstration=True).delete()
    Team.objects.all().delete()
    (tmp_path / "teams.yaml").write_text(SMALL)
    return tmp_path


def put(folder: Path, text: str | None = None) -> TeamsSection:
    if text is not None:
        (folder / "teams.yaml").write_text(text)
    section = TeamsSection()
    data = section.read(folder)
    assert data is not None
    section.apply(data)
    assert section.plan(data) == []
    return section


def test_teams_and_their_people(small: Path) -> None:
    put(small)
    bea = User.objects.get(email="bea.moss@example.org")
    assert actor_for(bea).roles == {"waste_team", "waste_crew", "councillor", "officer", "adviser"}
    assert actor_for(bea).teams == {"waste", "members"}
    assert actor_for(bea).kind == "staff"
    dot = actor_for(User.objects.get(email="dot.fern@example.org"))
    assert dot.wards == {"X05000001"}
    eli = User.objects.get(email="eli.hart@example.org")
    assert (eli.language, eli.is_staff, eli.has_usable_password()) == ("cy", False, False)
    assert [one.slug for one in teams_playing("waste_crew")] == ["waste"]
    assert teams_playing("nobody") == []
    found = team("waste")
    assert found is not None
    assert found.email == "waste@example.org"
    assert [one.name for one in colleagues("waste")] == ["Bea Moss", "Cal Reed"]
    assert [one.name for one in colleagues("members")] == ["Bea Moss"], "no case for a councillor"


def test_applying_again_changes_nothing_and_keeps_the_accounts(small: Path) -> None:
    put(small)
    before = set(User.objects.values_list("pk", "password"))
    put(small)
    assert set(User.objects.values_list("pk", "password")) == before


def test_someone_who_leaves_the_file_is_closed_and_can_come_back(small: Path) -> None:
    put(small)
    cal = User.objects.get(email="cal.reed@example.org")
    shorter = "\n".join(line for line in SMALL.splitlines() if "Cal Reed" not in line)
    section = TeamsSection()
    (small / "teams.yaml").write_text(shorter)
    data = section.read(small)
    assert data is not None
    assert [str(one.message) for one in section.plan(data)] == ["1 demonstration sign-in"]
    put(small, shorter)
    cal.refresh_from_db()
    assert not cal.is_active, "closed and not deleted: cases remember who worked on them"
    assert not cal.memberships.exists()
    put(small, SMALL)
    cal.refresh_from_db()
    assert cal.is_active


def test_a_councils_own_staff_are_not_touched_by_a_pack(small: Path) -> None:
    put(small)
    made = actions.add_staff("fay.lund@example.org", name="Fay Lund", team="waste", job="officer")
    put(small, SMALL.replace("name: Waste\n", "name: Waste and recycling\n"))
    assert actor_for(made.user).teams == {"waste"}
    assert [one.name for one in colleagues("waste")] == ["Bea Moss", "Cal Reed", "Fay Lund"]


def test_a_real_persons_address_is_refused(small: Path) -> None:
    User.objects.create_user("bea.moss@example.org")
    section = TeamsSection()
    data = section.read(small)
    assert data is not None
    with pytest.raises(PackError, match="real account"):
        section.plan(data)


def test_what_is_exported_plans_no_change(small: Path, tmp_path: Path) -> None:
    section = put(small)
    out = tmp_path / "out"
    out.mkdir()
    section.export(out)
    again = section.read(out)
    assert again is not None
    assert section.plan(again) == []
    assert "password" not in (out / "teams.yaml").read_text()


def test_the_invented_councils_file_exports_and_plans_no_change(
    teams: None, tmp_path: Path
) -> None:
    section = TeamsSection()
    original = section.read(Path(project.PACK))
    assert original is not None
    assert section.plan(original) == []
    section.export(tmp_path)
    again = section.read(tmp_path)
    assert again is not None
    assert section.plan(again) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("team: members", "team: waste", r"teams.yaml:9: The team waste is there twice"),
        ("job: manager", "job: boss", r"teams.yaml:8: .*boss is not one of adviser"),
        (", ward: X05000001", "", r"teams.yaml:13: The councillor Cllr Dot Fern has no ward"),
        ("eli.hart@", "bea.moss@", r"teams.yaml:16: bea.moss@example.org is staff as well"),
        ("cal.reed@example.org", "cal.reed", r"teams.yaml:8: .*cal.reed is not an email address"),
        ("team: waste", "team: Waste Team", r"teams.yaml:2: .*not an id"),
        ("[councillor]", "[The Councillor]", r"not a role"),
        ("plays: [waste_team, waste_crew]", "play: [waste_team]", r"Did you mean plays"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(small: Path, old: str, new: str, words: str) -> None:
    (small / "teams.yaml").write_text(SMALL.replace(old, new, 1))
    with pytest.raises(PackError, match=words):
        TeamsSection().read(small)


def test_a_pack_without_teams_says_nothing(tmp_path: Path) -> None:
    assert TeamsSection().read(tmp_path) is None


def test_actors_of_people_who_are_no_staff(db: None) -> None:
    from django.contrib.auth.models import AnonymousUser

    assert actor_for(AnonymousUser()) is ANONYMOUS
    assert actor_for(None) is ANONYMOUS
    user = User.objects.create_user("nell@example.org", name="Nell")
    assert actor_for(user) == applicant(user, "Nell")
    assert actor_for(user).roles == {"applicant"}
    assert applicant().user_id is None


def test_an_actor_is_asked_for_once(teams: None, django_assert_num_queries: Any) -> None:
    user = User.objects.get(email="bryn.oakshott@wealdmere.example")
    with django_assert_num_queries(1):
        assert actor_for(user) is actor_for(user)


def test_a_request_without_second_factor_acts_for_nobody(teams: None) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.get(email="bryn.oakshott@wealdmere.example")  # type: ignore[assignment]
    request.session = {}  # type: ignore[assignment]
    assert access.standing(request) == "unproven"
    assert access.request_actor(request) is ANONYMOUS


def test_jobs_open_pages(teams: None) -> None:
    from django.core.exceptions import PermissionDenied
    from django.http import HttpResponse

    page = access.staff_required(jobs=("manager",))(lambda request: HttpResponse("in"))
    for email, opens in [
        ("marcus.quill@wealdmere.example", True),
        ("tom.ravensworth@wealdmere.example", True),
        ("bryn.oakshott@wealdmere.example", False),
    ]:
        user = User.objects.get(email=email)
        request = RequestFactory().get("/")
        request.user = user  # type: ignore[assignment]
        request.session = {  # type: ignore[assignment]
            "account_authentication_methods": [{"method": "mfa", "at": 0}],
            "account_authentication_methods_user": str(user.pk),
        }
        if opens:
            assert page(request).status_code == 200
        else:
            with pytest.raises(PermissionDenied):
                page(request)


def test_one_account_for_an_address_whatever_its_capitals(db: None) -> None:
    User.objects.create_user("Una@Example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("una@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="UNA@example.org")])
    assert User.objects.get_by_natural_key("UNA@EXAMPLE.ORG").email == "una@example.org"
    with pytest.raises(ValueError, match="needs an email"):
        User.objects.create_user("  ")


def test_a_job_must_be_a_known_one(teams: None) -> None:
    user = User.objects.create_user("nell@example.org", is_staff=True)
    found = team("waste")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=user, team=found, job="boss")


def test_groups_of_the_single_sign_on_come_from_the_file_and_go_back(
    tmp_path: Path, teams: None
) -> None:
    (tmp_path / "teams.yaml").write_text(
        "teams:\n"
        "  - team: waste\n    name: Waste\n    plays: [waste_team]\n    groups:\n"
        "      - {group: Waste officers, job: officer}\n"
        "      - {group: Waste officers, job: councillor}\n"
    )
    section = TeamsSection()
    with pytest.raises(PackError) as wrong:
        section.read(tmp_path)
    assert wrong.value.problems[0].line == 7
    text = (tmp_path / "teams.yaml").read_text().replace("councillor", "adviser")
    (tmp_path / "teams.yaml").write_text(text)
    data = section.read(tmp_path)
    assert data is not None
    assert any("the group Waste officers: officer" in one.message for one in section.plan(data))
    section.apply(data)
    assert set(GroupJob.objects.values_list("group", "job")) == {
        ("Waste officers", "officer"),
        ("Waste officers", "adviser"),
    }
    out = tmp_path / "out"
    out.mkdir()
    section.export(out)
    again = section.read(out)
    assert again is not None
    assert section.plan(again) == []
