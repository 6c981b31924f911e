"""The formats of Deepgram, AssemblyAI, Twilio, Genesys, Whisper, ElevateAI, Uniphore and ABCD, as files hold them."""

from __future__ import annotations

import copy
import json
from itertools import groupby
from pathlib import Path

import pytest

from escalert.readers import ReadOptions, read_calls
from escalert.readers.dirt import STEPS
from escalert.readers.documents import key_paths
from escalert.readers.format import Sample
from escalert.readers.table import detect, format_named

SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "formats"
NAMES = ("deepgram", "assemblyai", "twilio", "genesys-cloud", "whisper", "whisperx", "elevateai", "uniphore", "abcd")
EPOCH = 1_772_460_311_000
HELLO, WRONG, SORRY = "How can I help?", "It broke.", "I see."


def read(tmp_path, value, **options):
    """Write JSON to a file, read it as it stands there, and give the calls and the problems."""
    path = tmp_path / "call.7.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    problems = []
    options = ReadOptions(keep=frozenset(STEPS), name_roles=False, **options)
    return list(read_calls([path], options, on_problem=problems.append)), problems


def read_one(tmp_path, value, **options):
    """Read a file that must hold one call and no fault."""
    [call], problems = read(tmp_path, value, **options)
    assert not problems
    return call


def said(call):
    """Give who said what; of unknown speakers, the label."""
    return [(turn.extra.get("speaker_label", turn.speaker), turn.text) for turn in call.turns]


def times(call):
    return [(turn.start_s, turn.end_s) for turn in call.turns]


def words(text, start, gap=0.5, unit=1, name="word", **more):
    """Give a word of half a second for each word of the text."""
    return [
        {name: word, "start": (start + index * gap) * unit, "end": (start + (index + 1) * gap) * unit, **more}
        for index, word in enumerate(text.split())
    ]


def without_speakers(items):
    return [{name: value for name, value in item.items() if name != "speaker"} for item in items]


# Deepgram

DEEPGRAM_WORDS = words(HELLO, 0, speaker=0) + words(WRONG, 2.5, speaker=1) + words(SORRY, 4, speaker=0)
DEEPGRAM_TURNS = [("0", HELLO), ("1", WRONG), ("0", SORRY)]


def deepgram(alternative=None, utterances=None, channels=None, **metadata):
    channels = channels or [{"alternatives": [alternative or {"transcript": "", "words": []}]}]
    results = {"channels": channels, **({"utterances": utterances} if utterances else {})}
    return {"metadata": {"request_id": "b7c1", "channels": len(channels), **metadata}, "results": results}


def utterance(text, start, end, speaker, channel=0, **more):
    return {"transcript": text, "start": start, "end": end, "speaker": speaker, "channel": channel, **more}


def paragraph(text, start, end, speaker):
    return {"sentences": [{"text": text, "start": start, "end": end}], "speaker": speaker, "start": start, "end": end}


DEEPGRAM = {
    "utterances": deepgram(
        {"transcript": "something else", "words": words("something else", 0)},
        [utterance(HELLO, 0, 2, 0), utterance(WRONG, 2.5, 3.5, 1), utterance(SORRY, 4, 5, 0)],
    ),
    "paragraphs": deepgram(
        {
            "paragraphs": {
                "paragraphs": [
                    paragraph(HELLO, 0, 2, 0),
                    paragraph(WRONG, 2.5, 3.5, 1),
                    paragraph(SORRY, 4, 5, 0),
                ]
            }
        }
    ),
    "words": deepgram({"transcript": "something else", "words": DEEPGRAM_WORDS}),
    "an utterance with all speakers": deepgram(
        {}, [utterance(f"{HELLO} {WRONG} {SORRY}", 0, 5, 0, words=DEEPGRAM_WORDS)]
    ),
}


@pytest.mark.parametrize("value", DEEPGRAM.values(), ids=DEEPGRAM)
def test_deepgram_by_the_best_that_there_is(tmp_path, value):
    call = read_one(tmp_path, value)
    assert said(call) == DEEPGRAM_TURNS
    assert times(call) == [(0, 2), (2.5, 3.5), (4, 5)]
    assert (call.call_id, call.channel) == ("b7c1", "phone")


