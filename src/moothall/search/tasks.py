"""What the outbox does for search: the vocabulary catches up, and the index forgets for good."""

from __future__ import annotations

from moothall import outbox
from moothall.search import store, vocabulary

LEARN_SECONDS = 60
TIDY_SECONDS = 24 * 60 * 60


@outbox.task("search.learn", external=True, lease=600, retries=2)
def learn() -> None:
    """Count the words of the documents that changed. External: it commits in small steps."""
    vocabulary.learn()


@outbox.task("search.tidy", external=True, lease=3600, retries=2)
def tidy() -> None:
    """Merge the index, so that words which were taken out leave the file too."""
    store.tidy()


outbox.every("search.learn", LEARN_SECONDS, "search.learn")
outbox.every("search.tidy", TIDY_SECONDS, "search.tidy")
