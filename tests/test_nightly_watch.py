"""Watching the model: what is judged of a night, what is not and why, and where the figures go."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from escalert.errors import MissingExtraError
from escalert.nightly.config import NightlyConfig
from escalert.nightly.control_chart import LEAST_DAYS, control_limits
from escalert.nightly.metrics_file import METRICS, PREFIX, write_metrics
from escalert.nightly.night import DriftFigure, FlagRate, Watch
from escalert.nightly.night_tracking import track_night
from escalert.nightly.store import ScoredCall, Selection, content_hash, open_store
from escalert.nightly.store.database import Database
from escalert.nightly.store.schema import bring_up
from escalert.nightly.watch import watch_night, watch_of_measures, watch_to_measures
from escalert.records import Call, CallVerdict, Decision, TriggerFinding, Turn
from escalert.reference import TURNS, UNKNOWN_WORDS, Observations, Reference

NIGHT = date(2026, 3, 2)
RULES, TRAINED, OTHER = ("rules", "1"), ("demo", "1f0c"), ("demo", "2e0d")
CONFIG = NightlyConfig.model_validate({"drift": {"min_calls": 30}})


def scored(call_id, day, *, flagged=False, model=RULES, counts=None, probability=0.1):
    call = Call(call_id, (Turn("agent", call_id),), started_at=f"{day}T09:00:00Z")
    triggers = {
        "profanity": TriggerFinding(0.9 if flagged else 0.1, 0.5),
        "churn_threat": TriggerFinding(probability, 0.99),
    }
    verdict = CallVerdict(
        call_id, triggers, Decision(0.1, 0.5), Decision(0.1, 0.5), "none", (),
        model={"name": model[0], "version": model[1]}, counts=counts or {},
    )  # fmt: skip
    return ScoredCall(call, verdict, content_hash(call))


def night_of(store, day, n_calls, n_flagged, *, model=RULES, **given):
    """Bring the calls of a night into the store, and give its run."""
    run = store.runs.begin(day, "nightly", *model)
    calls = [scored(f"{day}-{n}", day, flagged=n < n_flagged, model=model, **given) for n in range(n_calls)]
    store.verdicts.write_batch(run.run_id, calls)
    return run


def weeks_before(store, n_days=20, *, model=RULES, rate=0.1):
    for n in range(1, n_days + 1):
        night_of(store, NIGHT - timedelta(days=n), 40, round(40 * rate) + n % 3 - 1, model=model)


@pytest.fixture
def store(store_url):
    with open_store(store_url, patience_s=5) as opened:
        yield opened


@pytest.fixture
def reference():
    seen, rng = Observations(), np.random.default_rng(5)
    for _ in range(400):
        seen.add(counts(rng), {"profanity": rng.beta(1, 8), "churn_threat": rng.beta(1, 8)})
    return Reference.of(seen)


def counts(rng, stretch=1.0, unknown=0.01):
    turns = int(stretch * rng.integers(10, 60))
    return {
        "turns": turns, "words": 10 * turns, "unknown_words": int(rng.binomial(10 * turns, unknown)),
        "unknown_speakers": 0,
    }  # fmt: skip


def trained_night(store, n_calls=150, **changed):
    """Bring a night of a trained model's calls."""
    run, rng = store.runs.begin(NIGHT, "nightly", *TRAINED), np.random.default_rng(6)
    calls = []
    for n in range(n_calls):
        item = scored(f"c{n}", NIGHT, model=TRAINED, counts=counts(rng, **changed), probability=rng.beta(1, 8))
        own = {**item.verdict.triggers, "profanity": TriggerFinding(rng.beta(1, 8), 0.3)}
        calls.append(replace(item, verdict=replace(item.verdict, triggers=own)))
    store.verdicts.write_batch(run.run_id, calls)
    return run


# Drift