def test_deepgram_prefers_words_with_punctuation_and_parts_unnamed_speech_at_pauses(tmp_path):
    heard = words("how none", 0) + words("it", 5)
    heard[0]["punctuated_word"], heard[1]["punctuated_word"] = "How", "None"
    call = read_one(tmp_path, deepgram({"words": heard}))
    assert said(call) == [("unknown", "How None"), ("unknown", "it")]
    assert not call.warnings
    assert said(read_one(tmp_path, deepgram({"transcript": "only text"}))) == [("unknown", "only text")]


DEEPGRAM_CHANNELS = [
    {"alternatives": [{"transcript": WRONG, "words": words(WRONG, 2.5)}]},
    {"alternatives": [{"transcript": f"{HELLO} {SORRY}", "words": words(HELLO, 0) + words(SORRY, 4)}]},
]


@pytest.mark.parametrize(
    "utterances",
    [None, [utterance(SORRY, 4, 5, 0, 1), utterance(WRONG, 2.5, 3.5, 0, 0), utterance(HELLO, 0, 2, 0, 1)]],
    ids=["words", "utterances"],
)
def test_deepgram_by_channel(tmp_path, utterances):
    value = deepgram(None, utterances, DEEPGRAM_CHANNELS)
    assert said(read_one(tmp_path, value)) == [("ch_1", HELLO), ("ch_0", WRONG), ("ch_1", SORRY)]
    call = read_one(tmp_path, value, agent_channel="1")
    assert said(call) == [("agent", HELLO), ("customer", WRONG), ("agent", SORRY)]
    assert times(call) == [(0, 2), (2.5, 3.5), (4, 5)]
    [warning] = read_one(tmp_path, value, agent_channel="7").warnings
    assert "the agent's channel is to be '7'" in warning


def test_deepgram_gives_back_what_was_attached_to_the_request(tmp_path):
    attached = {"call_id": "c9", "agent_id": "A17", "queue": "billing", "mood": "x"}
    call = read_one(tmp_path, deepgram({"transcript": "hi"}, created="2026-03-02T14:05:11Z", extra=attached))
    assert (call.call_id, call.agent_id, call.queue) == ("c9", "A17", "billing")
    # It was transcribed then, which says nothing of when it was held.
    assert call.started_at is None
    assert call.extra == {"transcribed_at": "2026-03-02T14:05:11Z"}


# AssemblyAI


def assemblyai(utterances, heard=(), **more):
    return {"id": "b7c1", "status": "completed", "text": "x", "words": list(heard), "utterances": utterances, **more}


def assembly_words(*speakers, **more):
    spoken = ((HELLO, 0), (WRONG, 2.5), (SORRY, 4))
    return [
        word
        for (text, start), speaker in zip(spoken, speakers, strict=True)
        for word in words(text, start, unit=1000, name="text", speaker=speaker, confidence=0.9, **more)
    ]


ASSEMBLYAI_UTTERANCES = [
    {"speaker": "A", "text": HELLO, "start": 0, "end": 2000, "confidence": 0.97},
    {"speaker": "B", "text": WRONG, "start": 2500, "end": 3500, "confidence": 0.95},
    {"speaker": "A", "text": SORRY, "start": 4000, "end": 5000, "confidence": 0.9},
]


@pytest.mark.parametrize(
    ("utterances", "heard"),
    [(ASSEMBLYAI_UTTERANCES, ()), (None, assembly_words("A", "B", "A"))],
    ids=["utterances", "utterances null"],
)
def test_assemblyai_counts_milliseconds(tmp_path, utterances, heard):
    call = read_one(tmp_path, assemblyai(utterances, heard, language_code="en_us"))
    assert said(call) == [("A", HELLO), ("B", WRONG), ("A", SORRY)]
    assert times(call) == [(0, 2), (2.5, 3.5), (4, 5)]
    assert (call.call_id, call.language) == ("b7c1", "en_us")


