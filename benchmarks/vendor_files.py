"""Calls as vendors' recognisers write them, every word with its times and confidence; for readers.py beside this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

LONGEST_WORD_S = 0.3


class Said(NamedTuple):
    """A turn: 0 for the agent and 1 for the customer, start and end in seconds, and its words with theirs."""

    who: int
    start: float
    end: float
    text: str
    words: list[tuple[str, float, float]]


def said(who: int, start: float, text: str) -> Said:
    """Give the words of a turn their times, one after the other."""
    words = [
        (word, round(start + n * LONGEST_WORD_S, 2), round(start + (n + 0.9) * LONGEST_WORD_S, 2))
        for n, word in enumerate(text.split())
    ]
    return Said(who, start, words[-1][2] if words else start, text, words)


def amazon_call_analytics(call_id: str, turns: list[Said]) -> Any:
    transcript = [
        {
            "LoudnessScores": [75.0] * (1 + int(turn.end - turn.start)),
            "Content": turn.text,
            "Items": [
                {
                    "Content": word,
                    "Confidence": "0.99",
                    "VocabularyFilterMatch": False,
                    "BeginOffsetMillis": int(start * 1000),
                    "EndOffsetMillis": int(end * 1000),
                    "Type": "pronunciation",
                }
                for word, start, end in turn.words
            ],
            "Id": f"turn-{n}",
            "BeginOffsetMillis": int(turn.start * 1000),
            "EndOffsetMillis": int(turn.end * 1000),
            "Sentiment": "NEUTRAL",
            "ParticipantRole": ("AGENT", "CUSTOMER")[turn.who],
        }
        for n, turn in enumerate(turns)
    ]
    parties = [{"ParticipantRole": "AGENT"}, {"ParticipantRole": "CUSTOMER"}]
    about = {"JobStatus": "COMPLETED", "LanguageCode": "en-US", "JobName": call_id, "Channel": "VOICE"}
    return {**about, "Participants": parties, "ConversationCharacteristics": {}, "Transcript": transcript}


def amazon_transcribe(call_id: str, turns: list[Said]) -> Any:
    def timed(turn: Said, start: float, end: float) -> dict[str, Any]:
        return {"start_time": f"{start}", "end_time": f"{end}", "speaker_label": f"spk_{turn.who}"}

    segments = [
        {**timed(turn, turn.start, turn.end), "items": [timed(turn, start, end) for _, start, end in turn.words]}
        for turn in turns
    ]
    items = [
        {
            **timed(turn, start, end),
            "alternatives": [{"confidence": "0.99", "content": word}],
            "type": "pronunciation",
        }
        for turn in turns
        for word, start, end in turn.words
    ]
    results = {"transcripts": [{"transcript": _all(turns)}], "speaker_labels": {"speakers": 2, "segments": segments}}
    return {"jobName": call_id, "accountId": "0", "results": {**results, "items": items}, "status": "COMPLETED"}


def assemblyai(call_id: str, turns: list[Said]) -> Any:
    utterances = [
        {
            "speaker": "AB"[turn.who],
            "text": turn.text,
            "start": int(turn.start * 1000),
            "end": int(turn.end * 1000),
            "confidence": 0.98,
            "words": [
                {
                    "text": word,
                    "start": int(start * 1000),
                    "end": int(end * 1000),
                    "confidence": 0.98,
                    "speaker": "AB"[turn.who],
                }
                for word, start, end in turn.words
            ],
        }
        for turn in turns
    ]
    words = [word for utterance in utterances for word in utterance["words"]]  # type: ignore[attr-defined]
    about = {"id": call_id, "status": "completed", "language_code": "en_us", "text": _all(turns)}
    return {**about, "words": words, "utterances": utterances}


def azure_speech(call_id: str, turns: list[Said]) -> Any:
    phrases = [
        {
            "recognitionStatus": "Success",
            "channel": turn.who,
            "offset": f"PT{turn.start}S",
            "duration": f"PT{turn.end - turn.start:.2f}S",
            "offsetInTicks": turn.start * 1e7,
            "durationInTicks": (turn.end - turn.start) * 1e7,
            "nBest": [
                {
                    "confidence": 0.93,
                    **dict.fromkeys(("lexical", "itn", "maskedITN", "display"), turn.text),
                    "words": [
                        {
                            "word": word,
                            "offset": f"PT{start}S",
                            "duration": "PT0.27S",
                            "offsetInTicks": start * 1e7,
                            "durationInTicks": 2_700_000.0,
                            "confidence": 0.93,
                        }
                        for word, start, _ in turn.words
                    ],
                }
            ],
        }
        for turn in turns
    ]
    return {"source": f"https://example.org/{call_id}.wav", "duration": "PT120S", "recognizedPhrases": phrases}


def deepgram(call_id: str, turns: list[Said]) -> Any:
    utterances = [
        {
            "start": turn.start,
            "end": turn.end,
            "confidence": 0.99,
            "channel": 0,
            "transcript": turn.text,
            "words": [
                {
                    "word": word.lower(),
                    "start": start,
                    "end": end,
                    "confidence": 0.99,
                    "speaker": turn.who,
                    "speaker_confidence": 0.8,
                    "punctuated_word": word,
                }
                for word, start, end in turn.words
            ],
            "speaker": turn.who,
            "id": f"u{n}",
        }
        for n, turn in enumerate(turns)
    ]
    words = [word for utterance in utterances for word in utterance["words"]]  # type: ignore[attr-defined]
    channel = {"alternatives": [{"transcript": _all(turns), "confidence": 0.99, "words": words}]}
    about = {"request_id": call_id, "duration": 120.0, "channels": 1}
    return {"metadata": about, "results": {"channels": [channel], "utterances": utterances}}


def genesys_cloud(call_id: str, turns: list[Said]) -> Any:
    begun = 1_741_615_500_000
    phrases = [
        {
            "text": turn.text,
            "decoratedText": turn.text,
            "startTimeMs": begun + int(turn.start * 1000),
            "duration": {"milliseconds": int((turn.end - turn.start) * 1000)},
            "participantPurpose": ("internal", "external")[turn.who],
            "words": [
                {"word": word, "startTimeMs": begun + int(start * 1000), "confidence": 0.9}
                for word, start, _ in turn.words
            ],
        }
        for turn in turns
    ]
    about = {"conversationId": call_id, "mediaType": "voice", "conversationStartTime": begun}
    parties = [{"participantPurpose": "customer"}, {"participantPurpose": "agent"}]
    transcripts = [{"transcriptId": "t1", "language": "en-us", "phrases": phrases}]
    return {**about, "participants": parties, "transcripts": transcripts}


def google_speech(call_id: str, turns: list[Said]) -> Any:
    results = [
        {
            "alternatives": [
                {
                    "transcript": turn.text,
                    "confidence": 0.97,
                    "words": [
                        {"startTime": f"{start:.3f}s", "endTime": f"{end:.3f}s", "word": word}
                        for word, start, end in turn.words
                    ],
                }
            ],
            "channelTag": 1 + turn.who,
            "resultEndTime": f"{turn.end:.3f}s",
            "languageCode": "en-us",
        }
        for turn in turns
    ]
    return {"requestId": call_id, "results": results}


def twilio(call_id: str, turns: list[Said]) -> Any:
    sentences = [
        {
            "media_channel": 2 - turn.who,
            "sentence_index": n,
            "start_time": f"{turn.start}",
            "end_time": f"{turn.end}",
            "transcript": turn.text,
            "sid": "GX00000000000000000000000000000000",
            "transcript_sid": f"GT{call_id}",
            "confidence": "0.91",
            "words": [{"word": word, "start_time": start, "end_time": end} for word, start, end in turn.words],
        }
        for n, turn in enumerate(turns)
    ]
    return {"sentences": sentences, "meta": {"key": "sentences", "page": 0, "page_size": 50}}


def whisperx(call_id: str, turns: list[Said]) -> Any:
    segments = [
        {
            "start": turn.start,
            "end": turn.end,
            "text": f" {turn.text}",
            "words": [
                {"word": word, "start": start, "end": end, "score": 0.9, "speaker": f"SPEAKER_0{turn.who}"}
                for word, start, end in turn.words
            ],
            "speaker": f"SPEAKER_0{turn.who}",
        }
        for turn in turns
    ]
    words = [word for segment in segments for word in segment["words"]]  # type: ignore[attr-defined]
    return {"segments": segments, "word_segments": words, "language": "en"}


WRITERS: dict[str, Callable[[str, list[Said]], Any]] = {
    "amazon-call-analytics": amazon_call_analytics,
    "amazon-transcribe": amazon_transcribe,
    "assemblyai": assemblyai,
    "azure-speech": azure_speech,
    "deepgram": deepgram,
    "genesys-cloud": genesys_cloud,
    "google-speech": google_speech,
    "twilio": twilio,
    "whisperx": whisperx,
}


def _all(turns: list[Said]) -> str:
    return " ".join(turn.text for turn in turns)
