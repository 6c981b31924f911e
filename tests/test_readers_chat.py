"""Tickets and chats: Zendesk, Intercom, ASAPP, and JSON chats of nobody's."""

from __future__ import annotations

import json

import pytest

from escalert.readers import ReadOptions, read_calls
from escalert.readers.markup import has_markup, html_text

T0, T1, T2, T3 = (f"2026-03-02T14:0{minute}:00Z" for minute in range(4))
ZENDESK = {
    "id": 17,
    "created_at": T0,
    "subject": "Kettle",
    "priority": "high",
    "via": {"channel": "email"},
    "tags": ["vip"],
    "requester_id": 2,
    "assignee_id": 1,
    "group_id": 5,
    "satisfaction_rating": {"score": "bad"},
    "comments": [
        {"author_id": 2, "public": True, "body": "It broke.\n\nOn Mon, Shop wrote:\n> hi\n\n", "created_at": T0},
        {"author_id": 1, "public": False, "body": "third complaint", "created_at": T1},
        {"author_id": 3, "public": True, "html_body": "<p>We are<br>sorry &amp; sad</p>", "created_at": T3},
        {"author_id": -1, "public": True, "body": "Ticket merged", "created_at": T2},
    ],
}
USERS = [{"id": 2, "role": "end-user", "locale": "en-GB"}, {"id": 1, "role": "admin"}, {"id": 3, "role": "agent"}]
INTERCOM = {
    "type": "conversation",
    "id": "c9",
    "created_at": 1772460300,
    "source": {"type": "conversation", "body": "<p>It broke.</p>", "author": {"type": "user", "id": "u1"}},
    "contacts": {"contacts": [{"id": "u1"}]},
    "team_assignee_id": 991,
    "conversation_parts": {
        "type": "conversation_part.list",
        "conversation_parts": [
            {"part_type": "comment", "created_at": 1772460310, "body": "<p>I am Fin.</p>", "author": {"type": "bot"}},
            {
                "part_type": "default_assignment",
                "created_at": 1772460311,
                "body": None,
                "author": {"type": "bot"},
                "assigned_to": {"type": "team", "id": "990"},
            },
            {
                "part_type": "comment",
                "created_at": 1772460320,
                "body": '<p>Sorry<br>for that <img src="x"></p>',
                "author": {"type": "admin", "id": "814", "name": "Dana"},
            },
            {"part_type": "note", "created_at": 1772460325, "body": "<p>again!</p>", "author": {"type": "admin"}},
            {
                "part_type": "assignment",
                "created_at": 1772460330,
                "body": "<p>Let me hand you over.</p>",
                "author": {"type": "admin", "id": "814"},
                "assigned_to": {"type": "team", "id": "991", "name": "Managers"},
            },
            {"part_type": "close", "created_at": 1772460340, "body": None, "author": {"type": "admin"}},
            {"part_type": "comment", "created_at": 1772460335, "body": "<p>At last</p>", "author": {"type": "lead"}},
        ],
    },
}


