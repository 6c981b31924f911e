"""E-mail as it lies in files: messages, boxes, threads, and what mail programs and accidents do to them."""

from __future__ import annotations

import base64
import gzip
import time
from pathlib import Path

import pytest

from escalert.readers import ReadOptions, call_to_dict, parse_speakers, read_calls
from escalert.readers.mails import mbox as mbox_module
from escalert.readers.mails import threads
from escalert.readers.mails.replies import own_words

HEAD = "From: Jo Park <jo@gmail.com>\nTo: support@shop.example\nDate: Mon, 2 Mar 2026 14:05:11 +0100\nSubject: {}\n"
BOX = Path(__file__).parent / "formats" / "support.mbox"


def read(tmp_path, content, name="mail.eml", speakers=()):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = []
    options = ReadOptions(speakers=parse_speakers(speakers), name_roles=False)
    return list(read_calls([path], options, on_problem=problems.append)), [str(problem.message) for problem in problems]


def said(call):
    return [(turn.speaker, turn.text) for turn in call.turns]


def mbox(*mails):
    """Write mails given as (sender, receiver, minute, more headers, text) into a box."""
    separator = "From {0} Mon Mar  2 14:{2:02}:00 2026\n"
    form = separator + "From: {0}\nTo: {1}\nDate: Mon, 2 Mar 2026 14:{2:02}:00 +0000\n{3}\n\n{4}\n\n"
    return "".join(form.format(*mail) for mail in mails)


def test_a_box_of_a_shop_gives_its_threads():
    problems = []
    kettle, invoice, note = read_calls([BOX], ReadOptions(name_roles=False), on_problem=problems.append)
    assert said(kettle) == [
        ("customer", "My kettle broke after two days. This is the second one."),
        ("other", "Thank you for your message. We answer within two days."),
        ("agent", "Hello Jörg, I am sorry to hear that. Have you tried to descale it?"),
        ("customer", "Yes, twice. I want to speak to a manager."),
        ("agent", "Ben here, I lead the team. We refund the full price today."),
    ]
    assert [turn.start_s for turn in kettle.turns] == [0.0, 49.0, 3889.0, 7200.0, 86400.0]
    assert kettle.turns[1].extra == {"is_announcement": True}
    assert (kettle.call_id, kettle.channel, kettle.started_at) == (
        "k1@web.example",
        "email",
        "2026-03-02T14:05:11+01:00",
    )
    assert (kettle.customer_id, kettle.agent_id) == ("joerg@gmail.com", "anna@shop.example")
    assert kettle.extra == {"subject": "Kettle (again)"}
    assert said(invoice) == [("customer", "Where is invoice 88?"), ("agent", "Attached.")]
    assert said(note) == [("other", "Your message could not be delivered.")]
    assert any("1 mails are copies" in warning for warning in kettle.warnings)
    assert not problems


def test_a_single_message_is_its_sender_words(tmp_path):
    [call], problems = read(tmp_path, HEAD.format("Hi") + "Message-ID: <a@b>\n\nwhere is my order?\n\n-- \nJo Park\n")
    assert said(call) == [("customer", "where is my order?")]
    assert (call.call_id, call.customer_id, call.started_at) == ("a@b", "jo@gmail.com", "2026-03-02T14:05:11+01:00")
    assert "nobody answers" in call.warnings[0]
    assert not problems
    [call], _ = read(tmp_path, HEAD.format("Hi") + "\nhello\n", "letter.eml")
    assert call.call_id == "letter"


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        (
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n",
            "gr\xfc\xdfe".encode("latin-1"),
        ),
        ("Content-Type: text/plain; charset=us-ascii\n", "grüße".encode()),
        ("Content-Type: text/plain; charset=no-such-thing\n", "grüße".encode("cp1252")),
        (
            "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n",
            base64.b64encode("grüße".encode("utf-16")),
        ),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
            b"gr=C3=BC=\n=C3=9Fe",
        ),
        ("Content-Type: text/html; charset=utf-8\n", b"<style>p{}</style><p>gr&uuml;&szlig;e</p>"),
        ("", "grüße".encode()),
    ],
)
def test_charsets_and_encodings(tmp_path, headers, text):
    [call], problems = read(tmp_path, (HEAD.format("Hi") + headers + "\n").encode() + text + b"\n")
    assert said(call) == [("customer", "grüße")]
    assert not problems


