"""Whether the model still fits: the calls that a run brought, held against its training and against the weeks before.

Two questions, answered apart. `escalert.drift` asks whether calls and probabilities are still those of the training; it
needs a model with a reference, which the rules are not. `escalert.nightly.control_chart` asks whether triggers are
flagged as often as they were; it needs a history by the same model, which any model has after some days, and which a
rescore gives a new one at once.

Each is laid out to be out by chance on one night of 370, whatever the number of labels and figures: with `[drift]
sigmas` at 3, the false alarms of a single control chart. In simulations (see both modules) that was kept, but for drift
on nights of 100 calls, which was one in 170; so false alarms are at most two or three a year. A night of fewer calls
than `[drift] min_calls` is not judged at all. That key may be lowered: limits widen as calls get fewer, so that few
calls do not lead to more alarms, only to blunter ones.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from scipy import stats

from escalert.drift import Drift, measure_drift
from escalert.nightly.config import DriftConfig, NightlyConfig
from escalert.nightly.control_chart import LEAST_DAYS, control_limits
from escalert.nightly.night import DriftFigure, FlagRate, Watch
from escalert.nightly.store import CallFigures, RunEntry, Selection, Store
from escalert.records import CALL_LABELS
from escalert.reference import UNKNOWN_SPEAKERS, UNKNOWN_WORDS, Observations, Reference

KEY = "watch"
MOST_CALLS = 5_000
"""Calls of a night that drift is told from: with so many, chance is a hundredth of the limits."""
DIGITS = 6


@dataclass
class _Tonight:
    """The calls that the run brought, counted; of a large night, the features of a random part."""

    n_calls: int = 0
    by_day: Counter[date] = field(default_factory=Counter)
    flags_by_day: Counter[tuple[date, str]] = field(default_factory=Counter)
    labels: dict[str, None] = field(default_factory=dict)
    seen: Observations = field(default_factory=Observations)

    def counting(self, calls: Iterable[CallFigures]) -> Iterator[CallFigures]:
        for call in calls:
            self.n_calls += 1
            self.by_day[call.day] += 1
            self.flags_by_day.update((call.day, label) for label in call.flagged)
            self.labels |= dict.fromkeys(label for label in call.probabilities if label not in CALL_LABELS)
            yield call

    def flagged(self, label: str) -> int:
        return sum(self.flags_by_day[day, label] for day in self.by_day)


def watch_night(store: Store, run: RunEntry, config: NightlyConfig, reference: Reference | None) -> Watch:
    """Judge the calls that a run brought; all is taken from the store, so that to judge again gives the same.

    Parameters
    ----------
    reference : Reference or None
        That of the model which scored; None if it has none.
    """
    settings = config.drift
    tonight = _tonight(store, run)
    rates = _rates(store, run, tonight, settings)
    if tonight.n_calls < settings.min_calls:
        few = f"{tonight.n_calls:,} calls are too few, [drift] min_calls is {settings.min_calls:,}"
        bare = tuple(replace(rate, centre=None, low=None, high=None) for rate in rates)
        return Watch(tonight.n_calls, rates=bare, not_judged=few)
    figures = _figures(reference, tonight, settings)
    return Watch(tonight.n_calls, figures, rates, _not_judged(run, reference, rates))


def watch_to_measures(watch: Watch) -> dict[str, Any]:
    """Give a watch as measures of its run, under the key ``watch``."""
    plain = asdict(watch)
    for rate in plain["rates"]:
        rate["history"] = [[monday.isoformat(), share] for monday, share in rate["history"]]
    return {KEY: plain}


def watch_of_measures(measures: Mapping[str, Any]) -> Watch:
    """Give the watch that `watch_to_measures` laid down; an empty one if there is none."""
    plain = measures.get(KEY)
    if plain is None:
        return Watch()
    figures = tuple(DriftFigure(**figure) for figure in plain["figures"])
    return Watch(plain["n_calls"], figures, tuple(map(_rate_from, plain["rates"])), plain["not_judged"])


def _tonight(store: Store, run: RunEntry) -> _Tonight:
    tonight = _Tonight()
    calls = tonight.counting(store.verdicts.figures(Selection(brought_by=run.run_id)))
    for call in heapq.nsmallest(MOST_CALLS, calls, key=_lot):
        tonight.seen.add(call.counts, call.probabilities)
    return tonight


def _lot(call: CallFigures) -> tuple[bytes, str]:
    """Draw by the call id alone, so that the same night draws the same calls."""
    return blake2b(call.call_id.encode("utf-8", "replace"), digest_size=8).digest(), call.call_id


def _figures(reference: Reference | None, tonight: _Tonight, settings: DriftConfig) -> tuple[DriftFigure, ...]:
    if reference is None:
        return ()
    found = measure_drift(reference, tonight.seen, _false_alarms(settings))
    return tuple(_figure(each, settings) for each in found)


def _figure(drift: Drift, settings: DriftConfig) -> DriftFigure:
    rises = {UNKNOWN_WORDS: settings.unknown_words, UNKNOWN_SPEAKERS: settings.unknown_speakers}
    wanted = {"psi": settings.psi, "ks": settings.ks, "rise": rises.get(drift.name, 1.0)}[drift.statistic]
    limit = max(wanted, drift.chance)
    return DriftFigure(drift.name, drift.statistic, round(drift.value, DIGITS), round(limit, DIGITS))


def _rates(store: Store, run: RunEntry, tonight: _Tonight, settings: DriftConfig) -> tuple[FlagRate, ...]:
    """Hold the flag rates against those of the same model in the weeks before, the night's own calls left out."""
    since, until = run.for_date - timedelta(weeks=settings.weeks), run.for_date - timedelta(days=1)
    model = (run.model_name, run.model_version)
    before: dict[str, dict[date, tuple[int, int]]] = {}
    days: dict[date, int] = {}
    for each in store.counts.flags(since, until, model=model):
        days[each.period] = each.calls - tonight.by_day[each.period]
        own = tonight.flags_by_day[each.period, each.label]
        before.setdefault(each.label, {})[each.period] = (days[each.period], each.flagged - own)
    labels = [label for label in tonight.labels if tonight.flagged(label) or label in before]
    never = {day: (n_calls, 0) for day, n_calls in days.items()}
    false_alarms = _false_alarms(settings) / max(len(labels), 1)
    return tuple(_flag_rate(label, tonight, before.get(label, never), false_alarms) for label in labels)


