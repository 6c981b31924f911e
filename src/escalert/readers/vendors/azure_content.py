"""Azure Content Understanding: the analysis of a recording, its transcript as phrases or in Markdown."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.cues import TIMING, Cue, converse, read_cues
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import members, object_of, objects, present, text_in, time_of
from escalert.readers.notes import shown
from escalert.readers.plain import Conversation, read_conversation
from escalert.readers.source import Joined, Lines
from escalert.readers.vendors.order import in_order

EXAMPLE = (
    '{"id": "247c369c", "status": "Succeeded", "result": {"analyzerId": "prebuilt-callCenter", "contents": [\n'
    ' {"kind": "audioVisual", "startTimeMs": 0, "endTimeMs": 5100, "markdown": "# Audio: 00:00.000 => 00:05.100\\n\\n'
    "Transcript\\n```\\nWEBVTT\\n\\n00:00.000 --> 00:02.400\\n<v Agent>how can i help\\n\\n"
    '00:02.900 --> 00:05.100\\n<v Customer>by sending a manager\\n```"}]}}\n'
)
_FENCED = re.compile(r"^```[^\n]*\n(.*?)(?:^```|\Z)", re.M | re.S)
_BEFORE_BOLD_LABEL = re.compile(r"(?<![ \t])[ \t]++(?=\*\*[^*\n]{1,40}(?::\*\*|\*\*:))")


def read_transcript(text: str, context: Context) -> Conversation:
    """Read a transcript inside of a JSON document: WebVTT, fenced or not, or any layout of plain text."""
    blocks = _FENCED.findall(text)
    body = "\n\n".join(blocks) if blocks else text
    if any(map(TIMING.match, body.split("\n"))):
        found = converse(_cues(body), context.roles)
    elif "<v " in body:
        found = converse([Cue(1, payload=list(enumerate(filter(None, body.split("\n")), 1)))], context.roles)
    else:
        found = read_conversation(_BEFORE_BOLD_LABEL.sub("\n", body).split("\n"), 1, context.roles)
    for turn in found.turns:
        # Its line in the text is none of the file.
        turn.line = None
    return found


def _cues(text: str) -> list[Cue]:
    lines = Lines(Joined(io.BytesIO(text.encode("utf-8", "replace"))), "utf-8")
    return [cue for cue in read_cues(lines) if cue.start]


def _matches(sample: Sample) -> float:
    paths = (f"{above}contents.{name}" for above in ("", "result.") for name in ("markdown", "transcriptPhrases"))
    return 0.95 if any(sample.has(path) for path in paths) else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "an analysis of Content Understanding")
    body = members(record.get("result", record))
    if not isinstance(body.get("contents"), list):
        status = f", 'status' is {shown(record.get('status'))}"
        raise UnreadableError(f"'contents' is {shown(body.get('contents'))} and not a list{status}")
    notes: list[str] = []
    inputs: dict[str, list[dict[str, Any]]] = {}
    for content in objects(body["contents"], "contents", notes, "markdown"):
        inputs.setdefault(text_in(content, "path") or "", []).append(content)
    if not inputs:
        raise UnreadableError("'contents' holds no analysis of anything")
    for path, contents in inputs.items():
        # What the result itself has as an id names the analysis, not the call.
        call_id = f"{context.stem}-{path}" if len(inputs) > 1 else context.stem
        try:
            yield _call(call_id, contents, notes, context)
        except UnreadableError as error:
            context.skip(None, f"{call_id!r:.80}: {error}")


def _call(call_id: str, contents: list[dict[str, Any]], notes: list[str], context: Context) -> RawCall:
    turns: list[RawTurn] = []
    found_notes = list(notes)
    for content in contents:
        phrases = objects(content.get("transcriptPhrases"), "phrases", found_notes, "text")
        markdown = text_in(content, "markdown") or ""
        if phrases:
            turns += [_turn(phrase) for phrase in phrases]
        elif text_in(content, "kind") != "document" and markdown:
            found = read_transcript(markdown, context)
            turns, found_notes = turns + found.turns, found_notes + found.notes
    if not turns:
        kinds = ", ".join(sorted({shown(content.get("kind")) for content in contents}))
        raise UnreadableError(f"contents without a transcript (kind {kinds}); only that of a recording has one")
    locales = (text_in(phrase, "locale") for phrase in objects(contents[0].get("transcriptPhrases"), "phrases", []))
    ends = [end for content in contents if isinstance(end := time_of(content.get("endTimeMs"), 1000), float)]
    fields = {"channel": "phone", "language": next(filter(None, locales), None), "duration": max(ends, default=None)}
    return RawCall(call_id, in_order(turns), present(fields), notes=found_notes)


def _turn(phrase: dict[str, Any]) -> RawTurn:
    start, end = time_of(phrase.get("startTimeMs"), 1000), time_of(phrase.get("endTimeMs"), 1000)
    extra = present({"confidence": phrase.get("confidence")})
    return RawTurn(phrase.get("speaker"), phrase.get("text"), start, end, extra=extra)


FORMAT = Format(
    name="azure-content",
    vendor="Microsoft Azure",
    title="Azure Content Understanding",
    description="The analysis of a recording; the transcript as `transcriptPhrases`, or as WebVTT in `markdown`",
    keeps=("call_id", "channel", "language", "start", "end", "confidence", "duration"),
    export="In Content Understanding Studio, run an analyser such as prebuilt-callCenter on a recording and copy its"
    " result; or keep the response of `GET …/contentunderstanding/analyzerResults/{id}`.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