def part(kind, text, more=""):
    return f"--zz\nContent-Type: {kind}\n{more}\n{text}\n"


@pytest.mark.parametrize(
    ("kind", "parts", "expected"),
    [
        ("alternative", part("text/plain", "plain") + part("text/html", "<p>html"), "plain"),
        ("alternative", part("text/html", "<p>html") + part("text/plain", "plain"), "plain"),
        ("alternative", part("text/plain", " ") + part("text/html", "<p>only <b>here</b>"), "only here"),
        (
            "mixed",
            part("text/plain", "see this") + part("text/plain", "log", "Content-Disposition: attachment\n"),
            "see this",
        ),
        ("mixed", part("image/png", "AAAA") + part("text/plain", "see this"), "see this"),
        ("related", part("text/html", "<p>hi<img src=cid:1>") + part("image/png", "AAAA"), "hi"),
        ("mixed", part("text/plain", "fwd") + part("message/rfc822", "From: x\n\ninner"), "fwd"),
        ("signed", part("text/plain", "signed") + part("application/pgp-signature", "xx"), "signed"),
    ],
)
def test_parts(tmp_path, kind, parts, expected):
    [call], problems = read(
        tmp_path, f"{HEAD.format('Hi')}Content-Type: multipart/{kind}; boundary=zz\n\n{parts}--zz--\n"
    )
    assert said(call) == [("customer", expected)]
    assert not problems


def test_encoded_headers(tmp_path):
    head = HEAD.format("=?utf-8?B?R3LDvMOfZQ==?= =?iso-8859-1?Q?_f=FCr_alle?=").replace(
        "Jo Park", "=?utf-8?q?J=C3=B6?="
    )
    [call], _ = read(tmp_path, f"{head}\nhello\n", speakers=["agent=jö"])
    assert call.extra["subject"] == "Grüße für alle"
    assert said(call) == [("agent", "hello")]


QUOTED = {
    "gmail": "No.\n\nOn Mon, Jan 5, 2026 at 9:30 AM Shop <support@shop.example>\nwrote:\n\n> Hello,\n> we are on it.\n",
    "outlook": "No.\n\nFrom: Shop <support@shop.example>\nSent: Monday, January 5\nTo: Jo\nSubject: RE: x\n\nHello\n",
    "rule": "No.\n________________________________\nFrom: Shop\nSent: Monday\nTo: Jo\nSubject: x\n\nHello\n",
    "german": "No.\n\nAm Mo., 5. Jan. 2026 um 09:30 Uhr schrieb Shop <support@shop.example>:\n> Hallo\n",
    "below": "On Mon, Jan 5, 2026 at 9:30 AM Shop <support@shop.example> wrote:\n> one\n> two\n> three\n\nNo.\n",
    "between": "> Did you restart it?\nNo.\n> Is it on?\n",
    "ticket": "No.\n\n##- Please type your reply above this line -##\n\nYour request (17) was updated.\n",
    "telephone": "No.\n\nSent from my iPhone\n",
    "delimiter": "No.\n-- \nJo Park\nHead of Things\n",
    "sign-off": "No.\n\nBest regards,\nJo Park\nShop Ltd\n",
    "disclaimer": "No.\n\nThis e-mail is confidential and intended only for its\naddressee, which is you.\n",
    "forwarded": "---------- Forwarded message ---------\nFrom: Jo <jo@x.example>\nDate: Monday\nSubject: x\n\nNo.\n",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED)
def test_quotes_and_signatures_go(text):
    assert own_words(text) == "No."


