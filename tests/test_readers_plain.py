"""Plain text and subtitles in their many layouts."""

from __future__ import annotations

import pytest

from escalert.readers import ReadOptions, read_calls

A, C, X, U = "agent", "customer", "other", "unknown"
HI, YO, OK = (A, "hi"), (C, "yo"), (A, "ok")
LAYOUTS = {
    "lines": ("Agent: hi\nCustomer: yo\nAgent: ok", [HI, YO, OK]),
    "continued": ("Agent: hi\nand welcome\n\nto us\nCustomer: yo", [(A, "hi and welcome to us"), YO]),
    "lower case": ("agent: hi\ncustomer: yo", [HI, YO]),
    "no space": ("AGENT:hi\nCUSTOMER:yo", [HI, YO]),
    "full width": ("Agent：hi\nCustomer： yo", [HI, YO]),
    "numbered": ("Agent 1: hi\nCustomer 2: yo", [HI, YO]),
    "with names": ("Agent (Dana): hi\nJo Park (Customer): yo\nAgent Dana: ok", [HI, YO, OK]),
    "dashed names": ("Agent - Dana: hi\nCustomer – Jo Park: yo", [HI, YO]),
    "separators": ("Agent - hi\nCustomer\tyo\nAgent> ok", [HI, YO, OK]),
    "brackets": ("[Agent] hi\n(Customer) yo\n<Agent> ok", [HI, YO, OK]),
    "bold": ("**Agent:** hi\n\n**Customer**: yo\n\n__Agent:__ ok", [HI, YO, OK]),
    "bullets": ("- **Agent**: hi\n- Customer: yo\n* Agent: ok", [HI, YO, OK]),
    "headings": ("### Agent\nhi\n### Customer\nyo\n---\n### Agent\nok", [HI, YO, OK]),
    "says": ("Agent says hi\nCustomer says: yo\nAgent said: ok", [HI, YO, OK]),
    "says, one line": ("Agent says hi Customer says yo Agent says ok", [HI, YO, OK]),
    "one line": ("Agent: hi Customer: yo Agent: ok", [HI, YO, OK]),
    "one line, bold": ("**Agent:** hi **Customer:** yo **Agent:** ok", [HI, YO, OK]),
    "one line, lower": ("agent: hi customer: yo agent: ok", [HI, YO, OK]),
    "one line, times": ("[00:01] Agent: hi [00:02] Customer: yo [00:04] Agent: ok", [HI, YO, OK]),
    "one line, case tells": ("Agent: tell the customer: no Customer: yo", [(A, "tell the customer: no"), YO]),
    "chevrons": (">> hi\n>> yo\nyes\n>> AGENT: ok", [(U, "hi"), (U, "yo yes"), OK]),
    "names": ("Ann: hi\nBo: yo\nAnn: ok", [(U, "hi"), (U, "yo"), (U, "ok")]),
    "names, one line": ("Ann: hi Bo: yo Ann: ok", [(U, "hi"), (U, "yo"), (U, "ok")]),
    "letters": ("A: hi\nB: yo\nA: ok", [(U, "hi"), (U, "yo"), (U, "ok")]),
    "masked words": (
        "Agent: hi\n***\nCustomer: *** you ***\n\n****\n\n*** you ***",
        [(A, "hi ***"), (C, "*** you *** *** you ***")],
    ),
    "long names": ("Juan de la Cruz: hi\nAnn B. Lee: yo\nJuan de la Cruz: ok", [(U, "hi"), (U, "yo"), (U, "ok")]),
    "machine names": ("Speaker 1: hi\nSPEAKER_00: yo\nspk_1: ok", [(U, "hi"), (U, "yo"), (U, "ok")]),
    "title": ("**Call of Monday**\n\nAgent: hi\nCustomer: yo", [HI, YO]),
    "title, no title": ("hello, is anyone there?\nAgent: hi", [(U, "hello, is anyone there?"), HI]),
    "time on its own line": ("Agent 00:03\nhi\n\nJo Park 0:07\nyo", [HI, (U, "yo")]),
    "others": ("IVR: press one\nInterpreter: hola\nSupervisor: hi", [(X, "press one"), (X, "hola"), (X, "hi")]),
    "no labels, paragraphs": ("hi\nthere\n\nyo", [(U, "hi there"), (U, "yo")]),
    "no labels, lines": ("hi\nyo", [(U, "hi"), (U, "yo")]),
    "no labels, times": ("[00:01] hi\nthere\n[00:05] yo", [(U, "hi there"), (U, "yo")]),
    "no labels, run on": ("hi there how are you", [(U, "hi there how are you")]),
    "no labels, running text": (
        "Hi, Mr. Lee. I paid 3.50 twice! Why?",
        [(U, "Hi, Mr. Lee."), (U, "I paid 3.50 twice!"), (U, "Why?")],
    ),
    "no labels, wrapped": (
        "Hello, you called us about the kettle that you bought last week. Is it\nbroken? Then you get a new one.",
        [
            (U, "Hello, you called us about the kettle that you bought last week."),
            (U, "Is it broken?"),
            (U, "Then you get a new one."),
        ],
    ),
    "no labels, paragraphs of sentences": ("Hi. Hello.\n\nYo. Hey.", [(U, "Hi. Hello."), (U, "Yo. Hey.")]),
    "no labels, long lines": (
        "Hello, you called us about the kettle that you bought last week. Right?\n"
        "Yes I did, and it broke on the second day, like the one before it did. Twice.",
        [
            (U, "Hello, you called us about the kettle that you bought last week. Right?"),
            (U, "Yes I did, and it broke on the second day, like the one before it did. Twice."),
        ],
    ),
    "no labels, one time": ("[00:01] Hi. Hello.", [(U, "Hi. Hello.")]),
    "numbers": ("0: hi\n1: yo\n0: ok", [(U, "hi"), (U, "yo"), (U, "ok")]),
    "numbered lines": ("1: hi\n2: yo\n3: ok", [(U, "1: hi"), (U, "2: yo"), (U, "3: ok")]),
    "channels, one line": ("ch_0: hi ch_1: yo ch_0: ok", [(U, "hi"), (U, "yo"), (U, "ok")]),
    "letters, one line": ("A: hi B: yo A: ok", [(U, "hi"), (U, "yo"), (U, "ok")]),
    "compounds, one line": ("HUMAN_AGENT: hi END_USER: yo", [HI, YO]),
    "compounds say": ("HUMAN_AGENT says hi END_USER says yo HUMAN_AGENT says ok", [HI, YO, OK]),
    "not labels": (
        "Agent: hi\nNote: at 10:30: go\nMy agent: was rude\nAgent ID: 7\nhttp://x.y\n[music]\nCustomer: yo\nAgent: ok",
        [(A, "hi Note: at 10:30: go My agent: was rude Agent ID: 7 http://x.y [music]"), YO, OK],
    ),
}
SUBTITLES = {
    "voices": ("<v Agent>hi</v> <v.loud Customer>yo", [HI, YO]),
    "markup": ("<v Agent><c.x>h</c><00:00:00.500><b>i</b>", [HI]),
    "entities": ("<v Agent>a &lt;b&gt; &amp;&nbsp;c", [(A, "a <b> & c")]),
    "not markup": ("<v Agent>a < b and c > d", [(A, "a < b and c > d")]),
    "two lines": ("[Agent] hi\nthere", [(A, "hi there")]),
    "own line": ("(Customer)\nyo", [YO]),
    "dashes": ("- Agent: hi\n- Customer: yo", [HI, YO]),
    "dashes, no names": ("- hi\n- yo", [(U, "hi"), (U, "yo")]),
    "colon": ("Agent: hi", [HI]),
    "blank line inside": ("Agent: hi\n\nthere", [(A, "hi there")]),
    "arrow in text": ("Agent: press A --> B", [(A, "press A --> B")]),
}


