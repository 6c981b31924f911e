"""The output of Amazon Transcribe Call Analytics after the call."""

from __future__ import annotations

from functools import partial

from escalert.readers.documents import calls_of
from escalert.readers.format import Format, Sample
from escalert.readers.vendors import amazon_contact_lens
from escalert.readers.vendors.amazon_analysis import calls, is_analysis

EXAMPLE = """\
{"JobStatus": "COMPLETED", "JobName": "b7c1", "LanguageCode": "en-US", "Channel": "VOICE",
 "Participants": [{"ParticipantRole": "AGENT"}, {"ParticipantRole": "CUSTOMER"}],
 "ConversationCharacteristics": {"TotalConversationDurationMillis": 5100},
 "Transcript": [
   {"ParticipantRole": "AGENT", "Content": "how can i help", "BeginOffsetMillis": 0, "EndOffsetMillis": 2400},
   {"ParticipantRole": "CUSTOMER", "Content": "by sending a manager", "BeginOffsetMillis": 2900,
    "EndOffsetMillis": 5100}]}
"""
MARKS = ("JobName", "Transcript.ParticipantRole", "Transcript.LoudnessScores", "Transcript.Items")


def _matches(sample: Sample) -> float:
    if not is_analysis(sample) or amazon_contact_lens.is_marked(sample):
        return 0.0
    return 0.95 if sample.paths.intersection(MARKS) else 0.0


FORMAT = Format(
    name="amazon-call-analytics",
    vendor="Amazon Web Services",
    title="Amazon Transcribe Call Analytics",
    description="The JSON of a finished post-call analytics job, raw or redacted; the participants are named by role",
    keeps=("call_id", "channel", "language", "escalated", "start", "end", "categories", "is_redacted"),
    export="In the Amazon Transcribe console under Call Analytics jobs, open the job and download the transcript; or"
    " fetch TranscriptFileUri or RedactedTranscriptFileUri of `aws transcribe get-call-analytics-job`.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, calls),
)
