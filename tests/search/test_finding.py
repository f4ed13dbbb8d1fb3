"""What residents and staff find, and what they must never be shown."""

from __future__ import annotations

from typing import Any

import pytest

from moothall import search
from moothall.search import vocabulary

pytestmark = pytest.mark.django_db

PAGES = {
    "missed_bin": ("Report a missed bin", "Tell us if your refuse collection did not come."),
    "bulky": ("Book a bulky waste collection", "We take sofas, beds, fridges and mattresses."),
    "pothole": ("Report a pothole", "Tell us about damage to a road or a pavement."),
    "permit": ("Apply for a parking permit", "For residents of a controlled zone."),
    "foi": ("Ask for information", "Make a freedom of information request."),
}
CASES = {
    "WM-7K3-9QF": (
        "WM-7K3-9QF Report a missed bin",
        "WM-7K3-9QF WM7K39QF Siân O'Brien sian.obrien@example.org 01632960123 "
        "12 Quarry Lane XW11AA Report a missed bin the brown one by the gate",
    ),
    "WM-7K4-XRT": (
        "WM-7K4-XRT Report a pothole",
        "WM-7K4-XRT WM7K4XRT Tobias Featherstone tobias@example.org 07700900321 "
        "3 Mill Street XW2 4BD Report a pothole outside the school",
    ),
    "WM-KTR-CDF": (
        "WM-KTR-CDF Apply for a parking permit",
        "WM-KTR-CDF WMKTRCDF Will May will@example.org 4 Mill Street XW24BD AB12CDE",
    ),
}


@pytest.fixture(autouse=True)
def _indexed() -> None:
    for ref, (title, words) in PAGES.items():
        search.index("service", ref, title, words, "public", f"/services/{ref}/")
    for ref, (title, words) in CASES.items():
        search.index("case", ref, title, words, "staff", f"/desk/cases/{ref}/")
    vocabulary.learn()


def public(text: str, **more: Any) -> list[str]:
    return [hit.ref for hit in search.query(text, ("service", "page"), **more)]


def staff(text: str) -> list[str]:
    return [hit.ref for hit in search.query(text, ("case",), ("staff",))]


def test_a_resident_finds_a_service_by_what_people_call_it() -> None:
    assert public("missed bin")[0] == "missed_bin"
    assert public("rubbish not collected")[0] == "missed_bin"
    assert public("The bin men MISSED my bins!")[0] == "missed_bin"
    assert public("old sofa")[0] == "bulky"
    assert public("hole in the road")[0] == "pothole"
    assert public("residents' parking")[0] == "permit"
    assert public("foi") == ["foi"]


def test_a_hit_carries_what_a_page_shows() -> None:
    found = search.query("potholes")
    assert [(hit.kind, hit.ref, hit.title, hit.url) for hit in found] == [
        ("service", "pothole", "Report a pothole", "/services/pothole/")
    ]
    assert (len(found), found.corrected, found.more) == (1, None, False)


@pytest.mark.parametrize(
    ("typed", "meant", "service"),
    [
        ("pothle", "pothole", "pothole"),
        ("mised bin colection", "missed bin collection", "missed_bin"),
        ("parkng permitt", "parking permit", "permit"),
        ("freindom of information", "freedom of information", "foi"),
        ("matress", "mattress", "bulky"),
        ("rubish", "rubbish", "missed_bin"),  # no document has the word: the synonym file has it
    ],
)
def test_a_misspelt_word_is_put_right_and_the_page_can_say_so(
    typed: str, meant: str, service: str
) -> None:
    found = search.query(typed)
    assert found.corrected == meant
    assert service in [hit.ref for hit in found.hits[:2]]


def test_a_word_that_is_there_is_not_put_right() -> None:
    search.index("page", "colection", "Stamp colection", "", "public", "/pages/colection/")
    found = search.query("colection")
    assert found.hits[0].ref == "colection"  # before the vocabulary has learnt the word
    assert found.corrected is None
    vocabulary.learn()
    assert search.query("colection").corrected is None


def test_the_beginning_of_a_word_is_enough() -> None:
    assert staff("Feath") == ["WM-7K4-XRT"]
    assert public("mattr") == ["bulky"]


def test_a_title_counts_more_than_the_text_below_it() -> None:
    search.index("page", "a", "Council tax", "How to pay", "public", "/a/")
    search.index("page", "b", "How to pay", "Council tax and rent", "public", "/b/")
    assert public("council tax") == ["a", "b"]
    assert public("how to pay") == ["b", "a"]


def test_where_no_document_has_every_word_those_with_the_rarer_ones_come_first() -> None:
    assert public("report zebra pothole")[0] == "pothole"
    assert public("zebra giraffe") == []


@pytest.mark.parametrize(
    "typed",
    ["WM-7K3-9QF", "wm7k39qf", "wm-7k3", "WM7K3", "7K3-9QF", "wm 7k3 9qf", "WM-7K3-9", "Brien"]
    + ["Sian O'Brien", "Siân O’Brien", "obrien", "sian.obrien@example.org", "01632 960 123"]
    + ["+44 1632 960123", "01632960123", "XW1", "xw1 1", "XW1 1AA", "xw11aa", "12 Quarry Lane"]
    + ["brown bin quarry"],
)
def test_staff_find_a_case_by_anything_on_it(typed: str) -> None:
    assert staff(typed) == ["WM-7K3-9QF"]


