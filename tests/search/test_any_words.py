"""Whatever is indexed can be found by any of its words; whatever is taken out cannot."""

from __future__ import annotations

import string

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall import search
from moothall.search import analyser, store, vocabulary
from moothall.search.models import Term

pytestmark = pytest.mark.django_db

word = st.one_of(
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=14),
    st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=10),
    st.from_regex(r"[A-Z]{2}-[A-Z0-9]{3}-[A-Z0-9]{3}", fullmatch=True),
    st.from_regex(r"XW[1-9] [0-9][ABD-HJLN-Z]{2}", fullmatch=True),
    st.sampled_from(
        ["O'Brien", "Siân", "fly-tipping", "a@b.example", "01632 960123", "the", "ﬁne"]
    ),
)
text = st.lists(word, min_size=1, max_size=12)


class Undo(Exception):
    pass


def findable(one: str) -> bool:
    return bool(analyser.tokens_of(one))


@settings(max_examples=60)
@given(
    words=text,
    other=text,
    language=st.sampled_from(["en", "cy"]),
    asked=st.sampled_from(["en", "cy"]),
)
def test_found_by_any_word_until_it_is_taken_out(
    words: list[str], other: list[str], language: str, asked: str
) -> None:
    def found(one: str, audience: str = "staff") -> set[str]:
        return {hit.ref for hit in search.query(one, None, (audience,), language=asked)}

    with pytest.raises(Undo), transaction.atomic():
        search.index("t", "one", "One", " ".join(words), "staff", "/1/", language=language)
        search.index("t", "two", "Two", " ".join(other), "staff", "/2/", language=language)
        vocabulary.learn()
        for one in filter(findable, words):
            assert "one" in found(one)
            assert "one" not in found(one, "public")
        assert "one" in found(" ".join(words)) or not any(map(findable, words))
        search.remove("t", "one")
        for one in words:
            assert "one" not in found(one)
        for one in filter(findable, other):
            assert "two" in found(one)
        left = set(analyser.words_of(" ".join(["Two", *other])))
        assert set(Term.objects.filter(audience="staff").values_list("word", flat=True)) == left
        store.check()
        raise Undo


@settings(max_examples=100)
@given(st.text(max_size=200), st.sampled_from(["en", "cy"]))
def test_any_text_can_be_asked_for_and_kept(asked: str, language: str) -> None:
    for token in analyser.tokens_of(asked, language):
        plain = store.plain(token)
        assert plain.isascii()
        assert plain.isalnum()
    search.query(asked, ("case",), ("staff",), language=language)


@settings(max_examples=200)
@given(st.text(string.ascii_lowercase, min_size=4, max_size=12), st.data())
def test_one_slip_still_shares_a_near_form(right: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(right) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    slips = {
        "left out": right[:at] + right[at + 1 :],
        "added": right[:at] + letter + right[at:],
        "another": right[:at] + letter + right[at + 1 :],
        "changed places": right[:at] + right[at : at + 2][::-1] + right[at + 2 :],
    }
    for slip in slips.values():
        assert vocabulary.near_forms(right) & vocabulary.near_forms(slip)
