"""The files that Contact Lens of Amazon Connect puts into one's S3 bucket, of calls and of chats."""

from __future__ import annotations

import re
from functools import partial

from escalert.readers.documents import calls_of
from escalert.readers.format import Format, Sample
from escalert.readers.vendors.amazon_analysis import calls, is_analysis

VOICE_EXAMPLE = """\
{"Version": "1.1.0", "Channel": "VOICE", "LanguageCode": "en-US", "CustomerMetadata": {"ContactId": "b7c1"},
 "Participants": [{"ParticipantId": "a-1", "ParticipantRole": "AGENT"},
                  {"ParticipantId": "c-1", "ParticipantRole": "CUSTOMER"}],
 "Transcript": [
   {"ParticipantId": "a-1", "Content": "how can i help", "BeginOffsetMillis": 0, "EndOffsetMillis": 2400},
   {"ParticipantId": "c-1", "Content": "by sending a manager", "BeginOffsetMillis": 2900, "EndOffsetMillis": 5100}]}
"""
CHAT_EXAMPLE = """\
{"Version": "CHAT-2022-11-30", "Channel": "CHAT", "LanguageCode": "en-US", "CustomerMetadata": {"ContactId": "b7c1"},
 "Transcript": [
   {"Type": "MESSAGE", "ParticipantRole": "AGENT", "ParticipantId": "a-1", "DisplayName": "Dana",
    "AbsoluteTime": "2026-03-02T14:05:11.000Z", "ContentType": "text/plain", "Content": "how can i help"},
   {"Type": "MESSAGE", "ParticipantRole": "CUSTOMER", "ParticipantId": "c-1", "DisplayName": "Jo",
    "AbsoluteTime": "2026-03-02T14:05:20.000Z", "ContentType": "text/plain", "Content": "by sending a manager"}]}
"""
MARKS = ("CustomerMetadata", "CustomModels", "Participants.ParticipantId", "Transcript.ParticipantId")
CHAT_MARKS = ("ChatTranscriptVersion", "Transcript.AbsoluteTime", "Transcript.ContentType")
EXPORT = (
    "In the S3 bucket of the Amazon Connect instance, take the files under Analysis/{0}/YYYY/MM/DD/, or redacted ones"
    " under Analysis/{0}/Redacted/YYYY/MM/DD/; `aws s3 cp --recursive` fetches a whole day."
)
_CHAT_CHANNEL = re.compile(r'"Channel"\s*:\s*"CHAT"')


def is_marked(sample: Sample) -> bool:
    """Tell whether a file has keys that only Contact Lens writes."""
    return not sample.paths.isdisjoint((*MARKS, *CHAT_MARKS))


def _is_chat(sample: Sample) -> bool:
    return not sample.paths.isdisjoint(CHAT_MARKS) or bool(_CHAT_CHANNEL.search(sample.text))


def _matches_voice(sample: Sample) -> float:
    if not is_analysis(sample) or _is_chat(sample):
        return 0.0
    # Long categories may fill the whole head; then nothing tells it from Call Analytics, and both are read alike.
    return 0.95 if is_marked(sample) else 0.7


def _matches_chat(sample: Sample) -> float:
    return 0.95 if is_analysis(sample) and _is_chat(sample) else 0.0


FORMAT = Format(
    name="amazon-contact-lens",
    vendor="Amazon Web Services",
    title="Amazon Connect Contact Lens, calls",
    description="The JSON analysis of a call, raw or redacted; a participant who is a supervisor means escalated",
    keeps=("call_id", "channel", "language", "started_at", "escalated", "start", "end", "categories", "is_redacted"),
    export=EXPORT.format("Voice"),
    example=VOICE_EXAMPLE,
    is_recognised=True,
    matches=_matches_voice,
    read=partial(calls_of, calls),
)
CHAT_FORMAT = Format(
    name="amazon-contact-lens-chat",
    vendor="Amazon Web Services",
    title="Amazon Connect Contact Lens, chats",
    description="The JSON analysis of a chat, raw or redacted; a further agent who joins is kept as a transfer",
    keeps=(
        "call_id",
        "channel",
        "language",
        "started_at",
        "agent_id",
        "escalated",
        "start",
        "transfers",
        "categories",
        "is_redacted",
    ),
    export=EXPORT.format("Chat"),
    example=CHAT_EXAMPLE,
    matches=_matches_chat,
    read=partial(calls_of, calls),
)
