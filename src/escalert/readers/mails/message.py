"""One mail: who wrote what to whom, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message as Part

from escalert.readers.format import UnreadableError
from escalert.readers.mails.headers import DAMAGE, Headers, decode_bytes
from escalert.readers.mails.mbox import Message
from escalert.readers.mails.replies import own_words
from escalert.readers.markup import html_text

LONGEST_TYPE = 1_000
LONGEST_TEXT = 2_000_000
SERVICES = ("mailer-daemon", "postmaster")
NOBODY = re.compile(r"(?:no|do[._-]?not|keine?)[._-]?(?:reply|antwort)\b|bounces?\b|mailer-daemon\Z|postmaster\Z")

_REPLY = re.compile(r"\s*(?:(?:re|aw|sv|vs|antw|ref|rif|odp|回复|答复)\s?(?:\[\d+\]|\(\d+\))?\s?[:：]\s*)", re.I)
_FORWARD = re.compile(r"\s*(?:(?:fwd?|wg|tr|rv|vb|enc|doorst|转发)\s?[:：]\s*)", re.I)
_ABSENCE = re.compile(
    r"\s*(?:automatic reply|auto(?:mated)?[ -]?(?:reply|response)|out of (?:the )?office|abwesenheit"
    r"|automatische antwort|réponse automatique|respuesta automática|undeliver(?:able|ed)"
    r"|delivery (?:status|failure|has failed)|mail delivery|returned mail|unzustellbar|read:|gelesen:)",
    re.I,
)


@dataclass(slots=True)
class Mail:
    """What is known of a mail.

    Attributes
    ----------
    ids : tuple of str
        Its own message id, if it has one, after those of the mails that it answers, the first of the thread first.
    topic : str
        The subject in lower case, without ``Re:`` and the like.
    text : str
        What the sender wrote, on one line, without quotes and signature.
    is_automatic : bool
        Whether no person wrote it: a notice of absence, a receipt, a failed delivery.
    line : int
        Of the file it stands in.
    """

    sender: str
    name: str
    recipients: tuple[str, ...]
    own_id: str
    ids: tuple[str, ...]
    subject: str
    topic: str
    is_reply: bool
    sent: datetime | None
    text: str
    is_automatic: bool
    language: str
    line: int


def parse_mail(message: Message) -> Mail:
    """Understand the bytes of a message.

    Raises
    ------
    UnreadableError
        If they are none, or too damaged.
    """
    try:
        parsed = message_from_bytes(message.data)
        headers = Headers(parsed)
        if not headers.raw("from") and not headers.raw("date"):
            raise UnreadableError("no mail, since it has neither a From nor a Date header; left out")
        return _mail(parsed, headers, message.line)
    except DAMAGE as error:
        raise UnreadableError(f"a damaged mail, which cannot be read ({type(error).__name__}); left out") from error


def _mail(parsed: Part, headers: Headers, line: int) -> Mail:
    (name, sender), *_ = headers.addresses("from", "sender", "return-path") or [("", "")]
    recipients = [address for field in ("to", "cc") for _, address in headers.addresses(field)]
    answered = [*headers.ids("references"), *headers.ids("in-reply-to")]
    own_id = next(iter(headers.ids("message-id")), "")
    gmail = headers.raw("x-gm-thrid")
    ids = [*([f"x-gm-thrid {gmail}"] if gmail else []), *answered, *([own_id] if own_id else [])]
    subject = headers.text("subject")
    return Mail(
        sender=sender,
        name=name or headers.text("from"),
        recipients=tuple(dict.fromkeys(recipients)),
        own_id=own_id,
        ids=tuple(dict.fromkeys(ids)),
        subject=subject,
        topic=_topic(subject),
        is_reply=bool(answered) or _REPLY.match(subject) is not None,
        sent=headers.date(),
        text=" ".join(own_words(_body(parsed)[:LONGEST_TEXT]).split()),
        is_automatic=_is_automatic(parsed, headers, sender, subject),
        language=headers.raw("content-language").partition(",")[0].strip()[:20],
        line=line,
    )


def _topic(subject: str) -> str:
    while found := _REPLY.match(subject) or _FORWARD.match(subject):
        subject = subject[found.end() :]
    return " ".join(subject.lower().split())


def _is_automatic(parsed: Part, headers: Headers, sender: str, subject: str) -> bool:
    submitted = headers.raw("auto-submitted").lower()
    # Ticket systems send what agents wrote as auto-generated; only what nobody can answer is nobody's word.
    return (
        submitted.startswith("auto-replied")
        or (submitted.startswith("auto-generated") and NOBODY.search(sender.partition("@")[0]) is not None)
        or bool(headers.raw("x-autoreply") or headers.raw("x-autorespond") or headers.raw("x-failed-recipients"))
        or headers.raw("precedence").lower() == "auto_reply"
        or headers.raw("return-path") == "<>"
        or sender.partition("@")[0] in SERVICES
        or _kind(parsed) == "multipart/report"
        or _ABSENCE.match(subject) is not None
    )


def _kind(part: Part) -> str:
    # The standard library takes the square of the length of this header.
    return part.get_content_type() if len(str(part.get("content-type", ""))) <= LONGEST_TYPE else "damaged/damaged"


def _body(part: Part) -> str:
    """Give the text of a mail or of a part of one; HTML as text, attachments not at all."""
    kind = _kind(part)
    if kind.startswith("multipart/") and part.is_multipart():
        bodies = filter(str.strip, map(_body, _inner(part, kind)))
        return next(bodies, "") if kind in ("multipart/alternative", "multipart/related") else "\n\n".join(bodies)
    # What calls itself multipart and has no parts has lost its boundary.
    if not kind.startswith(("text/plain", "text/html", "multipart/")) or _is_attached(part):
        return ""
    payload = part.get_payload(decode=True)
    text = decode_bytes(payload, part.get_content_charset()) if isinstance(payload, bytes) else ""
    return html_text(text) if kind == "text/html" else text


def _inner(part: Part, kind: str) -> Iterator[Part]:
    inner = [each for each in part.get_payload() if isinstance(each, Part)]
    if kind == "multipart/alternative":
        inner.sort(key=lambda each: _kind(each) != "text/plain")
    return iter(inner)


def _is_attached(part: Part) -> bool:
    disposition = str(part.get("content-disposition", ""))
    return disposition.strip().lower().startswith("attachment") or "filename" in disposition.lower()
