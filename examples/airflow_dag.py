"""The nightly job as a DAG of Apache Airflow 3.2 or newer; put this file into the folder of DAGs.

Change: `ESCALERT` and `CONFIG`, the schedule, and where secrets come from: the worker's environment has to hold the
variables that nightly.toml names as env:NAME. The worker needs escalert in an environment of its own, so that its
packages and Airflow's do not have to agree. In Airflow 3.0 and 3.1 AirflowFailException is in airflow.exceptions.
"""

from __future__ import annotations

import logging
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

ESCALERT = "/opt/escalert/bin/escalert"
CONFIG = "/srv/escalert/nightly.toml"

PASSABLE = {5: "some inputs were skipped", 7: "deliveries are pending; the next run sends them"}
"""The night is done: the task succeeds, with a warning in its log."""
LASTING = {
    2: "wrong usage or configuration",
    3: "nothing could be read",
    4: "the model cannot be used",
    6: "the model drifted",
    10: "many missed escalations",
}
"""To try again would change nothing. All other codes fail the task, and it is tried again."""

log = logging.getLogger(__name__)


class NightFailedError(Exception):
    """The command ended with a code that is neither 0 nor passable.

    Attributes
    ----------
    code : int
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"escalert nightly ended with exit code {code}: {LASTING.get(code, 'see its log above')}")
        self.code = code


def run_night(night: str, *options: str, escalert: str = ESCALERT, config: str = CONFIG) -> int:
    """Run the job for a night and give its exit code; it knows nothing of Airflow.

    Parameters
    ----------
    night : str
        A date such as ``2026-03-02``. A second run of the same night goes on with it.
    options : str
        Further options, such as ``--fail-on-drift``.

    Raises
    ------
    NightFailedError
        Unless the code is 0 or one of `PASSABLE`.
    """
    command = [escalert, "nightly", "--config", config, "--date", night, "--log-json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            for line in process.stdout or ():
                log.info("%s", line.rstrip())
        except BaseException:
            # The task is being stopped: so is the run, which gives its lease back.
            process.terminate()
            raise
    if process.returncode in PASSABLE:
        log.warning("exit code %d: %s", process.returncode, PASSABLE[process.returncode])
    elif process.returncode:
        raise NightFailedError(process.returncode)
    return process.returncode


@dag(
    schedule="30 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 5, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(hours=8)},
    tags=["escalert"],
)
def escalert_nightly() -> None:
    """Find the missed escalations of the day."""

    @task
    def night() -> int:
        context = get_current_context()
        try:
            return run_night(context["dag_run"].run_after.date().isoformat())
        except NightFailedError as error:
            if error.code in LASTING:
                raise AirflowFailException(str(error)) from error
            raise

    night()


escalert_nightly()
