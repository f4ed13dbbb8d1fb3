"""What the index costs, that it keeps to the transaction, and that what is taken out is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from moothall import outbox, search
from moothall.search import store, vocabulary
from moothall.search.models import Document, Near, Term

NAME = "Xylophone Featherstonehaugh"
WORDS = "12 Quarry Lane XW1 1AA 01632 960123 the brown bin was not emptied " + " ".join(
    f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200)
)


def put(ref: str, words: str = WORDS, audience: str = "staff", title: str = "A case") -> None:
    search.index("case", ref, title, words, audience, f"/desk/cases/{ref}/")


def refs(text: str, audience: str = "staff") -> list[str]:
    return [hit.ref for hit in search.query(text, ("case",), (audience,))]


def everything_kept() -> str:
    """All that the room's tables hold, in one text."""
    with connection.cursor() as cursor:
        tables = [
            table
            for table in connection.introspection.table_names(cursor)
            if table.startswith("search_") and table != "search_text"
        ]
        text = ""
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            for row in cursor.fetchall():
                for value in row:
                    text += (
                        bytes(value).decode("latin-1")
                        if isinstance(value, bytes | memoryview)
                        else f" {value}"
                    )
    return text.lower()


@pytest.fixture(autouse=True)
def _agree(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test, the index and the documents must tell the same."""
    yield
    if "transactional_db" not in request.fixturenames:
        store.check()


@pytest.mark.django_db
def test_a_document_costs_few_queries_however_many_words_it_has() -> None:
    with CaptureQueriesContext(
        connection,
    ) as new:
        put("one")
    assert len(new) <= 2
    with CaptureQueriesContext(connection) as same:
        put("one")
    assert len(same) == 1
    with CaptureQueriesContext(connection) as changed:
        put("one", WORDS + " gate")
    assert len(changed) <= 2
    vocabulary.learn()
    with CaptureQueriesContext(connection) as shrunk:
        put("one", "gate")
    assert len(shrunk) <= 8
    with CaptureQueriesContext(connection) as gone:
        search.remove("case", "one")
    assert len(gone) <= 8


@pytest.mark.django_db
def test_a_query_costs_few_queries() -> None:
    put("one")
    vocabulary.learn()
    with CaptureQueriesContext(connection) as known:
        assert refs("quarry lane") == ["one"]
    assert len(known) <= 3
    with CaptureQueriesContext(connection) as misspelt:
        assert refs("quarrry lanne") == ["one"]
    assert len(misspelt) <= 6


@pytest.mark.django_db
def test_a_document_is_written_anew_under_its_name() -> None:
    put("one", "pothole")
    put("one", "hedge", title="Hedge")
    assert refs("pothole") == []
    assert [hit.title for hit in search.query("hedge", None, ("staff",))] == ["Hedge"]
    assert Document.objects.filter(kind="case").count() == 1


@pytest.mark.django_db
def test_a_document_moves_to_another_audience_with_all_its_words() -> None:
    put("one", NAME, "public")
    vocabulary.learn()
    put("one", NAME, "team:care")
    assert refs("Featherstonehaugh", "public") == []
    assert not Term.objects.filter(audience="public", word="featherstonehaugh").exists()
    assert refs("Featherstonehaugh", "team:care") == ["one"]
    vocabulary.learn()
    assert search.query("Fetherstonehaugh", None, ("public",)).corrected is None
    assert search.query("Fetherstonehaugh", None, ("team:care",)).corrected == "featherstonehaugh"


@pytest.mark.django_db
def test_the_index_keeps_to_the_transaction() -> None:
    class Undone(Exception):
        pass

    put("kept", "hedge")
    vocabulary.learn()
    for _ in range(3):
        with pytest.raises(Undone), transaction.atomic():
            put("lost", "pothole hedge")
            put("kept", "gravel")
            assert refs("pothole") == ["lost"]
            assert refs("hedge") == ["lost"]
            vocabulary.learn()
            search.remove("case", "kept")
            raise Undone
        assert refs("pothole") == refs("gravel") == []
        assert refs("hedge") == ["kept"]
        assert search.query("hegde", None, ("staff",)).corrected == "hedge"
        store.check()


@pytest.mark.django_db
def test_what_is_taken_out_leaves_no_word_behind() -> None:
    put("one", f"{NAME} {WORDS}")
    put("two", "Quarry Lane bin")
    vocabulary.learn()
    put("three", NAME)  # not learnt yet
    before = everything_kept()
    assert "xylophon" in before
    assert "featherstonehaugh" in before
    search.remove("case", "one")
    search.remove("case", "three")
    search.remove("case", "never-there")
    assert refs("Xylophone") == refs("Featherstonehaugh") == []
    assert search.query("Xylophon", None, ("staff",)).corrected is None
    store.tidy()
    after = everything_kept()
    for trace in ("xylo", "ylophon", "featherston", "fathers", "01632960123", "xw1"):
        assert trace not in after, trace
    assert "quarri" in after  # the other document's
    assert set(Term.objects.filter(audience="staff").values_list("word", flat=True)) == {
        "quarry",
        "lane",
        "case",
    }


@pytest.mark.django_db
def test_a_redacted_name_is_gone_when_its_document_is_written_without_it() -> None:
    put("one", f"{NAME} bin by the gate")
    put("two", "Xylophone lessons")
    vocabulary.learn()
    put("one", "bin by the gate")
    words = set(Term.objects.filter(audience="staff").values_list("word", flat=True))
    assert "featherstonehaugh" not in words
    assert "xylophone" in words  # the other document has it
    search.remove("case", "two")
    assert not Term.objects.filter(word="xylophone").exists()
    assert refs("gate") == ["one"]
    store.tidy()
    assert "featherston" not in everything_kept()


@pytest.mark.django_db
def test_the_vocabulary_counts_each_document_once() -> None:
    put("one", "hedge hedge hedges")
    put("two", "hedge")
    assert vocabulary.learn() >= 2
    assert vocabulary.learn() == 0
    put("two", "hedge gate")
    put("one", "hedge hedge hedges")
    vocabulary.learn()
    counts = dict(Term.objects.filter(audience="staff").values_list("word", "documents"))
    assert counts == {"hedge": 2, "hedges": 1, "case": 2, "gate": 1}
    search.remove("case", "one")
    search.remove("case", "two")
    assert not Term.objects.filter(audience="staff").exists()
    assert not Near.objects.filter(term__audience="staff").exists()


@pytest.mark.django_db
def test_the_worker_teaches_the_vocabulary() -> None:
    put("one", "hedge")
    outbox.drain(datetime.now(UTC) + timedelta(minutes=5), strict=True)
    assert search.query("hegde", None, ("staff",)).corrected == "hedge"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "ref", "audience", "url"),
    [("", "r", "a", "/"), ("k", "", "a", "/"), ("k", "r", "", "/"), ("k" * 41, "r", "a", "/")]
    + [("k", "r" * 101, "a", "/"), ("k", "r", "a" * 61, "/"), ("k", "r", "a", "/" * 301)],
)
def test_a_document_without_a_proper_name_is_refused(
    kind: str, ref: str, audience: str, url: str
) -> None:
    with pytest.raises(ValueError, match="search document has 1 to"):
        search.index(kind, ref, "Title", "words", audience, url)


@pytest.mark.django_db
def test_the_longest_document_and_title_are_taken() -> None:
    put("one", " ".join(f"w{n}" for n in range(30_000)), title="Long " * 500)
    assert refs("w17") == ["one"]
    assert len(Document.objects.get(ref="one").title) == 300


@pytest.mark.django_db(transaction=True)
def test_the_store_can_be_taken_away_and_made_again() -> None:
    call_command("migrate", "search", "0001", verbosity=0)
    call_command("migrate", "search", verbosity=0)
    put("one", "hedge")
    assert refs("hedge") == ["one"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_neither_block_each_other_nor_miscount() -> None:
    """Cases are opened, redacted and learnt at the same time, with the same words in all of them."""
    shared = "bin road quarry hedge lane gate school litter permit"
    for number in range(12):
        put(f"old{number}", shared + " featherstone")
    vocabulary.learn()
    errors: list[BaseException] = []
    start = threading.Barrier(5)

    def do(work: int) -> None:
        try:
            start.wait()
            for step in range(6):
                with transaction.atomic():
                    if work == 0:
                        vocabulary.learn()
                    elif work == 1:
                        search.remove("case", f"old{step}")
                    elif work == 2:
                        put(f"old{11 - step}", " ".join(reversed(shared.split())))
                    else:
                        put(f"new{work}-{step}", shared)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(work,)) for work in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    vocabulary.learn()
    counts = dict(Term.objects.filter(audience="staff").values_list("word", "documents"))
    assert counts.pop("case") == 18
    assert counts == dict.fromkeys((w for w in shared.split() if len(w) > 3), 18)
    store.check()


@pytest.mark.django_db(transaction=True)
def test_the_same_document_twice_at_once_is_one_document() -> None:
    errors: list[BaseException] = []
    start = threading.Barrier(4)

    def do(number: int) -> None:
        try:
            start.wait()
            put("same", f"hedge number{'abcd'[number]}")
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert refs("hedge") == ["same"]
    store.check()