def test_assemblyai_without_speakers_is_parted_at_pauses(tmp_path):
    heard = without_speakers(words("a b", 0, unit=1000, name="text") + words("c", 5, unit=1000, name="text"))
    call = read_one(tmp_path, assemblyai(None, heard, audio_url="x"))
    assert said(call) == [("unknown", "a b"), ("unknown", "c")]
    assert said(read_one(tmp_path, assemblyai(None, (), audio_url="x"))) == [("unknown", "x")]


@pytest.mark.parametrize("has_utterances", [True, False])
@pytest.mark.parametrize(
    ("speakers", "labels"),
    [(("2", "1", "2"), ("ch_2", "ch_1", "ch_2")), (("2A", "1A", "2B"), ("2A", "1A", "2B"))],
    ids=["channels", "speakers within channels"],
)
def test_assemblyai_by_channel(tmp_path, speakers, labels, has_utterances):
    utterances = [{**each, "speaker": name} for each, name in zip(ASSEMBLYAI_UTTERANCES, speakers, strict=True)]
    heard = assembly_words(*speakers)
    value = assemblyai(utterances if has_utterances else None, heard, audio_channels=2)
    assert [label for label, _ in said(read_one(tmp_path, value))] == list(labels)
    call = read_one(tmp_path, value, agent_channel="2")
    assert said(call) == [("agent", HELLO), ("customer", WRONG), ("agent", SORRY)]


def test_assemblyai_that_failed_says_why(tmp_path):
    value = {"id": "b7c1", "status": "error", "error": "file is silent", "text": None, "audio_url": "x"}
    calls, [problem] = read(tmp_path, value)
    assert not calls
    assert "'status' is 'error' (file is silent)" in problem.message


# Twilio

TWILIO_ROLES = {
    "participants": [
        {"channel_participant": 1, "role": "Customer"},
        {"channel_participant": 2, "role": "Agent", "user_id": "A17"},
    ]
}
TWILIO_SENTENCES = [
    {"media_channel": 2, "sentence_index": 2, "start_time": 4, "end_time": None, "transcript": SORRY},
    {"media_channel": 2, "sentence_index": 3, "start_time": None, "end_time": None, "transcript": "So."},
    {"media_channel": 2, "sentence_index": 0, "start_time": "0.0", "end_time": "2.0", "transcript": HELLO},
    {"media_channel": 1, "sentence_index": 1, "start_time": 2.5, "end_time": "3.5", "transcript": WRONG},
]
CAMEL = {
    "media_channel": "mediaChannel",
    "sentence_index": "sentenceIndex",
    "start_time": "startTime",
    "end_time": "endTime",
    "channel_participant": "channelParticipant",
}


def camel_case(items):
    return [{CAMEL.get(name, name): value for name, value in item.items()} for item in items]


@pytest.mark.parametrize("spelled", [list, camel_case], ids=["api", "library"])
def test_twilio_sentences_in_any_order(tmp_path, spelled):
    call = read_one(tmp_path, {"sentences": spelled(TWILIO_SENTENCES)})
    assert said(call) == [("ch_2", HELLO), ("ch_1", WRONG), ("ch_2", SORRY), ("ch_2", "So.")]
    assert times(call) == [(0, 2), (2.5, 3.5), (4, None), (None, None)]
    assert call.call_id == "call.7"


@pytest.mark.parametrize("spelled", [list, camel_case], ids=["api", "library"])
def test_twilio_participants_tell_the_roles(tmp_path, spelled):
    channel = {"participants": spelled(TWILIO_ROLES["participants"])}
    value = {"sid": "GT1", "media_start_time": "2026-03-02T14:05:11Z", "sentences": TWILIO_SENTENCES}
    for beside in ({"channel": channel}, {"transcript": {"channel": channel}}, channel):
        call = read_one(tmp_path, {**value, **beside})
        assert [label for label, _ in said(call)] == ["agent", "customer", "agent", "agent"]
        assert (call.call_id, call.started_at, call.agent_id) == ("GT1", "2026-03-02T14:05:11Z", "A17")
        assert (call.escalated, call.warnings) == (None, ())
    call = read_one(tmp_path, {**value, "channel": channel}, agent_channel="1")
    assert [label for label, _ in said(call)] == ["customer", "agent", "customer", "customer"]


