from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from escalert.errors import ReadProblem, UsageError
from escalert.records import (
    Call,
    CallVerdict,
    Decision,
    Evidence,
    TriggerFinding,
    Turn,
    TurnScore,
)
from escalert.report import CallReport, Figure, Section, Table, write_evaluation_page
from escalert.report.detail import turns_shown
from escalert.report.page import json_for_html
from escalert.report.tallies import GROUPS_COUNTED, OTHERS
from escalert.report.wording import clock, moment, percent, share, shorten
from escalert.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()

OXYGEN = (
    ("agent", "Thank you for calling Northgrid.", {}),
    (
        "customer",
        "My mother is on oxygen and the power has been off since noon.",
        {"severe_impact": 0.96},
    ),
    ("agent", "I have no way to reach the crew from here.", {"authority_limit": 0.81}),
    (
        "customer",
        "This is unbelievable, put your supervisor on.",
        {"emotional_intensity": 0.9, "manager_request": 0.97},
    ),
)
LATE_FEE = (
    ("agent", "Billing, good morning.", {}),
    ("customer", "Could you waive the late fee just this once?", {"policy_exception": 0.88}),
)
HANDED_UP = (
    ("customer", "I want the manager.", {"manager_request": 0.95}),
    ("agent", "She is on the line now.", {"handoff": 0.92}),
)
QUIET = (
    ("agent", "Good morning, Cedar Bank.", {}),
    ("customer", "I would like to change my address.", {}),
)


def scored(
    call_id,
    lines,
    *,
    priority="normal",
    warranted=0.9,
    escalated=0.1,
    record=None,
    timed=True,
    with_turns=True,
    **fields,
):
    """Build a call of (speaker, text, {label: probability}) lines, five seconds each, and its verdict."""
    turns = tuple(
        Turn(speaker, text, start_s=5.0 * at if timed else None) for at, (speaker, text, _) in enumerate(lines)
    )
    verdict = CallVerdict(
        call_id=call_id,
        triggers={label: _finding(label, lines, turns) for label in TAXONOMY.labels},
        warranted=Decision(warranted, 0.5),
        escalated=Decision(escalated, 0.5, record),
        priority=priority,
        reasons=("Somebody should listen to this one.",),
        turns=tuple(_score(at, line) for at, line in enumerate(lines)) if with_turns else None,
        model={"name": "pocket-model", "version": "1.2"},
    )
    return Call(call_id, turns, **fields), verdict


def _finding(label, lines, turns):
    evidence = tuple(
        Evidence(at, speaker, text, marks[label], turns[at].start_s)
        for at, (speaker, text, marks) in enumerate(lines)
        if label in marks
    )
    return TriggerFinding(max([turn.probability for turn in evidence], default=0.03), 0.5, evidence)


def _score(at, line):
    marks = line[2]
    return TurnScore(at, {label: marks.get(label, 0.02) for label in TAXONOMY.labels}, tuple(marks))


def report_of(*pairs, **options):
    report = CallReport(TAXONOMY, **options)
    for call, verdict in pairs:
        report.add(call, verdict)
    return report


def page_of(tmp_path, *pairs, skipped=(), model=None, **options):
    path = tmp_path / "report.html"
    report_of(*pairs, **options).write(path, skipped, model)
    return path.read_text("utf-8")


def detail_of(page, number=0):
    return json.loads(re.search(rf'id="detail-{number}">(.*?)</script>', page, re.DOTALL).group(1))