def test_a_night_like_the_training_is_judged_and_does_not_warn(store, reference):
    watch = watch_night(store, trained_night(store), CONFIG, reference)
    assert (watch.n_calls, watch.warnings) == (150, ())
    assert {figure.statistic for figure in watch.figures} == {"psi", "ks", "rise"}
    assert watch.not_judged == "flag rates, since this model knows the calls of fewer than 8 earlier days"


def test_longer_calls_of_new_words_warn(store, reference):
    watch = watch_night(store, trained_night(store, stretch=2.0, unknown=0.15), CONFIG, reference)
    assert {figure.name for figure in watch.figures if figure.is_out} == {TURNS, UNKNOWN_WORDS}
    assert any(warning.startswith("turns per call: psi") for warning in watch.warnings)


def test_the_limits_of_the_configuration_count_where_they_are_wider_than_chance(store, reference):
    run = trained_night(store, n_calls=400, unknown=0.06)
    (rise,) = (f for f in watch_night(store, run, CONFIG, reference).figures if f.name == UNKNOWN_WORDS)
    assert (rise.limit, rise.is_out) == (0.1, False)
    strict = NightlyConfig.model_validate({"drift": {"unknown_words": 0.01}})
    (rise,) = (f for f in watch_night(store, run, strict, reference).figures if f.name == UNKNOWN_WORDS)
    assert (rise.limit, rise.is_out) == (0.01, True)


def test_large_nights_are_told_from_a_part_that_is_always_the_same(store, reference, monkeypatch):
    run = trained_night(store)
    monkeypatch.setattr("escalert.nightly.watch.MOST_CALLS", 60)
    first = watch_night(store, run, CONFIG, reference)
    assert first == watch_night(store, run, CONFIG, reference)
    assert first.n_calls == 150
    (part,) = (f.limit for f in first.figures if (f.name, f.statistic) == (TURNS, "psi"))
    monkeypatch.undo()
    (whole,) = (
        f.limit for f in watch_night(store, run, CONFIG, reference).figures if (f.name, f.statistic) == (TURNS, "psi")
    )
    assert part > whole


# What is not judged


def test_a_night_of_few_calls_is_not_judged(store, reference):
    weeks_before(store)
    run = night_of(store, NIGHT, 29, 29)
    watch = watch_night(store, run, CONFIG, reference)
    assert watch.not_judged == "29 calls are too few, [drift] min_calls is 30"
    assert (watch.figures, watch.warnings) == ((), ())
    assert watch.rates[0].rate == 1.0


def test_a_night_without_calls_is_not_judged(store):
    weeks_before(store, 10)
    watch = watch_night(store, store.runs.begin(NIGHT, "nightly", *RULES), CONFIG, None)
    assert (watch.n_calls, watch.rates, watch.warnings) == (0, (), ())


def test_the_rules_are_watched_by_their_flag_rates_alone(store):
    weeks_before(store)
    watch = watch_night(store, night_of(store, NIGHT, 40, 4), CONFIG, None)
    assert watch.not_judged == "drift, since the rules were trained on no calls"
    assert [rate.label for rate in watch.rates] == ["profanity"]
    assert watch.warnings == ()


def test_a_model_without_a_reference_says_what_to_do(store):
    watch = watch_night(store, trained_night(store), CONFIG, None)
    assert watch.not_judged.startswith("drift, since the model is older than the references of models; train it again")


# Flag rates


def test_a_night_of_many_flags_is_out_of_the_limits_of_the_weeks_before(store):
    weeks_before(store)
    watch = watch_night(store, night_of(store, NIGHT, 40, 20), CONFIG, None)
    (rate,) = watch.rates
    assert rate.is_out
    assert rate.low < rate.centre < rate.high < rate.rate == 0.5
    assert rate.centre == pytest.approx(0.1, abs=0.02)
    assert [monday.weekday() for monday, _ in rate.history] == [0] * len(rate.history)
    assert rate.history[0][0] < rate.history[-1][0] < NIGHT
    assert watch.warnings[0].startswith("profanity is flagged in 50.0% of the calls; the limits are")