def test_twilio_supervisor_is_a_record_of_an_escalation(tmp_path):
    roles = [*TWILIO_ROLES["participants"], {"channel_participant": 3, "role": "Supervisor"}]
    sentences = [*TWILIO_SENTENCES, {"media_channel": 3, "start_time": 9, "transcript": "Supervisor here."}]
    call = read_one(tmp_path, {"channel": {"participants": roles}, "sentences": sentences})
    assert call.escalated is True
    assert said(call)[-1] == ("other", "Supervisor here.")


def test_twilio_pages_name_the_call_and_tell_that_there_are_more(tmp_path):
    address = f"https://intelligence.twilio.com/v2/Transcripts/GT{'0' * 32}/Sentences?Page="
    value = {"sentences": TWILIO_SENTENCES, "meta": {"url": address + "0", "next_page_url": address + "1"}}
    call = read_one(tmp_path, value, speakers={"ch_1": "customer", "ch_2": "agent"})
    assert call.call_id == "GT" + "0" * 32
    assert "there are more pages" in call.warnings[0]


# Genesys Cloud


def phrase(text, start, purpose, **more):
    return {"text": text.lower(), "decoratedText": text, "startTimeMs": start, "participantPurpose": purpose, **more}


def genesys(*legs, participants=(), **more):
    transcripts = [{"transcriptId": f"t{index}", "language": "en-us", "phrases": leg} for index, leg in enumerate(legs)]
    value = {"conversationId": "b7c1", "mediaType": "voice", "participants": list(participants)}
    return {**value, "transcripts": transcripts, **more}


def genesys_leg(base):
    return [
        phrase(WRONG, base + 2500, "external", duration={"milliseconds": 1000}),
        phrase(HELLO, base, "internal", duration={"milliseconds": 2000}),
    ]


@pytest.mark.parametrize("begun", [EPOCH, None, "2026-03-02T14:05:11Z"], ids=["number", "missing", "date"])
@pytest.mark.parametrize("base", [EPOCH, 0], ids=["absolute", "offset"])
def test_genesys_times_count_from_the_start_of_the_conversation(tmp_path, base, begun):
    call = read_one(tmp_path, genesys(genesys_leg(base), conversationStartTime=begun))
    assert said(call) == [("agent", HELLO), ("customer", WRONG)]
    assert times(call) == [(0, 2), (2.5, 3.5)]
    assert (call.call_id, call.channel, call.language) == ("b7c1", "phone", "en-us")
    assert call.started_at == (begun and "2026-03-02T14:05:11Z")


def test_genesys_waits_in_the_queue_before_the_first_phrase(tmp_path):
    call = read_one(tmp_path, genesys(genesys_leg(EPOCH), conversationStartTime=EPOCH - 60_000))
    assert times(call) == [(60, 62), (62.5, 63.5)]


def test_genesys_text_by_the_best_that_there_is(tmp_path):
    said_words = [{"word": "it"}, {"word": "broke"}]
    leg = [
        {"text": "how can i help", "startTimeMs": 0, "participantPurpose": "agent"},
        {"words": said_words, "offsetMs": 2500, "durationMs": 1000, "channel": 0, "participantPurpose": "customer"},
        {"text": "", "words": said_words, "offset": {"milliseconds": 4000}, "channel": 1},
        phrase(SORRY, 6000, "user"),
    ]
    call = read_one(tmp_path, genesys(leg))
    expected = [("agent", "how can i help"), ("customer", "it broke"), ("ch_1", "it broke"), ("agent", SORRY)]
    assert said(call) == expected
    assert times(call) == [(0, None), (2.5, 3.5), (4, None), (6, None)]


