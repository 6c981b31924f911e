"""What Google and Microsoft write of a call, as it comes out of their services."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from escalert.readers import ReadOptions, read_calls

SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "formats"
OPENING = "Thank you for calling."
ANSWER = "I was charged twice."
REPLY = "I'm sorry about that."
# Whom each of them is said by, from when, until when.
TURNS = [("1", OPENING, 0.0, 1.2), ("2", ANSWER, 1.5, 2.9), ("1", REPLY, 2.6, 4.0)]


def read(tmp_path, content, name="b7c1.json", **options):
    """Write a file, read it, and give the calls and the problems."""
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    problems = []
    calls = list(read_calls([path], ReadOptions(name_roles=False, **options), on_problem=problems.append))
    return calls, problems


def read_one(tmp_path, content, **options):
    calls, problems = read(tmp_path, content, **options)
    assert not problems
    [call] = calls
    return call


def said(call):
    return [(turn.extra.get("speaker_label", turn.speaker), turn.text) for turn in call.turns]


def timed(call):
    return [(turn.start_s, turn.end_s) for turn in call.turns]


def each_word(turns, write):
    """Give the words of turns, equally long, by what `write(word, start, end, speaker)` makes of them."""
    words = []
    for speaker, text, start, end in turns:
        parts = text.split()
        step = (end - start) / len(parts)
        for index, part in enumerate(parts):
            words.append(write(part, start + index * step, start + (index + 1) * step, speaker))
    return words


def word_v1(word, start, end, speaker):
    return {"startTime": f"{start:.3f}s", "endTime": f"{end:.3f}s", "word": word, "speakerTag": int(speaker)}


def word_v2(word, start, end, speaker):
    return {"startOffset": f"{start:.3f}s", "endOffset": f"{end:.3f}s", "word": word, "speakerLabel": speaker}


def word_of_python_client(word, start, end, speaker):
    times = ({"seconds": str(int(s)), "nanos": round(s % 1 * 1e9)} for s in (start, end))
    start_time, end_time = ({name: part for name, part in time.items() if part not in ("0", 0)} for time in times)
    return {"start_time": start_time, "end_time": end_time, "word": word, "speaker_tag": int(speaker)}


def result(words, **more):
    return {"alternatives": [{"transcript": " ".join(word["word"] for word in words), "words": words}], **more}


def untagged(words):
    return [{name: value for name, value in word.items() if not name.startswith("speaker")} for word in words]


SAME_SIX = ["google_insights_conversation", "google_stt_v1_channels", "google_stt_v1_diarized"]
SAME_SIX += ["azure_language_conversation", "azure_speech_batch"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared format fixtures are not beside this repository")
@pytest.mark.parametrize("name", SAME_SIX)
def test_the_same_six_turns(name):
    folder = SHARED / "same_call_all_formats"
    labels = {"ch_0": "agent", "1": "agent", "2": "customer", "ch_2": "customer"}
    labels["ch_1"] = "agent" if name.startswith("google") else "customer"
    [expected] = read_calls([folder / "jsonl_calls.jsonl"])
    [call] = read_calls([folder / f"{name}.json"], ReadOptions(speakers=labels))
    texts = [turn.text.replace("bullshit", "********") for turn in expected.turns]
    assert [turn.speaker for turn in call.turns] == [turn.speaker for turn in expected.turns]
    assert [turn.text.replace("bullshit", "********") for turn in call.turns] == texts
    assert [turn.start_s for turn in call.turns] == [
        None if "language" in name else pytest.approx(turn.start_s, abs=0.1) for turn in expected.turns
    ]
    if name != "azure_speech_batch":
        assert "bullshit" in call.turns[1].text


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared format fixtures are not beside this repository")
def test_real_conversation_knowledge_mining():
    # Counted by hand: agent and customer take turns, the agent has the first word and the last.
    [call] = read_calls([SHARED / "azure_ckm" / "contactcenter_convo.json"])
    assert [turn.speaker for turn in call.turns] == (["agent", "customer"] * 18)[:35]
    assert call.turns[0].text.startswith("Thank you for calling Woodgrove")
    assert call.turns[34].text == "Goodbye, Helena. Take care!"
    assert not any("**" in turn.text for turn in call.turns)
    assert (call.call_id, call.customer_id) == ("0b7ecd6e-f37c-4bcb-8ea5-4b48906d37c0", "10013")
    assert (call.started_at, call.extra["ended_at"]) == ("2025-12-05T02:00:00", "2025-12-05T02:24:00")
    assert not call.warnings


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared format fixtures are not beside this repository")
def test_real_conversation_knowledge_mining_without_speakers():
    path = SHARED / "azure_ckm" / "telecom_convo.json"
    [call] = read_calls([path])
    assert {turn.speaker for turn in call.turns} == {"unknown"}
    assert " ".join(turn.text for turn in call.turns) == json.loads(path.read_text("utf-8"))["Content"]
    assert call.extra["duration"] == 756.0
    assert any("no speaker labels" in warning for warning in call.warnings)


# Google Speech-to-Text


@pytest.mark.parametrize("write", [word_v1, word_v2, word_of_python_client], ids=["v1", "v2", "python"])
def test_diarised_words_become_turns(tmp_path, write):
    call = read_one(tmp_path, {"results": [result(each_word(TURNS, write))]})
    assert said(call) == [(speaker, text) for speaker, text, _, _ in TURNS]
    assert timed(call) == [pytest.approx(turn[2:]) for turn in TURNS]


@pytest.mark.parametrize("has_times", [True, False])
@pytest.mark.parametrize("zero", [True, False])
def test_the_last_result_that_repeats_all_words_is_used_alone(tmp_path, has_times, zero):
    words = each_word(TURNS, word_v1)
    if not has_times:
        words = [{"word": word["word"], "speakerTag": word["speakerTag"]} for word in words]
    parts = [untagged(words[:4]), untagged(words[4:])]
    if zero:
        parts = [[word | {"speakerTag": 0} for word in part] for part in parts]
    last = {"alternatives": [{"words": words}]}
    call = read_one(tmp_path, {"results": [*map(result, parts), last]})
    assert said(call) == [(speaker, text) for speaker, text, _, _ in TURNS]


def test_results_that_do_not_repeat_are_all_used(tmp_path):
    results = [result([word], languageCode="en-US") for word in each_word(TURNS, word_v2)]
    results.append({"alternatives": [{"transcript": "Fine."}], "resultEndOffset": "6s"})
    results.append(result(each_word([("2", "Goodbye.", 6.0, 6.5)], word_v2)))
    call = read_one(tmp_path, {"results": results})
    assert said(call)[:3] == [(speaker, text) for speaker, text, _, _ in TURNS]
    assert said(call)[3:] == [("unknown", "Fine."), ("2", "Goodbye.")]
    assert call.language == "en-US"


@pytest.mark.parametrize("key", ["channelTag", "channel_tag"])
@pytest.mark.parametrize("end", ["resultEndTime", "result_end_time", "resultEndOffset"])
@pytest.mark.parametrize("has_words", [True, False])
def test_channels_are_interleaved(tmp_path, key, end, has_words):
    results = [
        result(untagged(each_word([turn], word_v1)), **{key: int(turn[0]), end: f"{turn[3]}s"})
        for turn in sorted(TURNS, reverse=True)
    ]
    if not has_words:
        for each in results:
            del each["alternatives"][0]["words"]
    call = read_one(tmp_path, {"results": results})
    assert said(call) == [(f"ch_{channel}", text) for channel, text, _, _ in TURNS]
    assert timed(call) == [pytest.approx((start if has_words else None, end)) for *_, start, end in TURNS]
    call = read_one(tmp_path, {"results": results}, agent_channel="1")
    assert [turn.speaker for turn in call.turns] == ["agent", "customer", "agent"]
    call = read_one(tmp_path, {"results": results}, agent_channel="0")
    assert "there are only 1, 2" in call.warnings[0]


def test_one_channel_that_is_not_diarised_has_no_speakers(tmp_path):
    call = read_one(tmp_path, {"results": [result(untagged(each_word([turn], word_v2))) for turn in TURNS[:2]]})
    assert said(call) == [("unknown", OPENING), ("unknown", ANSWER)]
    assert not call.warnings


def test_an_operation_and_a_batch_hold_responses(tmp_path):
    response = {"results": [result(each_word(TURNS, word_v1))]}
    operation = {"name": "51", "done": True, "metadata": {"uri": "gs://calls/a 17.wav"}, "response": response}
    call = read_one(tmp_path, operation)
    assert (call.call_id, call.source, len(call.turns)) == ("a 17", "gs://calls/a 17.wav", 3)
    batch = {
        "results": {
            "gs://calls/x.flac": {"transcript": response},
            "gs://calls/y.flac": {"inlineResult": {"transcript": response}},
            "gs://calls/z.flac": {"cloudStorageResult": {"uri": "gs://out/z.json"}},
        }
    }
    for content in (batch, {"done": True, "response": batch}):
        calls, [problem] = read(tmp_path, content)
        assert [call.call_id for call in calls] == ["x", "y"]
        assert "z.flac' has no transcript in this file; download the one its 'uri' names" in problem.message


def test_a_call_that_is_refused_costs_itself_alone(tmp_path):
    response, silence = {"results": [result(each_word(TURNS, word_v1))]}, {"results": []}
    files = {f"gs://calls/{name}.flac": {"transcript": said} for name, said in (("x", silence), ("y", response))}
    calls, [problem] = read(tmp_path, {"results": files})
    assert [call.call_id for call in calls] == ["y"]
    assert "call 'x' has no turns" in problem.message


def test_an_operation_that_failed_says_why(tmp_path):
    error = {"name": "51", "done": True, "error": {"code": 3, "message": "bad encoding"}}
    calls, [problem] = read(tmp_path, error, format="google-speech")
    assert not calls
    assert "the operation failed: 'bad encoding'" in problem.message


def test_results_of_other_recognisers_are_not_taken_for_google(tmp_path):
    watson = {"result_index": 0, "results": [{"final": True, "alternatives": [{"transcript": "hi"}]}]}
    calls, [problem] = read(tmp_path, watson)
    assert not calls
    assert "'result_index', 'results'" in problem.message


# Google Conversational Insights


def entry(usec, text, role, **more):
    return {"start_timestamp_usec": usec, "text": text, "role": role, "user_id": 1, **more}


@pytest.mark.parametrize("begun", [1675813229000000, "1675813229000000", 1000000, 100])
def test_conversation_files_count_from_the_first_entry(tmp_path, begun):
    entries = [entry(int(begun), OPENING, " AGENT"), entry(type(begun)(int(begun) + 3600000), ANSWER, "END_USER")]
    call = read_one(tmp_path, {"entries": entries})
    assert said(call) == [("agent", OPENING), ("customer", ANSWER)]
    assert [turn.start_s for turn in call.turns] == [0.0, 3.6]
    assert call.started_at == ("2023-02-07T23:40:29Z" if int(begun) > 1e9 else None)
    assert not call.warnings


def test_a_list_of_conversation_files_is_a_call_each(tmp_path):
    files = [{"entries": [entry(0, OPENING, "AGENT")]}, {"entries": [entry(0, ANSWER, "CUSTOMER")]}, {"entries": 7}]
    calls, [problem] = read(tmp_path, files)
    assert [call.call_id for call in calls] == ["b7c1-1", "b7c1-2"]
    assert not any(call.warnings for call in calls)
    assert "item 2: a conversation with neither 'entries'" in problem.message


def test_broken_entries_cost_themselves(tmp_path):
    entries = [
        entry(9_000_000, REPLY, None),
        entry(1_000_000, OPENING, "AUTOMATED_AGENT"),
        "noise",
        entry("soon", ANSWER, "CUSTOMER"),
        entry(2_000_000, ["x"], "AGENT"),
    ]
    call = read_one(tmp_path, {"conversation_info": None, "entries": entries})
    assert said(call) == [("other", OPENING), ("customer", ANSWER), ("1", REPLY)]
    assert [turn.start_s for turn in call.turns] == [0.0, None, 8.0]
    warnings = " ".join(call.warnings)
    assert "2 of 5 entries are not laid out as in this format" in warnings
    assert "not in the order of time; they are sorted" in warnings
    assert "'soon' is not a time" in warnings


def exported(**more):
    """A row of the table, as BigQuery writes it: whole numbers are texts."""
    return {
        "conversationName": "projects/p/locations/us/conversations/c17",
        "audioFileUri": "gs://calls/c17.wav",
        "startTimestampUtc": "1675813229",
        "durationNanos": "4000000000",
        "languageCode": "en-US",
        "medium": "PHONE_CALL",
        "agents": [{"agentId": "dana"}, {"agentId": "lee"}],
        "liveAgentHandoff": True,
        "transcript": "...",
        "sentences": [
            {"sentence": text, "participantRole": role, "startOffsetNanos": start, "endOffsetNanos": end}
            for text, role, start, end in (
                ("Say what you need.", "AUTOMATED_AGENT", "0", "1000000000"),
                (ANSWER, "END_USER", "1500000000", "2900000000"),
                (REPLY, "HUMAN_AGENT", "2600000000", "4000000000"),
            )
        ],
        **more,
    }


def test_rows_of_bigquery(tmp_path):
    other = exported(conversationName="c18", liveAgentHandoff=False, agents=None, agentId="kim")
    calls, problems = read(tmp_path, "".join(json.dumps(row) + "\n" for row in (exported(), other)))
    assert not problems
    call, without = calls
    assert (call.call_id, call.agent_id, call.language, call.channel) == ("c17", "dana", "en-US", "phone")
    assert (call.started_at, call.source) == ("2023-02-07T23:40:29Z", "gs://calls/c17.wav")
    assert call.extra == {"duration": 4.0, "transfers": [{"at": 2.6, "to": "live agent"}, {"to": "lee"}]}
    assert said(call) == [("other", "Say what you need."), ("customer", ANSWER), ("agent", REPLY)]
    assert timed(call) == [(0.0, 1.0), (1.5, 2.9), (2.6, 4.0)]
    assert (without.call_id, without.agent_id, without.extra) == ("c18", "kim", {"duration": 4.0})


def test_chats_in_bigquery_have_times_of_day(tmp_path):
    sentences = [
        {
            "sentence": text,
            "participantRole": "END_USER",
            "startOffsetNanos": 0,
            "createTimeNanos": 1675813229 * 10**9 + n,
        }
        for text, n in ((ANSWER, 2_500_000_000), ("hi", 0))
    ]
    call = read_one(tmp_path, exported(medium="CHAT", sentences=sentences, liveAgentHandoff=None, agents=[]))
    assert [(turn.text, turn.start_s) for turn in call.turns] == [("hi", 0.0), (ANSWER, 2.5)]
    assert call.channel == "chat"


def resource(**more):
    words = {"words": [{"word": "a", "startOffset": "1.500s"}, {"word": "b", "endOffset": "2.900s"}]}
    return {
        "name": "projects/p/locations/us/conversations/c17",
        "dataSource": {"gcsSource": {"audioUri": "gs://calls/c17.wav"}},
        "startTime": "2023-02-07T23:40:29Z",
        "languageCode": "en-US",
        "qualityMetadata": {"agentInfo": [{"agentId": "dana"}]},
        "callMetadata": {"customerChannel": 1, "agentChannel": 2},
        "medium": "PHONE_CALL",
        "duration": "4s",
        "transcript": {
            "transcriptSegments": [
                {"text": OPENING, "channelTag": 2, "confidence": 0.9, "words": [{"startOffset": "0s"}]},
                {"text": ANSWER, "channelTag": 1, "segmentParticipant": {"role": "END_USER"}, **words},
                {"text": REPLY, "channelTag": 2, "segmentParticipant": {"role": 1}, "words": None},
            ]
        },
        **more,
    }


def test_conversations_of_the_api(tmp_path):
    for content in (resource(), {"conversations": [resource()], "nextPageToken": ""}):
        call = read_one(tmp_path, content)
        assert (call.call_id, call.agent_id, call.started_at) == ("c17", "dana", "2023-02-07T23:40:29Z")
        assert said(call) == [("agent", OPENING), ("customer", ANSWER), ("agent", REPLY)]
        assert timed(call) == [(0.0, None), (1.5, 2.9), (None, None)]
        assert call.turns[0].extra == {"confidence": 0.9}
    snake = {
        "name": "c17",
        "medium": 2,
        "transcript": {
            "transcript_segments": [
                {"text": "hi", "segment_participant": {"role": 3}, "message_time": "2023-02-07T23:40:29.5Z"},
                {"text": OPENING, "segment_participant": {"role": 2}, "message_time": {"seconds": 1675813231}},
            ]
        },
    }
    call = read_one(tmp_path, snake)
    assert said(call) == [("customer", "hi"), ("other", OPENING)]
    assert [turn.start_s for turn in call.turns] == [0.0, 1.5]
    assert call.channel == "chat"


# Azure Speech


def phrase(turn, is_in_ticks=True, **more):
    _, text, start, end = turn
    span = {"offset": f"PT{start}S", "duration": f"PT{end - start:.3f}S"}
    if is_in_ticks:
        span |= {"offsetInTicks": start * 1e7, "durationInTicks": (end - start) * 1e7}
    lexical = text.lower().strip(".")
    best = {"confidence": 0.9, "lexical": lexical, "itn": lexical, "maskedITN": lexical, "display": text}
    return {"recognitionStatus": "Success", **span, "nBest": [best, {"display": "worse"}], **more}


SIGNED = "https://acc.blob.core.windows.net/calls/b%207.WAV?sv=2024&sig=secret"


@pytest.mark.parametrize("is_in_ticks", [True, False])
def test_phrases_by_channel(tmp_path, is_in_ticks):
    phrases = [phrase(turn, is_in_ticks, channel=int(turn[0]) - 1, speaker=1) for turn in sorted(TURNS)]
    content = {"source": SIGNED, "timestamp": "2026-03-09T00:00:00Z", "duration": "PT1H2M3.5S"}
    call = read_one(tmp_path, content | {"recognizedPhrases": phrases})
    assert said(call) == [(f"ch_{int(channel) - 1}", text) for channel, text, _, _ in TURNS]
    assert timed(call) == [pytest.approx(turn[2:]) for turn in TURNS]
    assert (call.call_id, call.source) == ("b 7", SIGNED.split("?")[0])
    assert call.started_at is None
    assert call.extra == {"duration": 3723.5, "transcribed_at": "2026-03-09T00:00:00Z"}
    call = read_one(tmp_path, content | {"recognizedPhrases": phrases}, agent_channel="0")
    assert [turn.speaker for turn in call.turns] == ["agent", "customer", "agent"]


def test_speakers_of_one_channel(tmp_path):
    newer = [phrase(turn, channel=0, speaker=int(turn[0])) for turn in TURNS]
    older = [phrase(turn, channel=0) for turn in TURNS]
    for each, turn in zip(older, TURNS, strict=True):
        each["nBest"][0]["speaker"] = int(turn[0])
    for phrases in (newer, older):
        call = read_one(tmp_path, {"recognizedPhrases": phrases})
        assert said(call) == [(speaker, text) for speaker, text, _, _ in TURNS]
    call = read_one(tmp_path, {"recognizedPhrases": [phrase(TURNS[0], channel=0)]})
    assert said(call) == [("unknown", OPENING)]
    assert not call.warnings


def test_a_channel_on_which_nobody_spoke_still_is_one(tmp_path):
    content = {
        "combinedRecognizedPhrases": [{"channel": 0, "display": OPENING}, {"channel": 1, "display": ""}],
        "recognizedPhrases": [phrase(TURNS[0], channel=0)],
    }
    assert said(read_one(tmp_path, content)) == [("ch_0", OPENING)]


def test_phrases_without_success_are_counted(tmp_path):
    bad = phrase(TURNS[1], recognitionStatus="InitialSilenceTimeout")
    empty = phrase(TURNS[1]) | {"nBest": []}
    call = read_one(tmp_path, {"recognizedPhrases": [phrase(TURNS[0]), bad, empty, None]})
    assert said(call) == [("unknown", OPENING)]
    warnings = " ".join(call.warnings)
    assert "2 of 3 phrases have no text (InitialSilenceTimeout, Success); left out" in warnings
    assert "1 of 4 phrases are not laid out as in this format" in warnings
    calls, [problem] = read(tmp_path, {"recognizedPhrases": [bad]})
    assert not calls
    assert "has no turns" in problem.message


@pytest.mark.parametrize(
    ("forms", "text"),
    [
        ({"display": "This is ********, Ann.", "itn": "this is bullshit ann"}, "This is bullshit, Ann."),
        ({"display": "******** twenty!", "itn": "bullshit 20", "lexical": "x"}, "bullshit twenty!"),
        ({"display": "The ****.", "itn": "the ****", "lexical": "the damn"}, "The damn."),
        ({"display": "It is **** 20.", "lexical": "it is damn twenty one"}, "it is damn twenty one"),
        ({"display": "The ****.", "lexical": "the ****"}, "The ****."),
        ({"display": "<profanity>Damn</profanity> it.", "lexical": "damn it"}, "<profanity>Damn</profanity> it."),
        ({"maskedITN": "the ****", "lexical": "the damn"}, "the damn"),
    ],
)
def test_masked_profanity_is_taken_from_the_form_that_has_it(tmp_path, forms, text):
    content = {"recognizedPhrases": [phrase(TURNS[0]) | {"nBest": [forms]}]}
    options = {} if "<" not in text else {"keep": frozenset({"masks"})}
    assert read_one(tmp_path, content, **options).turns[0].text == text


def test_fast_transcription(tmp_path):
    phrases = [
        {
            "channel": int(speaker) - 1,
            "offsetMilliseconds": round(start * 1000),
            "durationMilliseconds": round((end - start) * 1000),
            "text": text,
            "locale": "en-US",
            "confidence": 0.9,
        }
        for speaker, text, start, end in sorted(TURNS)
    ]
    content = {"durationMilliseconds": 4000, "combinedPhrases": [{"channel": 0, "text": OPENING}], "phrases": phrases}
    call = read_one(tmp_path, content)
    assert said(call) == [("ch_0", OPENING), ("ch_1", ANSWER), ("ch_0", REPLY)]
    assert timed(call) == [pytest.approx(turn[2:]) for turn in TURNS]
    assert (call.language, call.extra) == ("en-US", {"duration": 4.0})


# Azure Language


def test_conversations_for_azure_language(tmp_path):
    timings = [{"word": "a", "offset": 15_000_000, "duration": 1}, {"word": "b", "offset": 2e7, "duration": 9e6}]
    items = [
        {"id": "0", "participantId": "Agent_1", "role": "Agent", "text": OPENING},
        {"id": "1", "participantId": "Customer_1", "role": "Generic", "text": ANSWER, "audioTimings": timings},
        {"id": "2", "participantId": "Supervisor", "text": "", "lexical": "i take over"},
    ]
    first = {"id": "b7c1", "language": "en", "modality": "transcript", "conversationItems": items}
    second = {"id": "b7c2", "modality": "text", "conversationItems": items[:2]}
    content = {"analysisInput": {"conversations": [first, {"id": "b7c3"}, second]}}
    calls, [problem] = read(tmp_path, content)
    assert "conversation 1 has no list of 'conversationItems'" in problem.message
    assert [(call.call_id, call.channel, call.escalated) for call in calls] == [
        ("b7c1", "phone", True),
        ("b7c2", "chat", None),
    ]
    assert said(calls[0]) == [("agent", OPENING), ("customer", ANSWER), ("other", "i take over")]
    assert timed(calls[0]) == [(None, None), (1.5, 2.9), (None, None)]


# Azure Conversation Knowledge Mining and Content Understanding


VOICES = ["<v Agent>Thank you for calling.", "<v Customer>I &amp; my bill"]
VTT = f"WEBVTT\n\n00:00.000 --> 00:01.200\n{VOICES[0]}\n\n00:01.500 --> 00:02.900\n{VOICES[1]}\n"
BOTH = [("agent", OPENING), ("customer", "I & my bill")]


@pytest.mark.parametrize(
    "content",
    [
        "**Customer Service Call Transcript**\n\n**Agent:** Thank you for calling.\n\n**Customer:** I & my bill",
        "**Customer Service Call Transcript** **Agent:** Thank you for calling. **Customer:** I & my bill",
        "Agent: Thank you for calling.\nCustomer: I & my bill",
        VTT,
    ],
    ids=["paragraphs", "one line", "no markdown", "webvtt"],
)
def test_conversation_knowledge_mining(tmp_path, content):
    record = {"ConversationId": "c17", "ClientId": 10013, "StartTime": "2026-03-02 14:05:00", "Content": content}
    call = read_one(tmp_path, record | {"Duration": 12.6, "topic": "billing", "summary": "long"})
    assert said(call) == BOTH
    assert (call.call_id, call.customer_id, call.started_at) == ("c17", "10013", "2026-03-02T14:05:00")
    assert (call.extra["duration"], call.extra["topic"]) == (756.0, "billing")
    assert not call.warnings


@pytest.mark.parametrize("content", [None, 7, "", "  \n"])
def test_conversation_knowledge_mining_without_content(tmp_path, content):
    records = [{"ConversationId": "c1", "Content": "Agent: hi"}, {"ConversationId": "c2", "Content": content}]
    calls, [problem] = read(tmp_path, records)
    assert [call.call_id for call in calls] == ["c1"]
    assert "item 1: " in problem.message
    assert "'Content'" in problem.message


@pytest.mark.parametrize(
    "markdown",
    [
        f"# Audio: 00:00.000 => 00:02.900\n\nTranscript\n```\n{VTT}```",
        f"# Video: 00:00.000 => 00:02.900\nWidth: 640\n\nTranscript\n```\n{VTT}```\n\nKey Frames\n- 00:01.2 ![](x.jpg)",
        f"```{VTT}",
        f"# Audio: 00:00.000 => 00:02.900\n\nTranscript\n\n{VTT}",
        f"# Audio: 00:00.000 => 00:02.900\nTranscript\n```\n{VOICES[0]}\n{VOICES[1]}\n```",
    ],
    ids=["fenced", "video", "fence names the format", "no fence", "no times"],
)
def test_content_understanding(tmp_path, markdown):
    contents = [{"markdown": markdown, "kind": "audioVisual", "startTimeMs": 0, "endTimeMs": 2900}]
    for content in ({"id": "247c", "status": "Succeeded", "result": {"contents": contents}}, {"contents": contents}):
        call = read_one(tmp_path, content)
        assert said(call) == BOTH
        assert timed(call) == ([(0.0, 1.2), (1.5, 2.9)] if "-->" in markdown else [(None, None)] * 2)
        assert (call.call_id, call.extra) == ("b7c1", {"duration": 2.9})


def test_phrases_of_content_understanding_go_before_its_markdown(tmp_path):
    phrases = [
        {"speaker": f"{role} 1", "startTimeMs": start, "endTimeMs": start + 500, "text": text, "locale": "en-US"}
        for role, text, start in (("Customer", ANSWER, 1500), ("Agent", OPENING, 80))
    ]
    contents = [
        {"path": "input1", "kind": "audioVisual", "markdown": "...", "transcriptPhrases": phrases},
        {"path": "input2", "kind": "audioVisual", "markdown": VTT},
        {"path": "input3", "kind": "document", "markdown": "# Invoice"},
    ]
    calls, [problem] = read(tmp_path, {"result": {"contents": contents}})
    assert [call.call_id for call in calls] == ["b7c1-input1", "b7c1-input2"]
    assert said(calls[0]) == [("agent", OPENING), ("customer", ANSWER)]
    assert timed(calls[0]) == [(0.08, 0.58), (1.5, 2.0)]
    assert calls[0].language == "en-US"
    assert "contents without a transcript (kind 'document')" in problem.message