def test_a_trigger_that_was_never_flagged_before_has_limits_too(store):
    weeks_before(store)
    watch = watch_night(store, night_of(store, NIGHT, 40, 4, probability=0.995), CONFIG, None)
    (rate,) = (rate for rate in watch.rates if rate.label == "churn_threat")
    assert (rate.centre, rate.is_out) == (0.0, True)


def test_verdicts_of_another_model_are_no_history_until_they_are_rescored(store):
    weeks_before(store, model=OTHER)
    run = night_of(store, NIGHT, 40, 20, model=TRAINED)
    assert [rate.low for rate in watch_night(store, run, CONFIG, None).rates] == [None]
    rescore = store.runs.begin(NIGHT, "rescore", *TRAINED)
    verdicts = [
        replace(stored.verdict, model={"name": TRAINED[0], "version": TRAINED[1]})
        for stored in store.verdicts.current(Selection(until=NIGHT - timedelta(days=1)))
    ]
    store.verdicts.revise(rescore.run_id, verdicts)
    assert [rate.is_out for rate in watch_night(store, run, CONFIG, None).rates] == [True]


def test_late_calls_of_the_night_are_no_history_of_their_own(store):
    """The first night may bring months: it cannot be held against itself."""
    run = store.runs.begin(NIGHT, "nightly", *RULES)
    days = [NIGHT - timedelta(days=n) for n in range(20)]
    store.verdicts.write_batch(run.run_id, [scored(f"{day}-{n}", day, flagged=n < 2) for day in days for n in range(5)])
    watch = watch_night(store, run, CONFIG, None)
    assert (watch.n_calls, watch.rates[0].rate, watch.rates[0].history) == (100, 0.4, ())


def test_earlier_calls_whose_record_came_late_are_not_of_the_night(store):
    weeks_before(store, 10)
    run = night_of(store, NIGHT, 40, 4)
    before = watch_night(store, run, CONFIG, None)
    late = [
        replace(stored.verdict, escalated=replace(stored.verdict.escalated, record=True))
        for stored in store.verdicts.current(
            Selection(since=NIGHT - timedelta(days=1), until=NIGHT - timedelta(days=1))
        )
    ]
    assert store.verdicts.revise(run.run_id, late) == 40
    assert watch_night(store, run, CONFIG, None) == before


@pytest.mark.parametrize("share", [0.004, 0.05, 0.3])
def test_limits_hold_rare_and_frequent_triggers(share):
    """Days that differ by a fifth anyway; a plain p-chart of three standard errors is out every third day."""
    rng, out, plain = np.random.default_rng(8), 0, 0
    for _ in range(60):
        rates = rng.beta(25 * (1 - share), 25 * (1 - share) * (1 - share) / share, 41)
        flagged = rng.binomial(1000, rates)
        limits = control_limits([(1000, int(n)) for n in flagged[:-1]], 1000, 0.0027)
        out += not limits.low <= flagged[-1] / 1000 <= limits.high
        error = np.sqrt(limits.centre * (1 - limits.centre) / 1000)
        plain += abs(flagged[-1] / 1000 - limits.centre) > 3 * error
    assert out <= 2
    assert plain > out or share < 0.01


def test_limits_narrow_with_calls_and_widen_with_scatter():
    steady, moving = [(500, 50)] * 30, [(500, 25), (500, 75)] * 15
    low, high = ((found := control_limits(days, 500, 0.0027)).low, found.high) if (days := steady) else ()
    assert 0 < low < 0.1 < high < 0.17
    assert control_limits(steady, 50, 0.0027).high > high
    assert control_limits(moving, 500, 0.0027).high > 1.5 * high
    assert control_limits([(500, 0)] * 30, 500, 0.0027).low == 0
    assert control_limits([(500, 500)] * 30, 500, 0.0027).high == pytest.approx(1)


