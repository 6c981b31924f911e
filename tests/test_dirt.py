"""Recogniser's dirt: each step of cleaning does its work, and leaves alone what only looks like it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from escalert.cli.app import run
from escalert.errors import UsageError
from escalert.readers import ReadOptions, call_to_dict, read_calls
from escalert.readers.dirt import ALL, STEPS, Cleaner, cleaning_summary
from escalert.records import Call, Turn
from escalert.taxonomy import load_taxonomy
from escalert.triggers import swear_words
from escalert.unmask import MASKED, plain_text

DOCUMENT = Path(__file__).parents[1] / "docs" / "cleaning.md"
LEXICON = swear_words(load_taxonomy())
ROLES = {"A": "agent", "B": "customer", "C": "other"}


def recognised(*turns, gap=3.0):
    """Write a call as a recogniser does: turns are (speaker, text) or (speaker, text, start, end)."""
    utterances = []
    for number, (speaker, text, *times) in enumerate(turns):
        start, end = times or (number * (gap + 1), number * (gap + 1) + 1)
        times_ms = {"start": round(start * 1000), "end": round(end * 1000)}
        utterances.append({"speaker": speaker, "text": text, "confidence": 0.9, **times_ms})
    known = {"id": "c1", "status": "completed", "language_code": "en", "audio_duration": 90, "confidence": 0.9}
    return {**known, "text": "", "words": [], "utterances": utterances}


def whisper(*segments):
    """Write segments as Whisper does: (text, what it measured)."""
    listed = [
        {"id": n, "seek": 0, "start": 4.0 * n, "end": 4.0 * n + 3, "text": f" {text}", **measured}
        for n, (text, measured) in enumerate(segments)
    ]
    return {"text": "", "language": "en", "segments": listed}


def read(tmp_path, content, keep=()):
    path = tmp_path / "call.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    counts = {}
    options = ReadOptions(speakers=ROLES, keep=frozenset(keep), name_roles=False)
    [call] = read_calls([path], options, on_cleaned=counts.update)
    return call, counts


def texts(call):
    return [turn.text for turn in call.turns]


def said(call):
    return [(turn.speaker, turn.text) for turn in call.turns]


def one_text(tmp_path, text, step):
    """Give what becomes of a customer's turn, and how often the step counted it."""
    call, counts = read(tmp_path, recognised(("A", "how can i help"), ("B", text)))
    assert set(counts) <= {step}
    return (texts(call)[1] if len(call.turns) > 1 else None), counts.get(step, 0)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("this is <profanity>bullshit</profanity> man", "this is bullshit man"),
        ("this is <Profanity>****</Profanity> man", f"this is {MASKED} man"),
        ("this is <profanity></profanity> man", f"this is  {MASKED}  man"),
        ("you [swear word] idiot", f"you  {MASKED}  idiot"),
        ("you [expletive deleted] idiot", f"you  {MASKED}  idiot"),
        ("you [ __ ] idiot", f"you  {MASKED}  idiot"),
        ("you dumb [beep] listen", f"you dumb  {MASKED}  listen"),
        ("it's [CREDIT_DEBIT_NUMBER] okay", "it's [pii] okay"),
        ("it's [PERSON_NAME_1] okay", "it's [pii] okay"),
        ("it's <name> and {phone_number} okay", "it's [pii] and [pii] okay"),
        ("my name is #### ######.", "my name is [pii]."),
        ("it's **** **** **** 1234 okay", "it's [pii] 1234 okay"),
        ("it's xxx-xx-1234 okay", "it's [pii] 1234 okay"),
    ],
)
def test_masks_come_in_a_form_that_is_understood(tmp_path, text, plain):
    masked, count = one_text(tmp_path, text, "masks")
    assert count >= 1
    assert plain_text(masked, LEXICON) == plain


