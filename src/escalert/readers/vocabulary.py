"""The words that stand for speakers, and those that only look as if they did."""

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
# What transcribers put in brackets and is no name.
SOUNDS = _words(
    "music applause laughter laughs inaudible unintelligible crosstalk silence noise pause hold beep "
    "ringing redacted pii ssn pin dob sighs typing background expletive bleep"
)
