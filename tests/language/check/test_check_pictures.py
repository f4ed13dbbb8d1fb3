"""The picture of a case, its script, its list of routes, and the schema for editors."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from moothall.language import load_service
from moothall.language.check import diagram_svg, json_schema, routes, script
from moothall.language.check.layout import Arrow, Box, place
from moothall.language.check.schema import schema_text
from tests.language.check.files import SKIP_PERMIT

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"


# -- the picture ------------------------------------------------------------------------------------


def test_the_picture_has_every_state_and_move_and_a_description_in_words() -> None:
    service = load_service(SKIP_PERMIT)
    picture = ElementTree.fromstring(diagram_svg(service))  # our own text
    words = " ".join(text.text or "" for text in picture.iter(f"{SVG}text"))
    for state in service.states.values():
        assert state.label.split()[0] in words
    for move in service.moves.values():
        assert move.label in words
    assert picture.get("role") == "img"
    assert (picture.get("aria-labelledby") or "").split() == ["title", "desc"]
    assert picture.findtext(f"{SVG}title") == "How a case moves: Apply for a skip permit"
    described = picture.findtext(f"{SVG}desc") or ""
    assert described.startswith("A case starts as “Received”.")
    assert "“Allowed” is an ending (done)." in described
    assert "“Reply” by applicant leads to “Received”" in described


def test_the_picture_may_stand_in_a_page_with_a_strict_policy() -> None:
    text = diagram_svg(load_service(SKIP_PERMIT))
    assert "<style" not in text
    assert "style=" not in text
    assert "<script" not in text
    assert not re.search(r"\son[a-z]+=", text)


def test_names_are_escaped() -> None:
    service = load_service(SKIP_PERMIT.replace("{label: Allowed,", "{label: '<b>Yes & no</b>',"))
    ElementTree.fromstring(diagram_svg(service))  # our own text
    assert "&lt;b&gt;Yes &amp; no&lt;/b&gt;" in diagram_svg(service)


GRAPHS: tuple[tuple[str, list[tuple[str, str]]], ...] = (
    ("a chain", [("a", "b"), ("b", "c"), ("c", "d")]),
    ("a circle", [("a", "b"), ("b", "c"), ("c", "a")]),
    ("there and back", [("a", "b"), ("b", "a"), ("a", "b")]),
    ("to itself", [("a", "a"), ("a", "b")]),
    ("a fan", [("a", x) for x in "bcdefg"] + [(x, "h") for x in "bcdefg"] + [("a", "h")]),
    (
        "tangled",
        [("a", "c"), ("a", "d"), ("b", "c"), ("c", "b"), ("d", "b"), ("b", "e"), ("e", "a")],
    ),
)


@pytest.mark.parametrize("pairs", [g[1] for g in GRAPHS], ids=[g[0] for g in GRAPHS])
def test_boxes_and_words_never_overlap(pairs: list[tuple[str, str]]) -> None:
    boxes = [Box(name, 140, 60) for name in sorted({x for pair in pairs for x in pair})]
    arrows = [Arrow(n, a, b, 120, 34) for n, (a, b) in enumerate(pairs)]
    placed = place(boxes, arrows, first="a")
    areas: list[tuple[float, float, float, float]] = []
    for x, y in placed.boxes.values():
        areas.append((x - 70, y - 30, x + 70, y + 30))
    for x, y in placed.words.values():
        areas.append((x - 60, y - 17, x + 60, y + 17))
    for p, q in combinations(areas, 2):
        assert (
            p[2] <= q[0] + 0.01 or q[2] <= p[0] + 0.01 or p[3] <= q[1] + 0.01 or q[3] <= p[1] + 0.01
        )
    assert min(area[0] for area in areas) >= -0.01
    assert max(area[2] for area in areas) <= placed.width + 0.01
    assert max(area[3] for area in areas) <= placed.height + 0.01
    for number, arrow in enumerate(arrows):
        if arrow.start != arrow.end:
            (x, y) = placed.lines[number][-1]
            centre = placed.boxes[arrow.end]
            assert abs(x - centre[0]) <= 70
            assert abs(abs(y - centre[1]) - 30) < 0.01


# -- the script and the routes ----------------------------------------------------------------------


def test_the_script_reads_like_the_service() -> None:
    text = script(load_service(SKIP_PERMIT))
    assert text.startswith(
        "APPLY FOR A SKIP PERMIT\nskip_permit 1.0.0\n\nAsk to put a skip on the road.\n"
    )
    assert (
        " 2. How big is the skip? [choose one]\n    ( ) Up to 4 yards\n    ( ) More than 4 yards\n"
        in text
    )
    assert "    WE STOP: You do not need a permit\n      (only when not on_road)\n" in text
    assert (
        "  We need more from you [the clock is paused]\n    -> Reply (applicant): Received\n"
        in text
    )
    assert (
        "  To applicant by email, when the case starts\n    Subject: We have your form ({reference})\n"
        in text
    )
    assert "may be left\n    blank]" in text or "may be left blank]" in text
    assert max(len(line) for line in text.splitlines()) <= 88


def test_the_script_puts_in_the_council_s_own_values_and_leaves_other_names() -> None:
    text = SKIP_PERMIT.replace(
        "summary: Ask to put a skip on the road.",
        "summary: Ask within {local.reply_within} days, or pay {local.fine}.",
    ).replace("local:\n", "local:\n  fine: {type: money, default: 12.50, help: A fine.}\n")
    assert "Ask within 10 days, or pay £12.50." in script(load_service(text))
    assert "We will answer by {finish_by}." in script(load_service(text))


def test_the_routes_are_told_with_answers_that_lead_along_them() -> None:
    listed = routes(load_service(SKIP_PERMIT))
    assert [route for route, _ in listed.routes] == [
        ("address", "size", "on_road", "no_permit_needed"),
        ("address", "size", "on_road", "weeks", "lights", "lights_needed"),
        ("address", "size", "on_road", "weeks", "lights", "health_note", "name", "email"),
        ("address", "size", "on_road", "weeks", "health_note", "name", "email"),
    ]
    text = listed.text()
    assert "4 ways through the form, 2 of them to a stop (every combination)." in text
    assert "address > size > on_road > weeks > lights > STOP lights_needed" in text
    assert "when size is large and on_road is yes and lights is no" in text


# -- the schema ---------------------------------------------------------------------------------------


def test_the_committed_schema_is_up_to_date() -> None:
    committed = (ROOT / "docs/service.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "run `moothall check --schema > docs/service.schema.json`"


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    schema = json_schema()
    found = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema)))
    assert found <= set(schema["$defs"])


def fits(schema: dict[str, Any], value: Any, whole: dict[str, Any]) -> bool:
    """Enough of JSON Schema to try our own files on it."""
    if "$ref" in schema:
        return fits(whole["$defs"][schema["$ref"].rpartition("/")[2]], value, whole)
    if "if" in schema:
        branch = "then" if fits(schema["if"], value, whole) else "else"
        return fits(schema[branch], value, whole)
    for key, how in (("anyOf", any), ("oneOf", lambda tries: sum(tries) == 1)):
        if key in schema and not how([fits(part, value, whole) for part in schema[key]]):
            return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    wanted = schema.get("type")
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if kinds and not any(is_kind(value, kind) for kind in kinds):
        return False
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        return False
    if isinstance(value, list) and "items" in schema:
        return all(fits(schema["items"], item, whole) for item in value)
    return not isinstance(value, dict) or block_fits(schema, value, whole)


def block_fits(schema: dict[str, Any], value: dict[str, Any], whole: dict[str, Any]) -> bool:
    if any(key not in value for key in schema.get("required", ())):
        return False
    for key, item in value.items():
        part = schema.get("properties", {}).get(key)
        for pattern, other in schema.get("patternProperties", {}).items():
            if part is None and re.search(pattern, key):
                part = other
        if part is None:
            rest = schema.get("additionalProperties", True)
            if rest is False:
                return False
            part = rest if isinstance(rest, dict) else {}
        if not fits(part, item, whole):
            return False
    return True


def is_kind(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case _:
            return value is None


def plain(path: Path) -> Any:
    from ruamel.yaml import YAML

    read = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return json.loads(json.dumps(read, default=str))


FILES = sorted([*ROOT.glob("services/*/*.yaml"), *ROOT.glob("councils/*/services/*.yaml")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_the_schema_takes_every_file_that_ships(path: Path) -> None:
    schema = json_schema()
    assert fits(schema, plain(path), schema)


def test_the_schema_knows_a_wrong_key_a_wrong_kind_and_a_wrong_word() -> None:
    schema = json_schema()
    good = plain(ROOT / "services/missed_bin/service.yaml")
    assert not fits(schema, {**good, "fees": {}}, schema)
    assert not fits(schema, {**good, "pages": {}}, schema)
    assert not fits(schema, {**good, "kind": "complain"}, schema)
