"""Finding a service, and what its page says before one starts."""

from __future__ import annotations

import re

import pytest

from tests.resident import Page

pytestmark = pytest.mark.django_db
PAGES = (
    "/",
    "/services/",
    "/services/missed-bin/",
    "/track/",
    "/contact",
    "/accessibility",
    "/privacy",
    "/cookies",
)


@pytest.fixture(autouse=True)
def _council(council) -> None:
    """The invented council."""


def text_of(client, url: str) -> str:
    """The page, which is there."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def test_home_offers_search_kinds_and_the_most_used(client) -> None:
    text = text_of(client, "/")
    for words in (
        "Report a missed bin",
        "Apply",
        "Book",
        'name="q"',
        "01632 960100",
        "Demonstration",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("bin", "missed-bin"),
        ("rubish", "missed-bin"),
        ("sofa", "bulky-waste"),
        ("mattres", "bulky-waste"),
        ("parking permits", "parking-permit"),
        ("food voucher", "crisis-support"),
        ("freedom of information", "foi-request"),
        ("complain", "complaint"),
    ],
)
def test_search_finds_by_other_words_and_forgives_spelling(client, words: str, slug: str) -> None:
    text = text_of(client, f"/services/?q={words}")
    listing = text.split('class="mh-list"')[1]
    assert f"/services/{slug}/" in listing


def test_a_search_that_finds_nothing_helps(client) -> None:
    text = text_of(client, "/services/?q=zeppelin")
    assert "Try other words" in text
    assert "01632 960100" in text


def test_what_is_searched_for_cannot_become_markup(client) -> None:
    assert "<script>alert" not in text_of(client, "/services/?q=<script>alert(1)</script>")


def test_services_are_listed_a_to_z_and_by_kind(client) -> None:
    text = text_of(client, "/services/")
    assert re.findall(r'id="letter-([a-z])"', text) == sorted(
        re.findall(r'id="letter-([a-z])"', text)
    )
    assert "/services/parking-permit/" in text_of(client, "/services/?kind=apply")
    assert "/services/missed-bin/" not in text_of(client, "/services/?kind=apply").split("<main")[1]


def test_a_services_page_says_what_one_needs_how_long_and_what_it_costs(client) -> None:
    text = text_of(client, "/services/bulky-waste/")
    for words in (
        "Before you start",
        "a bank card",
        "£12",
        "You pay when you send it",
        "35 working days",
        "Start now",
    ):
        assert words in text
    assert 'href="/services/bulky-waste/start"' in text
    assert "3 working days" in text_of(client, "/services/missed-bin/")


def test_a_service_that_is_not_offered_is_404_in_our_design(client) -> None:
    answer = client.get("/services/moon-landing/")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()
    assert "Wealdmere" in answer.content.decode()


@pytest.mark.parametrize("url", PAGES)
def test_every_public_page_has_a_welsh_twin_that_leads_back(client, url: str) -> None:
    english = text_of(client, url)
    twin = "/cy" + url
    assert f'href="{twin}"' in english
    welsh = text_of(client, twin)
    assert '<html lang="cy"' in welsh
    assert f'href="{url}"' in welsh
    assert "Cyngor Bwrdeistref Wealdmere" in welsh


@pytest.mark.parametrize("url", PAGES)
def test_links_of_a_welsh_page_stay_in_welsh(client, url: str) -> None:
    welsh = text_of(client, "/cy" + url)
    links = re.findall(r'<a [^>]*href="(/[^"]*)"[^>]*>', welsh)
    others = [
        link
        for link in links
        if not link.startswith(("/cy", "/desk", "/static", "/theme")) and link != url
    ]
    assert others == []


@pytest.mark.parametrize("url", [*PAGES, "/nothing-here"])
def test_no_page_has_inline_script_style_or_handler_or_a_third_party(client, url: str) -> None:
    text = client.get(url).content.decode()
    assert not re.search(r"<script(?![^>]*src=)", text)
    assert "<style" not in text
    assert not re.search(r"<[^>]+\sstyle=", text)
    assert not re.search(r"<[^>]+\son[a-z]+=", text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


@pytest.mark.parametrize("url", PAGES)
def test_every_page_has_a_title_one_heading_and_a_way_past_the_menu(client, url: str) -> None:
    text = text_of(client, url)
    assert re.search(r"<title>[^<]{8,}</title>", text)
    assert text.count("<h1") == 1
    assert 'href="#main-content"' in text
    assert 'id="main-content"' in text
    assert Page(text).heading


def test_privacy_is_made_from_the_service_files(client) -> None:
    text = text_of(client, "/privacy")
    assert "Report a missed bin" in text
    assert "1 year after it ends" in text
    assert "2 years after it ends" in text


def test_an_error_of_ours_is_told_in_our_design(client, monkeypatch) -> None:
    from moothall.website import views

    client.raise_request_exception = False

    def broken(*_args, **_kwargs):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(views.catalogue, "public", broken)
    answer = client.get("/")
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "Sorry, something went wrong" in text
    assert "broken on purpose" not in text
    assert "Wealdmere" in text


def test_words_that_are_not_in_welsh_yet_say_which_language_they_are(client) -> None:
    text = text_of(client, "/cy/services/")
    assert (
        'lang="en"><a class="govuk-link govuk-!-font-weight-bold" href="/cy/services/foi-request/"'
        in text
    )
    assert (
        '<li><a class="govuk-link govuk-!-font-weight-bold" href="/cy/services/missed-bin/"' in text
    )
    form = text_of(client, "/cy/services/foi-request/about/")
    assert "Nid yw'r ffurflen hon yn Gymraeg eto" in form