def test_genesys_agents_one_after_the_other_are_a_transfer(tmp_path):
    people = [
        {"participantPurpose": "customer", "startTimeMs": EPOCH},
        {"participantPurpose": "acd", "queueId": "billing", "startTimeMs": EPOCH, "endTimeMs": EPOCH + 1000},
        {"participantPurpose": "agent", "userId": "u1", "startTimeMs": EPOCH + 1000},
        {"participantPurpose": "agent", "userId": "u2", "startTimeMs": EPOCH + 90_000},
    ]
    legs = genesys_leg(EPOCH + 90_000), genesys_leg(EPOCH + 1000)
    call = read_one(tmp_path, genesys(*legs, participants=people, conversationStartTime=EPOCH))
    assert [start for start, _ in times(call)] == [1, 3.5, 90, 92.5]
    assert (call.agent_id, call.queue, call.escalated) == ("u1", "billing", None)
    assert call.extra["transfers"] == [{"at": 90, "to": "u2"}]


def test_genesys_legs_are_a_transfer_if_agents_spoke_in_both(tmp_path):
    in_flow = [phrase("Press one.", EPOCH, "ivr"), phrase("One.", EPOCH + 4000, "external")]
    call = read_one(tmp_path, genesys(in_flow, genesys_leg(EPOCH + 9000)))
    assert "transfers" not in call.extra
    call = read_one(tmp_path, genesys(genesys_leg(EPOCH), genesys_leg(EPOCH + 9000)))
    assert call.extra["transfers"] == [{"at": 9}]


def test_genesys_legs_that_count_from_their_own_start_are_put_one_behind_the_other(tmp_path):
    call = read_one(tmp_path, genesys(genesys_leg(0), genesys_leg(300)))
    assert [text for _, text in said(call)] == [HELLO, WRONG, HELLO, WRONG]
    assert times(call) == [(0, 2), (2.5, 3.5), (3.8, 5.8), (6.3, 7.3)]
    assert "leg 1 count from its own start" in call.warnings[0]
    assert not read_one(tmp_path, genesys(genesys_leg(0), genesys_leg(3000))).warnings


def test_genesys_machines_are_told_from_agents_by_who_was_there(tmp_path):
    people = [
        {"participantPurpose": "ivr", "startTimeMs": EPOCH, "endTimeMs": EPOCH + 20_000},
        {"participantPurpose": "agent", "userId": "u1", "startTimeMs": EPOCH + 20_000},
    ]
    leg = [
        phrase("Press one.", EPOCH, "internal"),
        phrase("One.", EPOCH + 5000, "external"),
        phrase("All lines are busy.", EPOCH + 9000, "acd"),
        phrase(HELLO, EPOCH + 21_000, "internal"),
    ]
    call = read_one(tmp_path, genesys(leg, participants=people, conversationStartTime=EPOCH))
    assert [turn.speaker for turn in call.turns] == ["other", "customer", "other", "agent"]
    assert [turn.extra.get("is_announcement") for turn in call.turns] == [True, None, True, None]


# Whisper and WhisperX


def segment(text, start, end, **more):
    return {"start": start, "end": end, "text": f" {text}", **more}


def test_whisper_keeps_what_tells_loops_and_silence(tmp_path):
    segments = [
        segment(HELLO, 0, 2, seek=0, tokens=[1], compression_ratio=0.9, no_speech_prob=0.01),
        segment("you you you", 2.5, 3.5, seek=0, tokens=[2], compression_ratio=3.1, no_speech_prob=None),
    ]
    call = read_one(tmp_path, {"text": "x", "segments": segments, "language": "en"})
    assert said(call) == [("unknown", HELLO), ("unknown", "you you you")]
    assert times(call) == [(0, 2), (2.5, 3.5)]
    assert [turn.extra for turn in call.turns] == [
        {"compression_ratio": 0.9, "no_speech_prob": 0.01},
        {"compression_ratio": 3.1},
    ]
    assert (call.call_id, call.language, call.warnings) == ("call.7", "en", ())


def test_whisper_with_a_text_that_fills_the_head_is_recognised(tmp_path):
    call = read_one(tmp_path, {"text": "so " * 10_000, "segments": [segment(HELLO, 0, 2)]})
    assert said(call) == [("unknown", HELLO)]