def _flag_rate(label: str, tonight: _Tonight, before: Mapping[date, tuple[int, int]], false_alarms: float) -> FlagRate:
    rate = round(tonight.flagged(label) / tonight.n_calls, DIGITS)
    found = FlagRate(label, tonight.n_calls, rate, history=_by_week(before))
    limits = control_limits(list(before.values()), tonight.n_calls, false_alarms)
    if limits is None:
        return found
    centre, low, high = (round(number, DIGITS) for number in (limits.centre, limits.low, limits.high))
    return replace(found, centre=centre, low=low, high=high)


def _by_week(days: Mapping[date, tuple[int, int]]) -> tuple[tuple[date, float], ...]:
    calls: Counter[date] = Counter()
    flagged: Counter[date] = Counter()
    for day, (n_calls, n_flagged) in days.items():
        monday = day - timedelta(days=day.weekday())
        calls[monday] += n_calls
        flagged[monday] += n_flagged
    return tuple((monday, round(flagged[monday] / calls[monday], DIGITS)) for monday in sorted(calls) if calls[monday])


def _not_judged(run: RunEntry, reference: Reference | None, rates: Iterable[FlagRate]) -> str:
    found = []
    if reference is None and run.model_name == "rules":
        found.append("drift, since the rules were trained on no calls")
    elif reference is None:
        found.append("drift, since the model is older than the references of models; train it again")
    if any(rate.low is None for rate in rates):
        found.append(f"flag rates, since this model knows the calls of fewer than {LEAST_DAYS} earlier days")
    return "; ".join(found)


def _false_alarms(settings: DriftConfig) -> float:
    return float(2 * stats.norm.sf(settings.sigmas))


def _rate_from(plain: Mapping[str, Any]) -> FlagRate:
    history = tuple((date.fromisoformat(monday), share) for monday, share in plain["history"])
    return FlagRate(**{**plain, "history": history})
