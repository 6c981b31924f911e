"""The store of the nightly job, in SQLite or PostgreSQL.

>>> from datetime import date
>>> from escalert.nightly.store import open_store
>>> with open_store("sqlite:///escalert.db") as store, store.lease("host:123", seconds=120):  # doctest: +SKIP
...     run = store.runs.begin(date(2026, 3, 2), "nightly", "demo", "1f0c")
...     store.verdicts.write_batch(run.run_id, scored)
...     store.runs.finish(run.run_id, counts={"read": 1})
"""

from __future__ import annotations

from escalert.nightly.errors import (
    LeaseHeldError,
    LeaseLostError,
    StoreError,
    StoreUnreachableError,
    StoreVersionError,
)
from escalert.nightly.store.content import content_hash
from escalert.nightly.store.entries import (
    BatchWritten,
    CallFigures,
    CallOutline,
    CallRecord,
    ScoredCall,
    Selection,
    StoredVerdict,
)
from escalert.nightly.store.run_entries import (
    Deleted,
    Delivery,
    FlagCount,
    OutcomeCount,
    Review,
    RunEntry,
    WorklistEntry,
)
from escalert.nightly.store.store import Store, open_existing_store, open_store

__all__ = [
    "BatchWritten",
    "CallFigures",
    "CallOutline",
    "CallRecord",
    "Deleted",
    "Delivery",
    "FlagCount",
    "LeaseHeldError",
    "LeaseLostError",
    "OutcomeCount",
    "Review",
    "RunEntry",
    "ScoredCall",
    "Selection",
    "Store",
    "StoreError",
    "StoreUnreachableError",
    "StoreVersionError",
    "StoredVerdict",
    "WorklistEntry",
    "content_hash",
    "open_existing_store",
    "open_store",
]
