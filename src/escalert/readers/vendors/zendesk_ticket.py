"""One ticket of Zendesk: its comments, and who wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalert.readers.building import RawCall, RawTurn, text_of_id
from escalert.readers.epoch import iso_time
from escalert.readers.format import Context, UnreadableError
from escalert.readers.members import id_of, members, objects, present, text_in
from escalert.readers.notes import shown
from escalert.readers.vendors.posts import PostClock, post_text, private_note, worded

SPEAKERS = {"end-user": "customer", "end_user": "customer", "agent": "agent", "admin": "agent", "owner": "agent"}
CHANNELS = {
    **dict.fromkeys(("email", "web", "web_form", "mobile", "mobile_sdk", "help_center", "web_widget"), "email"),
    **dict.fromkeys(("chat", "native_messaging", "messaging", "whatsapp", "sms", "line", "telegram", "apple"), "chat"),
    **dict.fromkeys(("facebook", "twitter", "instagram", "instagram_dm", "twitter_dm", "facebook_messenger"), "social"),
    **dict.fromkeys(("voice", "phone", "sample_phone"), "phone"),
}
TAGS_OF_ESCALATION = ("escalated", "escalation", "escalated_to_supervisor", "supervisor")
SYSTEM = "-1"


def call_of_ticket(ticket: dict[str, Any], context: Context) -> RawCall:
    """Read a ticket that has its comments in it.

    Raises
    ------
    UnreadableError
        If there are none that the customer could see.
    """
    notes: list[str] = []
    comments = _comments(ticket, notes)
    public = [comment for comment in comments if comment.get("public") is not False]
    if len(public) < len(comments):
        notes.append(private_note(len(comments) - len(public)))
    if not public:
        found = f"only {len(comments)} private notes" if comments else "an empty list of comments"
        raise UnreadableError(f"ticket {shown(ticket.get('id'))} has {found}; nothing was said to the customer")
    authors = _Authors(ticket, comments)
    clock = PostClock(comment.get("created_at") for comment in public)
    turns = worded((_turn(comment, authors, clock, _channel(ticket)) for comment in public), notes)
    fields = {**_fields(ticket, authors), "transfers": _transfers(ticket, clock) or None}
    fields.setdefault("started_at", iso_time(clock.begun))
    ids = (ticket.get("id"), ticket.get("ticket_id"))
    return RawCall(id_of(ids, context), turns, present(fields), notes=notes)


class _Authors:
    """Who wrote: by the role that the export tells, or else by what someone is to the ticket."""

    def __init__(self, ticket: dict[str, Any], comments: list[dict[str, Any]]) -> None:
        people = [members(ticket.get(name)) for name in ("requester", "submitter", "assignee")]
        people += objects(ticket.get("users"), "users", []) + [members(each.get("author")) for each in comments]
        self._people = {key: each for each in people if (key := text_of_id(each.get("id")))}
        self.requester = text_of_id(ticket.get("requester_id") or members(ticket.get("requester")).get("id"))
        self.assignee = text_of_id(ticket.get("assignee_id") or members(ticket.get("assignee")).get("id"))
        # Customers cannot write private notes.
        self._inside = {_author(each) for each in comments if each.get("public") is False} | {self.assignee}

    def speaker(self, comment: dict[str, Any]) -> str:
        """Give agent or customer, or else the name of the author."""
        author = _author(comment)
        person = self._people.get(author or "", {})
        role = SPEAKERS.get(str(person.get("role")).lower())
        if role or author == SYSTEM or author is None:
            return role or ("system" if author else "")
        if author == self.requester:
            return "customer"
        return "agent" if author in self._inside else text_in(person, "name", "email") or f"author {author}"

    def language(self) -> str | None:
        """Give the language that the customer chose."""
        return text_in(self._people.get(self.requester or "", {}), "locale")


def _author(comment: Mapping[str, Any]) -> str | None:
    return text_of_id(comment.get("author_id") or members(comment.get("author")).get("id"))


def _comments(ticket: dict[str, Any], notes: list[str]) -> list[dict[str, Any]]:
    if not isinstance(ticket.get("comments"), list):
        raise UnreadableError(
            f"ticket {shown(ticket.get('id'))} has no comments; take the JSON export of the Admin Center, which has"
            " them, or fetch ticket_events.json?include=comment_events"
        )
    return objects(ticket["comments"], "comments", notes)


def _body(comment: dict[str, Any]) -> str:
    return text_in(comment, "body", "html_body", "plain_body") or ""


def _turn(comment: dict[str, Any], authors: _Authors, clock: PostClock, channel: str | None) -> RawTurn:
    speaker = authors.speaker(comment)
    is_mail = (_channel(comment) or channel) == "email"
    extra = {"is_announcement": True} if speaker == "system" else {}
    return RawTurn(
        speaker, post_text(_body(comment), is_mail=is_mail), clock.since(comment.get("created_at")), None, None, extra
    )


def _channel(record: dict[str, Any]) -> str | None:
    return CHANNELS.get(str(members(record.get("via")).get("channel")).lower())


def _fields(ticket: dict[str, Any], authors: _Authors) -> dict[str, Any]:
    groups = {text_of_id(group.get("id")): group for group in objects(ticket.get("groups"), "groups", [])}
    group_id = text_of_id(ticket.get("group_id"))
    group = members(ticket.get("group")) or groups.get(group_id, {})
    tags = ticket["tags"] if isinstance(ticket.get("tags"), list) else []
    fields = {
        "channel": _channel(ticket),
        "language": authors.language(),
        "started_at": iso_time(ticket.get("created_at")),
        "agent_id": authors.assignee,
        "queue": text_in(group, "name") or group_id,
        "customer_id": authors.requester,
        "escalated": any(tag in TAGS_OF_ESCALATION for tag in tags if isinstance(tag, str)) or None,
        "subject": text_in(ticket, "subject", "raw_subject"),
        "priority": text_in(ticket, "priority"),
        "satisfaction": text_in(members(ticket.get("satisfaction_rating")), "score"),
    }
    return present(fields)


def _transfers(ticket: dict[str, Any], clock: PostClock) -> list[dict[str, Any]]:
    changes = objects(ticket.get("changes_of_group"), "changes", [])
    return [{"at": clock.since(change.get("at")), "to": text_of_id(change.get("to"))} for change in changes]