@pytest.mark.parametrize(
    "text",
    [
        "**** you and your [PROFANITY] bill",
        "f*** off [expletive] (bleep)",
        "it's [PII] and that's all",
        "the [INJURY] needed [MONEY_AMOUNT]",
        "the card ends in ****1234",
        "press # and then ##",
        "we're number #1 in the c# group",
        "size xxx large, and xxl",
        "he said (name) not the other name",
        "click [Billing] then [Add a device]",
        "it is <3 and 5 > 4",
    ],
)
def test_masks_leave_alone_what_is_understood_or_no_mask(tmp_path, text):
    assert one_text(tmp_path, text, "masks") == (text, 0)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("[MUSIC] i want to cancel", "i want to cancel"),
        ("i did (laughter), you know", "i did, you know"),
        ("so <noise> anyway", "so anyway"),
        ("well [phone ringing] sorry [background noise]", "well sorry"),
        ("♪ i will survive", "i will survive"),
        ("one %HESITATION two", "one two"),
        ("*laughs* okay then", "okay then"),
        ("[BLANK_AUDIO]", None),
        ("(music).", None),
        ("...", None),
    ],
)
def test_noises_are_taken_out(tmp_path, text, left):
    assert one_text(tmp_path, text, "noises")[0] == left


@pytest.mark.parametrize(
    "text",
    [
        "i hear music and a beep",
        "she is [crying] and [screaming]",
        "the (music store) on main street",
        "it was *really* loud",
        "area code (800) and (no)",
        "????",
        "****",
        "😡",
    ],
)
def test_noises_leave_words_and_feelings_alone(tmp_path, text):
    assert one_text(tmp_path, text, "noises") == (text, 0)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("you you you", None),
        ("You. You. You. You. You.", None),
        ("no no no no no no no no no no i said", "no no no i said"),
        (" ".join(["i want to go."] * 30), "i want to go. i want to go. i want to go."),
        ("so " + "come on now, " * 9 + "please", "so come on now, come on now, come on now, please"),
    ],
)
def test_loops_are_cut(tmp_path, text, left):
    assert one_text(tmp_path, text, "loops") == (left, 1)


@pytest.mark.parametrize(
    "text",
    [
        "no no no",
        "please please please",
        "Stop. Stop! Stop, stop, stop.",
        "let me speak to a manager let me speak to a manager let me speak to a manager",
        "thank you thank you thank you",
        "zero zero zero zero zero zero zero zero five",
        "four four four four four four four",
        "5 5 5 5 5 5 5 5",
        "[PII] [PII] [PII] [PII] [PII] [PII] [PII]",
        "that that that is what i mean the the the the one",
    ],
)
def test_people_who_repeat_themselves_survive(tmp_path, text):
    assert one_text(tmp_path, text, "loops") == (text, 0)


def test_a_turn_that_comes_again_and_again_comes_three_times(tmp_path):
    call, counts = read(tmp_path, recognised(("A", "hi there"), *[("B", "hello?")] * 9, ("A", "yes")))
    assert texts(call) == ["hi there", "hello?", "hello?", "hello?", "yes"]
    assert counts == {"loops": 1}
    digits = recognised(*[("B", "five.")] * 6)
    assert texts(read(tmp_path, digits)[0]) == ["five."] * 6
    apart = recognised(*[("B", "hello?"), ("A", "hello?")] * 5)
    assert len(read(tmp_path, apart)[0].turns) == 10


def test_the_compression_ratio_makes_loops_easier_to_see(tmp_path):
    looped, fine = {"compression_ratio": 2.5}, {"compression_ratio": 2.4}
    thrice = "i'd like to go. " * 3
    call, counts = read(tmp_path, whisper((thrice, looped), (thrice, fine), ("no no no", looped), ("my bill", looped)))
    assert texts(call) == ["i'd like to go.", thrice.strip(), "no no no", "my bill"]
    assert counts == {"loops": 1}
    call, counts = read(tmp_path, whisper(("hi", {}), *[("we moved", looped)] * 4, ("Okay. " * 9, looped)))
    assert texts(call)[:2] == ["hi", "we moved"]
    assert len(call.turns) <= 3
    assert counts["loops"] == 2
    call, _ = read(tmp_path, whisper(("hi", {}), ("thank you. " * 4, looped)))
    assert texts(call) == ["hi"]


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching!",
        "Thank you so much for watching and see you in the next video. Bye bye.",
        "Please like and subscribe.",
        "Don't forget to subscribe to my channel",
        "Subtitles by the Amara.org community",
        "Transcribed by https://otter.ai",
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Sous-titrage Société Radio-Canada",
        "ご視聴ありがとうございました。",
    ],
)
def test_phantoms_are_dropped(tmp_path, text):
    assert one_text(tmp_path, text, "phantoms") == (None, 1)


