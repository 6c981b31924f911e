"""E-mail, as single messages and as boxes of them; a call per thread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO

from escalert.readers.building import LABEL_KEY, RawCall, RawTurn, build_call
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.mails.mbox import CUT, messages_in
from escalert.readers.mails.message import Mail, parse_mail
from escalert.readers.mails.parties import parties_of
from escalert.readers.mails.threads import OpenThreads, Thread
from escalert.readers.members import present
from escalert.readers.source import Lines
from escalert.records import Call, Speaker

EXAMPLE = """\
From support@shop.example Mon Mar  2 14:05:11 2026
From: Shop Support <support@shop.example>
To: Jo Park <jo@mail.example>
Date: Mon, 2 Mar 2026 14:05:11 +0000
Message-ID: <b7c1@shop.example>
Subject: Your order 17

how can i help

From jo@mail.example Mon Mar  2 15:10:00 2026
From: Jo Park <jo@mail.example>
To: Shop Support <support@shop.example>
Date: Mon, 2 Mar 2026 15:10:00 +0000
Message-ID: <c2@mail.example>
In-Reply-To: <b7c1@shop.example>
Subject: Re: Your order 17

by sending a manager

On Mon, 2 Mar 2026 at 14:05, Shop Support <support@shop.example> wrote:
> how can i help
"""
_HEADER = re.compile(r"(?P<name>[!-9;-~]{1,70}):(?:[ \t]|\Z)")
OF_MAIL = (
    "from to cc date subject message-id received return-path delivered-to mime-version content-type reply-to sender "
    "in-reply-to references x-gm-thrid dkim-signature x-mailer"
)
FEWEST_OF_MAIL = 3


def _matches(sample: Sample) -> float:
    lines = sample.text.lstrip("\n\ufeff").split("\n")
    is_mbox = lines[0].startswith("From ")
    names = _header_names(lines[is_mbox:])
    known = names.intersection(OF_MAIL.split())
    is_mail = len(known) >= (1 if is_mbox else FEWEST_OF_MAIL) and not known.isdisjoint(("from", "date", "received"))
    return 0.96 if is_mail else 0.0


def _header_names(lines: Sequence[str]) -> set[str]:
    """Give the names of the headers before the first blank line; none if another line stands among them."""
    names: set[str] = set()
    for number, line in enumerate(lines):
        if not line.strip():
            return names
        if match := _HEADER.match(line):
            names.add(match["name"].lower())
        elif not (names and line[0] in " \t") and number < len(lines) - 1:
            return set()
    return names


def _read_bytes(stream: IO[bytes], context: Context) -> Iterator[Call]:
    threads = OpenThreads()
    for message in messages_in(stream):
        try:
            mail = parse_mail(message)
        except UnreadableError as error:
            context.skip(message.line, str(error))
            continue
        if message.is_cut:
            context.mend(message.line, CUT)
        yield from _calls(threads.add(mail), context)
    yield from _calls(threads.close(), context)


def _calls(threads: Iterator[Thread], context: Context) -> Iterator[Call]:
    for thread in threads:
        mails = _in_order_of_time(thread.mails)
        worded = [mail for mail in mails if mail.text]
        if not worded:
            context.skip(mails[0].line, f"no words of anyone in the mail {mails[0].subject[:60]!r}; left out")
            continue
        yield build_call(_raw_call(thread, mails, worded, context), context)


def _raw_call(thread: Thread, mails: list[Mail], worded: list[Mail], context: Context) -> RawCall:
    found = parties_of(worded, context.roles)
    notes = [*found.notes]
    if silent := len(mails) - len(worded):
        notes.append(f"{silent} of {len(mails)} mails have no words of their own; left out")
    if thread.n_copies:
        notes.append(f"{thread.n_copies} mails are copies of others in this thread; left out")
    begun = next((mail.sent for mail in worded if mail.sent), None)
    turns = [_turn(mail, speaker, begun) for mail, speaker in zip(worded, found.speakers, strict=True)]
    fields = {
        "channel": "email",
        "language": next((mail.language for mail in worded if mail.language), None),
        "started_at": begun.isoformat() if begun else None,
        "agent_id": found.agent,
        "customer_id": found.customer,
        "subject": mails[0].subject or None,
    }
    return RawCall(_call_id(thread, mails, context), turns, present(fields), min(mail.line for mail in mails), notes)


def _turn(mail: Mail, speaker: Speaker, begun: datetime | None) -> RawTurn:
    start = (mail.sent - begun).total_seconds() if mail.sent and begun else None
    if speaker == "other" and mail.is_automatic:
        return RawTurn(speaker, mail.text, start, extra={"is_announcement": True}, line=mail.line)
    extra = {LABEL_KEY: mail.sender or mail.name} if speaker == "unknown" else {}
    return RawTurn(speaker, mail.text, start, extra=extra, line=mail.line)


def _in_order_of_time(mails: Sequence[Mail]) -> list[Mail]:
    """Sort by when they were sent; those of which it is not known stay behind the mail before them."""
    keyed: list[tuple[float, Mail]] = []
    last = 0.0
    for mail in mails:
        last = mail.sent.timestamp() if mail.sent else last
        keyed.append((last, mail))
    return [mail for _, mail in sorted(keyed, key=lambda pair: pair[0])]


def _call_id(thread: Thread, mails: Sequence[Mail], context: Context) -> str:
    """Give the message id of the first mail, even of one that is not in the box; else name it by file and line."""
    ids = next((mail.ids for mail in mails if mail.ids), None)
    if ids:
        return ids[0]
    return context.stem if len(thread.mails) == 1 and mails[0].line == 1 else f"{context.stem}-{mails[0].line}"


def _read(_lines: Lines, _context: Context) -> Iterator[Call]:
    raise UnreadableError("mail is read from bytes, since each part has its own encoding")


FORMAT = Format(
    name="email",
    title="E-mail (.eml, .mbox)",
    description="A message, or a box of them with a call per thread; without quotes, signatures, attachments. The agent"
    " is who answers a thread, or whom --speaker agent=@shop.example names; automatic mail is other",
    keeps=("call_id", "channel", "language", "started_at", "agent_id", "customer_id", "start", "subject"),
    export="Save a message as .eml or .txt source in Outlook, Thunderbird, Apple Mail or Gmail (Show original); for a"
    " whole shared box, export the folder as .mbox: Google Takeout, Apple Mail (Mailbox, Export Mailbox), or"
    " ImportExportTools NG in Thunderbird. Put sent mail into the same .mbox, so that threads are whole.",
    example=EXAMPLE,
    matches=_matches,
    read=_read,
    read_bytes=_read_bytes,
)
