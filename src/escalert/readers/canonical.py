"""The canonical format: JSON Lines, one call per line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of, parse_json
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.source import Lines
from escalert.records import Call, Turn

EXAMPLE = """\
{"call_id": "b7c1", "turns": [{"speaker": "agent", "text": "how can i help", "start": 0.0, "end": 2.4}]}
"""
SHAPE = '{"call_id": "…", "turns": [{"speaker": "agent", "text": "…"}]}'
TURN_FIELDS = ("speaker", "text", "start", "end", "labels")


def call_to_dict(call: Call) -> dict[str, Any]:
    """Give the call as plain data in the canonical shape.

    What is absent is left out, and so are extra fields under the names of others, which they would be read as.
    """
    known = {
        "call_id": call.call_id,
        "channel": call.channel,
        "language": call.language,
        "started_at": call.started_at,
        "agent_id": call.agent_id,
        "queue": call.queue,
        "customer_id": call.customer_id,
        "escalated": call.escalated,
        "turns": [_turn_dict(turn) for turn in call.turns],
        "labels": dict(call.labels) or None,
        "source": call.source,
    }
    return _with_extra(known, call.extra)


def looks_like_json(sample: Sample) -> bool:
    """Tell whether a file holds JSON, whole or broken."""
    lines = sample.lines
    starts = [line.lstrip() for line in lines]
    objects = sum(line.startswith(("{", '["', "[{", "[[")) and _is_json_start(line) for line in starts)
    return bool(lines) and (objects * 2 >= len(lines) or _is_json_start(starts[0]) or _all_scalars(starts))


def _is_json_start(text: str) -> bool:
    if text.strip() in ("{", "[", "{}", "[]"):
        return True
    inside = text[1:].lstrip()
    return (text[0] == "{" and inside[:1] in ('"', "}")) or (text[0] == "[" and inside[:1] in ('"', "{", "[", "]"))


def _all_scalars(lines: list[str]) -> bool:
    for line in lines:
        try:
            parse_json(line)
        except UnreadableError:
            return False
    return True


def _matches(sample: Sample) -> float:
    if not looks_like_json(sample):
        return 0.0
    return 0.9 if "turns" in sample.keys else 0.5


def _read(lines: Lines, context: Context) -> Iterator[Call]:
    return calls_of(_raw_calls, lines, context)


def _raw_calls(value: Any, context: Context) -> Iterator[RawCall]:
    if not isinstance(value, dict):
        raise UnreadableError(f"{_kind(value)} and not a call; {_readable(context)}")
    missing = [name for name in ("call_id", "turns") if name not in value]
    if missing:
        keys = ", ".join(repr(key[:40]) for key in list(value)[:8]) or "none at all"
        raise UnreadableError(f"{' and '.join(map(repr, missing))} missing, the keys are {keys}; {_readable(context)}")
    if not isinstance(value["turns"], list):
        raise UnreadableError(f"'turns' is {_kind(value['turns'])}; it must be a list as in {SHAPE}")
    turns = [_raw_turn(turn, index) for index, turn in enumerate(value["turns"])]
    fields = {name: item for name, item in value.items() if name not in ("call_id", "turns")}
    yield RawCall(value["call_id"], turns, fields)


def _raw_turn(turn: Any, index: int) -> RawTurn:
    if not isinstance(turn, dict):
        raise UnreadableError(f'turn {index} is {_kind(turn)}; it must be {{"speaker": "agent", "text": "…"}}')
    missing = [name for name in ("speaker", "text") if name not in turn]
    if missing:
        keys = ", ".join(repr(key[:40]) for key in list(turn)[:8]) or "none at all"
        raise UnreadableError(f"turn {index} lacks {' and '.join(map(repr, missing))}, its keys are {keys}")
    # Without this a null speaker would pass for a format that has no speakers, in silence.
    speaker = "" if turn["speaker"] is None else turn["speaker"]
    extra = {name: item for name, item in turn.items() if name not in TURN_FIELDS}
    return RawTurn(speaker, turn["text"], turn.get("start"), turn.get("end"), turn.get("labels"), extra)


def _turn_dict(turn: Turn) -> dict[str, Any]:
    known = {
        "speaker": turn.speaker,
        "text": turn.text,
        "start": turn.start_s,
        "end": turn.end_s,
        "labels": None if turn.labels is None else list(turn.labels),
    }
    return _with_extra(known, turn.extra)


def _with_extra(known: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    others = {name: value for name, value in extra.items() if name not in known}
    return {name: value for name, value in known.items() if value is not None} | others


def _kind(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a JSON object" if isinstance(value, dict) else f"a JSON list of {len(value)}"
    return f"the JSON value {json.dumps(value)[:40]}"


def _readable(context: Context) -> str:
    return f"a call looks like {SHAPE}, and the known formats are {context.known_formats}"


FORMAT = Format(
    name="jsonl",
    title="Calls as JSON Lines",
    description="One call per line, as escalert writes them; one call or a list over many lines will do",
    example=EXAMPLE,
    matches=_matches,
    read=_read,
    keeps=("every field of a call and of a turn", "fields of your own"),
    export="`escalert convert` writes it from any other format.",
)