@pytest.mark.parametrize(
    "text",
    [
        "I tried:\n- to restart\n- to call you\nNothing helps.",
        "Thanks for nothing. I want my money back.",
        "Best regards to your team, but I am done.",
        "It says:\nerror: no water\nWhat now?",
        "No.\n\nThanks,\nJo\n\nP.S. I want a refund.",
        "x" * 5_000 + ": " + "y" * 5_000,
    ],
)
def test_own_words_stay(text):
    assert own_words(text) == text


def test_html_mail_loses_its_quote(tmp_path):
    html = (
        '<div>Third time<br>I write.</div><div class="gmail_quote">On Mon, Jan 5, 2026 at 9:30 AM Shop &lt;s@x&gt;'
        " wrote:<br><blockquote><p>Hello</p></blockquote></div>"
    )
    [call], _ = read(tmp_path, f"{HEAD.format('Hi')}Content-Type: text/html\n\n{html}")
    assert said(call) == [("customer", "Third time I write.")]


def test_threads_by_references_in_any_order(tmp_path):
    box = mbox(
        ("b@shop.example", "jo@gmail.com", 9, "Message-ID: <3@x>\nReferences: <1@x> <2@x>", "three"),
        ("jo@gmail.com", "b@shop.example", 5, "Message-ID: <1@x>\nSubject: hi", "one"),
        ("al@gmail.com", "b@shop.example", 6, "Message-ID: <9@x>\nSubject: hi", "nine"),
        ("b@shop.example", "jo@gmail.com", 7, "Message-ID: <2@x>\nIn-Reply-To: <1@x>", "two"),
    )
    [thread, other], problems = read(tmp_path, box)
    assert said(thread) == [("customer", "one"), ("agent", "two"), ("agent", "three")]
    assert said(other) == [("customer", "nine")]
    assert not problems


def test_threads_by_subject_between_the_same_two(tmp_path):
    box = mbox(
        ("jo@gmail.com", "b@shop.example", 1, "Subject: Order", "one"),
        ("al@gmail.com", "b@shop.example", 2, "Subject: Order", "other"),
        ("b@shop.example", "jo@gmail.com", 3, "Subject: RE: AW: order", "two"),
        ("jo@gmail.com", "b@shop.example", 4, "Subject: Order", "new"),
    )
    calls, _ = read(tmp_path, box, "shop.mbox")
    assert [said(call) for call in calls] == [
        [("customer", "one"), ("agent", "two")],
        [("customer", "other")],
        [("customer", "new")],
    ]
    assert [call.call_id for call in calls] == ["shop-2", "shop-10", "shop-26"]


def test_mails_that_join_two_threads_make_them_one(tmp_path):
    box = mbox(
        ("jo@gmail.com", "b@shop.example", 1, "Message-ID: <1@x>", "one"),
        ("jo@gmail.com", "b@shop.example", 3, "Message-ID: <3@x>\nIn-Reply-To: <2@x>", "three"),
        ("b@shop.example", "jo@gmail.com", 2, "Message-ID: <2@x>\nIn-Reply-To: <1@x>", "two"),
    )
    [call], _ = read(tmp_path, box)
    assert said(call) == [("customer", "one"), ("agent", "two"), ("customer", "three")]