class Page(HTMLParser):
    """Collects the elements, the attributes and the visible text of a page."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self._open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self._open):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def attributes(self, name):
        return [attributes[name] for _, attributes in self.elements if name in attributes]


# Content


def test_says_what_was_scored_and_by_which_model(tmp_path):
    page = Page(page_of(tmp_path, scored("c1", LATE_FEE), scored("c2", QUIET), title="Tuesday's calls"))
    assert "Tuesday's calls" in page.text
    assert "Calls scored 2" in page.text
    assert "Model pocket-model, version 1.2" in page.text


def test_a_model_that_is_named_outranks_the_verdicts(tmp_path):
    page = page_of(tmp_path, scored("c1", LATE_FEE), model={"name": "desk-model", "version": "2"})
    assert "desk-model, version 2" in page
    assert "pocket-model" not in page


def test_counts_flagged_warranted_escalated_and_missed(tmp_path):
    page = Page(
        page_of(
            tmp_path,
            scored("missed", OXYGEN, priority="urgent"),
            scored("handed up", HANDED_UP, escalated=0.94),
            scored("minor", LATE_FEE, warranted=0.2),
            scored("quiet", QUIET, warranted=0.05, priority="none"),
        )
    )
    assert "Flagged 3 75% of calls" in page.text
    assert "Escalation warranted 2 50% of calls" in page.text
    assert "Escalated 1 25% of calls" in page.text
    assert "Missed 1 50% of warranted" in page.text


def test_gives_every_trigger_its_count_and_rate(tmp_path):
    page = Page(page_of(tmp_path, scored("c1", OXYGEN), scored("c2", HANDED_UP), scored("c3", QUIET)))
    assert "Manager request 2 67%" in page.text
    assert "Severe impact 1 33%" in page.text
    assert "Profanity 0 0%" in page.text


def test_tells_queues_and_channels_apart(tmp_path):
    page = Page(
        page_of(
            tmp_path,
            scored("c1", OXYGEN, queue="Outages", channel="phone"),
            scored("c2", LATE_FEE, queue="Billing", channel="chat", warranted=0.1),
        )
    )
    assert "Outages 1 0 1 1 1" in page.text
    assert "Billing 0 0 0 1 1" in page.text
    assert "phone 1 0 1 1 1" in page.text


def test_says_from_when_the_calls_are(tmp_path):
    days = ["2024-03-09T10:00:00Z", "2024-03-02", "some time ago", None]
    calls = [scored(f"c{at}", QUIET, started_at=day) for at, day in enumerate(days)]
    assert "Calls of 2024-03-02 to 2024-03-09" in Page(page_of(tmp_path, *calls)).text


def test_a_row_quotes_the_weightiest_trigger_and_times_the_first(tmp_path):
    page = Page(page_of(tmp_path, scored("c1", OXYGEN, priority="urgent", agent_id="A-7")))
    assert "My mother is on oxygen and the power has been off since noon. customer, 00:05" in page.text
    assert "Severe impact 96%" in page.text
    assert "A-7" in page.text


def test_an_outcome_alone_is_neither_flagged_nor_a_first_trigger(tmp_path):
    only_handoff = (("agent", "I have my supervisor with me.", {"handoff": 0.9}),)
    late_trigger = (*only_handoff, ("customer", "Finally. What a joke.", {"emotional_intensity": 0.8}))
    report = report_of(scored("a", only_handoff, warranted=0.1), scored("b", late_trigger))
    assert [(row.call_id, row.first) for row in report.rows] == [("b", "00:05")]


def test_the_detail_holds_reasons_transcript_and_evidence(tmp_path):
    detail = detail_of(page_of(tmp_path, scored("c1", OXYGEN, queue="Outages", origin="march.jsonl:7")))
    assert detail["reasons"] == ["Somebody should listen to this one."]
    assert detail["turns"][1] == [1, "00:05", "customer", OXYGEN[1][1]]
    assert detail["evidence"]["3"] == [
        ["Manager request", "97%", "plain"],
        ["Emotional intensity", "90%", "plain"],
    ]
    assert ["Queue", "Outages"] in detail["facts"]
    assert ["Read from", "march.jsonl:7"] in detail["facts"]


def test_the_curve_follows_the_customer_and_marks_every_flagged_turn(tmp_path):
    curve = detail_of(page_of(tmp_path, scored("c1", OXYGEN)))["curve"]
    assert curve["points"] == [[333, 20], [1000, 900]]
    assert curve["marks"] == [[1, 333, 20], [2, 667, None], [3, 1000, 900]]
    assert curve["ends"] == ["00:00", "00:15"]


@pytest.mark.parametrize(("lines", "with_turns"), [(OXYGEN, False), (LATE_FEE, True)])
def test_there_is_no_curve_without_two_points(tmp_path, lines, with_turns):
    assert detail_of(page_of(tmp_path, scored("c1", lines, with_turns=with_turns)))["curve"] is None


def test_a_long_curve_keeps_its_peak(tmp_path):
    calm = ("customer", "Mm-hm.", {})
    lines = [calm] * 1500 + [("customer", "I can't take it any more!", {"emotional_intensity": 0.99})] + [calm] * 1500
    points = detail_of(page_of(tmp_path, scored("c1", lines)))["curve"]["points"]
    assert len(points) <= 400
    assert max(height for _, height in points) == 990


def test_calls_without_times_or_queue_count_turns_instead(tmp_path):
    text = page_of(tmp_path, scored("c1", LATE_FEE, timed=False))
    assert "turn 1" in Page(text).text
    assert "not stated" in Page(text).text
    assert detail_of(text)["facts"][-1] == ["Length", "2 turns"]


def test_lists_what_was_skipped_and_mended(tmp_path):
    problems = [
        ReadProblem("old.csv", "no column with the text"),
        ReadProblem("b.vtt:3", "a time ran backwards", skipped=False),
    ]
    text = Page(page_of(tmp_path, scored("c1", QUIET), skipped=problems)).text
    assert "1 input skipped" in text
    assert "1 skipped, 1 mended" in text
    assert "Skipped old.csv no column with the text" in text
    assert "Mended b.vtt:3 a time ran backwards" in text


def test_an_empty_report_says_so(tmp_path):
    page = page_of(tmp_path)
    assert "No call was scored." in page
    assert "Missed 0 – of warranted" in Page(page).text


def test_a_report_of_quiet_calls_says_so(tmp_path):
    page = page_of(tmp_path, scored("c1", QUIET, warranted=0.1))
    assert "None of the 1 calls was flagged." in page
    assert 'id="calls"' not in page


# Order and bounds


def test_the_most_urgent_call_comes_first():
    report = report_of(
        scored("normal, missed", LATE_FEE, priority="normal"),
        scored("high, sure", LATE_FEE, priority="high", warranted=0.99, escalated=0.9),
        scored("high, missed", LATE_FEE, priority="high", warranted=0.6),
        scored("urgent", LATE_FEE, priority="urgent", warranted=0.7),
        scored("urgent, surer", LATE_FEE, priority="urgent", warranted=0.8),
        scored("urgent, same", LATE_FEE, priority="urgent", warranted=0.8),
        scored("none", LATE_FEE, priority="none", warranted=0.1),
    )
    assert [row.call_id for row in report.rows] == [
        "urgent, surer",
        "urgent, same",
        "urgent",
        "high, missed",
        "high, sure",
        "normal, missed",
        "none",
    ]


def test_keeps_only_the_most_urgent_and_counts_all(tmp_path):
    report = CallReport(TAXONOMY, most=3)
    for at in range(50):
        report.add(*scored(f"c{at}", LATE_FEE, warranted=0.5 + (at * 7 % 50) / 100))
        assert len(report.rows) <= 3
    assert [row.warranted.probability for row in report.rows] == [0.99, 0.98, 0.97]
    report.write(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "The 3 most urgent of 50 flagged calls are shown" in page
    assert page.count('type="application/json"') == 3


def test_which_calls_are_kept_does_not_depend_on_their_order():
    calls = [scored(f"c{at}", LATE_FEE, warranted=0.5 + at / 50) for at in range(20)]
    forward = report_of(*calls, most=5).rows
    assert report_of(*reversed(calls), most=5).rows == forward


def test_a_report_may_show_no_call_at_all(tmp_path):
    assert "The 0 most urgent of 1 flagged calls" in page_of(tmp_path, scored("c1", OXYGEN), most=0)


def test_refuses_to_show_fewer_than_none():
    with pytest.raises(UsageError, match="cannot show -1 calls"):
        CallReport(TAXONOMY, most=-1)


def test_queues_without_end_are_counted_together(tmp_path):
    report = report_of(*(scored(f"c{at}", QUIET, queue=f"q{at}") for at in range(GROUPS_COUNTED + 5)))
    assert len(report.tallies.queues) == GROUPS_COUNTED + 1
    assert report.tallies.queues[OTHERS].calls == 5
    report.write(tmp_path / "report.html")
    assert f"{GROUPS_COUNTED + 1 - 12} more" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("count", "evidence", "most", "shown"),
    [
        (3, [], 5, [0, 1, 2]),
        (10, [5], 5, [3, 4, 5, 6, 7]),
        (10, [0, 9], 6, [0, 1, 8, 9]),
        (10, [], 4, [0, 1]),
        (10, [2, 4, 6], 2, [2, 4]),
        (0, [], 5, []),
    ],
)
def test_a_very_long_call_is_shown_around_its_evidence(count, evidence, most, shown):
    assert turns_shown(count, evidence, most) == shown


# Untrusted text

NASTY = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "' onclick='alert(1)",
    "]]>{{ 7 * 7 }}{% raw %}",
    "line\u2028separated\u2029twice",
]


@pytest.mark.parametrize("text", NASTY)
def test_text_of_a_call_never_becomes_markup(tmp_path, text):
    fields = {"queue": text, "channel": text, "agent_id": text, "language": text, "started_at": text}
    nasty = [scored(text, [(turn[0], text, turn[2]) for turn in OXYGEN], **fields)]
    plain = [scored("c1", OXYGEN, **dict.fromkeys(fields, "x"))]
    problems = [ReadProblem(text, text)]
    page = page_of(tmp_path, *nasty, title=text, skipped=problems, model={"name": text, "version": text})
    harmless = page_of(tmp_path, *plain, title="x", skipped=problems, model={"name": "x", "version": "x"})
    assert [tag for tag, _ in Page(page).elements] == [tag for tag, _ in Page(harmless).elements]
    assert not [name for _, attributes in Page(page).elements for name in attributes if name.startswith("on")]
    assert text in Page(page).attributes("data-call")
    assert detail_of(page)["turns"][1][3] == text


@pytest.mark.parametrize("text", [*NASTY, "أريد المدير", "half of a pair: \ud83d", "nul \x00 and tab \t"])
def test_json_survives_inside_html(text):
    inside = json_for_html({"text": text})
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(inside)
    assert json.loads(inside)["text"] == text.replace("\ud83d", "\ufffd")


def test_half_a_surrogate_pair_does_not_stop_the_report(tmp_path):
    broken = "call \udcff"
    page = page_of(tmp_path, scored(broken, OXYGEN, queue=broken), skipped=[ReadProblem(broken, broken)])
    assert 'data-call="call \ufffd"' in page


def test_text_may_run_from_right_to_left(tmp_path):
    page = page_of(tmp_path, scored("مكالمة ٧", [("customer", "أريد المدير الآن", {"manager_request": 0.9})]))
    assert '<q dir="auto">أريد المدير الآن</q>' in page
    assert "<bdi>مكالمة ٧</bdi>" in page


# One file


@pytest.fixture
def pages(tmp_path):
    write_evaluation_page(tmp_path / "eval.html", "Evaluation", [Section("Curves", figures=[Figure(SVG, "A line")])])
    return [page_of(tmp_path, scored("c1", OXYGEN)), (tmp_path / "eval.html").read_text("utf-8")]


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0L9 9"/></svg>'


def test_needs_nothing_from_outside(pages):
    for page in pages:
        addresses = [*Page(page).attributes("src"), *Page(page).attributes("href")]
        assert all(address.startswith(("#", "data:")) for address in addresses)
        assert not re.search(r"""url\(\s*["']?(?!#)|@import|<(?:iframe|object|embed|form[^>]+action)""", page)


def test_only_its_own_style_and_script_may_act(pages):
    for page in pages:
        policy = next(value for value in Page(page).attributes("content") if "default-src" in value)
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        for inline in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page, re.DOTALL):
            assert base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode() in policy
        assert not Page(page).attributes("style")