def read(tmp_path, content, name="chat.json"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    problems = []
    calls = list(read_calls([path], ReadOptions(name_roles=False), on_problem=problems.append))
    return calls, [str(problem.message) for problem in problems]


def said(call):
    return [(turn.speaker, turn.text, turn.start_s) for turn in call.turns]


def check_ticket(call):
    assert said(call) == [
        ("customer", "It broke.", 0.0),
        ("other", "Ticket merged", 120.0),
        ("agent", "We are sorry & sad", 180.0),
    ]
    assert (call.call_id, call.channel, call.started_at, call.language) == ("17", "email", T0, "en-GB")
    assert (call.customer_id, call.agent_id, call.extra["satisfaction"]) == ("2", "1", "bad")
    assert "private notes, which the customer never saw, are left out: 1" in call.warnings[0]
    assert not any("third complaint" in turn.text for turn in call.turns)


@pytest.mark.parametrize(
    "shape",
    [
        lambda ticket: {**ticket, "requester": USERS[0], "assignee": USERS[1], "users": USERS},
        lambda ticket: {"tickets": [ticket], "users": USERS, "end_time": 1},
        lambda ticket: {"ticket": ticket, "users": USERS},
        lambda ticket: {"comments": ticket["comments"], "ticket": {**ticket, "comments": None}, "users": USERS},
        lambda ticket: [{**ticket, "users": USERS}],
    ],
    ids=["line", "page", "ticket", "beside", "list"],
)
def test_zendesk_tickets_in_every_shape(tmp_path, shape):
    [call], problems = read(tmp_path, shape(ZENDESK))
    check_ticket(call)
    assert call.queue == "5"
    assert not problems


def test_zendesk_ticket_events_make_tickets(tmp_path):
    def event(stamp, **child):
        return {"ticket_id": 17, "created_at": stamp, "child_events": [child]}

    events = [
        {"ticket_id": 18, "child_events": [{"event_type": "Change", "status": "open"}]},
        event(T0, event_type="Create", requester_id=2, assignee_id=1, subject="Kettle", via={"channel": "email"}),
        *(event(each["created_at"], event_type="Comment", **each) for each in ZENDESK["comments"]),
        event(T1, event_type="Change", group_id=7, previous_value="5"),
    ]
    rating = event(T3, event_type="Change", satisfaction_rating="x")
    [call], problems = read(tmp_path, {"ticket_events": [*events, rating], "users": USERS})
    assert said(call)[0] == ("customer", "It broke.", 0.0)
    assert [turn.speaker for turn in call.turns] == ["customer", "other", "agent"]
    assert call.extra["transfers"] == [{"at": 60.0, "to": "7"}]
    assert not problems


def test_zendesk_authors_without_roles(tmp_path):
    comments = [{**each, "author_id": author} for each, author in zip(ZENDESK["comments"], (2, 9, 9, 4), strict=True)]
    [call], _ = read(tmp_path, {**ZENDESK, "comments": comments})
    # Who writes private notes is an agent; of a third, nothing is known.
    assert [turn.speaker for turn in call.turns] == ["customer", "unknown", "agent"]
    assert call.turns[1].extra == {"speaker_label": "author 4"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({**ZENDESK, "comments": ZENDESK["comments"][1:2]}, "only 1 private notes"),
        ({name: value for name, value in ZENDESK.items() if name != "comments"}, "include=comment_events"),
        ({"ticket_events": [{"ticket_id": 1, "child_events": [{"status": "open"}]}]}, "include=comment_events"),
        ({"id": 1, "type": "conversation", "conversation_parts": {}}, "retrieve each by its id"),
        (
            {"conversation": {"id": 1}, "messages": [{"author": {"type": "user"}, "content": {"type": "image"}}]},
            "nobody",
        ),
        ([{"role": "agent", "text": ""}, {"role": "user", "text": " "}], "nobody says anything"),
    ],
)
def test_what_nobody_said_is_no_call(tmp_path, content, message):
    calls, [problem] = read(tmp_path, content)
    assert not calls
    assert message in problem


def test_one_broken_ticket_of_a_page_costs_itself(tmp_path):
    page = {"tickets": [ZENDESK, {"id": 1, "comments": 7}, None, {**ZENDESK, "id": 18}], "users": USERS}
    calls, problems = read(tmp_path, page)
    assert [call.call_id for call in calls] == ["17", "18"]
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("via", "tags", "channel", "escalated"),
    [("native_messaging", ["escalated"], "chat", True), ("voice", [], "phone", None), ("api", "no list", None, None)],
)
def test_zendesk_channels_and_escalation(tmp_path, via, tags, channel, escalated):
    [call], _ = read(tmp_path, {**ZENDESK, "via": {"channel": via}, "tags": tags})
    assert (call.channel, call.escalated) == (channel, escalated)


def message(kind, text, stamp, **author):
    content = {"type": "text", "text": text}
    return {"received": stamp, "author": {"type": kind, **author}, "content": content, "source": {"type": "web"}}


def test_zendesk_messaging(tmp_path):
    messages = [
        message("user", "It broke <3", T0, userId="u1"),
        message("business", "I am a bot", T1, subtypes=["AI"]),
        message("business", "Dana here", T3, displayName="Dana"),
        {**message("user", None, T2), "content": {"type": "image", "mediaUrl": "https://x"}},
    ]
    [call], problems = read(tmp_path, {"conversation": {"id": "s1"}, "messages": messages, "meta": {"hasMore": False}})
    assert said(call) == [
        ("customer", "It broke <3", 0.0),
        ("other", "I am a bot", 60.0),
        ("agent", "Dana here", 180.0),
    ]
    assert (call.call_id, call.channel, call.customer_id, call.started_at) == ("s1", "chat", "u1", T0)
    assert "1 of 4 messages have no words" in call.warnings[0]
    [call], _ = read(tmp_path, {"messages": messages}, "s2.json")
    assert call.call_id == "s2"
    assert not problems