def test_limits_need_some_days_with_calls():
    assert control_limits([(40, 4)] * (LEAST_DAYS - 1) + [(0, 0)], 40, 0.0027) is None
    assert control_limits([(40, 4)] * LEAST_DAYS, 40, 0.0027) is not None


# What is kept


def test_a_watch_comes_back_from_the_measures_of_its_run(store, reference):
    weeks_before(store, model=TRAINED)
    run = trained_night(store, stretch=2.0)
    watch = watch_night(store, run, CONFIG, reference)
    store.runs.finish(run.run_id, {"read": 150}, measures={"other": 1, **watch_to_measures(watch)})
    found = watch_of_measures(store.runs.get(run.run_id).measures)
    assert found == watch
    assert found.warnings == watch.warnings != ()
    assert watch_of_measures({}) == Watch()


def test_counts_stay_with_a_verdict_that_a_record_revises(store):
    run = night_of(store, NIGHT, 1, 0, counts={"turns": 3, "words": 20, "unknown_speakers": 1})
    (stored,) = store.verdicts.current()
    late = replace(stored.verdict, escalated=replace(stored.verdict.escalated, record=True))
    store.verdicts.revise(run.run_id, [late])
    assert store.verdicts.get(stored.call_id).verdict.counts == {"turns": 3, "words": 20, "unknown_speakers": 1}


def test_a_store_of_the_version_before_is_upgraded_and_its_verdicts_counted_nothing(store_url, tmp_path):
    filled = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    night_of(filled, NIGHT, 1, 1)
    rows = [json.loads(line) for line in filled.dump()]
    filled.close()
    (verdict,) = (row for row in rows if row["table"] == "verdicts")
    assert verdict["counts"] is None
    opened = Database(store_url, 1)
    bring_up(opened, "0002")
    with opened.engine.connect().execution_options(escalert_writes=True) as connection, connection.begin():
        columns = {
            row[0] for row in connection.execute(text("SELECT * FROM verdicts LIMIT 0")).cursor.description or ()
        }
        assert "counts" not in columns
        connection.execute(
            text(
                "INSERT INTO runs (run_id, for_date, kind, state, model_name, model_version, started_at, attempts, "
                "counts, log) VALUES ('2026-03-02', '2026-03-02', 'nightly', 'finished', 'rules', '1', "
                "'2026-03-03 01:00:00', 1, '{}', '[]')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO calls (id, call_id, content_hash, origin, day, n_turns, run_id, received_at, details, "
                "warnings) VALUES (1, 'c1', 'aa', 'in.json:1', '2026-03-02', 2, '2026-03-02', '2026-03-03 01:00:00', "
                "'{}', '[]')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO verdicts (id, call_pk, basis, content_hash, model_name, model_version, run_id, created_at,"
                " is_current, priority, flagged, warranted, escalated, said_escalated, missed,"
                " probabilities, reasons, warnings)"
                " VALUES (1, 1, 'bb', 'aa', 'rules', '1', '2026-03-02', '2026-03-03 01:00:00', true, 'none',"
                " false, false, false, false, false, :probabilities, '[]', '[]')"
            ),
            {"probabilities": json.dumps(verdict["probabilities"])},
        )
    opened.close()
    with open_store(store_url) as store:
        assert store.verdicts.get("c1").verdict.counts == {}
        assert watch_night(store, store.runs.get("2026-03-02"), CONFIG, None).n_calls == 1


# Where the figures go

WATCH = Watch(
    200,
    (DriftFigure(TURNS, "psi", 0.31, 0.25), DriftFigure(UNKNOWN_WORDS, "rise", -0.01, 0.1)),
    (
        FlagRate("profanity", 200, 0.05, 0.04, 0.01, 0.09, ((date(2026, 2, 23), 0.04),)),
        FlagRate("handoff", 200, 0.1),
    ),
)


