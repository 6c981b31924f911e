"""Track trainings in MLflow, and move models through its registry. The only module that imports mlflow.

Nothing leaves the machine: the store is ``sqlite:///mlflow.db`` unless ``MLFLOW_TRACKING_URI`` says otherwise, and
MLflow's telemetry is switched off before it is imported.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import Any

import pandas as pd

from escalert.classifier import EscalationClassifier
from escalert.compare import Comparison
from escalert.errors import MissingExtraError, UsageError
from escalert.evaluate import Evaluation
from escalert.evaluation_page import write_evaluation
from escalert.persistence import library_versions, read_manifest
from escalert.records import Call
from escalert.train import Training, training_facts
from escalert.verdict_model import EXAMPLE, TIME_COLUMNS, TURN_COLUMNS, score_table

for _name, _value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # a server that is down is noticed in seconds, not in four minutes
    "GIT_PYTHON_REFRESH": "quiet",
}.items():
    os.environ.setdefault(_name, _value)
try:
    import mlflow
    from mlflow.exceptions import MlflowException
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types import ColSpec, Schema
    from mlflow.utils.logging_utils import MLFLOW_LOGGING_STREAM
except ImportError as error:
    raise MissingExtraError("mlflow", "track") from error

SQLITE, DEFAULT_FILE = "sqlite:///", "mlflow.db"
DEFAULT_STORE = SQLITE + DEFAULT_FILE
STORE_VARIABLE = "MLFLOW_TRACKING_URI"
REGISTERED_NAME = "escalert"
FOLDER_TAG, HASH_TAG, NIGHT_TAG = "escalert.folder", "escalert.sha256", "escalert.night"
METRICS = ("precision", "recall", "f1", "average_precision", "brier", "calibration_error", "support")
MODEL_PAPERS = ("README.md", "manifest.json", "metrics.json")
"""What a run keeps of the model folder; the whole of it is in the logged model."""


@contextmanager
def _mlflow() -> Iterator[None]:
    """Keep MLflow's log lines and warnings off the terminal, unless for ``--verbose``, and word its errors."""
    logger, is_quiet = logging.getLogger("mlflow"), not logging.getLogger().isEnabledFor(logging.INFO)
    level, was_enabled = logger.level, MLFLOW_LOGGING_STREAM.enabled
    try:
        with warnings.catch_warnings():
            if is_quiet:
                logger.setLevel(logging.ERROR)
                MLFLOW_LOGGING_STREAM.enabled = False
                warnings.simplefilter("ignore")
            yield
    except MlflowException as error:
        address = os.environ.get(STORE_VARIABLE) or DEFAULT_STORE
        raise UsageError(f"the MLflow store {address} cannot be used: {shorten(error.message, 240)}") from error
    finally:
        logger.setLevel(level)
        MLFLOW_LOGGING_STREAM.enabled = was_enabled


@_mlflow()
def use_store(experiment: str | None = None, folder: Path | None = None) -> str:
    """Point MLflow to its store, make sure that it answers, and give its address.

    Parameters
    ----------
    experiment : str, optional
        The experiment of the runs to come. A new one keeps its artefacts beside the database, if that is a file.
    folder : Path, optional
        Where the store lies if ``MLFLOW_TRACKING_URI`` names none; by default the working folder.

    Raises
    ------
    UsageError
        If the store cannot be reached, or was made by another version of MLflow.
    """
    named = os.environ.get(STORE_VARIABLE)
    beside = f"{SQLITE}{folder / DEFAULT_FILE}" if folder else DEFAULT_STORE
    database = _database(named or beside)
    mlflow.set_tracking_uri(named or f"sqlite:///{database}")
    if not named:
        os.environ.pop(STORE_VARIABLE, None)  # MLflow sets it, and it would outlast a change of the working folder
    mlflow.search_experiments(max_results=1)
    if experiment is not None:
        if database and mlflow.get_experiment_by_name(experiment) is None:
            mlflow.create_experiment(experiment, artifact_location=str(database.parent / "mlruns"))
        mlflow.set_experiment(experiment)
    return named or beside


@_mlflow()
def log_training(training: Training, folder: Path, experiment: str) -> dict[str, str]:
    """Log a training as a run, and register its model as the challenger.

    Parameters
    ----------
    folder : Path
        The saved model folder; it becomes the data of the registered model.

    Returns
    -------
    dict
        ``run_id``, ``version`` and ``store``.
    """
    store = use_store(experiment)
    facts = training_facts(training)
    with mlflow.start_run(run_name=folder.name) as run:
        mlflow.log_params(_flatten(facts["config"]))
        mlflow.log_params({"labels": " ".join(facts["labels"]), "split": facts["data"]["split"]})
        mlflow.set_tags({FOLDER_TAG: folder.name, "git_commit": read_manifest(folder)["git_commit"] or "none"})
        for part, calls in (("train", training.split.train), ("test", training.split.test)):
            log_calls(calls, part, facts["data"][part])
        if training.evaluation is not None:
            log_evaluation(training.evaluation, training.baseline)
        for name in MODEL_PAPERS:
            mlflow.log_artifact(str(folder / name), "model_folder")
        version = _log_model(folder)
    return {"run_id": run.info.run_id, "version": version, "store": store}