def read_text(tmp_path, text, **options):
    path = tmp_path / "call"
    path.write_text(text, "utf-8")
    problems = []
    [call] = read_calls([path], ReadOptions(name_roles=False), on_problem=problems.append, **options)
    assert not problems
    return call


def said(call):
    return [(turn.speaker, turn.text) for turn in call.turns]


@pytest.mark.parametrize(("text", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(tmp_path, text, expected):
    assert said(read_text(tmp_path, text)) == expected


@pytest.mark.parametrize(("text", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_in_a_cell_of_a_table(tmp_path, text, expected):
    cell = text.replace('"', '""')
    assert said(read_text(tmp_path, f'call_id,queue,transcript\nc1,q,"{cell}"\n')) == expected


@pytest.mark.parametrize(("payload", "expected"), SUBTITLES.values(), ids=SUBTITLES)
@pytest.mark.parametrize("head", ["WEBVTT\n\n00:01.000 --> 00:02.000\n", "\ufeff1\n00:00:01,000 --> 00:00:02,000\n"])
def test_subtitles(tmp_path, head, payload, expected):
    assert said(read_text(tmp_path, head + payload + "\n")) == expected


def test_subtitles_keep_their_times(tmp_path):
    text = "1\r\n00:00:01,000 --> 00:00:02,500\r\n[CSR] hi\r\n2\r\n01:00:03,000 --> 01:00:04,000\r\nthere\r\n"
    [turn] = read_text(tmp_path, text).turns
    assert (turn.text, turn.start_s, turn.end_s) == ("hi there", 1.0, 3604.0)


def test_subtitles_without_labels_are_a_turn_per_cue(tmp_path):
    call = read_text(tmp_path, "WEBVTT\n\n00:01.000 --> 00:02.000\nhi\nthere\n\n00:03.000 --> 00:04.000\nyo\n")
    assert said(call) == [(U, "hi there"), (U, "yo")]
    assert "no speaker labels" in call.warnings[0]


def test_voices_end_with_their_cue_and_labels_do_not(tmp_path):
    head, more = "WEBVTT\n\n00:01.000 --> 00:02.000\n", "\n\n00:03.000 --> 00:04.000\nyo\n"
    assert said(read_text(tmp_path, f"{head}<v Agent>hi{more}")) == [HI, (U, "yo")]
    assert said(read_text(tmp_path, f"{head}Agent: hi{more}")) == [(A, "hi yo")]


def test_headers_of_subtitles_and_text_become_fields(tmp_path):
    notes = "WEBVTT - x\nLanguage: en\n\nNOTE\ncall_id: c9\narea: n\n\nSTYLE\n::cue{}\n\n00:01.000 --> 00:02.000\nhi\n"
    call = read_text(tmp_path, notes)
    assert (call.call_id, call.language, call.extra) == ("c9", "en", {"area": "n"})
    call = read_text(tmp_path, "The Call\nContact ID: c9\nQueue: **billing**\nEscalated: yes\n\nAgent: hi\nDate: now\n")
    assert (call.call_id, call.queue, call.escalated) == ("c9", "billing", True)
    assert call.extra == {"preamble": "The Call"}
    assert said(call) == [(A, "hi Date: now")]


@pytest.mark.parametrize(
    ("stamps", "seconds"),
    [
        (("[00:00:01]", "[00:01:02]"), [1, 62]),
        (("(0:01)", "(75:02)"), [1, 4502]),
        (("00:01.250", "00:02.5"), [1.25, 2.5]),
        (("[1.5s]", "[2.5]"), [1.5, 2.5]),
        (("[14:05:11]", "[14:06:00]"), [0, 49]),
        (("[23:59:50]", "[00:00:10]"), [0, 20]),
        (("11:59 AM", "12:01 PM -"), [0, 120]),
        (("[2026-01-05 09:30:12]", "[2026-01-05T09:30:15.5]"), [0, 3.5]),
        (("2026-01-05T09:30:00Z", "2026-01-05T10:30:01+01:00"), [0, 1]),
        (("[59:58]", "[1:00:02]"), [3598, 3602]),
        (("[12:05 AM]", "[12:06 AM]"), [0, 60]),
        (("[00:00:01 - 00:00:02]", "[00:00:03 --> 00:00:04]"), [1, 3]),
    ],
)
def test_times_before_labels(tmp_path, stamps, seconds):
    call = read_text(tmp_path, f"{stamps[0]} Agent: hi\n{stamps[1]} Customer: 10:30 suits me\n")
    assert [turn.start_s for turn in call.turns] == seconds
    assert call.turns[1].text == "10:30 suits me"
    assert not call.warnings