def test_zendesk_messaging_webhooks(tmp_path):
    def event(kind, key, stamp, **payload):
        return {"type": kind, "createdAt": stamp, "payload": {"conversation": {"id": key}, **payload}}

    to = {"name": "Agent Workspace", "integrationType": "zd:agentWorkspace"}
    events = [
        event("conversation:message", "s1", T0, message=message("user", "one", T0)),
        event("conversation:message", "s2", T0, message=message("user", "two", T0)),
        event("switchboard:passControl", "s1", T1, activeSwitchboardIntegration=to),
        event("conversation:message", "s1", T2, message=message("business", "three", T2)),
    ]
    [one, two], problems = read(tmp_path, {"events": events})
    assert said(one) == [("customer", "one", 0.0), ("agent", "three", 120.0)]
    assert one.extra["transfers"] == [{"at": 60.0, "to": "Agent Workspace"}]
    assert said(two) == [("customer", "two", 0.0)]
    assert not problems


@pytest.mark.parametrize(
    "shape",
    [
        lambda record: record,
        lambda record: {"type": "conversation.list", "conversations": [record]},
        lambda record: {"type": "notification_event", "data": {"item": record}},
    ],
    ids=["line", "page", "webhook"],
)
def test_intercom(tmp_path, shape):
    [call], problems = read(tmp_path, shape(INTERCOM))
    assert said(call) == [
        ("customer", "It broke.", 0.0),
        ("other", "I am Fin.", 10.0),
        ("agent", "Sorry for that", 20.0),
        ("agent", "Let me hand you over.", 30.0),
        ("customer", "At last", 35.0),
    ]
    assert call.extra["transfers"] == [{"at": 30.0, "to": "Managers"}]
    assert (call.call_id, call.channel, call.queue, call.customer_id) == ("c9", "chat", "991", "u1")
    assert (call.started_at, call.agent_id) == ("2026-03-02T14:05:00Z", "814")
    assert "private notes" in call.warnings[0]
    assert not problems


def test_intercom_as_it_was(tmp_path):
    parts = INTERCOM["conversation_parts"]["conversation_parts"]
    parts = [{**parts[4], "assigned_to": {"type": "admin", "id": "815"}}, {**parts[2], "assigned_to": None}]
    opening = {"body": "<p>Hi</p>", "author": {"type": "admin", "email": "operator+x@intercom.io"}}
    record = {"id": "c1", "conversation_message": opening, "conversation_parts": parts, "user": {"id": "u7"}}
    [call], _ = read(tmp_path, record)
    assert [turn.speaker for turn in call.turns] == ["other", "agent", "agent"]
    assert call.extra["transfers"] == [{"at": 10.0, "to": "admin 815"}]
    assert call.customer_id == "u7"


def test_intercom_mail_loses_quotes(tmp_path):
    body = "<div>No.</div><div>On Mon, Shop wrote:<blockquote>hi</blockquote></div>"
    source = {"type": "email", "subject": "<p>Kettle</p>", "body": body, "author": {"type": "lead"}}
    [call], _ = read(tmp_path, {"id": "c1", "source": source, "conversation_parts": {"conversation_parts": []}})
    assert (call.channel, call.turns[0].text, call.extra["subject"]) == ("email", "No.", "Kettle")


def utterance(role, who, start, end, text, **more):
    response = {"message": "transcript", "start": start, "end": end, "utterance": [{"text": text}]}
    return {
        "type": "transcript",
        "sender": {"role": role, "externalId": who},
        "autotranscribeResponse": response,
        **more,
    }


def test_asapp_messages_line_by_line(tmp_path):
    lines = [
        utterance("agent", "a1", 0, 900, "hi", externalConversationId="x1"),
        utterance("customer", "c1", 1000, 1900, "yo", externalConversationId="x1"),
        utterance("agent", "a2", 5000, 5900, "a manager", externalConversationId="x1"),
        utterance("agent", "a1", 0, 900, "hello", externalConversationId="x2"),
    ]
    calls, problems = read(tmp_path, "".join(json.dumps(line) + "\n" for line in lines))
    assert [call.call_id for call in calls] == ["x1", "x2"]
    assert said(calls[0]) == [("agent", "hi", 0.0), ("customer", "yo", 1.0), ("agent", "a manager", 5.0)]
    assert [turn.end_s for turn in calls[0].turns] == [0.9, 1.9, 5.9]
    assert (calls[0].agent_id, calls[0].customer_id) == ("a1", "c1")
    assert calls[0].extra == {"transfers": [{"at": 5.0, "to": "a2"}]}
    assert not problems


