"""Score what is new in a night, and the past by a new model, batch by batch into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from escalert.errors import ReadProblem
from escalert.nightly.events import tell
from escalert.nightly.inputs import input_files
from escalert.nightly.joining import with_record
from escalert.nightly.new import NewCalls
from escalert.nightly.store import RunEntry, ScoredCall
from escalert.readers import read_calls
from escalert.records import Call

if TYPE_CHECKING:
    from escalert.nightly.steps import Job


def score_new(job: Job, run: RunEntry, on_problem: Callable[[ReadProblem], None]) -> int:
    """Read the inputs, score what is new, store it, and give how many calls were read."""
    new = NewCalls(job.store.calls.known_hashes, job.advance)
    files = input_files(job.config, on_problem)
    calls = read_calls(files, job.config.inputs.reading_options(), on_problem=on_problem)
    n_scored = _store_scored(job, run.run_id, new.among(calls), new.hash_of)
    tell(
        "scored", f"{new.n_read:,} calls read, {n_scored:,} of them scored",
        run_id=run.run_id, read=new.n_read, scored=n_scored,
    )  # fmt: skip
    return new.n_read


def score_again(job: Job, run_id: str) -> int:
    """Score stored calls whose verdict another model gave, and give how many; what is done already is passed over."""
    hashes: dict[str, str] = {}

    def calls() -> Iterator[Call]:
        for call, content in job.store.calls.not_judged_by(job.scorer.name, job.scorer.version):
            hashes[call.call_id] = content
            job.advance(1)
            yield call

    return _store_scored(job, run_id, calls(), lambda call: hashes.pop(call.call_id))


def _store_scored(job: Job, run_id: str, calls: Iterable[Call], hash_of: Callable[[Call], str]) -> int:
    """Score calls and store each batch in one transaction, with what the records say of its calls."""
    n_scored = 0
    # Closed at once when something goes wrong, so that processes that score do not outlive the run.
    with closing(job.scorer.score(calls)) as batches:
        for batch in batches:
            records = job.store.records.current([call.call_id for call, _ in batch])
            scored = [
                ScoredCall(call, with_record(job.scorer.policy, verdict, records.get(call.call_id)), hash_of(call))
                for call, verdict in batch
            ]
            job.store.verdicts.write_batch(run_id, scored)
            n_scored += len(scored)
    return n_scored
