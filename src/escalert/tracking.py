"""Track trainings in MLflow, and move models through its registry. The only module that imports mlflow.

Nothing leaves the machine: the store is ``sqlite:///mlflow.db`` unless ``MLFLOW_TRACKING_URI`` says otherwise,
and MLflow's telemetry is switched off before it is imported.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from escalert.classifier import EscalationClassifier
from escalert.compare import Comparison
from escalert.errors import MissingExtraError
from escalert.evaluation_page import evaluation_sections
from escalert.persistence import library_versions, read_manifest
from escalert.plots import evaluation_plots
from escalert.records import Call, Turn
from escalert.report.evaluation import write_evaluation_page
from escalert.train import Training, training_facts
from escalert.writers import flat_row

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
try:
    import mlflow
    from mlflow.models import infer_signature
except ImportError as error:
    raise MissingExtraError("mlflow", "track") from error

DEFAULT_STORE = "sqlite:///mlflow.db"
REGISTERED_NAME = "escalert"
FOLDER_TAG = "escalert.folder"
TURN_COLUMNS = ("call_id", "turn", "speaker", "text", "start", "end")


class VerdictModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """An escalert model folder as an MLflow model: a table of turns in, a verdict for every turn's call out.

    The rows of the answer are those of the question, so that it can be used as a Spark UDF: each has the labels
    of its turn and the verdict of its call. A call's turns must come in one table.
    """

    def load_context(self, context: Any) -> None:
        """Load the model folder."""
        self.classifier = EscalationClassifier.load(context.artifacts["folder"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Score a table of turns with the columns call_id, turn, speaker, text and, if known, start and end."""
        return score_table(self.classifier, model_input)


def score_table(classifier: EscalationClassifier, turns: pd.DataFrame) -> pd.DataFrame:
    """Score a table of turns; the answer has the same rows in the same order."""
    table = turns.reset_index(drop=True)
    groups = list(table.groupby("call_id", sort=False))
    calls = [_call(str(call_id), rows.sort_values("turn", kind="stable")) for call_id, rows in groups]
    found: dict[int, dict[str, Any]] = {}
    for (_, rows), verdict in zip(groups, classifier.score(calls, turns=True), strict=True):
        row = flat_row(verdict)
        scores = verdict.turns or ()
        for place, score in zip(rows.sort_values("turn", kind="stable").index, scores, strict=True):
            found[place] = {"turn_labels": " ".join(score.labels), **row}
    answer = pd.DataFrame([found[place] for place in range(len(table))])
    for name in ("first_turn", "first_start_s"):
        answer[name] = pd.to_numeric(answer[name]).astype(float)
    return answer.fillna(dict.fromkeys(answer.select_dtypes("object"), ""))


def _call(call_id: str, rows: pd.DataFrame) -> Call:
    known = ("customer", "agent", "other")
    records = rows.to_dict("records")
    turns = tuple(
        Turn(
            row["speaker"] if row.get("speaker") in known else "unknown",
            str(row.get("text") or ""),
            _seconds(row.get("start")),
            _seconds(row.get("end")),
        )
        for row in records
    )
    return Call(call_id, turns)


