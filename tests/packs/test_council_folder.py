"""A council is a folder: planned in words, applied whole or not at all, written back as it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from moothall.packs import actions, queries
from moothall.packs.models import OfferedService, ServiceVersion
from moothall.packs.sections import PackError

pytestmark = pytest.mark.django_db

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def folder(tmp_path: Path, council: object) -> Path:
    """The invented council's folder without its geography, to be changed."""
    copy = tmp_path / "wealdmere"
    shutil.copytree(settings.PACK, copy, ignore=shutil.ignore_patterns("geography"))
    return copy


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replaces words in one of its files."""

    def change(file: str, old: str, new: str) -> Path:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return change


def test_after_apply_the_plan_is_clean(council: object) -> None:
    assert actions.plan(settings.PACK).clean
    before = queries.generation()
    assert actions.apply(settings.PACK).clean
    assert queries.generation() == before


def test_the_council_is_as_the_folder_says(council: object) -> None:
    info = queries.council()
    assert (info.name, info.reference_prefix) == ("Wealdmere Borough Council", "WM")
    assert info.demonstration
    assert info.name_in("cy") == "Cyngor Bwrdeistref Wealdmere"
    assert [service.id for service in queries.offered()] == [
        "missed_bin",
        "bulky_waste",
        "parking_permit",
        "crisis_support",
        "foi_request",
        "complaint",
        "pothole",
        "street_light",
        "pest_control",
        "blue_badge",
        "council_tax_move",
        "council_tax_reduction",
        "free_school_meals",
        "register_office",
        "fly_tipping",
        "abandoned_vehicle",
        "extra_bin",
        "garden_waste",
        "noise_nuisance",
    ]
    found = queries.service("missed-bin")
    assert found is not None
    assert found is queries.service("missed_bin")
    assert queries.definition(found.sha256) is found
    assert queries.service("no-such-thing") is None


def test_a_change_is_told_in_words_then_made(edit: Edit) -> None:
    folder = edit("council.yaml", "phone: 01632 960100", "phone: 01632 960199")
    plan = actions.plan(folder)
    assert "contact.phone: 01632 960100 becomes 01632 960199" in str(plan)
    before = queries.generation()
    assert queries.council().contact["phone"] == "01632 960100"
    actions.apply(folder)
    assert queries.council().contact["phone"] == "01632 960199"
    assert queries.generation() != before
    assert actions.plan(folder).clean


def test_a_local_value_makes_a_new_definition_and_keeps_the_old(edit: Edit) -> None:
    old = queries.service("missed_bin")
    assert old is not None
    folder = edit("services/missed_bin.yaml", "return_within: 3", "return_within: 5")
    plan = str(actions.plan(folder))
    assert "~ Report a missed bin (1.0.0)" in plan
    actions.apply(folder)
    new = queries.service("missed_bin")
    assert new is not None
    assert new.sha256 != old.sha256
    assert new.local["return_within"] == 5
    assert queries.definition(old.sha256).local["return_within"] == 3
    assert ServiceVersion.objects.filter(service_id="missed_bin").count() == 2


def test_a_service_that_is_dropped_is_no_longer_offered_but_its_definition_stays(
    edit: Edit,
) -> None:
    old = queries.service("complaint")
    assert old is not None
    folder = edit("services.yaml", "  - complaint@1\n", "")
    assert "- Complain about the council is no longer offered" in str(actions.plan(folder))
    actions.apply(folder)
    assert queries.service("complaint") is None
    assert queries.definition(old.sha256).id == "complaint"


def test_an_invalid_pack_is_refused_whole_with_every_line(edit: Edit) -> None:
    edit("council.yaml", "phone: 01632 960100", "phone: 01632 960199")
    edit("services/missed_bin.yaml", "return_within: 3", "return_within: soon")
    folder = edit("costs.yaml", "pounds: 2.83", "pound: 2.83")
    before = (queries.generation(), list(OfferedService.objects.values()))
    with pytest.raises(PackError) as caught:
        actions.apply(folder)
    said = str(caught.value)
    assert "wealdmere/services/missed_bin.yaml:6:" in said
    assert "wealdmere/costs.yaml:" in said
    assert (queries.generation(), list(OfferedService.objects.values())) == before
    assert queries.council().contact["phone"] == "01632 960100"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("council.yaml", "name: Wealdmere", "nam: Wealdmere", "Did you mean name?"),
        ("council.yaml", 'brand: "#1c4f45"', "brand: green", "wealdmere/council.yaml:"),
        ("council.yaml", "languages: [en, cy]", "languages: [cy]", "English (en) comes first"),
        ("services.yaml", "missed_bin@1", "mised_bin@1", "no service mised_bin"),
        ("services.yaml", "complaint@1", "complaint@7", "does not fit 7"),
        ("services.yaml", "complaint@1", "foi_request@1", "foi_request is listed twice"),
        (
            "teams.yaml",
            "plays: [waste_crew]",
            "plays: [waste_crews]",
            "no team that plays waste_crew",
        ),
        ("slots.yaml", "resource: bulky_waste", "resource: bulky", "no bookable times called"),
        (
            "connectors.yaml",
            "  parking.zone: {use: stand-in}\n",
            "",
            "no connector called parking.zone",
        ),
        ("demonstration.yaml", "seed: 20260401", "seed: soon", "wealdmere/demonstration.yaml:2"),
    ],
)
def test_mistakes_are_named(edit: Edit, file: str, old: str, new: str, said: str) -> None:
    with pytest.raises(PackError) as caught:
        actions.plan(edit(file, old, new))
    assert said in str(caught.value)


def test_a_folder_without_a_council_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"must hold council\.yaml"):
        actions.plan(tmp_path)


def test_the_council_writes_itself_back(tmp_path: Path, council: object) -> None:
    out = tmp_path / "mine"
    actions.export(out)
    assert actions.plan(out).clean, str(actions.plan(out))
    with pytest.raises(PackError, match="not empty"):
        actions.export(out)


def test_the_command_says_what_it_did(edit: Edit, capsys: pytest.CaptureFixture[str]) -> None:
    folder = edit("council.yaml", "zoom: 12", "zoom: 13")
    call_command("pack", "plan", str(folder))
    assert "map.zoom: 12 becomes 13" in capsys.readouterr().out
    call_command("pack", "apply", str(folder))
    call_command("pack", "plan", str(folder))
    assert "Nothing would change" in capsys.readouterr().out
    edit("council.yaml", "zoom: 13", "zoom: 99")
    with pytest.raises(CommandError, match=r"1 mistake\. Nothing was changed"):
        call_command("pack", "apply", str(folder))