@pytest.mark.parametrize(
    ("senders", "receiver", "speakers", "expected"),
    [
        ("jo@gmail.com anna@shop.example ben@shop.example", "b@shop.example", "", "customer agent agent"),
        ("support@shop.example jo@gmail.com anna@shop.example", "jo@gmail.com", "", "agent customer agent"),
        ("jo@acme.example al@acme.example anna@shop.example", "b@shop.example", "", "customer customer agent"),
        ("jo@gmail.com al@gmail.com b@shop.example", "b@shop.example", "", "customer unknown agent"),
        ("jo@gmail.com x@courier.example b@eu.shop.example", "b@shop.example", "", "customer unknown agent"),
        ("jo@firm.example al@firm.example jo@firm.example", "al@firm.example", "", "customer agent customer"),
        ("a@shop.example jo@acme.example b@shop.example", "x@y.example", "agent=@shop.example", "agent customer agent"),
        (
            "a@eu.shop.example jo@acme.example x@y.example",
            "x@y.example",
            "agent=shop.example",
            "agent customer unknown",
        ),
        (
            "a@shop.example jo@acme.example b@shop.example",
            "x@y.example",
            "other=b@shop.example",
            "customer agent other",
        ),
    ],
)
def test_who_is_the_agent(tmp_path, senders, receiver, speakers, expected):
    first, *others = senders.split()
    answers = [(sender, first, minute, "In-Reply-To: <1@x>", "b") for minute, sender in enumerate(others, 2)]
    box = mbox((first, receiver, 1, "Message-ID: <1@x>", "a"), *answers)
    [call], _ = read(tmp_path, box, speakers=[speakers] if speakers else [])
    assert [turn.speaker for turn in call.turns] == expected.split()


@pytest.mark.parametrize(
    "headers",
    [
        "Subject: Automatic reply: Order\n",
        "Auto-Submitted: auto-replied (vacation)\n",
        "X-Autoreply: yes\n",
        "Return-Path: <>\n",
        "Precedence: auto_reply\n",
        "Content-Type: multipart/report; boundary=zz\n\n--zz\nContent-Type: text/plain\n",
    ],
)
def test_automatic_mail_is_nobodys(tmp_path, headers):
    [call], _ = read(
        tmp_path, f"From: jo@gmail.com\nDate: Mon, 2 Mar 2026 14:05:11 +0000\nTo: s@x.example\n{headers}\nI am away.\n"
    )
    assert said(call) == [("other", "I am away.")]


def test_what_ticket_systems_send_for_agents_is_theirs(tmp_path):
    headers = "Auto-Submitted: auto-generated\nX-Mailer: Zendesk Mailer"
    box = mbox(
        ("jo@gmail.com", "b@shop.example", 1, "Message-ID: <1@x>", "one"),
        ("b@shop.example", "jo@gmail.com", 2, f"In-Reply-To: <1@x>\n{headers}", "two"),
        ("noreply@shop.example", "jo@gmail.com", 3, f"In-Reply-To: <1@x>\n{headers}", "three"),
    )
    [call], _ = read(tmp_path, box)
    assert [turn.speaker for turn in call.turns] == ["customer", "agent", "other"]


def test_lines_that_begin_with_from_part_nothing(tmp_path):
    box = mbox(("jo@gmail.com", "b@shop.example", 1, "", "one\n\n>From here on\n\nFrom what I know, no.\n"))
    [call], _ = read(tmp_path, box)
    assert said(call) == [("customer", "one From here on From what I know, no.")]
    two = "From me\nFrom: a@b.example\nDate: x\n\none\n\nFrom you\nFrom: c@d.example\nDate: x\n\ntwo\n"
    calls, _ = read(tmp_path, two)
    assert [call.turns[0].text for call in calls] == ["one", "two"]


def test_line_ends_and_byte_order_mark_make_no_difference(tmp_path):
    plain, _ = read(tmp_path, BOX.read_bytes())
    marked, problems = read(tmp_path, b"\xef\xbb\xbf" + BOX.read_bytes().replace(b"\n", b"\r\n"))
    assert [call_to_dict(call) for call in marked] == [call_to_dict(call) for call in plain]
    assert len(plain) == 3
    assert not problems


def test_a_damaged_mail_costs_itself(tmp_path):
    box = mbox(("jo@gmail.com", "b@shop.example", 1, "", "one"), ("a@b.example", "c@d.example", 2, "", "two"))
    deep = b"From x Mon Mar  2 14:05:00 2026\nFrom: x@y.example\n" + b"Content-Type: message/rfc822\n\n" * 5_000
    bare = b"From x Mon Mar  2 14:05:00 2026\n\xff\xfe no mail at all\n\n"
    calls, problems = read(tmp_path, deep + b"\n" + bare + box.encode())
    assert [call.turns[0].text for call in calls] == ["one", "two"]
    assert len(problems) == 2
    assert "damaged" in problems[0]
    assert "neither a From nor a Date" in problems[1]