def test_a_failure_leaves_the_older_report_whole(tmp_path):
    class Unprintable:
        def __str__(self):
            raise RuntimeError("the model lost its name")

    path = tmp_path / "report.html"
    path.write_text("yesterday's")
    with pytest.raises(RuntimeError, match="lost its name"):
        report_of(scored("c1", OXYGEN)).write(path, model={"name": Unprintable()})
    assert path.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [path]


def test_refuses_a_folder(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        report_of().write(tmp_path)


def test_a_report_can_be_written_twice(tmp_path):
    report = report_of(scored("c1", OXYGEN))
    report.write(tmp_path / "a.html")
    report.add(*scored("c2", LATE_FEE))
    report.write(tmp_path / "b.html")
    assert (tmp_path / "b.html").read_text("utf-8").count('type="application/json"') == 2


# Wording


@pytest.mark.parametrize(
    ("fraction", "worded"),
    [(0.0, "0%"), (0.001, "<1%"), (0.5, "50%"), (0.949, "95%"), (0.999, ">99%"), (1.0, "100%")],
)
def test_percent_never_rounds_to_a_certainty(fraction, worded):
    assert percent(fraction) == worded


@pytest.mark.parametrize(
    ("seconds", "worded"), [(0, "00:00"), (59.9, "00:59"), (754, "12:34"), (3725, "1:02:05"), (-1, "00:00")]
)
def test_clock(seconds, worded):
    assert clock(seconds) == worded


@pytest.mark.parametrize(("start_s", "worded"), [(None, "turn 11"), (float("nan"), "turn 11"), (61.0, "01:01")])
def test_moment(start_s, worded):
    assert moment(start_s, 11) == worded


def test_share_of_nothing_is_a_dash():
    assert share(0, 0) == "–"


@pytest.mark.parametrize(
    ("text", "worded"),
    [
        ("", ""),
        ("short", "short"),
        ("two  \n words", "two words"),
        ("cut at a word, please", "cut at a…"),
        ("x" * 30, "x" * 12 + "…"),
    ],
)
def test_shorten(text, worded):
    assert shorten(text, 12) == worded


# Evaluation page


def test_an_evaluation_page_shows_tables_and_figures(tmp_path):
    table = Table(
        ["Trigger", "F1", "Turns"],
        [["Profanity", 0.90449, 1204], ["<b>Mine</b>", None, 3]],
        caption="By trigger",
        note="On test calls.",
    )
    section = Section("How good", ["Measured on 212 calls."], [table], [Figure(SVG, "Calibration")])
    write_evaluation_page(tmp_path / "eval.html", "Evaluation of pocket-model", [section])
    page = Page((tmp_path / "eval.html").read_text("utf-8"))
    for shown in (
        "Evaluation of pocket-model",
        "Measured on 212 calls.",
        "Profanity 0.904 1,204",
        "<b>Mine</b> – 3",
        "On test calls.",
    ):
        assert shown in page.text
    assert page.attributes("alt") == ["Calibration"]


@pytest.mark.parametrize(
    ("rows", "numeric"),
    [
        ([["a", 1]], [False, True]),
        ([["a", None]], [False, False]),
        ([["a", "x"], ["b", 2]], [False, False]),
        ([], [False, False]),
    ],
)
def test_columns_of_numbers_are_known(rows, numeric):
    assert Table(["Name", "Value"], rows).numeric == numeric
