"""A night as a run of MLflow, if `[tracking] mlflow` asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from escalert.errors import EscalertError
from escalert.nightly.config import NightlyConfig
from escalert.nightly.night import Watch
from escalert.nightly.store import RunEntry


def track_night(config: NightlyConfig, run: RunEntry, watch: Watch) -> str:
    """Log a finished night to MLflow; one that is logged already is brought up to date.

    Its metrics are ``count/NAME``, ``warnings``, ``drift/FIGURE/STATISTIC``, ``flag_rate/TRIGGER`` and the control
    limits of the latter, ``flag_rate/TRIGGER/low`` and ``…/high``. Without ``MLFLOW_TRACKING_URI`` they go to
    ``mlflow.db`` beside the configuration.

    Returns
    -------
    str
        Why it could not be logged, empty if it was or was not asked for: the night is no less done without it.
    """
    if not config.tracking.mlflow:
        return ""
    try:
        from escalert.tracking import log_night

        tags = {"model": run.model_name, "model_version": run.model_version, "night": run.for_date.isoformat()}
        log_night(run.run_id, config.tracking.experiment, tags, dict(night_metrics(run, watch)), config.folder)
    except (EscalertError, OSError) as error:
        return f"the night was not logged to MLflow: {error}"
    return ""


def night_metrics(run: RunEntry, watch: Watch) -> Iterator[tuple[str, float]]:
    """Give the figures of a night under the names that MLflow shows."""
    for name, count in run.counts.items():
        yield f"count/{name}", count
    yield "warnings", len(watch.warnings)
    for figure in watch.figures:
        yield f"drift/{figure.name}/{figure.statistic}", figure.value
    for rate in watch.rates:
        yield f"flag_rate/{rate.label}", rate.rate
        for name, limit in (("low", rate.low), ("high", rate.high)):
            if limit is not None:
                yield f"flag_rate/{rate.label}/{name}", limit