@pytest.mark.parametrize(
    "shape", [lambda messages: messages, lambda messages: {"messages": messages}], ids=["list", "object"]
)
def test_asapp_messages_of_a_call(tmp_path, shape):
    messages = [
        {"text": "yo", "sender": {"role": "customer", "externalId": "c1"}, "timestamp": "2026-03-02T14:05:02.500Z"},
        {"text": "hi", "sender": {"role": "agent", "externalId": "a1"}, "timestamp": "2026-03-02T14:05:00Z"},
    ]
    [call], problems = read(tmp_path, shape(messages), "x9.json")
    assert said(call) == [("agent", "hi", 0.0), ("customer", "yo", 2.5)]
    assert (call.call_id, call.started_at) == ("x9", "2026-03-02T14:05:00Z")
    assert not problems


HI = {"source": "agent", "timestamp": T0, "message": "hi"}
YO = {"source": "customer", "timestamp": T1, "message": "yo"}


@pytest.mark.parametrize(
    ("content", "call_id"),
    [
        ({"conversation_id": "x1", "transcript": [HI, YO]}, "x1"),
        ({"sessionId": "x1", "messages": [HI, YO]}, "x1"),
        ([HI, YO], "chat"),
        ([{**HI, "chat_id": "x1"}, {**YO, "chat_id": "x1"}], "x1"),
        ([{"id": "x1", "transcript": [HI, YO]}], "x1"),
        ({"id": "x1", "messages": [{"role": "assistant", "content": "hi"}, {"role": "user", "content": "yo"}]}, "x1"),
    ],
)
def test_json_chats_of_nobodys(tmp_path, content, call_id):
    [call], problems = read(tmp_path, content)
    assert [(turn.speaker, turn.text) for turn in call.turns] == [("agent", "hi"), ("customer", "yo")]
    assert (call.call_id, call.channel) == (call_id, "chat")
    if "timestamp" in json.dumps(content):
        assert (call.started_at, call.turns[1].start_s) == (T0, 60.0)
    assert not problems


def test_json_chats_in_one_list_are_parted_by_their_id(tmp_path):
    calls, _ = read(tmp_path, [{**HI, "chat_id": "x1"}, {**YO, "chat_id": "x2"}, {**HI, "chat_id": "x2"}])
    assert [(call.call_id, len(call.turns)) for call in calls] == [("x1", 1), ("x2", 2)]


def test_a_lone_line_without_call_is_left_to_the_canonical_format(tmp_path):
    calls, [problem] = read(tmp_path, {"speaker": "agent", "text": "hi"})
    assert not calls
    assert "chat-json" not in problem.split(";")[0]


@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, [[]], {"a": 1}, True, -1e308, "99999999999999"])
@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("zendesk", ZENDESK),
        ("intercom", INTERCOM),
        ("zendesk-messaging", {"messages": [message("user", "hi", T0)]}),
        ("asapp", {"messages": [utterance("agent", "a1", 0, 900, "hi")]}),
        ("chat-json", {"messages": [HI, YO]}),
    ],
)
def test_wrong_types_anywhere_cost_no_more_than_that_call(tmp_path, name, example, junk):
    lines = "".join(json.dumps(replaced(example, path, junk)) + "\n" for path in places(example))
    (tmp_path / "x").write_text(lines)
    problems = []
    calls = list(read_calls([tmp_path / "x"], ReadOptions(format=name), on_problem=problems.append))
    assert calls
    assert not any("\n" in problem.message or "not laid out" in problem.message for problem in problems)


def places(value, path=()):
    """Give the path to everything inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def replaced(value, path, junk):
    if not path:
        return junk
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = replaced(value[key], rest, junk)
    return copy


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<br>b</p><p>c</p>", "a\nb\nc"),
        ('<p class="x"> a\n b </p>\n', "a b"),
        ("a &amp; b &lt;c&gt;<script>x()</script><style>p{}</style>", "a & b <c>"),
        ("<ul><li>a<li>b</ul><table><tr><td>c<td>d</table>", "a\nb\nc\nd"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n> > b\nc"),
        ("<pre>a\nb</pre>c\nd", "a\nb\nc d"),
        ("<div>" * 10_000 + "deep", "deep"),
        ("<p><b>open", "open"),
        ("", ""),
    ],
)
def test_html_to_text(html, text):
    assert html_text(html) == text


@pytest.mark.parametrize(
    ("text", "is_html"), [("press <Enter>", False), ("<3", False), ("a <b>c</b>", True), ("x<br/>y", True)]
)
def test_what_counts_as_html(text, is_html):
    assert has_markup(text) is is_html
