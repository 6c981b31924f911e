"""Reading what Amazon Transcribe, Amazon Connect and AWS Post-Call Analytics write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from escalert.readers import ReadOptions, read_calls

SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "formats"

ANALYSED = {
    "JobStatus": "COMPLETED",
    "LanguageCode": "en-US",
    "Channel": "VOICE",
    "Categories": {"MatchedCategories": ["cancels"], "MatchedDetails": {}},
    "ContentMetadata": {"Output": "Raw"},
}
PEOPLE = [
    {"ParticipantId": "a-1", "ParticipantRole": "AGENT", "DisplayName": "Dana"},
    {"ParticipantId": "c-1", "ParticipantRole": "CUSTOMER", "DisplayName": "Jo"},
]


def read(tmp_path, content, name="c1.json", **options):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    problems = []
    calls = list(read_calls([path], ReadOptions(name_roles=False, **options), on_problem=problems.append))
    return calls, [str(problem) for problem in problems]


def said(call):
    return [(turn.speaker, turn.text) for turn in call.turns]


def analysed(*turns, **more):
    """Build an analysed call out of (who, text, start, end) in milliseconds."""
    names = ("ParticipantId", "Content", "BeginOffsetMillis", "EndOffsetMillis")
    return {**ANALYSED, "Participants": PEOPLE, "Transcript": [dict(zip(names, t, strict=True)) for t in turns], **more}


def message(who, text, second, **more):
    person = next((each for each in PEOPLE if each["ParticipantId"] == who), {})
    time = f"2026-03-02T14:05:{second:06.3f}Z"
    return {**person, "AbsoluteTime": time, "Content": text, "ContentType": "text/plain", "Type": "MESSAGE", **more}


def event(kind, second, **more):
    content_type = f"application/vnd.amazonaws.connect.event.{kind}"
    return {
        "AbsoluteTime": f"2026-03-02T14:05:{second:06.3f}Z",
        "ContentType": content_type,
        "Type": "EVENT",
        **more,
    }


def chat(*items, **more):
    metadata = {"ContactId": "k-7"}
    return {**ANALYSED, "Channel": "CHAT", "CustomerMetadata": metadata, "Transcript": list(items), **more}


def items(text, start=0.0, each=0.3, **label):
    """Build the items of Amazon Transcribe, a word per 0.3 s."""
    found = []
    for index, word in enumerate(text.split()):
        times = {"start_time": f"{start + index * each:.2f}", "end_time": f"{start + (index + 1) * each:.2f}"}
        bare = word.rstrip(".,?")
        found.append({"type": "pronunciation", "alternatives": [{"content": bare}], **times, **label})
        if bare != word:
            found.append({"type": "punctuation", "alternatives": [{"content": word[len(bare) :]}], **label})
    return found


def transcribed(**results):
    return {"jobName": "job-1", "accountId": "1", "status": "COMPLETED", "results": results}


def by_channel(*channels):
    listed = [{"channel_label": f"ch_{number}", "items": found} for number, found in enumerate(channels)]
    return transcribed(channel_labels={"number_of_channels": len(channels), "channels": listed}, items=[])


def post_call(*segments, **header):
    names = ("SegmentSpeaker", "DisplayText", "SegmentStartTime", "SegmentEndTime")
    labels = [{"Speaker": "spk_0", "DisplayText": "Agent"}, {"Speaker": "spk_1", "DisplayText": "Customer"}]
    analytics = {"GUID": "None", "Agent": "None", "LanguageCode": "en-US", "SpeakerLabels": labels, **header}
    return {
        "ConversationAnalytics": analytics,
        "SpeechSegments": [dict(zip(names, segment, strict=True)) for segment in segments],
    }


# Counted by hand in the files.
SAMPLES = {
    "amazon_contact_lens/voice.json": "ac" * 5,
    "amazon_contact_lens/chat.json": "oooacccacacacacacaacaaacacacaca",
    "amazon_contact_lens/chat_redacted.json": "oooacccacacacacaccacaaacacacaca",
    "amazon_transcribe_standard/diarization.json": "uu",
    "amazon_transcribe_standard/channel_id.json": "uu",
    "pca/pca_parsed_testfile.json": "ac" * 6,
}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared format fixtures are not beside this repository")
@pytest.mark.parametrize("name", SAMPLES)
def test_real_samples_have_the_turns_and_speakers_that_were_counted_in_them(name):
    problems = []
    [call] = read_calls([SHARED / name], ReadOptions(name_roles=False), on_problem=problems.append)
    assert not problems
    assert "".join(turn.speaker[0] for turn in call.turns) == SAMPLES[name]
    assert all(turn.text and turn.start_s is not None for turn in call.turns)
    assert not [warning for warning in call.warnings if "is read as unknown" not in warning]


def test_call_analytics_keeps_roles_times_and_categories(tmp_path):
    turns = [
        {"ParticipantRole": "AGENT", "Content": "hello [PII]", "BeginOffsetMillis": 0, "EndOffsetMillis": 900},
        {"ParticipantRole": "CUSTOMER", "Content": "no", "BeginOffsetMillis": 850, "EndOffsetMillis": 1200},
    ]
    for turn in turns:
        turn |= {"LoudnessScores": [70.1, None], "Items": [{"Content": "x", "Confidence": "0.9"}], "Sentiment": "MIXED"}
    call = {**ANALYSED, "JobName": "job-1", "ContentMetadata": {"Output": "Redacted"}, "Transcript": turns}
    [call], problems = read(tmp_path, call)
    assert not problems
    assert (call.call_id, call.channel, call.language, call.escalated) == ("job-1", "phone", "en-US", None)
    assert [(t.speaker, t.start_s, t.end_s, t.extra) for t in call.turns] == [
        ("agent", 0.0, 0.9, {}),
        ("customer", 0.85, 1.2, {}),
    ]
    assert call.extra == {"categories": ["cancels"], "is_redacted": True}


def test_contact_lens_looks_participants_up_and_takes_literal_roles(tmp_path):
    call = analysed(("a-1", "hi", 0, 1), ("CUSTOMER", "yo", 1, 2), ("AGENT", "so", 2, 3), ("x-9", "hm", 3, 4))
    [call], _ = read(tmp_path, {**call, "CustomerMetadata": {"ContactId": "k-7"}})
    assert call.call_id == "k-7"
    assert said(call) == [("agent", "hi"), ("customer", "yo"), ("agent", "so"), ("unknown", "hm")]
    assert call.turns[3].extra == {"speaker_label": "x-9"}


@pytest.mark.parametrize("is_chat", [False, True], ids=["voice", "chat"])
def test_a_supervisor_who_takes_part_means_escalated(tmp_path, is_chat):
    people = [*PEOPLE, {"ParticipantId": "s-1", "ParticipantRole": "SUPERVISOR"}]
    spoken = analysed(("a-1", "hi", 0, 1), ("s-1", "I am the lead", 1, 2), Participants=people)
    written = chat(message("a-1", "hi", 1), message("s-1", "I am the lead", 2, ParticipantRole="SUPERVISOR"))
    [call], _ = read(tmp_path, written if is_chat else spoken)
    assert call.escalated is True
    assert said(call) == [("agent", "hi"), ("other", "I am the lead")]


def test_contact_lens_file_names_tell_contact_and_start(tmp_path):
    call = analysed(("AGENT", "hi", 0, 1))
    [named], _ = read(tmp_path, call, "k-7_analysis_2026-03-02T14_05_11Z.json")
    [redacted], _ = read(tmp_path, call, "k-7_analysis_redacted_2026-03-02T14%3A05%3A11Z.json")
    [other], _ = read(tmp_path, call, "some_analysis.json")
    for found in (named, redacted):
        assert (found.call_id, found.started_at) == ("k-7", "2026-03-02T14:05:11Z")
    assert (other.call_id, other.started_at) == ("some_analysis", None)


def test_a_chat_is_its_text_messages_timed_from_its_first_item(tmp_path):
    system = {"ParticipantRole": "SYSTEM", "DisplayName": "SYSTEM_MESSAGE"}
    [call], problems = read(
        tmp_path,
        chat(
            event("participant.joined", 1, **PEOPLE[1]),
            message("", "you are in the queue", 2, **system),
            message("a-1", "**hi**", 4.5, ContentType="text/markdown"),
            message("c-1", '{"templateType": "ListPicker"}', 6, ContentType="application/json"),
            message("c-1", "yo", 7),
            event("chat.ended", 9),
        ),
    )
    assert not problems
    assert said(call) == [("other", "you are in the queue"), ("agent", "**hi**"), ("customer", "yo")]
    assert [turn.start_s for turn in call.turns] == [1.0, 3.5, 6.0]
    assert call.turns[0].extra == {"is_announcement": True}
    assert (call.call_id, call.channel, call.agent_id) == ("k-7", "chat", "Dana")
    assert call.started_at == "2026-03-02T14:05:01.000Z"
    assert "transfers" not in call.extra
    [warning] = call.warnings
    assert "application/json is no text; left out, 1 times" in warning


@pytest.mark.parametrize(("name", "to"), [("Robin", "Robin"), ("[PII]", "a-2")])
def test_a_second_agent_who_joins_a_chat_is_a_transfer(tmp_path, name, to):
    second = {"ParticipantRole": "AGENT", "ParticipantId": "a-2", "DisplayName": name}
    [call], _ = read(
        tmp_path,
        chat(
            event("participant.joined", 0, **PEOPLE[0]),
            message("a-1", "let me transfer you", 1),
            event("participant.joined", 5, **second),
            message("", "hello", 6, **second),
            message("a-1", "bye", 7),
        ),
    )
    assert call.extra["transfers"] == [{"at": 5.0, "to": to}]
    assert call.agent_id == "Dana"
    assert call.escalated is None


def test_contact_lens_is_recognised_behind_long_categories(tmp_path):
    details = {f"category {number}": {"PointsOfInterest": []} for number in range(900)}
    long = {"AccountId": "1", "Categories": {"MatchedDetails": details}, "Channel": "CHAT"}
    for call in (chat(message("a-1", "hi", 1)), analysed(("a-1", "hi", 0, 1))):
        [found], _ = read(tmp_path, {**long, **call, "Categories": long["Categories"]})
        assert said(found) == [("agent", "hi")]


def test_words_become_turns_of_the_speakers_that_items_or_only_segments_name(tmp_path):
    newer = [*items("Hi, there.", 0, speaker_label="spk_0"), *items("No. Go on", 2, speaker_label="spk_1")]
    bare = [{name: value for name, value in item.items() if name != "speaker_label"} for item in newer]
    timed = [item for item in newer if "start_time" in item]
    segments = [{"speaker_label": label, "items": [i for i in timed if i["speaker_label"] == label]} for label in
                ("spk_0", "spk_1")]  # fmt: skip
    for listed in (newer, bare):
        call = transcribed(speaker_labels={"speakers": 2, "segments": segments}, items=listed, language_code="en-GB")
        [call], problems = read(tmp_path, call, speakers={"spk_0": "customer"})
        assert not problems
        assert said(call) == [("customer", "Hi, there."), ("unknown", "No. Go on")]
        assert [(turn.start_s, turn.end_s) for turn in call.turns] == [(0.0, 0.6), (2.0, 2.9)]
        assert (call.call_id, call.language) == ("job-1", "en-GB")
        assert call.turns[1].extra == {"speaker_label": "spk_1"}


def test_a_word_without_a_speaker_goes_with_the_one_before(tmp_path):
    named = items("so it goes", 0, speaker_label="spk_0")
    del named[1]["speaker_label"]
    [call], _ = read(tmp_path, transcribed(speaker_labels={"segments": []}, items=named))
    assert [turn.text for turn in call.turns] == ["so it goes"]
    assert any("1 of 3 words name no speaker; read as said by the one before" in line for line in call.warnings)


def test_channels_are_interleaved_and_a_turn_survives_what_is_said_meanwhile(tmp_path):
    agent = [*items("I can see the charge on it.", 0), *items("Anything else?", 6)]
    customer = [*items("mhm", 0.7), *items("No refund?", 3.5), *items("Really?", 5)]
    [call], _ = read(tmp_path, by_channel(agent, customer))
    assert [(turn.extra["speaker_label"], turn.start_s, turn.text) for turn in call.turns] == [
        ("ch_0", 0.0, "I can see the charge on it."),
        ("ch_1", 0.7, "mhm"),
        ("ch_1", 3.5, "No refund? Really?"),
        ("ch_0", 6.0, "Anything else?"),
    ]


@pytest.mark.parametrize(("agent_channel", "speakers"), [("0", "ac"), ("ch_0", "ac"), ("1", "ca"), ("Channel 1", "ca")])
def test_the_agents_channel_names_both_roles(tmp_path, agent_channel, speakers):
    [call], _ = read(tmp_path, by_channel(items("hello"), items("bye", 5)), agent_channel=agent_channel)
    assert "".join(turn.speaker[0] for turn in call.turns) == speakers
    assert not call.warnings


def test_an_agents_channel_that_is_not_there_is_warned_of(tmp_path):
    [call], _ = read(tmp_path, by_channel(items("hello"), items("bye", 5)), agent_channel="2")
    assert any("agent's channel is to be '2', but there are only 0, 1" in line for line in call.warnings)


def test_an_empty_channel_leaves_a_call_of_one_speaker(tmp_path):
    [call], problems = read(tmp_path, by_channel([], items("anybody there?")), agent_channel="0")
    assert said(call) == [("customer", "anybody there?")]
    assert not problems


def test_channels_that_only_the_items_name_will_do(tmp_path):
    listed = [*items("hello", channel_label="ch_0"), *items("bye", 5, channel_label="ch_1")]
    [call], _ = read(tmp_path, transcribed(channel_labels={}, items=listed), agent_channel="1")
    assert said(call) == [("customer", "hello"), ("agent", "bye")]


def test_without_speakers_pauses_part_the_turns(tmp_path):
    [call], _ = read(tmp_path, transcribed(items=[*items("one two", 0), *items("three", 2)]))
    [segmented], _ = read(tmp_path, transcribed(audio_segments=[{"transcript": "one", "start_time": "1.5"}]))
    [bare], _ = read(tmp_path, transcribed(transcripts=[{"transcript": "one two three"}]))
    assert said(call) == [("unknown", "one two"), ("unknown", "three")]
    assert [(turn.text, turn.start_s) for turn in segmented.turns] == [("one", 1.5)]
    assert said(bare) == [("unknown", "one two three")]
    assert not call.warnings


def test_the_ivr_of_post_call_analytics_is_an_announcement(tmp_path):
    call = post_call(("spk_1", "press one", 0.0, 2.0), ("spk_0", "hi", 3.0, 4.5), ("spk_1", "no", "4.75", 5))
    call["SpeechSegments"][0]["IVRSegment"] = True
    [call], problems = read(tmp_path, call)
    assert not problems
    assert said(call) == [("other", "press one"), ("agent", "hi"), ("customer", "no")]
    assert [turn.extra for turn in call.turns] == [{"is_announcement": True}, {}, {}]
    assert [turn.start_s for turn in call.turns] == [0.0, 3.0, 4.75]
    assert (call.call_id, call.agent_id, call.language) == ("c1", None, "en-US")


def test_post_call_analytics_keeps_what_the_telephony_told(tmp_path):
    header = {
        "GUID": "g-1",
        "Agent": "Dana Smith",
        "Agents": ["Dana Smith", "Robin Lee"],
        "Cust": "c-17",
        "ConversationTime": "2026-03-02 14:05:11.5",
        "SpeakerLabels": [
            {"Speaker": "spk_0", "DisplayText": "Dana Smith"},
            {"Speaker": "spk_1", "DisplayText": "Customer"},
            {"Speaker": "spk_2", "DisplayText": "Robin Lee"},
        ],
        "Telephony": {"Genesys": {"queueIds": ["billing"]}},
        "CategoriesDetected": [{"Name": "hold", "Instances": 2}, {"Name": "absent", "Instances": 0}],
    }
    [call], _ = read(
        tmp_path, post_call(("spk_0", "hi", 0, 1), ("spk_1", "no", 1, 2), ("spk_2", "so", 9, 10), **header)
    )
    assert said(call) == [("agent", "hi"), ("customer", "no"), ("agent", "so")]
    assert (call.call_id, call.agent_id, call.customer_id, call.queue) == ("g-1", "Dana Smith", "c-17", "billing")
    assert call.started_at == "2026-03-02T14:05:11.500000"
    assert call.extra == {"transfers": [{"at": 9.0, "to": "Robin Lee"}], "categories": ["hold"]}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({**ANALYSED, "JobName": "j", "JobStatus": "FAILED", "Transcript": None}, "'JobStatus' is 'FAILED', only"),
        ({"jobName": "j", "status": "FAILED", "results": None}, "'results' is empty (null) and not an object"),
        (transcribed(transcripts=[{"transcript": ""}], items=[]), "call 'job-1' has no turns"),
        ({"ConversationAnalytics": {}}, "'SpeechSegments' is empty (null) and not a list of segments"),
    ],
    ids=["analytics", "transcribe", "silence", "pca"],
)
def test_a_job_that_gave_no_transcript_is_one_clear_line(tmp_path, call, message):
    form = None if "JobName" in call or "ConversationAnalytics" in call else "amazon-transcribe"
    calls, problems = read(tmp_path, call, format=form)
    assert not calls
    [problem] = problems
    assert message in problem


@pytest.mark.parametrize("broken", [None, 7, "x", [], {"a": {}}], ids=repr)
@pytest.mark.parametrize("form", ["analytics", "chat", "diarised", "channels", "pca"])
def test_a_broken_item_costs_itself_alone(tmp_path, form, broken):
    label = {"speaker_label": "spk_0"}
    good = {
        "analytics": lambda: analysed(("AGENT", "hi", 0, 1), ("CUSTOMER", "no", 1, 2)),
        "chat": lambda: chat(message("a-1", "hi", 1), message("c-1", "no", 2)),
        "diarised": lambda: transcribed(speaker_labels={}, items=items("hi", **label) + items("no", 3, **label)),
        "channels": lambda: by_channel([*items("hi")], items("no", 3)),
        "pca": lambda: post_call(("spk_0", "hi", 0, 1), ("spk_1", "no", 1, 2)),
    }[form]()
    lists = {
        "diarised": lambda: good["results"]["items"],
        "channels": lambda: good["results"]["channel_labels"]["channels"][0]["items"],
        "pca": lambda: good["SpeechSegments"],
    }
    lists.get(form, lambda: good["Transcript"])().insert(1, broken)
    [call], problems = read(tmp_path, good)
    assert not problems
    assert " ".join(turn.text for turn in call.turns if turn.text) == "hi no"
    assert call.warnings
