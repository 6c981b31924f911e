"""One invented call, written in every format: each of its files gives the same six turns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from escalert.readers import ReadOptions, read_calls

FOLDER = Path(__file__).parents[2] / "shared" / "fixtures" / "formats" / "same_call_all_formats"
SIX_TURNS = [
    ("agent", 0.0, 3.2, "Thank you for calling Acme, this is Dana. How can I help?"),
    ("customer", 3.6, 8.9, "I was charged twice and nobody will fix it. This is bullshit."),
    ("agent", 9.2, 12.5, "I'm sorry about that. I can see the charge, but our policy does not allow a refund."),
    ("customer", 12.1, 16.0, "Make an exception, or let me speak to your manager."),
    ("agent", 16.4, 18.0, "There is no one available."),
    ("customer", 24.3, 26.1, "Fine. Goodbye."),
]
# What the files themselves lack; all others must have it.
WITHOUT_SPEAKERS = {"whisper.json"}
WITHOUT_ROLES = {
    "amazon_transcribe_channels.json",
    "amazon_transcribe_speaker_labels.json",
    "assemblyai.json",
    "azure_speech_batch.json",
    "deepgram_diarize_utterances.json",
    "google_stt_v1_channels.json",
    "google_stt_v1_diarized.json",
    "twilio_sentences.json",
    "whisperx.json",
}
WITHOUT_TIMES = {"azure_language_conversation.json", "csv_calls.csv", "markdown_bold.txt", "plain.txt"}
WHOLE_SECONDS = {"plain_timestamped.txt"}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared format fixtures are not beside this repository")
every_file = pytest.mark.parametrize("path", sorted(FOLDER.glob("*")), ids=lambda path: path.name)


def turns_of(path):
    """Read the one call of a file, without guessing at roles."""
    problems = []
    [call] = read_calls([path], ReadOptions(name_roles=False), on_problem=problems.append)
    assert not problems
    return call.turns


def words_of(text):
    """Give the words without case and punctuation; some services mask the swear word by default."""
    return re.findall(r"[\w']+", re.sub(r"\*{3,}", "bullshit", text.lower()))


@every_file
def test_every_format_has_the_same_words(path):
    assert [words_of(turn.text) for turn in turns_of(path)] == [words_of(text) for *_, text in SIX_TURNS]


@every_file
def test_every_format_has_the_same_speakers(path):
    turns = turns_of(path)
    if path.name in WITHOUT_SPEAKERS:
        assert {turn.speaker for turn in turns} == {"unknown"}
    elif path.name in WITHOUT_ROLES:
        labels = [turn.extra.get("speaker_label", turn.speaker) for turn in turns]
        assert [labels.index(label) for label in labels] == [0, 1, 0, 1, 0, 1]
    else:
        assert [turn.speaker for turn in turns] == [speaker for speaker, *_ in SIX_TURNS]


@every_file
def test_every_format_has_the_same_times(path):
    turns = turns_of(path)
    if path.name in WITHOUT_TIMES:
        assert {turn.start_s for turn in turns} == {None}
        return
    near = 1.0 if path.name in WHOLE_SECONDS else 0.1
    assert [turn.start_s for turn in turns] == [pytest.approx(start, abs=near) for _, start, _, _ in SIX_TURNS]
    ends = [(turn.end_s, end) for turn, (_, _, end, _) in zip(turns, SIX_TURNS, strict=True) if turn.end_s is not None]
    assert [found for found, _ in ends] == [pytest.approx(end, abs=near) for _, end in ends]
