"""The messages and events of a chat in Amazon Connect."""

from __future__ import annotations

from collections import Counter
from typing import Any

from escalert.readers.building import RawTurn
from escalert.readers.members import present, text_in
from escalert.readers.times import parse_time

TRANSFERRED = "event.transfer.succeeded"


def chat_turns(items: list[dict[str, Any]], notes: list[str]) -> list[RawTurn]:
    """Give the messages that are text; events are passed over, and other content is noted."""
    left_out = Counter(_kind(item) for item in items if not _is_text(item) and item.get("Type") != "EVENT")
    notes.extend(f"{kind} is no text; left out, {count} times" for kind, count in left_out.items())
    begun = _begun(items)
    return [_turn(item, begun) for item in items if _is_text(item)]


def chat_fields(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Give what the items tell of the chat as a whole: its start, the agent, and transfers."""
    agents = _agents(items)
    moved = agents[1:] or [item for item in items if _kind(item).endswith(TRANSFERRED)]
    begun = _begun(items)
    transfers = [{"at": _since(begun, item), "to": _name(item) or item.get("ParticipantId")} for item in moved]
    fields = {
        "started_at": next((item["AbsoluteTime"] for item in items if _moment(item) is not None), None),
        "agent_id": _name(agents[0]) if agents else None,
        "transfers": [present(transfer) for transfer in transfers] or None,
    }
    return present(fields)


def _agents(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the first item of each agent, by which it is seen when one joined."""
    agents: dict[str, dict[str, Any]] = {}
    for item in items:
        who = text_in(item, "ParticipantId", "DisplayName")
        if item["ParticipantRole"] == "AGENT" and who:
            agents.setdefault(who, item)
    return list(agents.values())


def _turn(item: dict[str, Any], begun: float | None) -> RawTurn:
    role = item["ParticipantRole"]
    extra = {"is_announcement": True} if role == "SYSTEM" else {}
    since = _since(begun, item)
    return RawTurn(role, item.get("Content"), item.get("AbsoluteTime") if since is None else since, extra=extra)


def _is_text(item: dict[str, Any]) -> bool:
    return item.get("Type", "MESSAGE") == "MESSAGE" and str(item.get("ContentType", "text/")).startswith("text/")


def _kind(item: dict[str, Any]) -> str:
    return str(item.get("ContentType") or item.get("Type"))[:80]


def _name(item: dict[str, Any]) -> str | None:
    """Give the name unless it was masked."""
    name = text_in(item, "DisplayName")
    return None if name is None or name.startswith("[") else name


def _begun(items: list[dict[str, Any]]) -> float | None:
    """Give the time of the first item, be it message or event, from which the chat counts."""
    return next((moment for item in items if (moment := _moment(item)) is not None), None)


def _since(begun: float | None, item: dict[str, Any]) -> float | None:
    moment = _moment(item)
    return None if begun is None or moment is None else round(moment - begun, 3)


def _moment(item: dict[str, Any]) -> float | None:
    moment = parse_time(item.get("AbsoluteTime"))
    return moment.seconds if moment is not None and moment.since == "epoch" else None