def test_staff_find_by_the_beginning_of_a_reference_without_figures_or_a_number_plate() -> None:
    assert staff("WM-KTR") == staff("wmktrc") == staff("AB12 CDE") == staff("ab12c")
    assert staff("WM-KTR") == ["WM-KTR-CDF"]


def test_the_beginning_that_several_share_finds_them_newest_first() -> None:
    assert staff("wm-7k") == ["WM-7K4-XRT", "WM-7K3-9QF"]
    assert set(staff("XW2 4BD")) == {"WM-7K4-XRT", "WM-KTR-CDF"}


def test_a_name_made_of_common_words_is_found() -> None:
    assert staff("Will") == ["WM-KTR-CDF"]
    assert staff("will may") == ["WM-KTR-CDF"]


def test_nobody_is_shown_a_document_of_an_audience_that_the_query_does_not_name() -> None:
    assert public("Quarry") == public("WM-7K3-9QF") == []
    assert search.query("Featherston", ("case",), ("public",)).corrected is None
    assert [hit.ref for hit in search.query("bin", None, ("public",))] == ["missed_bin", "bulky"]
    both = search.query("bin", None, ("public", "staff"))
    assert {hit.kind for hit in both} == {"case", "service"}
    assert len(search.query("bin", None, ())) == len(search.query("bin", ())) == 0
    assert len(search.query("bin", ("case",), ("pub", "STAFF", "staff%", "*"))) == 0


def test_two_audiences_that_share_a_code_are_still_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    from moothall.search import store

    monkeypatch.setattr(store, "code", lambda audience, kind: "aaaa")
    search.index("case", "secret", "Quarry", "quarry", "team:care", "/secret/")
    search.index("page", "open", "Quarry", "quarry", "public", "/open/")
    assert [hit.ref for hit in search.query("quarry", ("page", "case"))] == ["open"]
    assert [hit.ref for hit in search.query("quarry", ("page",), ("public", "team:care"))] == [
        "open"
    ]


def test_no_more_than_asked_and_a_sign_that_there_is_more() -> None:
    for number in range(30):
        search.index("page", f"p{number}", f"Library {number}", "Opening times", "public", "/p/")
    found = search.query("library", limit=10)
    assert (len(found), found.more) == (10, True)
    assert [hit.ref for hit in found] == [f"p{n}" for n in range(29, 19, -1)]
    assert len(search.query("library", limit=0)) == 1
    assert (len(search.query("library", limit=10_000)), found.corrected) == (30, None)


def test_welsh_pages_are_found_by_welsh_words_in_any_form() -> None:
    for ref, title, words in (
        ("bin_cy", "Rhoi gwybod am fin a fethwyd", "Os na ddaeth eich casgliad sbwriel."),
        ("road_cy", "Rhoi gwybod am dwll yn y ffordd", "Difrod i ffyrdd a phalmentydd."),
    ):
        search.index("service", ref, title, words, "public", f"/cy/services/{ref}/", language="cy")
    vocabulary.learn()

    def cymraeg(text: str) -> list[str]:
        return public(text, language="cy")

    assert cymraeg("bin")[0] == "bin_cy"
    assert cymraeg("biniau")[0] == "bin_cy"
    assert cymraeg("gasgliadau")[0] == "bin_cy"
    assert cymraeg("gwastraff")[0] == "bin_cy"
    assert cymraeg("twll")[0] == "road_cy"
    assert cymraeg("dyllau yn y ffordd")[0] == "road_cy"
    assert cymraeg("balmant")[0] == "road_cy"
    assert cymraeg("parking permit") == ["permit"]  # English words are understood on Welsh pages
    assert public("sbwriel") == ["bin_cy"]
    assert public("bin")[0] == "missed_bin"


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "\x00", "!!!", '"', "'", '""""', "''; DROP TABLE search_document; --", "\\", "%"]
    + ["bin' | 'x", "(((", ")) OR ((", "NEAR(", "tokens:", "{tokens} :", "^", "*", "-", "& | !"]
    + ["\ud800", "🗑️", "ﷺ", "a" * 10_000, "bin " * 2_500, "ab-" * 3_000, "'" * 10_000, "<->"]
    + ["(" * 10_000, "the of and a", "1 2 3", "+", "@", "٣٤", "İstanbul", "ß", "\u202eniB"],
)
def test_nothing_that_is_typed_can_harm(typed: str) -> None:
    for audiences in (("public",), ("public", "staff")):
        for language in ("en", "cy", "xx", ""):
            found = search.query(typed, None, audiences, language=language)
            assert len(found) <= 20


@pytest.mark.parametrize("typed", ['bin"', "bin'", "bin*", "(bin)", "bin OR", "NOT bin", "-bin"])
def test_signs_of_a_query_language_are_only_signs(typed: str) -> None:
    assert public(typed)[0] == "missed_bin"


def test_only_common_words_find_what_holds_them() -> None:
    assert "missed_bin" in public("tell us if your")


def test_what_is_after_a_thousand_characters_is_not_read() -> None:
    assert public("pothole " + "." * 1_000 + " bin") == ["pothole"]