def test_whisperx_words_may_lack_times_and_speakers(tmp_path):
    segments = [
        segment(HELLO, 0, 2, speaker="SPEAKER_00", words=without_speakers(words(HELLO, 0))),
        segment(WRONG, None, None, speaker="SPEAKER_01", words=[{"word": "It"}, *words("broke.", 3, score=0.9)]),
        segment("5 5", 5, 6, words=[{"word": "5"}, {"word": "5"}]),
    ]
    call = read_one(tmp_path, {"segments": segments, "word_segments": [], "language": "en"})
    assert said(call) == [("SPEAKER_00", HELLO), ("SPEAKER_01", WRONG), ("unknown", "5 5")]
    assert [turn.speaker for turn in call.turns] == ["unknown"] * 3
    assert times(call) == [(0, 2), (3, 3.5), (5, 6)]
    assert any("no speaker is given" in warning for warning in call.warnings)


def test_whisperx_speakers_of_words_part_a_segment_that_has_none(tmp_path):
    heard = words(HELLO, 0, speaker="SPEAKER_00") + words(WRONG, 2.5, speaker="SPEAKER_01")
    call = read_one(tmp_path, {"segments": [segment(f"{HELLO} {WRONG}", 0, 3.5, words=heard)]})
    assert said(call) == [("SPEAKER_00", HELLO), ("SPEAKER_01", WRONG)]
    assert times(call) == [(0, 2), (2.5, 3.5)]


# ElevateAI


def heard_at(start, end, index):
    return {"startTimeOffset": start, "endTimeOffset": end, "phraseIndex": index, "score": 0.9}


def test_elevateai_phrases_are_interleaved_and_may_be_said_twice(tmp_path):
    value = {
        "participantOne": {
            "phrases": [HELLO, SORRY],
            "phraseSegments": [heard_at(0, 2000, 0), heard_at(4000, 5000, 1), heard_at(6000, 7000, 1)],
        },
        "participantTwo": {"phrases": [WRONG], "phraseSegments": [heard_at(2500, 3500, 0), heard_at(9000, 9100, 5)]},
    }
    one, two = "participantOne", "participantTwo"
    call = read_one(tmp_path, value)
    assert said(call) == [(one, HELLO), (two, WRONG), (one, SORRY), (one, SORRY)]
    assert times(call) == [(0, 2), (2.5, 3.5), (4, 5), (6, 7)]
    assert "1 of 2 phrase segments of participantTwo point to no phrase" in call.warnings[0]


def test_elevateai_punctuated_and_undivided(tmp_path):
    sentences = [{"participant": "participantTwo", "startTimeOffset": 0, "endTimeOffset": 2000, "phrase": HELLO}]
    call = read_one(tmp_path, {"sentenceSegments": sentences, "redactionSegments": []})
    assert (said(call), times(call)) == ([("participantTwo", HELLO)], [(0, 2)])
    undivided = {"allParticipants": {"phrases": [HELLO], "phraseSegments": [heard_at(0, 2000, 0)]}}
    call = read_one(tmp_path, undivided)
    assert (said(call), call.warnings) == ([("unknown", HELLO)], ())


# Uniphore


def uniphore_words(text, start):
    return [
        {"text": word, "startOffset": start + 500 * index, "endOffset": start + 500 * (index + 1)}
        for index, word in enumerate(text.split())
    ]


UNIPHORE_TURNS = [
    {"order": 2, "speaker": "Customer", "startOffset": 2500, "words": uniphore_words("it broke .", 2500)},
    {"order": 1, "speaker": "Agent", "startOffset": 0, "endOffset": 0, "words": uniphore_words("how can i help ?", 0)},
]


def test_uniphore_joins_words_and_mends_ends(tmp_path):
    value = {"sessionId": "b7c1", "lang": "en", "startTime": EPOCH, "turns": UNIPHORE_TURNS}
    call = read_one(tmp_path, {**value, "metadata": {"agentId": "A17", "contactType": "voice"}})
    assert said(call) == [("agent", "how can i help?"), ("customer", "it broke.")]
    assert times(call) == [(0, 2.5), (2.5, 4)]
    assert (call.call_id, call.started_at, call.agent_id) == ("b7c1", "2026-03-02T14:05:11Z", "A17")
    assert call.warnings == ()


