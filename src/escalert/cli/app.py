"""The application: its commands, and how errors become one line and an exit code."""

from __future__ import annotations

import sys
from typing import Any

import typer

from escalert.cli import (
    convert,
    demo,
    evaluate,
    explain,
    formats,
    missed,
    models,
    nightly,
    runs,
    score,
    show,
    train,
    trends,
)
from escalert.cli.console import INTERRUPTED, USAGE, code_of, show_error
from escalert.errors import EscalertError, MissingExtraError

HELP = """Find escalation triggers in call transcripts, and the escalations that were warranted and missed.

Exit codes: 0 done · 2 wrong usage · 3 nothing could be read · 4 the model cannot be used ·
5 done, but some inputs were skipped · 130 interrupted. Of the nightly job, too: 6 drift, with --fail-on-drift ·
7 deliveries are pending · 8 another run holds the lease · 9 the store cannot be used · 10 many missed escalations, with
--fail-on-missed."""

NIGHTLY_PACKAGES = ("sqlalchemy", "alembic", "stdnum", "phonenumbers", "prometheus_client")
"""What the extra ``nightly`` brings."""

REFUSED: Any = typer.BadParameter.__mro__[1]
"""click's ``UsageError``, whether this typer carries click inside or beside it."""

app = typer.Typer(
    name="escalert",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("train")(train.train_command)
app.command("evaluate")(evaluate.evaluate_command)
app.command("score")(score.score_command)
app.command("explain")(explain.explain_command)
app.command("triggers")(show.triggers_command)
app.command("formats")(formats.formats_command)
app.command("convert")(convert.convert_command)
app.command("models")(models.models_command)
app.command("promote")(models.promote_command)
app.command("demo")(demo.demo_command)
app.command("nightly")(nightly.nightly_command)
app.command("runs")(runs.runs_command)
app.command("missed")(missed.missed_command)
app.command("trends")(trends.trends_command)


def main() -> None:
    """Run the command line."""
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code; without arguments, list the commands."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(given or ["--help"], standalone_mode=False)
    except REFUSED as error:
        error.show()
        return USAGE
    except (typer.Abort, KeyboardInterrupt):
        show_error("interrupted; what was complete is kept, nothing is half-written")
        return INTERRUPTED
    except EscalertError as error:
        show_error(str(error))
        return code_of(error)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in NIGHTLY_PACKAGES:
            raise
        show_error(str(MissingExtraError(package, "nightly")))
        return USAGE
    except OSError as error:
        show_error(f"{error.filename or 'a file'}: {error.strerror or error}")
        return USAGE
    return code if isinstance(code, int) else 0
