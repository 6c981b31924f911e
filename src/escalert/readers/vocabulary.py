"""The words for speakers and for columns, and those that only look as if they were."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OTHER_WORDS = _words(
    "other supervisor manager lead teamlead ivr bot chatbot system automated automatic virtual acd "
    "recording recorded announcement voicemail workflow machine interpreter translator third thirdparty "
    "husband wife spouse partner son daughter mother father mum mom dad brother sister friend action"
)
AGENT_WORDS = _words(
    "agent csr representative rep advisor adviser operator associate support specialist consultant "
    "internal assistant staff employee clerk technician tech dispatcher receptionist teller banker "
    "service helpdesk care"
)
CUSTOMER_WORDS = _words(
    "customer caller client user enduser member patient guest external consumer subscriber passenger "
    "policyholder cardholder accountholder tenant resident shopper buyer visitor cust"
)
ROLE_WORDS = OTHER_WORDS | AGENT_WORDS | CUSTOMER_WORDS
BESIDE_ROLES = _words("center centre call human live end custom team floor party")

# "My agent: …" is told of an agent, and "Agent ID: 17" says something about one; neither speaks.
FIRST_BARRED = _words("a an the my your his her our their this that these those any no some")
LAST_BARRED = _words(
    "id number name no ticket date phone email account address satisfaction rating type plan since "
    "notes note message summary issue reason status feedback error transcript call details information "
    "info log record"
)
NAME_PARTICLES = _words("de del della der da di do dos du la le van von bin ibn al el ten y e")
# What transcribers put in brackets and is no name.
SOUNDS = _words(
    "music applause laughter laughs inaudible unintelligible crosstalk silence noise pause hold beep "
    "ringing redacted pii ssn pin dob sighs typing background expletive bleep"
)

# Per field, the better names first: a table may have both `conversation_id` and `id`.
COLUMN_NAMES = {
    "call_id": "call_id conversation_id contact_id convo_id interaction_id session_id dialogue_id dialog_id "
    "chat_id transcript_id id call conversation dialogue dialog",
    "turn": "turn turn_number turn_index turn_no turn_id index idx sequence seq order",
    "sentence": "sentence_number sentence",
    "speaker": "speaker role participant author_role message_participant speaker_role participant_role "
    "participant_purpose speaker_label speaker_name sender author party",
    "text": "text utterance message message_text content transcript transcription transcript_text "
    "call_transcript conversation dialogue dialog body",
    "start": "start start_time offset stime timestamp start_s start_sec start_seconds start_ms start_time_ms "
    "offset_ms begin begin_time time",
    "end": "end end_time etime end_s end_sec end_seconds end_ms end_time_ms end_offset_ms",
    "labels": "labels",
    "agent_id": "agent_id agent agent_name",
    "queue": "queue queue_name skill",
    "customer_id": "customer_id customer customer_number account_id client_id",
    "channel": "channel media_type",
    "language": "language language_code lang locale",
    "started_at": "started_at start_datetime call_start call_date datetime date created_at",
    "escalated": "escalated is_escalated",
    "source": "source",
}
TURN_COLUMNS = ("turn", "sentence", "speaker", "text", "start", "end", "labels")