@pytest.fixture
def finished(store_url):
    with open_store(store_url) as store:
        run = store.runs.begin(NIGHT, "nightly", 'de"mo\\', "1f0c")
        store.runs.finish(run.run_id, {"read": 210, "missed": 3}, watch_to_measures(WATCH))
        yield store.runs.get(run.run_id)


def samples(path):
    families = text_string_to_metric_families(path.read_text("utf-8"))
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_the_metrics_file_says_all_of_a_night(finished, tmp_path):
    path = tmp_path / "metrics" / "escalert.prom"
    write_metrics(path, finished, WATCH, exit_code=6, pending=2)
    found = {(name.removeprefix(PREFIX), *labels): value for (name, *labels), value in samples(path).items()}
    assert found["calls", "missed"] == 3
    assert found["drift", TURNS, "psi"] == 0.31
    assert found["drift_limit", TURNS, "psi"] == 0.25
    assert found["flag_rate_high", "profanity"] == 0.09
    assert ("flag_rate_high", "handoff") not in found
    assert found["flag_rate", "handoff"] == 0.1
    assert found["info", 'de"mo\\', "1f0c"] == 1
    assert found["night_timestamp_seconds",] == datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    assert found["finished_timestamp_seconds",] == pytest.approx(finished.finished_at.timestamp(), abs=1e-3)
    assert (found["exit_code",], found["deliveries_pending",], found["warnings",]) == (6, 2, 1)
    assert {name for name, *_ in found} == set(METRICS)


def test_a_metrics_file_that_cannot_be_written_stays_as_it_was(finished, tmp_path, monkeypatch):
    path = tmp_path / "escalert.prom"
    write_metrics(path, finished, WATCH, exit_code=0, pending=0)
    before = path.read_bytes()
    monkeypatch.setattr("pathlib.Path.write_bytes", lambda *args: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(OSError, match="no space left"):
        write_metrics(path, finished, WATCH, exit_code=6, pending=0)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".tmp"] == []


def tracking(tmp_path, **given):
    config = NightlyConfig.model_validate({"tracking": {"mlflow": True, **given}})
    config._file = tmp_path / "nightly.toml"
    return config


def test_a_night_is_one_run_of_mlflow_however_often_it_is_logged(store_url, tmp_path, monkeypatch):
    if not store_url.startswith("sqlite"):
        pytest.skip("MLflow has nothing to do with the store")
    import mlflow

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "job"
    home.mkdir()
    with open_store(store_url) as store:
        run = store.runs.begin(NIGHT, "nightly", *TRAINED)
    config = tracking(home, experiment="nights")
    assert track_night(config, replace(run, counts={"read": 1}), Watch()) == ""
    assert track_night(config, replace(run, counts={"read": 210}), WATCH) == ""
    assert track_night(config, replace(run, run_id="2026-03-03"), WATCH) == ""
    assert (home / "mlflow.db").is_file()
    nights = mlflow.search_runs(experiment_names=["nights"], output_format="list")
    assert sorted(each.info.run_name for each in nights) == ["2026-03-02", "2026-03-03"]
    (first,) = (each for each in nights if each.info.run_name == "2026-03-02")
    assert first.data.metrics["count/read"] == 210
    assert first.data.metrics[f"drift/{TURNS}/psi"] == 0.31
    assert first.data.metrics["flag_rate/profanity/high"] == 0.09
    assert first.data.tags["model_version"] == "1f0c"
    assert first.info.status == "FINISHED"


def test_a_night_that_mlflow_does_not_take_is_done_all_the_same(finished, tmp_path, monkeypatch):
    import escalert.tracking

    assert track_night(NightlyConfig(), finished, WATCH) == ""

    def missing(*args):
        raise MissingExtraError("mlflow", "track")

    monkeypatch.setattr(escalert.tracking, "log_night", missing)
    assert "was not logged to MLflow: mlflow is not installed: pip install" in track_night(
        tracking(tmp_path), finished, WATCH
    )