@pytest.mark.parametrize(
    "broken",
    [
        "From: (((((((((((\nTo: s@x.example\nDate: Mon, 99 Foo 20261 99:99\nSubject: =?utf-8?B?!!?=\n\nhi\n",
        "From: jo@gmail.com\nTo: ,,;;<<\nDate: Mon, 2 Mar 2026 14:05:11 +9999\nSubject: =?no-such?q?a?=\n\nhi\n",
        "From: jo@gmail.com\nTo: a@b\nDate:\nMessage-ID: <\nReferences: <<<a>\nContent-Type: multipart/mixed\n\nhi\n",
        "From: jo@gmail.com\nTo: a@b\nDate: x\nContent-Type: text/plain; charset=punycode; "
        + 'a="' * 5_000
        + "\n\nhi\n",
    ],
)
def test_broken_headers_cost_no_more_than_themselves(tmp_path, broken):
    calls, problems = read(tmp_path, broken)
    assert not problems or calls == []
    assert all(turn.text == "hi" for call in calls for turn in call.turns)
    assert len(calls) + len(problems) == 1


def test_huge_attachments_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(mbox_module, "LARGEST_MESSAGE", 20_000)
    big = (
        part("application/zip", "QUJD" * 19 + "\n", "Content-Transfer-Encoding: base64\n")
        + ("QUJD" * 19 + "\n") * 3_000
    )
    head = HEAD.format("Hi") + "Content-Type: multipart/mixed; boundary=zz\n\n"
    [call], problems = read(tmp_path, head + part("text/plain", "see this") + big + "--zz--\n")
    assert said(call) == [("customer", "see this")]
    assert problems[0].startswith("too large a mail")


@pytest.mark.parametrize(
    "line",
    ["a: b\n", "> a\nb\n", "On Mon\n", "From: a\n", "\n", "Op heeft geschreven ", "2026/01/01 <a@", "On Mon, Jan 5, "],
)
def test_quotes_are_sought_in_bounded_time(line):
    begun = time.process_time()
    own_words(line * (200_000 // len(line)))
    assert time.process_time() - begun < 5


def test_threads_are_closed_when_they_fill_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(threads, "MOST_OPEN_BYTES", 3 * threads.BYTES_PER_MAIL)
    mails = [(f"c{i}@gmail.com", "b@shop.example", i, f"Message-ID: <{i}@x>", "one") for i in range(6)]
    late = ("b@shop.example", "c0@gmail.com", 9, "Message-ID: <l@x>\nReferences: <0@x>", "late")
    calls, problems = read(tmp_path, mbox(*mails, late))
    assert [call.call_id for call in calls] == [*(f"{i}@x" for i in range(6)), "0@x~2"]
    assert "was used before" in problems[0]


def test_a_box_may_be_compressed_and_survives_the_canonical_format(tmp_path):
    packed, problems = read(tmp_path, gzip.compress(BOX.read_bytes()), "support.mbox.gz")
    assert [said(call) for call in packed] == [said(call) for call in read_calls([BOX], ReadOptions(name_roles=False))]
    assert not problems
    assert {"call_id", "channel", "turns", "subject"} <= call_to_dict(packed[0]).keys()


@pytest.mark.parametrize(
    "text",
    [
        "Date: today\nSubject: a call\nQueue: x\n\nAgent: hi\nCustomer: yo\n",
        "From: Agent\n\nhi\n",
        "Agent: hi\nCustomer: yo\nAgent: ok\n",
    ],
)
def test_transcripts_with_headers_are_no_mail(tmp_path, text):
    calls, _ = read(tmp_path, text)
    assert all(call.channel != "email" for call in calls)