@_mlflow()
def log_calls(calls: Sequence[Call], part: str, facts: Mapping[str, Any]) -> None:
    """Log labelled calls as a dataset of the active run: their fingerprint and counts, not their texts.

    Parameters
    ----------
    part : str
        ``train`` or ``test``.
    facts : mapping
        The fingerprint, and the counts of `escalert.dataset.count_labels`.
    """
    if not calls:
        return
    turns = [(call.call_id, turn.speaker, turn.text) for call in calls for turn in call.turns]
    table = pd.DataFrame(turns, columns=["call_id", "speaker", "text"])
    files = {Path(call.origin.rpartition(":")[0]) for call in calls}
    places = files if len(files) == 1 else {path.parent for path in files}
    source = ", ".join(sorted(map(str, places)))
    digest = facts["fingerprint"][:32]  # MLflow's column holds 36 characters
    dataset = mlflow.data.from_pandas(table, source=source, name=f"calls-{part}", digest=digest)
    mlflow.log_input(dataset, context=part, tags={name: str(value) for name, value in _flatten(facts).items()})
    counts = ("fingerprint", "calls", "turns", "contrast_turns", "authors")
    mlflow.log_params({f"{part}_{name}": facts[name] for name in counts})


@_mlflow()
def log_evaluation(evaluation: Evaluation, baseline: Evaluation | None = None) -> None:
    """Log an evaluation to the active run: its metrics, its plots and its page, the baseline's beside them."""
    mlflow.log_metrics(flat_metrics(evaluation))
    if baseline is not None:
        mlflow.log_metrics({f"rules/{name}": value for name, value in flat_metrics(baseline).items()})
    with tempfile.TemporaryDirectory() as scratch:
        write_evaluation(Path(scratch), evaluation, baseline)
        mlflow.log_artifacts(scratch, "evaluation")


@_mlflow()
def log_promotion(folder: Path, outcome: str, comparison: Comparison | None, present: str | None) -> str | None:
    """Log what came of an attempt to promote a model; unless it was refused, make its version the champion.

    Parameters
    ----------
    outcome : str
        ``promoted``, ``forced`` or ``refused``.
    present : str or None
        The name of the model that it was compared with.

    Returns
    -------
    str or None
        The registered version; None if the folder's training was not tracked in this store.
    """
    database = _database(os.environ.get(STORE_VARIABLE) or DEFAULT_STORE)
    if database and not database.exists():
        return None
    use_store()
    client = mlflow.MlflowClient()
    wanted = f"name = '{REGISTERED_NAME}' and tags.`{HASH_TAG}` = '{read_manifest(folder)['sha256']}'"
    found = max(client.search_model_versions(wanted), key=lambda version: int(version.version), default=None)
    if found is None:
        return None
    if comparison is not None:
        for name, value in comparison.to_dict().items():
            client.log_metric(found.run_id, f"promotion/{name}", value)
    for name, text in {"promotion": outcome, "promotion.against": present or "none"}.items():
        client.set_tag(found.run_id, name, text)
    if outcome != "refused":
        client.set_registered_model_alias(REGISTERED_NAME, "champion", found.version)
    return str(found.version)


@_mlflow()
def log_night(
    name: str, experiment: str, tags: Mapping[str, str], metrics: Mapping[str, float], folder: Path | None = None
) -> None:
    """Log a night of the nightly job as a run of its own; the same night again is the same run, with new figures.

    Parameters
    ----------
    name : str
        The run of the job; one of this name in the experiment is taken up again.
    folder : Path, optional
        As for `use_store`.
    """
    use_store(experiment, folder)
    wanted = f"tags.`{NIGHT_TAG}` = '{name}'"
    found = mlflow.search_runs([], wanted, max_results=1, output_format="list", experiment_names=[experiment])
    with mlflow.start_run(**({"run_id": found[0].info.run_id} if found else {"run_name": name})):
        mlflow.set_tags({NIGHT_TAG: name, **tags})
        mlflow.log_metrics(dict(metrics))


def _log_model(folder: Path) -> str:
    scored = score_table(EscalationClassifier.load(folder), EXAMPLE)
    inputs = [ColSpec(kind, name) for name, kind in TURN_COLUMNS.items()]
    inputs += [ColSpec(kind, name, required=False) for name, kind in TIME_COLUMNS.items()]
    outputs = infer_signature(model_output=scored).outputs
    versions = library_versions()
    logged = mlflow.pyfunc.log_model(
        name="model",
        loader_module="escalert.verdict_model",
        data_path=str(folder),
        signature=ModelSignature(Schema(inputs), outputs),
        input_example=EXAMPLE,
        pip_requirements=[f"{name}=={versions[name]}" for name in ("escalert", "scikit-learn", "numpy", "spacy")],
    )
    with _mlflow():  # which log_model has made loud again
        tags = {FOLDER_TAG: folder.name, HASH_TAG: read_manifest(folder)["sha256"]}
        registered = mlflow.register_model(logged.model_uri, REGISTERED_NAME, tags=tags)
    mlflow.MlflowClient().set_registered_model_alias(REGISTERED_NAME, "challenger", registered.version)
    return str(registered.version)


def flat_metrics(evaluation: Evaluation) -> dict[str, float]:
    """Give the summary under plain names, and each label's metrics as ``turns/profanity/f1``; NaN is left out."""
    found = dict(evaluation.summary)
    for level, metrics in (("turns", evaluation.turns), ("calls", evaluation.calls)):
        found |= {f"{level}/{label}/{name}": getattr(each, name) for label, each in metrics.items() for name in METRICS}
    return {name: float(value) for name, value in found.items() if value == value}


def _database(address: str) -> Path | None:
    """Give the file of a SQLite store, None for any other store."""
    path = address.removeprefix(SQLITE)
    return None if path == address or not path else Path(path).resolve()


def _flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            found |= _flatten(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found