@pytest.mark.parametrize(
    "text",
    [
        "thank you",
        "thanks for watching my dog",
        "thank you for watching out for that charge",
        "i'd like to subscribe to the sports channel",
        "unsubscribe me please",
        "the subtitles by default are off",
        "captions by friday please",
        "did you like it",
        "it was translated by my daughter and she says you owe me",
        "see you next time",
    ],
)
def test_phantoms_leave_alone_what_people_say(tmp_path, text):
    assert one_text(tmp_path, text, "phantoms") == (text, 0)


def test_silence_takes_more_than_its_probability(tmp_path):
    silent = {"no_speech_prob": 0.9}
    call, counts = read(
        tmp_path,
        whisper(
            ("i want my money", silent), ("Thank you.", silent), ("Thank you.", {"no_speech_prob": 0.6}), ("bye", {})
        ),
    )
    assert texts(call) == ["i want my money", "Thank you.", "bye"]
    assert counts == {"phantoms": 1}


def test_an_unlikely_text_in_silence_is_dropped():
    turns = [Turn("unknown", "so we go", extra={"no_speech_prob": 0.7, "avg_logprob": p}) for p in (-1.2, -0.9)]
    call = Cleaner().clean(Call("c", tuple(turns)))
    assert call.turns == (turns[1],)


CLAIM = "i have been waiting here for three weeks"


def test_echoes_are_dropped(tmp_path):
    exact = recognised(("B", CLAIM, 0, 4), ("A", CLAIM, 0.3, 4.3), ("A", "i see", 9, 10))
    call, counts = read(tmp_path, exact)
    assert said(call) == [("customer", CLAIM), ("agent", "i see")]
    assert counts == {"echo": 1}
    misheard = recognised(("B", CLAIM, 0, 4), ("A", "have been waiting here for tree weeks", 0.9, 4))
    assert said(read(tmp_path, misheard)[0]) == [("customer", CLAIM)]


def test_of_two_the_echo_is_the_one_that_was_heard_worse(tmp_path):
    content = recognised(("A", CLAIM, 0, 4), ("B", CLAIM, 0.2, 4), ("A", "i see", 9, 10))
    content["utterances"][0]["confidence"] = 0.4
    assert said(read(tmp_path, content)[0]) == [("customer", CLAIM), ("agent", "i see")]


@pytest.mark.parametrize(
    "turns",
    [
        [("B", CLAIM, 0, 4), ("A", CLAIM, 4.2, 8)],
        [("B", "thank you", 0, 1), ("A", "thank you", 0.1, 1)],
        [("B", "bye bye now", 0, 1), ("A", "bye bye now", 0.1, 1)],
        [("B", CLAIM, 0, 4), ("A", "i have been looking at your bill today", 0.5, 4)],
    ],
    ids=["said back", "both say thanks", "both say bye", "other words"],
)
def test_people_who_say_the_same_are_no_echo(tmp_path, turns):
    call, counts = read(tmp_path, recognised(*turns))
    assert len(call.turns) == 2
    assert not counts


def test_channels_with_the_same_recording_do_not_tell_who_speaks(tmp_path):
    lines = ["how can i help you today", CLAIM, "let me have a look", "get me your manager right now", "okay"]
    doubled = [(who, text, 5 * n, 5 * n + 2) for n, text in enumerate(lines) for who in "AB"]
    call, counts = read(tmp_path, recognised(*doubled))
    assert said(call) == [("unknown", text) for text in lines]
    assert counts == {"echo": 5}
    assert any("do not tell who speaks" in warning for warning in call.warnings)


def test_neighbours_of_one_speaker_are_merged(tmp_path):
    pieces = [("B", "i was charged", 0, 1), ("B", "twice", 1.5, 2), ("B", "last week", 3.9, 5), ("A", "i see", 6, 7)]
    call, counts = read(tmp_path, recognised(*pieces))
    first = call.turns[0]
    assert said(call) == [("customer", "i was charged twice last week"), ("agent", "i see")]
    assert (first.start_s, first.end_s, first.extra["confidence"]) == (0.0, 5.0, 0.9)
    assert counts == {"merge": 2}


