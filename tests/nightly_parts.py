"""Nights built by hand, for the tests of what is delivered of them."""

from __future__ import annotations

from datetime import date, timedelta

from escalert.nightly.night import (
    AuditCall,
    CallGroupEntry,
    Contradiction,
    DriftFigure,
    FlagRate,
    ListedCall,
    Night,
    Watch,
)
from escalert.nightly.recall import Interval, RecallEstimate
from escalert.nightly.store import ScoredCall, Selection, content_hash
from escalert.records import Call, CallVerdict, Decision, Evidence, TriggerFinding, Turn

NIGHT = date(2026, 3, 2)
MODEL = {"name": "demo", "version": "1f0c"}
LABELS = ("profanity", "manager_request", "repeat_contact", "severe_impact", "churn_threat", "handoff")
TALK = (
    ("agent", "Thank you for calling Northgrid, how can I help?"),
    ("customer", "My mother is on oxygen and the power has been off since noon."),
    ("agent", "I have no way to reach the crew from here, the system does not let me."),
    ("customer", "This is the third time I call, put your supervisor on, please."),
    ("agent", "There is nobody here I could put you through to."),
)
FLAGS = {"severe_impact": 1, "manager_request": 3}


def make_call(call_id="c1", talk=TALK, **fields):
    turns = tuple(Turn(who, text, 65.0 * at, 65.0 * at + 5) for at, (who, text) in enumerate(talk))
    given = {"queue": "outages", "agent_id": "Ines", "started_at": "2026-03-02T09:00:00+01:00"}
    return Call(call_id, turns, **{**given, "origin": f"in/{call_id}.json:1", **fields})


def judge(call, flags=FLAGS, *, missed=True, priority="high", reasons=None):
    def finding(label):
        turns = [call.turns[flags[label]]] if label in flags else []
        evidence = tuple(Evidence(flags[label], turn.speaker, turn.text, 0.93, turn.start_s) for turn in turns)
        return TriggerFinding(0.93 if turns else 0.03, 0.5, evidence)

    return CallVerdict(
        call_id=call.call_id,
        triggers={label: finding(label) for label in LABELS},
        warranted=Decision(0.91 if missed else 0.06, 0.5),
        escalated=Decision(0.1, 0.5),
        priority=priority if missed else "none",
        reasons=reasons or (("serious consequences (turn 1)", "nobody senior came on") if missed else ()),
        model=MODEL,
        metadata={"queue": call.queue, "agent_id": call.agent_id, "started_at": call.started_at, **call.extra},
    )


def write(store, judged):
    """Store calls with their verdicts, and give them as the store does, in the order given."""
    run_id = store.runs.begin(NIGHT, "nightly", *MODEL.values()).run_id
    store.verdicts.write_batch(run_id, [ScoredCall(call, verdict, content_hash(call)) for call, verdict in judged])
    ids = tuple(call.call_id for call, _ in judged)
    stored = {each.call_id: each for each in store.verdicts.current(Selection(call_ids=ids))}
    return [stored[call_id] for call_id in ids]


def listed(stored, rank=1, **fields):
    return ListedCall(rank, stored, fields.pop("priority", stored.verdict.priority), 0.82, **fields)


def small_night(store, *calls, **fields):
    """A night of these missed escalations, each a call or a call with its verdict; others are counted only."""
    judged = [each if isinstance(each, tuple) else (each, judge(each)) for each in calls]
    missed = tuple(listed(stored, rank) for rank, stored in enumerate(write(store, judged), 1))
    counts = {"calls": 412, "missed": len(missed), "warranted": len(missed) + 4, "escalated": 4, "skipped": 0}
    return Night(
        **{
            "run_id": "2026-03-02",
            "for_date": NIGHT,
            "model": "demo 1f0c",
            "counts": counts,
            "missed": missed,
            **fields,
        }
    )


def rich_night(store, n_missed, capacity=50):
    """A night with all that a report can show."""
    queues, agents = ("outages", "billing", "moving home", None), ("Ines", "Tomás", "A-77", None)
    priorities = ("urgent", "high", "high", "normal")
    judged = []
    for n in range(n_missed):
        call = make_call(f"call-{n:04d}", queue=queues[n % 4], agent_id=agents[n % 3])
        judged.append((call, judge(call, priority=priorities[4 * n // max(n_missed, 1)])))
    calm = [
        make_call(f"calm-{n:03d}", (TALK[0], ("customer", "I would like to change my address."))) for n in range(20)
    ]
    stored = write(store, judged + [(call, judge(call, {}, missed=False)) for call in calm])
    missed, audited = stored[:n_missed], stored[n_missed:]
    shown = []
    for rank, each in enumerate(missed[:capacity], 1):
        more = {"group": "power, oxygen, noon, crew"} if rank % 4 == 2 else {}
        if rank % 5 == 3:
            text = "third call of this customer in 14 days, still unsettled (after call-0001, call-0000)"
            more |= {"repeat": text, "earlier": ("call-0001", "call-0000")}
        shown.append(listed(each, rank, **more))
    groups = (CallGroupEntry("power, oxygen, noon, crew", 12, 9, tuple(missed[:6])),) if n_missed > 9 else ()
    return Night(
        run_id="2026-03-02",
        for_date=NIGHT,
        model="demo 1f0c",
        counts={"calls": 8_412, "missed": n_missed, "warranted": n_missed + 31, "escalated": 40, "skipped": 2},
        missed=tuple(shown),
        audit=tuple(AuditCall(rank, each, "unflagged", 20 / 8081) for rank, each in enumerate(audited, 1)),
        recall=_recall() if n_missed > 9 else RecallEstimate(),
        groups=groups,
        contradictions=(Contradiction("call-0007", False, True, "crm.csv:12"),) if n_missed > 9 else (),
        watch=_watch(is_out=n_missed > 9) if n_missed else Watch(not_judged="the night has 12 calls, fewer than 100"),
        skipped=("in/broken.json: not valid JSON: line 1, column 4", "in/empty.csv: no calls in it"),
    )


def _recall():
    return RecallEstimate(Interval(0.83, 0.71, 0.92), Interval(21, 9, 40), 6, 0, {"listed": 290, "unflagged": 120}, 12)


def _watch(*, is_out):
    figures = [
        DriftFigure("turns per call", "psi", 0.31 if is_out else 0.1, 0.25),
        DriftFigure("turns per call", "ks", 0.12, 0.2),
        DriftFigure("share of unknown words", "rise", 0.02, 0.1),
        *(DriftFigure(f"probability of {label}", "psi", 0.02 * n, 0.25) for n, label in enumerate(LABELS)),
    ]
    weeks = [NIGHT - timedelta(weeks=8 - n) for n in range(8)]
    rates = [
        FlagRate(
            "profanity",
            8412,
            0.061,
            0.05,
            0.04,
            0.06,
            tuple((week, 0.05 + 0.001 * (n % 3)) for n, week in enumerate(weeks)),
        ),
        FlagRate(
            "manager_request",
            8412,
            0.03,
            0.031,
            0.02,
            0.04,
            tuple((week, 0.03 + 0.002 * (n % 2)) for n, week in enumerate(weeks)),
        ),
        FlagRate("severe_impact", 8412, 0.01),
    ]
    return Watch(8412, tuple(figures), tuple(rates if is_out else rates[1:]))
