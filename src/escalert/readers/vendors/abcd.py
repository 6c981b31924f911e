"""The Action-Based Conversations Dataset (ABCD): chats of customer service, played by two people."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, present, text_in
from escalert.readers.notes import shown

EXAMPLE = """\
[{"convo_id": 7, "scenario": {"flow": "product_defect", "subflow": "refund_update"}, "original": [
  ["agent", "how can i help"], ["customer", "by sending a manager"], ["action", "A link will be sent."]]}]
"""
SPLITS = ("train", "dev", "test")


def _matches(sample: Sample) -> float:
    for before in ("", *(f"{split}." for split in SPLITS)):
        if sample.has(f"{before}convo_id") and (sample.has(f"{before}original") or sample.has(f"{before}scenario")):
            return 0.95
    return 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a conversation of ABCD")
    splits = [record[split] for split in SPLITS if isinstance(record.get(split), list)]
    if "original" in record or not splits:
        yield _call(record, context)
        return
    for index, each in enumerate(each for split in splits for each in split):
        try:
            yield _call(object_of(each, "a conversation of ABCD"), context)
        except UnreadableError as error:
            context.skip(None, f"conversation {index}: {error}")


def _call(record: dict[str, Any], context: Context) -> RawCall:
    rows = record.get("original")
    if not isinstance(rows, list):
        raise UnreadableError(f"'original' is {shown(rows)} and not a list of rows such as ['agent', 'Hi!']")
    turns = [RawTurn(row[0], row[1]) for row in rows if _is_row(row)]
    if not turns:
        raise UnreadableError("'original' has no row of a speaker and a text")
    notes = []
    if len(turns) < len(rows):
        notes.append(f"{len(rows) - len(turns)} of {len(rows)} rows are not a speaker and a text; left out")
    scenario = members(record.get("scenario"))
    fields = {"channel": "chat", "flow": text_in(scenario, "flow"), "subflow": text_in(scenario, "subflow")}
    return RawCall(id_of([record.get("convo_id")], context), turns, present(fields), notes=notes)


def _is_row(row: Any) -> bool:
    return isinstance(row, list) and len(row) == 2 and all(isinstance(cell, str) for cell in row)


FORMAT = Format(
    name="abcd",
    vendor="ASAPP",
    title="Action-Based Conversations Dataset (ABCD)",
    description="The chats of the dataset, as a list or in its splits; what the agent did becomes other",
    keeps=("call_id", "channel", "flow", "subflow"),
    export="Take data/abcd_v1.1.json.gz or data/abcd_sample.json from https://github.com/asappresearch/abcd.",
    example=EXAMPLE,
    matches=_matches,
    read=partial(calls_of, _calls),
)
