"""Take personal numbers and addresses out of text that leaves the machine.

Cards, accounts, national numbers, e-mail addresses and phone numbers, written or spoken, give way to ``[CARD]``,
``[ACCOUNT]``, ``[SSN]``, ``[EMAIL]`` and ``[PHONE]``. ``docs/privacy.md`` says what is found and what is not, with
figures. Some 20,000 turns a second on one core. Needs the extra ``nightly`` (python-stdnum, phonenumbers).
"""

from escalert.redaction.redactor import Redaction, redact
from escalert.redaction.spans import KINDS, PLACEHOLDERS, Kind, Span
from escalert.redaction.turns import redact_turns, redact_verdict

__all__ = ["KINDS", "PLACEHOLDERS", "Kind", "Redaction", "Span", "redact", "redact_turns", "redact_verdict"]
