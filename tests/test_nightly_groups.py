"""Groups of calls about the same thing: found, named, and none where there is none."""

from __future__ import annotations

import random
from datetime import date

import pytest

from escalert.nightly import groups
from escalert.nightly.config import NightlyConfig
from escalert.nightly.groups import FlaggedCall, customer_text, group_calls
from escalert.nightly.store import ScoredCall, content_hash, open_store
from escalert.nightly.worklist import build_worklist, night_of
from escalert.records import Call, CallVerdict, Decision, Evidence, TriggerFinding, Turn

OUTAGE = (
    "my router has a red light and the broadband is down again",
    "broadband is down the router only shows a red light",
    "there is a red light on the router and no broadband since six",
    "the broadband died and the router blinks its red light",
    "red light on my router the whole street has no broadband",
    "no broadband and the router has that red light again",
    "router shows the red light the broadband was off all morning",
    "i have a red light on the router so no broadband for my job",
)
SYLLABLES = ("ba", "do", "fi", "gu", "ke", "lo", "mi", "na", "pe", "ri", "so", "tu")
WORDS = [first + second + last for first in SYLLABLES for second in SYLLABLES for last in ("x", "nt")]


def other_calls(n):
    """Give calls that share no more than chance has it."""
    draw = random.Random(4)
    return [FlaggedCall(f"other{n:02d}", f"don't {' '.join(draw.sample(WORDS, 8))}", f"k{n}") for n in range(n)]


def outage_calls(customer=None):
    return [FlaggedCall(f"outage{number}", text, customer or f"c{number}") for number, text in enumerate(OUTAGE)]


def test_calls_about_the_same_thing_are_a_group_named_by_what_they_share():
    (group,) = group_calls([*other_calls(40), *outage_calls()], examples=3)
    assert set(group.call_ids) == {f"outage{number}" for number in range(8)}
    assert {"red light", "broadband", "router"} <= set(group.terms)
    assert len(group.examples) == 3
    assert group.name == ", ".join(group.terms)


def test_the_order_of_the_calls_is_of_no_account():
    calls = [*other_calls(40), *outage_calls()]
    found = group_calls(calls)
    assert found
    assert group_calls(calls[::-1]) == found


@pytest.mark.parametrize(
    "calls",
    [
        [],
        outage_calls()[:4],
        other_calls(40),
        [*other_calls(40), *outage_calls(customer="same")],
        [*other_calls(40), *outage_calls()[:4]],
        [FlaggedCall(f"c{number}", "", None) for number in range(30)],
        [FlaggedCall(f"c{number}", "yes please thank you", None) for number in range(30)],
    ],
    ids=("no call", "few calls", "nothing shared", "one customer", "fewer than asked for", "no words", "small talk"),
)
def test_there_is_no_group_where_nothing_is_shared_by_enough_customers(calls):
    assert group_calls(calls) == ()


def test_of_very_many_calls_the_most_pressing_are_grouped(monkeypatch):
    monkeypatch.setattr(groups, "MOST_CALLS", 40)
    assert group_calls([*other_calls(40), *outage_calls()]) == ()
    assert len(group_calls([*outage_calls(), *other_calls(40)])) == 1


def test_what_the_customer_said_counts_or_all_of_it_where_nobody_is_known():
    call = Call("c", (Turn("agent", "how can i help"), Turn("customer", "My ROUTER!"), Turn("unknown", "hm")))
    assert customer_text(call) == "my router!"
    assert customer_text(Call("c", (Turn("agent", "hello"), Turn("unknown", "Red light")))) == "red light"


def scored(flagged):
    call = Call(
        flagged.call_id,
        (Turn("agent", "hello"), Turn("customer", flagged.text)),
        customer_id=flagged.customer_id,
        started_at="2026-03-02T09:00:00Z",
    )
    finding = TriggerFinding(0.9, 0.5, (Evidence(1, "customer", flagged.text, 0.9),))
    warranted = 0.9 if flagged.call_id in ("outage0", "outage1") else 0.2
    priority = "high" if warranted > 0.5 else "none"
    verdict = CallVerdict(
        call.call_id, {"profanity": finding}, Decision(warranted, 0.5), Decision(0.1, 0.5), priority, ()
    )
    return ScoredCall(call, verdict, content_hash(call))


def test_the_night_shows_its_groups_and_names_them_at_the_listed_calls(store_url):
    config = NightlyConfig.model_validate({"repeats": {"examples": 3}})
    with open_store(store_url, patience_s=5) as store:
        run = store.runs.begin(date(2026, 3, 2), "nightly", "demo", "1")
        store.verdicts.write_batch(run.run_id, [scored(call) for call in [*other_calls(40), *outage_calls()]])
        store.runs.finish(run.run_id, {}, dict(build_worklist(store, run, config)))
        night = night_of(store, store.runs.get(run.run_id), config)
    (group,) = night.groups
    assert (group.n_calls, group.n_missed, len(group.examples)) == (8, 2, 3)
    assert "red light" in group.name
    assert {listed.group for listed in night.missed} == {group.name}