@pytest.mark.parametrize(
    "turns",
    [
        [("B", "hello", 0, 1), ("B", "anyone there", 3.1, 4)],
        [("B", "word " * 40, 0, 9), ("B", "word " * 21, 9.5, 12)],
        [("B", "hello", 0, 1), ("A", "hello", 1.1, 2), ("B", "hi", 2.1, 3)],
        [("C", "this is the supervisor", 0, 1), ("C", "and this is her husband", 1.1, 2)],
        [("X", "hello", 0, 1), ("Y", "hi", 1.1, 2)],
    ],
    ids=["a pause", "too long", "by turns", "others", "two unknown"],
)
def test_others_are_not_merged(tmp_path, turns):
    call, counts = read(tmp_path, recognised(*turns), keep=["loops"])
    assert [text for _, text in said(call)] == [text for _, text, *_ in turns]
    assert not counts


def test_speakers_without_a_role_are_merged_by_their_label(tmp_path):
    call, _ = read(tmp_path, recognised(("X", "hello", 0, 1), ("X", "there", 1.1, 2), ("Y", "hi", 2.1, 3)))
    assert texts(call) == ["hello there", "hi"]
    assert call.turns[0].extra["speaker_label"] == "X"
    unknown = read(tmp_path, whisper(("hello", {}), ("there", {})))[0]
    assert texts(unknown) == ["hello", "there"]


def test_agents_before_and_after_a_transfer_are_not_merged():
    turns = (Turn("agent", "one moment", 0.0, 1.0), Turn("agent", "hello this is Ann", 2.0, 3.0))
    call = Call("c", turns, extra={"transfers": [{"at": 1.5, "to": "Ann"}]})
    assert Cleaner().clean(call) == call
    assert len(Cleaner().clean(replace(call, extra={})).turns) == 1


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("A", "Your call is important to us. Please stay on the line."),
        ("A", "this call may be recorded for quality and training purposes"),
        ("A", "thank you for calling acme for billing press one for anything else stay on the line"),
        ("X", "all of our representatives are assisting other customers your estimated wait is ten minutes"),
        ("A", "you are number three in the queue"),
        ("B", "Your call has been forwarded to voicemail."),
        ("A", "♪ and i will always love you ♪"),
    ],
)
def test_announcements_are_said_by_others(tmp_path, speaker, text):
    call, counts = read(tmp_path, recognised((speaker, text), ("B", "finally")))
    assert call.turns[0].speaker == "other"
    assert counts["announcements"] == 1


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("B", "you keep telling me your call is important to us"),
        ("B", "your call is important to us yeah right"),
        ("B", "Your call is important to us? Really?"),
        ("B", "this call is being recorded"),
        ("A", "thank you for calling acme this is dana this call may be recorded how can i help"),
        ("A", "now press one for yes when it asks you"),
        ("A", "all our supervisors are busy"),
        ("A", "your satisfaction is important to us"),
        ("A", "the next available appointment is tuesday"),
        ("A", "please hold while i look"),
        ("A", "the expected wait is about four minutes"),
    ],
)
def test_people_are_no_announcement(tmp_path, speaker, text):
    call, counts = read(tmp_path, recognised((speaker, text), ("B", "finally")))
    assert said(call)[0] == (ROLES[speaker], text)
    assert not counts


def test_late_in_a_call_people_say_that_it_is_recorded(tmp_path):
    talk = [("A", "hello there"), ("B", "hello to you")] * 3
    call, _ = read(tmp_path, recognised(*talk, ("A", "this call is being recorded")))
    assert call.turns[-1].speaker == "agent"


def test_an_agent_who_greets_says_that_the_call_is_recorded(tmp_path):
    notice = ("A", "Thank you for calling. This call may be recorded.", 0, 3)
    call, counts = read(tmp_path, recognised(notice, ("A", "My name is Tom.", 3.1, 5)))
    assert said(call) == [("agent", f"{notice[1]} My name is Tom.")]
    assert counts == {"merge": 1}
    call, _ = read(tmp_path, recognised(notice, ("A", "My name is Tom.", 9, 11)))
    assert said(call) == [("other", notice[1]), ("agent", "My name is Tom.")]