def test_uniphore_of_u_capture_and_in_parts(tmp_path):
    turns = [
        {("participantType" if key == "speaker" else key): item for key, item in turn.items()}
        for turn in UNIPHORE_TURNS
    ]
    parts = [{"timestamp": "2026-03-02T14:05:11.000Z", "lang": "en", "turns": turns}]
    call = read_one(tmp_path, {"conversationId": "b7c1", "tenantId": "1", "transcript": parts})
    assert said(call) == [("agent", "how can i help?"), ("customer", "it broke.")]
    assert (call.call_id, call.started_at) == ("b7c1", "2026-03-02T14:05:11.000Z")
    call = read_one(tmp_path, {"sessionId": "b7c1", "isChunk": True, "turns": UNIPHORE_TURNS})
    assert "only a part of a transcript" in call.warnings[0]


# ABCD


def abcd(number, *rows, **more):
    return {"convo_id": number, "scenario": {"flow": "refund", "subflow": "late"}, "original": list(rows), **more}


ABCD_ROWS = (["agent", HELLO], ["customer", WRONG], ["action", "A refund was made."])


@pytest.mark.parametrize(
    "wrap",
    [list, lambda calls: {"train": calls[:1], "dev": calls[1:]}, lambda calls: "\n".join(map(json.dumps, calls))],
    ids=["list", "splits", "lines"],
)
def test_abcd_actions_are_of_nobody_and_a_broken_conversation_costs_itself(tmp_path, wrap):
    calls, [problem] = read(tmp_path, wrap([abcd(1, *ABCD_ROWS), abcd(2), abcd(3, *ABCD_ROWS, ["x"])]))
    assert [call.call_id for call in calls] == ["1", "3"]
    assert said(calls[0]) == [("agent", HELLO), ("customer", WRONG), ("other", "A refund was made.")]
    assert (calls[0].channel, calls[0].extra) == ("chat", {"flow": "refund", "subflow": "late"})
    assert "no row of a speaker and a text" in problem.message
    assert "1 of 4 rows are not a speaker and a text" in calls[1].warnings[0]


# All of them


@pytest.mark.parametrize("name", NAMES)
def test_each_format_is_recognised_by_what_it_holds(name):
    form = format_named(name)
    value = json.loads(form.example)
    for text in (form.example, json.dumps(value), json.dumps(value, indent=4), json.dumps([value])):
        assert detect(_sample(text)) is form


def _sample(text):
    return Sample(text, True, key_paths(text), text.encode())


def _places(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _places(item, (*path, key))


@pytest.mark.parametrize("name", NAMES)
def test_wrong_types_anywhere_cost_a_line_at_most(tmp_path, name):
    example = json.loads(format_named(name).example)
    for place in _places(example):
        for wrong in (None, 7, "x", [], {"a": [1]}):
            value = copy.deepcopy(example)
            holder = value
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = wrong
            calls, problems = read(tmp_path, value, format=name)
            assert calls or problems, (place, wrong)
            assert all("\n" not in problem.message for problem in problems)


# What vendors really write


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared format fixtures are not beside this repository")
def test_a_real_call_of_deepgram_has_the_turns_that_were_counted_by_hand():
    options = ReadOptions(speakers={"0": "agent", "1": "customer"}, keep=frozenset(STEPS), name_roles=False)
    [call] = read_calls([SHARED / "deepgram"], options)
    # 107 utterances, of which one holds three turns and three hold two.
    assert len(call.turns) == 112
    assert [turn.speaker for turn in call.turns].count("agent") == 51
    assert {turn.speaker for turn in call.turns} == {"agent", "customer"}
    assert len(list(groupby(call.turns, key=lambda turn: turn.speaker))) == 56
    assert sum(len(turn.text.split()) for turn in call.turns) == 1303
    assert said(call)[2:5] == [
        ("customer", "I'm good. Thank you."),
        ("agent", "Alright. That's good. Can I please have your name?"),
        ("customer", "My name is Beth."),
    ]
    assert said(call)[-1] == ("customer", "Yep. You too. Bye. Bye.")
    assert not call.warnings
