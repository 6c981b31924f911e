"""A model folder as MLflow loads it: a table of turns in, a verdict for every turn out.

MLflow calls `_load_pyfunc` by this module's name, which is written into each logged model; nothing is pickled beside
the model folder itself. The module does not import MLflow.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from escalert.classifier import EscalationClassifier
from escalert.readers.building import RawCall, RawTurn, build_call
from escalert.readers.format import Context, Sample
from escalert.readers.speakers import Roles
from escalert.records import Call, CallVerdict
from escalert.writers import flat_row

TURN_COLUMNS = {"call_id": "string", "turn": "long", "speaker": "string", "text": "string"}
TIME_COLUMNS = {"start": "double", "end": "double"}
"""May be left out; seconds from the start of the call."""
MAYBE_ABSENT = ("first_turn", "first_start_s")
NOT_IN_TURNS = ("queue", "channel", "agent_id", "started_at")
EXAMPLE = pd.DataFrame(
    [
        ("call-1", 0, "agent", "thanks for calling how can i help", 0.0, 2.4),
        ("call-1", 1, "customer", "this is the third time i've called get me your supervisor", 2.9, 6.1),
        ("call-2", 0, "agent", "good morning what can i do for you", 0.0, 2.0),
        ("call-2", 1, "customer", "i would like to change my address please", 2.3, 4.5),
    ],
    columns=[*TURN_COLUMNS, *TIME_COLUMNS],
)


class VerdictModel:
    """An escalert model with the interface that MLflow expects of a Python function.

    Parameters
    ----------
    classifier : EscalationClassifier
        Trained.
    """

    def __init__(self, classifier: EscalationClassifier) -> None:
        self.classifier = classifier

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Score a table of turns as `score_table` does; None stands for NaN, which JSON does not know.

        Parameters
        ----------
        params : dict, optional
            MLflow's, and not used.
        """
        answer = score_table(self.classifier, model_input)
        for name in MAYBE_ABSENT:
            answer[name] = answer[name].astype(object).where(answer[name].notna(), None)
        return answer


def _load_pyfunc(data_path: str) -> VerdictModel:
    return VerdictModel(EscalationClassifier.load(data_path))


def score_table(classifier: EscalationClassifier, turns: pd.DataFrame) -> pd.DataFrame:
    """Score a table of turns.

    Parameters
    ----------
    turns : DataFrame
        With `TURN_COLUMNS` and, if known, `TIME_COLUMNS`; rows in any order. `turn` gives the order within a call. All
        turns of a call must be in the same table.

    Returns
    -------
    DataFrame
        The same number of rows in the same order: the labels of the row's turn, and the verdict of its call.

    Raises
    ------
    UnreadableError
        If a row has no call id.
    """
    if turns.empty:
        return score_table(classifier, EXAMPLE).iloc[:0]
    table = turns.reset_index(drop=True)
    table = table.astype(object).where(table.notna(), None)
    groups = [rows for _, rows in table.sort_values("turn", kind="stable").groupby("call_id", sort=False, dropna=False)]
    context = Context("table", "", Sample(""), Roles(), on_problem=lambda problem: None)
    verdicts = classifier.score((_call(rows, context) for rows in groups), turns=True)
    found: dict[int, dict[str, Any]] = {}
    for rows, verdict in zip(groups, verdicts, strict=True):
        found.update(zip(rows.index, _rows(verdict, rows["turn"].tolist()), strict=True))
    answer = pd.DataFrame([found[place] for place in range(len(table))])
    return answer.astype({"turn": "int64", **dict.fromkeys(MAYBE_ABSENT, "float64")})


def _call(rows: pd.DataFrame, context: Context) -> Call:
    """Make a call of its rows, checked and mended as the readers of files do it."""
    records = rows.to_dict("records")
    turns = [RawTurn(row["speaker"], row["text"], row.get("start"), row.get("end")) for row in records]
    return build_call(RawCall(records[0]["call_id"], turns), context)


def _rows(verdict: CallVerdict, numbers: list[int]) -> list[dict[str, Any]]:
    whole = {name: value for name, value in flat_row(verdict).items() if name not in NOT_IN_TURNS}
    labels = [" ".join(score.labels) for score in verdict.turns or ()]
    return [
        {"call_id": verdict.call_id, "turn": number, "turn_labels": found, **whole}
        for number, found in zip(numbers, labels, strict=True)
    ]