def _seconds(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def use_store() -> str:
    """Point MLflow to its store, and give the store's address."""
    address = os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_STORE
    mlflow.set_tracking_uri(address)
    return address


def log_training(training: Training, folder: Path, experiment: str) -> dict[str, str]:
    """Log a training as a run, and register its model as the challenger.

    Parameters
    ----------
    folder : Path
        The saved model folder; it becomes the artefact of the registered model.

    Returns
    -------
    dict
        ``run_id``, ``version`` and ``store``.
    """
    store = use_store()
    mlflow.set_experiment(experiment)
    facts = training_facts(training)
    with mlflow.start_run(run_name=folder.name) as run:
        mlflow.log_params(_flatten(facts["config"]))
        mlflow.log_params({"labels": " ".join(facts["labels"]), "split": facts["data"]["split"]})
        mlflow.set_tags({FOLDER_TAG: folder.name, "git_commit": read_manifest(folder).get("git_commit") or "none"})
        for part, calls in (("train", training.split.train), ("test", training.split.test)):
            _log_calls(calls, part, facts["data"][part])
        _log_evaluations(training, folder)
        version = _log_model(folder)
    client = mlflow.MlflowClient()
    client.set_registered_model_alias(REGISTERED_NAME, "challenger", version)
    client.set_model_version_tag(REGISTERED_NAME, version, FOLDER_TAG, folder.name)
    return {"run_id": run.info.run_id, "version": version, "store": store}


def promote_version(folder: Path, comparison: Comparison | None, *, forced: bool) -> str | None:
    """Move the alias ``champion`` to the registered version of a model folder, and log the comparison.

    Returns
    -------
    str or None
        The version; None if the folder's training was not tracked in this store.
    """
    use_store()
    client = mlflow.MlflowClient()
    versions = client.search_model_versions(f"name = '{REGISTERED_NAME}'")
    found = [each for each in versions if each.tags.get(FOLDER_TAG) == folder.name]
    if not found:
        return None
    version = str(max(int(each.version) for each in found))
    run_id = next(each.run_id for each in found if str(each.version) == version)
    if comparison is not None and run_id:
        for name, value in comparison.to_dict().items():
            client.log_metric(run_id, f"promotion_{name}", value)
        client.set_tag(run_id, "promotion_forced", str(forced).lower())
    client.set_registered_model_alias(REGISTERED_NAME, "champion", version)
    return version


def _log_calls(calls: list[Call], part: str, facts: Mapping[str, Any]) -> None:
    rows = [
        (call.call_id, number, turn.speaker, turn.text, " ".join(turn.labels or ()))
        for call in calls
        for number, turn in enumerate(call.turns)
    ]
    table = pd.DataFrame(rows, columns=["call_id", "turn", "speaker", "text", "labels"])
    dataset = mlflow.data.from_pandas(
        table, source=f"escalert-{part}.jsonl", name=f"calls-{part}", digest=facts["fingerprint"][:32]
    )
    mlflow.log_input(dataset, context=part)
    mlflow.log_params(
        {f"{part}_{name}": facts[name] for name in ("fingerprint", "calls", "turns", "contrast_turns", "authors")}
    )


def _log_evaluations(training: Training, folder: Path) -> None:
    mlflow.log_artifacts(str(folder), "model_folder")
    for name, evaluation in (("", training.evaluation), ("rules_", training.baseline)):
        if evaluation is not None:
            mlflow.log_metrics({f"{name}{key}": value for key, value in evaluation.summary.items() if value == value})
            for level, metrics in (("turn", evaluation.turns), ("call", evaluation.calls)):
                mlflow.log_metrics(
                    {f"{name}{level}_{label}_f1": each.f1 for label, each in metrics.items() if each.support}
                )
    if training.evaluation is not None:
        for name, svg in evaluation_plots(training.evaluation.predictions).items():
            mlflow.log_text(svg, f"plots/{name}.svg")
        with tempfile.TemporaryDirectory() as scratch:
            page = Path(scratch) / "evaluation.html"
            write_evaluation_page(
                page,
                f"Evaluation of {folder.name}",
                evaluation_sections(training.evaluation, training.baseline),
            )
            mlflow.log_artifact(str(page))


def _log_model(folder: Path) -> str:
    example = pd.DataFrame(
        [
            ("call-1", 0, "agent", "thanks for calling how can i help", 0.0, 2.4),
            ("call-1", 1, "customer", "get me your supervisor please", 2.9, 4.4),
        ],
        columns=list(TURN_COLUMNS),
    )
    classifier = EscalationClassifier.load(folder)
    versions = library_versions()
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=VerdictModel(),
        artifacts={"folder": str(folder)},
        signature=infer_signature(example, score_table(classifier, example)),
        input_example=example,
        pip_requirements=[f"{name}=={versions[name]}" for name in ("escalert", "scikit-learn", "numpy", "spacy")],
        registered_model_name=REGISTERED_NAME,
    )
    return str(logged.registered_model_version)


def _flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            found |= _flatten(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found
