"""What is put before the team, how reviews come back, and what they tell."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from escalert.cli.app import run as run_command
from escalert.nightly import recall
from escalert.nightly.config import NightlyConfig
from escalert.nightly.missed import NightCall, choose_worklist, missed_probability
from escalert.nightly.recall import estimate_recall
from escalert.nightly.repeats import CustomerCall, find_repeats
from escalert.nightly.store import CallRecord, Review, ScoredCall, content_hash, open_store
from escalert.nightly.strata import NightSizes, ReviewedCall
from escalert.nightly.worklist import build_worklist, night_of
from escalert.records import Call, CallVerdict, Decision, Evidence, TriggerFinding, Turn

NIGHT = date(2026, 3, 2)
MODEL = {"name": "demo", "version": "1f0c"}


def make_call(call_id, words="get me your manager", **fields):
    turns = (Turn("agent", "how can i help", 0.0, 2.5), Turn("customer", words, 3.0, 6.0))
    given = {"queue": "billing", "agent_id": "A7", "started_at": "2026-03-02T09:00:00+00:00"}
    return Call(call_id, turns, **{**given, **fields})


def judge(call, *, warranted=0.9, escalated=0.1, record=None, priority=None):
    is_warranted = warranted >= 0.5
    evidence = (Evidence(1, "customer", call.turns[1].text, 0.9, 3.0, 6.0),)
    return CallVerdict(
        call_id=call.call_id,
        triggers={"manager_request": TriggerFinding(0.97 if is_warranted else 0.02, 0.44, evidence)},
        warranted=Decision(warranted, 0.5),
        escalated=Decision(escalated, 0.5, record),
        priority=priority or ("high" if is_warranted else "none"),
        reasons=("asked for someone with more authority (turn 1)",) if is_warranted else (),
        model=MODEL,
        metadata={"queue": call.queue},
    )


def scored(call, **judged):
    return ScoredCall(call, judge(call, **judged), content_hash(call))


def calm(numbers, **fields):
    return [scored(make_call(f"calm{number:03d}", "thank you", **fields), warranted=0.03) for number in numbers]


def angry(numbers, **fields):
    """Give missed escalations, the first the most probable."""
    return [scored(make_call(f"angry{n:03d}", **fields), warranted=0.95 - 0.001 * n) for n in numbers]


def configured(**sections):
    return NightlyConfig.model_validate(sections)


def bring(store, batch, night=NIGHT):
    run = store.runs.begin(night, "nightly", **{f"model_{name}": value for name, value in MODEL.items()})
    store.verdicts.write_batch(run.run_id, batch)
    return run


def build(store, run, config):
    """Do what the job does: choose, keep the measures, and put the night together from the store."""
    store.runs.finish(run.run_id, {"read": 1}, dict(build_worklist(store, run, config)))
    return night_of(store, store.runs.get(run.run_id), config)


@pytest.fixture
def store(store_url):
    with open_store(store_url, patience_s=5) as opened:
        yield opened


# Choosing


def night_calls(n_missed, n_other):
    missed = [NightCall(f"m{n:04d}", "high", 0.9 - n / 1e4, is_missed=True) for n in range(n_missed)]
    return missed + [NightCall(f"o{n:04d}", "none", 0.1, is_missed=False) for n in range(n_other)]


def choose(calls, capacity=5, audit_sample=20, seed=7, night=NIGHT):
    return choose_worklist(calls, capacity=capacity, audit_sample=audit_sample, seed=seed, night=night)


def test_the_list_is_ranked_by_priority_then_probability_up_to_its_capacity():
    calls = [
        NightCall("a", "normal", 0.99, is_missed=True),
        NightCall("b", "urgent", 0.5, is_missed=True),
        NightCall("c", "high", 0.7, is_missed=True),
        NightCall("d", "high", 0.8, is_missed=True),
        NightCall("e", "none", 0.9, is_missed=False),
    ]
    chosen = choose(calls, capacity=3)
    assert [call.call_id for call in chosen.listed] == ["b", "d", "c"]
    assert chosen.n_missed == 4
    assert chosen.sizes == {"listed": 3, "beyond_capacity": 1, "unflagged": 1}


def test_the_audit_sample_is_the_same_whatever_the_order_and_another_on_another_night():
    calls = night_calls(30, 500)
    chosen = choose(calls)
    assert choose(calls[::-1]) == chosen
    assert choose(calls, night=NIGHT + timedelta(days=1)).audit != chosen.audit
    assert choose(calls, seed=8).audit != chosen.audit
    assert Counter(each.stratum for each in chosen.audit) == {"unflagged": 20, "beyond_capacity": 2}
    assert {each.inclusion_probability for each in chosen.audit} == {20 / 500, 2 / 25}


def test_every_call_is_drawn_as_often_as_its_inclusion_probability_says():
    calls, drawn = night_calls(0, 50), Counter()
    for seed in range(2_000):
        drawn.update(each.call.call_id for each in choose(calls, audit_sample=10, seed=seed).audit)
    counts = np.array([drawn[call.call_id] for call in calls])
    assert counts.sum() == 20_000
    assert abs(counts - 400).max() < 5 * np.sqrt(2_000 * 0.2 * 0.8)


def test_calls_that_their_record_settles_are_not_drawn():
    recorded = [replace(call, is_recorded=True) for call in night_calls(0, 50)]
    chosen = choose([*recorded, NightCall("free", "none", 0.1, is_missed=False)])
    assert [each.call.call_id for each in chosen.audit] == ["free"]
    assert chosen.sizes["unflagged"] == 1


def test_a_late_call_is_listed_but_in_no_stratum():
    late = [replace(call, call_id=f"late{call.call_id}", is_late=True) for call in night_calls(8, 0)]
    chosen = choose([*late, *night_calls(4, 0)], capacity=6)
    assert len(chosen.listed) == 6
    assert chosen.n_missed == 12
    assert chosen.sizes == {
        "listed": sum(not call.is_late for call in chosen.listed),
        "beyond_capacity": 1,
        "unflagged": 0,
    }
    assert not any(each.call.is_late for each in chosen.audit)


def test_a_record_settles_the_probability_that_an_escalation_was_missed():
    verdict = judge(make_call("c"), warranted=0.8, escalated=0.4)
    assert missed_probability(verdict) == pytest.approx(0.48)
    assert missed_probability(judge(make_call("c"), warranted=0.8, escalated=0.4, record=False)) == pytest.approx(0.8)


# Repeats


def customer_call(call_id, day, *, open_=True, customer="k7"):
    return CustomerCall(call_id, customer, datetime(2026, 3, day, 9, tzinfo=UTC), open_)


def test_a_second_call_that_is_still_unsettled_is_raised_by_one_step():
    repeats = find_repeats([customer_call("b", 3), customer_call("a", 1), customer_call("c", 5, open_=False)], 14)
    assert (repeats["b"].priority("normal"), repeats["c"].priority("normal")) == ("high", "normal")
    assert repeats["b"].priority("urgent") == "urgent"
    assert repeats["b"].reason == "second call of this customer in 14 days, still unsettled (after a)"
    assert repeats["c"].earlier == ("a", "b")
    assert "a" not in repeats


def test_calls_farther_apart_are_not_linked_nor_those_of_no_customer():
    calls = [
        customer_call("a", 1),
        customer_call("b", 16),
        customer_call("c", 16, customer=" Unknown "),
        customer_call("d", 17, customer="unknown"),
    ]
    assert find_repeats(calls, 14) == {}
    assert set(find_repeats(calls, 15)) == {"b"}


def test_an_id_with_a_call_every_hour_is_no_customer():
    calls = [CustomerCall(f"c{n:02d}", "switch", datetime(2026, 3, 2, n, tzinfo=UTC), True) for n in range(21)]
    assert find_repeats(calls, 14) == {}
    assert len(find_repeats(calls[:20], 14)) == 19


# The night from the store


def test_a_night_is_put_together_from_the_store(store):
    config = configured(missed={"capacity": 3, "audit_sample": 4})
    run = bring(store, [*angry(range(8)), *calm(range(30))])
    night = build(store, run, config)
    assert [(each.rank, each.stored.call_id) for each in night.missed] == [
        (1, "angry000"),
        (2, "angry001"),
        (3, "angry002"),
    ]
    assert night.missed[0].probability == pytest.approx(0.95 * 0.9)
    assert Counter(each.stratum for each in night.audit) == {"unflagged": 4, "beyond_capacity": 2}
    assert {each.inclusion_probability for each in night.audit} == {4 / 30, 2 / 5}
    assert [each.rank for each in night.audit] == list(range(1, 7))
    assert (night.counts["missed"], night.counts["calls"], night.counts["read"]) == (8, 38, 1)
    assert (night.run_id, night.for_date, night.model) == ("2026-03-02", NIGHT, "demo 1f0c")
    assert "no call has been reviewed yet" in night.recall.sentence


def test_building_it_again_gives_the_very_same(store):
    config = configured(missed={"capacity": 3, "audit_sample": 4})
    run = bring(store, [*angry(range(8)), *calm(range(30))])
    first = build_worklist(store, run, config), store.worklists.of_run(run.run_id)
    assert (build_worklist(store, run, config), store.worklists.of_run(run.run_id)) == first


def test_a_night_without_calls_has_empty_lists(store):
    night = build(store, bring(store, []), configured())
    assert (night.missed, night.audit, night.groups, night.counts["missed"]) == ((), (), (), 0)


def test_an_unsettled_repeat_comes_before_calls_that_are_more_probable(store):
    config = configured()
    bring(
        store,
        [scored(make_call("first", customer_id="k7", started_at="2026-03-01T10:00:00Z"))],
        NIGHT - timedelta(days=1),
    )
    second = scored(make_call("second", customer_id="k7"), warranted=0.6, priority="high")
    night = build(store, bring(store, [*angry(range(3)), second]), config)
    top = night.missed[0]
    assert (top.stored.call_id, top.priority, top.earlier) == ("second", "urgent", ("first",))
    assert top.repeat == "second call of this customer in 14 days, still unsettled (after first)"
    assert top.stored.verdict.priority == "high"
    assert {each.repeat for each in night.missed[1:]} == {""}


def record_says(store, night, call_id, escalated):
    """Let a record come late, as the job does: it revises the verdict under the run of its night."""
    run = bring(store, [], night)
    store.records.write(run.run_id, [CallRecord(call_id, escalated, origin="crm.csv:2")])
    for stored, record in list(store.records.late()):
        verdict = replace(stored.verdict, escalated=replace(stored.verdict.escalated, record=record.escalated))
        store.verdicts.revise(run.run_id, [verdict])
    return run


def test_a_call_that_was_listed_is_not_listed_again_when_its_record_comes(store):
    config = configured()
    build(store, bring(store, [*angry(range(3)), *calm(range(5))]), config)
    run = record_says(store, NIGHT + timedelta(days=1), "angry001", escalated=False)
    night = build(store, run, config)
    assert (night.missed, night.audit, night.counts["calls"]) == ((), (), 0)


def test_what_a_late_record_makes_a_missed_escalation_is_listed_then(store):
    config = configured()
    heard = scored(make_call("heard"), escalated=0.9)
    first = build(store, bring(store, [heard, *calm(range(5))]), config)
    assert first.missed == ()
    night = build(store, record_says(store, NIGHT + timedelta(days=1), "heard", escalated=False), config)
    assert [each.stored.call_id for each in night.missed] == ["heard"]
    (contradiction,) = night.contradictions
    assert contradiction.sentence == (
        "heard: the record says that no escalation took place; the transcript does show one"
    )
    (entry,) = store.worklists.of_run(night.run_id)
    assert entry.details["stratum"] == "late"
    assert store.runs.get(night.run_id).measures["worklist"]["sizes"] == {
        "listed": 0,
        "beyond_capacity": 0,
        "unflagged": 0,
    }


def test_the_list_of_a_past_night_stays_as_it_was_unless_more_calls_come(store):
    config = configured(missed={"capacity": 2})
    first = build(store, bring(store, angry(range(4))), config)
    build(store, record_says(store, NIGHT + timedelta(days=1), "angry000", escalated=True), config)
    again = build(store, bring(store, []), config)
    assert [each.stored.call_id for each in again.missed] == [each.stored.call_id for each in first.missed]
    more = build(store, bring(store, angry(range(10, 12))), config)
    assert [each.stored.call_id for each in more.missed] == ["angry001", "angry002"]


# Recall


def reviewed(run_id, stratum, found, of):
    return [ReviewedCall(run_id, f"{stratum}{n}", stratum, n < found) for n in range(of)]


def test_recall_expands_each_stratum_by_its_sampling_rate():
    sizes = [NightSizes("r", {"listed": 10, "beyond_capacity": 20, "unflagged": 400})]
    reviews = [
        *reviewed("r", "listed", 8, 10),
        *reviewed("r", "beyond_capacity", 1, 2),
        *reviewed("r", "unflagged", 1, 40),
    ]
    found = estimate_recall(sizes, reviews)
    assert found.not_flagged.estimate == pytest.approx(10)
    assert found.recall.estimate == pytest.approx(18 / 28)
    assert found.recall.low < 18 / 28 < found.recall.high
    assert found.sentence.startswith("The flags find an estimated 64% of the missed escalations (95 % interval ")


def test_the_estimate_of_what_is_missed_is_unbiased_though_nights_are_sampled_at_other_rates(monkeypatch):
    monkeypatch.setattr(recall, "N_SIMULATED", 10)
    rng, sizes = np.random.default_rng(3), (50, 400, 1_500)
    missed = [rng.random(size) < share for size, share in zip(sizes, (0.3, 0.1, 0.02), strict=True)]
    nights = [NightSizes(str(n), {"listed": 1, "unflagged": size}) for n, size in enumerate(sizes)]

    def once():
        reviews = [ReviewedCall(str(n), "listed", "listed", True) for n in range(3)]
        for n, calls in enumerate(missed):
            drawn = rng.choice(len(calls), 20, replace=False)
            reviews += [ReviewedCall(str(n), str(call), "unflagged", bool(calls[call])) for call in drawn]
        return estimate_recall(nights, reviews).not_flagged.estimate

    estimates = np.array([once() for _ in range(200)])
    truth = sum(int(calls.sum()) for calls in missed)
    assert abs(estimates.mean() - truth) < 3 * estimates.std() / np.sqrt(len(estimates))


def test_the_interval_covers_the_truth_about_95_times_in_100(monkeypatch):
    monkeypatch.setattr(recall, "N_SIMULATED", 2_000)
    rng = np.random.default_rng(5)
    shares = {"listed": 0.7, "beyond_capacity": 0.4, "unflagged": 0.03}
    drawn = {"listed": 30, "beyond_capacity": 4, "unflagged": 20}

    def covers():
        nights, reviews, missed = [], [], Counter()
        for n in range(6):
            sizes = {"listed": 30, "beyond_capacity": int(rng.integers(5, 40)), "unflagged": int(rng.integers(50, 900))}
            nights.append(NightSizes(str(n), sizes))
            for stratum, size in sizes.items():
                truth = rng.random(size) < shares[stratum]
                missed[stratum] += int(truth.sum())
                reviews += reviewed(str(n), stratum, int(truth[: drawn[stratum]].sum()), drawn[stratum])
        found = estimate_recall(nights, reviews).recall
        return found.low <= 1 - missed["unflagged"] / missed.total() <= found.high

    share = np.mean([covers() for _ in range(250)])
    assert 0.92 <= share <= 0.99


def test_a_sample_without_a_missed_escalation_leaves_the_upper_end_open_and_the_lower_one_in_doubt():
    sizes = [NightSizes("r", {"listed": 10, "beyond_capacity": 0, "unflagged": 400})]
    found = estimate_recall(sizes, [*reviewed("r", "listed", 8, 10), *reviewed("r", "unflagged", 0, 20)]).recall
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert found.low < 0.7


def test_a_night_reviewed_to_the_end_leaves_no_doubt():
    sizes = [NightSizes("r", {"listed": 4, "unflagged": 10})]
    found = estimate_recall(sizes, [*reviewed("r", "listed", 3, 4), *reviewed("r", "unflagged", 1, 10)]).recall
    assert (found.estimate, found.low, found.high) == (0.75, 0.75, 0.75)


def test_reviews_that_cannot_tell_say_so():
    sizes = [NightSizes("r", {"listed": 4, "unflagged": 10})]
    listed_only = estimate_recall(sizes, reviewed("r", "listed", 3, 4))
    assert (listed_only.recall, listed_only.n_left_out) == (None, 1)
    assert "none has them from both" in listed_only.sentence
    nothing = estimate_recall(sizes, [*reviewed("r", "listed", 0, 4), *reviewed("r", "unflagged", 0, 10)])
    assert nothing.recall is None
    assert "No missed escalation was found among 4 reviewed flagged calls" in nothing.sentence


# Reviews, there and back


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder with a configuration and the store of one night: 8 missed of 48 calls, some audited."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nightly.toml").write_text("[missed]\ncapacity = 6\naudit_sample = 10\n")
    today = date.today()
    at = f"{today}T09:00:00+00:00"
    batch = [*angry(range(8), started_at=at), *calm(range(40), started_at=at, queue="=cmd()")]
    batch.append(scored(make_call("=1+1", "my card is 4111 1111 1111 1111, manager!", started_at=at), warranted=0.99))
    with open_store(f"sqlite:///{tmp_path / 'escalert.db'}") as opened:
        build(opened, bring(opened, batch, today), configured(missed={"capacity": 6, "audit_sample": 10}))
    return tmp_path


def written(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def fill_in(path, rows, **words):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), **words)
        writer.writeheader()
        writer.writerows(rows)


def columns_of(row):
    """Name the columns of the reviewer as the file has them."""
    return {name.removeprefix("review_"): name for name in row}


def answer(rows, is_warranted, escalated="no", reviewer="kim"):
    names = columns_of(rows[0])
    for row in rows:
        warranted = "yes" if is_warranted(row) else "no"
        row |= {"reviewer": reviewer, names["warranted"]: warranted, names["escalated"]: escalated}


def test_the_file_goes_out_is_filled_in_comes_back_and_the_next_night_shows_the_recall(home, capsys):
    assert run_command(["missed", "--out", "list.csv", "--audit"]) == 0
    rows = written(home / "list.csv")
    assert Counter(row[columns_of(row).get("list", "listed_as")] for row in rows) == {"missed": 7, "audit": 12}
    listed = [row for row in rows if row["run_id"]]
    assert len(listed) == 18
    audited_calm = [row["call_id"] for row in listed if row["call_id"].startswith("calm")]
    answer(listed, lambda row: "angry" in row["call_id"] or row["call_id"] == audited_calm[0])
    fill_in(home / "filled.csv", listed)
    capsys.readouterr()
    assert run_command(["missed", "--reviews", "filled.csv"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("18 reviews of 1 night stored.")
    assert "The flags find an estimated" in said
    with open_store("sqlite:///escalert.db") as store:
        run = bring(store, calm(range(50, 60)), date.today() + timedelta(days=1))
        night = build(store, run, configured())
        assert night.recall.recall.estimate == pytest.approx((5 + 3) / (5 + 3 + 40 / 10))
        assert night.recall.n_nights == 1
        before = list(store.dump())
        assert run_command(["missed", "--reviews", "filled.csv"]) == 0
        assert list(store.dump()) == before


def test_the_list_defuses_formulas_and_redacts_what_was_said(home, capsys):
    run_command(["missed", "--out", "list.csv", "--audit"])
    text = (home / "list.csv").read_text("utf-8-sig")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)
    assert "'=1+1" in text
    assert "4111" not in text
    assert "[CARD]" in text
    run_command(["missed", "--queue", "billing"])
    shown = capsys.readouterr().out
    assert "[CARD]" in shown
    assert "4111" not in shown


def test_what_spreadsheets_do_to_a_file_is_undone(home, capsys):
    with open_store("sqlite:///escalert.db") as store:
        at = f"{date.today()}T10:00:00+00:00"
        long, zeros = "90210123456789012", "000417"
        batch = [scored(make_call(name, started_at=at, queue="numbers")) for name in (long, zeros)]
        tomorrow = date.today() + timedelta(days=1)
        build(store, bring(store, batch, tomorrow), configured())
        run_command(["missed", "--queue", "numbers", "--out", "list.csv"])
        rows = written(home / "list.csv")
        answer(rows, lambda row: True)
        for row in rows:
            row["run_id"] = f"{tomorrow.month}/{tomorrow.day}/{tomorrow.year}"
            row["call_id"] = "417" if "417" in row["call_id"] else "9.0210E+16"
        (home / "filled.csv").write_text("", "utf-8")
        fill_in(home / "filled.csv", rows, delimiter=";")
        assert run_command(["missed", "--reviews", "filled.csv"]) == 0
        assert {(entry.call_id, review.run_id) for entry, review in store.worklists.reviewed()} == {
            (long, str(tomorrow)),
            (zeros, str(tomorrow)),
        }


def test_rows_that_cannot_be_used_are_named_and_the_others_stored(home, capsys):
    run_command(["missed", "--out", "list.csv"])
    rows = [row for row in written(home / "list.csv") if row["run_id"]][:6]
    answer(rows, lambda row: True)
    names = columns_of(rows[0])
    rows[0][names["warranted"]] = "perhaps"
    rows[1]["call_id"] = "nobody"
    rows[2][names["warranted"]] = ""
    rows[3] |= {names["warranted"]: "no", names["escalated"]: ""}
    rows[4] |= {names["warranted"]: "", names["escalated"]: ""}
    fill_in(home / "filled.csv", rows)
    capsys.readouterr()
    assert run_command(["missed", "--reviews", "filled.csv"]) == 5
    said = capsys.readouterr()
    assert "filled.csv:2: warranted: write yes or no, found 'perhaps'" in said.err
    assert f"filled.csv:3: call 'nobody' is not on the list of the run '{date.today()}'" in said.err
    assert "filled.csv:4: does not say whether an escalation was warranted" in said.err
    assert said.out.startswith("2 reviews of 1 night stored; rows not filled in yet: 1.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("call_id,note\nc1,fine\n", "the columns run_id, warranted, escalated are missing"),
        ("run_id,call_id,warranted,escalated\n2026-03-02,c1,yes,no\n", "add --reviewer NAME"),
    ],
)
def test_a_file_that_is_no_review_is_refused(home, capsys, text, words):
    (home / "filled.csv").write_text(text)
    assert run_command(["missed", "--reviews", "filled.csv"]) == 2
    assert words in capsys.readouterr().err


def test_reviews_of_another_model_are_left_out_and_told(store):
    config = configured(missed={"audit_sample": 5})
    night = build(store, bring(store, [*angry(range(2)), *calm(range(20))]), config)
    put = [each.stored.call_id for each in (*night.missed, *night.audit)]
    store.worklists.write_reviews([Review(call_id, night.run_id, "kim", True, False) for call_id in put])
    run = store.runs.begin(NIGHT + timedelta(days=1), "nightly", "other", "2")
    found = build(store, run, config).recall
    assert (found.recall, found.n_other_models) == (None, 1)
    assert "1 night with another model or other thresholds are left out" in found.sentence
    run = store.runs.begin(NIGHT + timedelta(days=2), "nightly", *MODEL.values())
    assert build(store, run, config).recall.recall is not None


# The commands


def test_missed_lists_what_is_pressing_and_says_what_is_reviewed(home, capsys):
    assert run_command(["missed", "--since", "1d", "--queue", "billing"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("9 missed escalations since")
    assert "0 of them reviewed" in said
    assert run_command(["missed", "--queue", "sales"]) == 0
    assert capsys.readouterr().out.startswith("0 missed escalations")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missed", "--since", "soon"], "--since takes 7d, 2w or a date"),
        (["missed", "--out", "list.xlsx"], "written as .csv"),
        (["missed", "--audit"], "--out FILE.csv"),
        (["missed", "--config", "none.toml"], "escalert nightly --init"),
        (["trends", "--out", "weeks.json"], "written as .csv"),
    ],
)
def test_wrong_usage_is_told_with_the_remedy(home, capsys, arguments, words):
    assert run_command(arguments) == 2
    assert words in capsys.readouterr().err


def test_no_store_is_made_where_there_is_none(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nightly.toml").write_text("")
    assert run_command(["missed"]) == 2
    assert "there is no store" in capsys.readouterr().err
    assert not (tmp_path / "escalert.db").exists()


@pytest.fixture
def weeks(tmp_path, monkeypatch):
    """A store of three weeks: more is missed from week to week."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nightly.toml").write_text("")
    with open_store(f"sqlite:///{tmp_path / 'escalert.db'}") as store:
        for week in range(3):
            at = f"{NIGHT + timedelta(weeks=week)}T09:00:00+00:00"
            numbers = range(100 * week, 100 * week + week + 1)
            batch = angry(numbers, started_at=at) + calm(
                range(100 * week, 100 * week + 10), started_at=at, queue="=sales"
            )
            bring(store, batch, NIGHT + timedelta(weeks=week))
    return tmp_path


def test_trends_by_week_queue_and_trigger(weeks, capsys):
    last = ["--weeks", "3", "--until", "2026-03-18"]
    assert run_command(["trends", *last, "--out", "all.csv"]) == 0
    assert [(row["week"], row["calls"], row["missed"]) for row in written(weeks / "all.csv")] == [
        ("2026-03-02", "11", "1"),
        ("2026-03-09", "12", "2"),
        ("2026-03-16", "13", "3"),
    ]
    assert run_command(["trends", *last, "--by", "queue", "--out", "queues.csv"]) == 0
    rows = written(weeks / "queues.csv")
    assert {row["queue"] for row in rows} == {"billing", "'=sales"}
    assert [row["missed_share"] for row in rows[:3]] == ["1.0", "1.0", "1.0"]
    assert run_command(["trends", *last, "--by", "trigger"]) == 0
    said = capsys.readouterr().out
    assert "manager_request" in said
    assert "16.7%" in said
    assert run_command(["trends", *last[:2], "--until", "2020-01-01"]) == 0
    assert "There is no call" in capsys.readouterr().out