def test_turns_marked_as_announcements_are_said_by_others():
    turn = Turn("agent", "hello", extra={"is_announcement": True})
    [cleaned] = Cleaner().clean(Call("c", (turn,))).turns
    assert (cleaned.speaker, cleaned.text) == ("other", "hello")


DIRTY = recognised(
    ("A", "This call may be recorded."),
    ("B", "it's [SSN] [MUSIC]"),
    ("B", "you you you"),
    ("A", "Thanks for watching!"),
    ("B", CLAIM, 40, 44),
    ("A", CLAIM, 40.2, 44),
    ("B", "and nobody calls", 44.5, 46),
)


def test_what_was_cleaned_is_told(tmp_path):
    call, counts = read(tmp_path, DIRTY)
    assert said(call) == [
        ("other", "This call may be recorded."),
        ("customer", "it's [PII]"),
        ("customer", f"{CLAIM} and nobody calls"),
    ]
    assert counts == dict.fromkeys(STEPS, 1)
    (warning,) = call.warnings
    assert warning.endswith("cleaned: 1 announcement, 1 mask, 1 noise, 1 loop, 1 phantom turn, 1 echo, 1 merged")
    assert cleaning_summary({"merge": 40, "phantoms": 3, "loops": 1200}) == "1,200 loops, 3 phantom turns, 40 merged"


@pytest.mark.parametrize("step", STEPS)
def test_each_step_has_a_switch(tmp_path, step):
    _, counts = read(tmp_path, DIRTY, keep=[step])
    assert step not in counts
    assert len(counts) >= len(STEPS) - 2


def test_all_steps_have_one_switch(tmp_path):
    call, counts = read(tmp_path, DIRTY, keep=[ALL])
    assert texts(call) == [utterance["text"] for utterance in DIRTY["utterances"]]
    assert not counts
    assert not call.warnings


def test_a_step_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match=r"no cleaning step 'phantom'.*known are: announcements, masks"):
        read_calls(["whatever"], ReadOptions(keep=frozenset(["phantom"])))


def test_the_canonical_format_is_not_cleaned(tmp_path):
    dirty, _ = read(tmp_path, DIRTY, keep=[ALL])
    path = tmp_path / "calls.jsonl"
    path.write_text(json.dumps(call_to_dict(dirty)) + "\n", encoding="utf-8")
    [again] = read_calls([path], on_cleaned=lambda counts: pytest.fail("cleaned"))
    assert call_to_dict(again) == call_to_dict(dirty)


def test_labelled_turns_are_not_cleaned():
    turns = (Turn("customer", "[MUSIC]", labels=()), Turn("customer", "you you you"))
    call = Call("c", turns)
    assert Cleaner().clean(call) is call


def test_a_call_of_nothing_but_dirt_stays_a_call(tmp_path):
    call, counts = read(tmp_path, recognised(("A", "[MUSIC]"), ("B", "Thanks for watching!")))
    assert said(call) == [("agent", "")]
    assert counts == {"noises": 1, "phantoms": 1}
    assert any("nothing that was said is left" in warning for warning in call.warnings)


def test_the_summary_says_what_was_cleaned(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("call.json").write_text(json.dumps(DIRTY), encoding="utf-8")
    speakers = [part for name, role in ROLES.items() for part in ("--speaker", f"{role}={name}")]
    score = ["score", "call.json", "--model", "rules", *speakers]
    assert run([*score, "--out", "out.jsonl"]) == 0
    assert (
        "cleaned: 1 announcement, 1 mask, 1 noise, 1 loop, 1 phantom turn, 1 echo, 1 merged" in capsys.readouterr().out
    )
    assert run([*score, "--out", "o.jsonl", "--keep", "phantoms", "--keep", "merge"]) == 0
    assert "cleaned: 1 announcement, 1 mask, 1 noise, 1 loop, 1 echo\n" in capsys.readouterr().out
    assert run([*score, "--out", "p.jsonl", "--keep", "phantom"]) == 2
    assert "known are: announcements" in capsys.readouterr().err


def test_the_document_has_every_step():
    rows = re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    assert rows == list(STEPS)
