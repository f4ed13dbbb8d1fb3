"""A council adopts a service: local values, its own words, its teams; and other languages."""

from __future__ import annotations

import pytest

from moothall.language import (
    Facts,
    Service,
    ServiceFileError,
    Source,
    load_service,
    moves_for,
    promise,
    read,
    render,
    sha256_of,
    translatable,
    translation_status,
)
from moothall.language.overlay import version_fits
from tests.language.files import BULKY, BULKY_CY, MISSED_BIN, bulky, missed_bin

OVERLAY = """\
moothall: 1
uses: bulky@1.2
local:
  most: 5
  each: 15.00
  kinds: {sofa: Settee, fridge: Fridge, bed: Bed, bike: Bicycle}
teams: {waste_team: street_team}
text:
  pages.fridge_note.say: Leave it empty and dry.
  tell.asked.subject: Please tell us more
  pages.person.full_name.label: Who are you?
channels: [online, phone]
"""


def library(service_id: str, version: str) -> Source:
    if service_id != "bulky":
        raise LookupError(service_id)
    return Source("services/bulky/service.yaml", BULKY, {"cy": ("service.cy.yaml", BULKY_CY)})


def adopted(text: str = OVERLAY) -> Service:
    return load_service(text, file="councils/x/services/bulky.yaml", library=library)


def test_a_council_changes_values_and_words_and_nothing_else() -> None:
    service, plain = adopted(), bulky()
    assert service.uses == "bulky@1.2"
    assert (service.version, service.id) == (plain.version, plain.id)
    assert service.local["each"] == 1500
    assert [*service.questions["items.kind"].options] == ["sofa", "fridge", "bed", "bike"]
    assert service.text("pages.fridge_note.say") == "Leave it empty and dry."
    assert service.text("pages.items.title") == plain.text("pages.items.title")
    assert service.channels == ("online", "phone")
    assert service.owner == "street_team"
    team = frozenset({"street_team"})
    assert [m.id for m in moves_for(service, Facts({}), state="booked", roles=team)] == ["ask"]
    assert service.sha256 != plain.sha256
    assert Service.from_canonical(service.canonical).sha256 == service.sha256


def test_words_that_a_council_changed_show_as_stale_in_welsh() -> None:
    states = {item.path: item for item in translation_status(adopted(), "cy")}
    assert states["pages.person.full_name.label"].status == "stale"
    assert states["name"].status == "unchecked"
    assert states["pages.items.title"].status == "missing"
    current = f"  pages.items.title: {{text: Beth, of: {sha256_of('What should we take?')[:8]}}}\n"
    service = load_service(BULKY, translations={"cy": ("service.cy.yaml", BULKY_CY + current)})
    assert {i.path: i.status for i in translation_status(service, "cy")}[
        "pages.items.title"
    ] == "current"
    assert set(translatable(service)) == {item.path for item in translation_status(service, "cy")}


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        (
            "uses: bulky@1.2",
            "uses: bulky@1.5",
            "uses:",
            "The library has bulky 1.4.0, which is not 1.5",
        ),
        ("uses: bulky@1.2", "uses: bulk@1", "uses:", "no service `bulk`"),
        ("uses: bulky@1.2", "uses: bulky", "uses:", "missed_bin@1.2"),
        ("  most: 5", "  mots: 5", "mots", "Did you mean `most`?"),
        ("  most: 5", "  most: five", "most: five", "a whole number, such as 3"),
        (
            "fridge: Fridge, bed",
            "freezer: Fridge, bed",
            "kind is fridge",
            "`kind` has no option `fridge`",
        ),
        (
            "pages.fridge_note.say:",
            "pages.fridge_note.says:",
            "says:",
            "Did you mean `pages.fridge_note.say`?",
        ),
        ("Leave it empty and dry.", "Leave {it} empty.", "{it}", "called `it`"),
        ("channels: [online, phone]", "channels: [field]", "channels", "cannot be used by field"),
        ("teams:", "pages: []\nteams:", "pages:", "There is no key `pages` here"),
    ],
)
def test_a_wrong_overlay_is_refused_where_it_stands(old: str, new: str, at: str, says: str) -> None:
    text = OVERLAY.replace(old, new, 1)
    with pytest.raises(ServiceFileError) as caught:
        adopted(text)
    found = [problem for problem in caught.value.problems if says in str(problem)]
    assert found, str(caught.value)
    body = text if found[0].file.startswith("councils") else BULKY
    lines = [number for number, line in enumerate(body.split("\n"), 1) if at in line]
    assert found[0].line in lines


def test_without_a_library_an_overlay_cannot_be_read() -> None:
    assert read(OVERLAY).service is None


@pytest.mark.parametrize(
    ("have", "wanted", "fits"),
    [
        ("1.2.0", "1.2", True), ("1.3.1", "1.2", True), ("2.0.0", "1.2", False), ("1.1.9", "1.2", False),
        ("1.9.0", "1", True), ("1.2.3", "1.2.3", True), ("1.2.4", "1.2.3", False), ("1.10.0", "1.9", True),
    ],
)  # fmt: skip
def test_which_versions_will_do(have: str, wanted: str, fits: bool) -> None:
    assert version_fits(have, wanted) is fits


def test_other_local_values_make_another_promise() -> None:
    from datetime import datetime

    from moothall.language.clock import LONDON

    service = missed_bin()
    begin = datetime(2026, 3, 11, 10, tzinfo=LONDON)
    five = service.with_local({"return_within": 5})
    assert str(promise(five, Facts({}), started=begin).finish_by)[:10] == "2026-03-18"
    assert render(five, five.text("summary"), Facts({})).endswith("within 5 working days.")
    with pytest.raises(ServiceFileError):
        service.with_local({"return_within": "soon"})


def test_welsh_takes_the_plural_form_of_the_number() -> None:
    service = bulky()
    text = service.text("fee.lines.0.label", "cy")
    for number, word in ((1, "1 peth"), (2, "2 beth"), (5, "5 o bethau")):
        rows = [{"kind": "sofa", "number": number}]
        assert render(service, text, Facts({"items": rows}), "cy") == f"Casglu {word}"


def test_texts_hold_expressions_and_leave_out_what_is_missing() -> None:
    service = missed_bin()
    facts = Facts({"bin": "garden"})
    assert render(service, "{bin}, {missed_on}, {{x}}", facts) == "Garden waste, , {x}"
    assert (
        render(service, "{1 if bin is garden else 2} of {local.return_within}", facts) == "1 of 3"
    )
    assert render(service, "{no_such_thing} stays", facts) == "{no_such_thing} stays"


def test_the_short_example_is_as_the_language_page_gives_it() -> None:
    assert load_service(MISSED_BIN).slug == "missed-bin"
