"""The sections of ``nightly.toml`` and their keys, each with its explanation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from escalert.errors import UsageError
from escalert.nightly.record_sections import RecordSource
from escalert.nightly.secrets import SecretOrUrl
from escalert.nightly.section import FilePath, Section, folder_of
from escalert.records import Speaker

if TYPE_CHECKING:
    from escalert.readers import ReadOptions

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Kind = Literal["card", "account", "ssn", "email", "phone"]


class InputConfig(Section):
    """What is read."""

    paths: tuple[FilePath, ...] = Field(
        (Path("transcripts"),), min_length=1, description="files, folders (with all below) and patterns of transcripts"
    )
    exclude: tuple[FilePath, ...] = Field(
        (),
        description="files, folders and patterns among them that are passed over; what the job itself writes always is",
        examples=[["transcripts/old"]],
    )
    format: str | None = Field(
        None, description="the format of all files; otherwise told by content", examples=["csv-turns"]
    )
    speakers: dict[Speaker, tuple[str, ...]] = Field(
        default_factory=dict, description="names of the roles", examples=[{"agent": ["CSR", "Rep"]}]
    )
    agent_channel: str | None = Field(
        None, description="the channel of recordings on which the agent speaks", examples=["0"]
    )
    name_pattern: str | None = Field(
        None,
        description="a regular expression that takes fields from file names",
        examples=[r"(?P<agent_id>A\d+)_(?P<call_id>.+)[.]json"],
    )
    keep: tuple[str, ...] = Field((), description="steps of cleaning recognisers' output not to be done, or all")
    records: tuple[RecordSource, ...] = Field(
        (), description="where the records of telephony or CRM come from; may be repeated"
    )

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        from escalert.readers import format_named
        from escalert.readers.dirt import Cleaner
        from escalert.readers.filenames import FileNames

        checks: tuple[tuple[Callable[[Any], object], object], ...] = (
            (format_named, self.format),
            (Cleaner, self.keep),
            (FileNames, self.name_pattern),
        )
        found = []
        for check, value in checks:
            try:
                if value:
                    check(value)
            except UsageError as error:
                found.append(str(error))
        if found:
            raise ValueError("; ".join(found))
        return self

    def reading_options(self) -> ReadOptions:
        """Give these keys as the options of `escalert.readers.read_calls`."""
        from escalert.readers import ReadOptions, parse_speakers

        return ReadOptions(
            speakers=parse_speakers([f"{role}={','.join(names)}" for role, names in self.speakers.items() if names]),
            format=self.format,
            agent_channel=self.agent_channel,
            name_pattern=self.name_pattern,
            keep=frozenset(self.keep),
        )


class StoreConfig(Section):
    """Where results are kept."""

    url: SecretOrUrl = Field(
        "sqlite:///escalert.db",
        description="an SQLite file (sqlite:///FILE) or a PostgreSQL database; with a password in it: env:NAME",
    )
    keep_days: int | None = Field(
        None,
        ge=0,
        description="texts and evidence of calls older than this are deleted; otherwise they are kept for ever",
        examples=[90],
    )
    lease_seconds: float = Field(
        120, gt=0, description="after so long without a sign of life, a run counts as dead and another may begin"
    )
    patience_seconds: float = Field(60, ge=0, description="how long a store that does not answer is tried again")


def _folder_if_there(name: str, info: ValidationInfo) -> str:
    folder = folder_of(info)
    return str(folder / name) if folder is not None and (folder / name).is_dir() else name


class ModelConfig(Section):
    """What scores."""

    name: Annotated[str, AfterValidator(_folder_if_there)] | None = Field(
        None,
        description="a model folder, a name in models/, or rules; otherwise the promoted model",
        examples=["models/demo"],
    )
    thresholds: dict[str, Share] = Field(
        default_factory=dict, description="thresholds that differ from the model's", examples=[{"profanity": 0.7}]
    )
    workers: int = Field(1, ge=1, description="processes that score side by side")


class MissedConfig(Section):
    """The list of missed escalations."""

    capacity: Count = Field(50, description="missed escalations listed in a night at most: what the team can look at")
    audit_sample: Count = Field(
        20, description="calls that were not flagged, drawn at random beside them, to estimate what is missed"
    )
    seed: int = Field(7, description="seed of that draw; the same night draws the same calls")


class RepeatConfig(Section):
    """Problems that come up again."""

    days: int = Field(14, ge=1, description="calls of one customer within so many days belong together")
    group_calls: int = Field(5, ge=2, description="flagged calls about the same thing are a group from so many on")
    examples: int = Field(5, ge=1, le=10, description="example calls of each group")


class DriftConfig(Section):
    """When the inputs or the probabilities count as drifted from those of the training."""

    psi: float = Field(0.25, gt=0, description="population stability index of a feature or probability")
    ks: Share = Field(0.2, description="Kolmogorov-Smirnov distance of the same")
    unknown_words: Share = Field(0.1, description="rise of the share of words that the training did not hold")
    unknown_speakers: Share = Field(0.2, description="rise of the share of turns of an unknown speaker")
    weeks: int = Field(8, ge=2, description="weeks that the control limits of the flag rates rest on")
    sigmas: float = Field(3.0, gt=0, description="width of the control limits, in standard errors")
    min_calls: int = Field(100, ge=1, description="nights of fewer calls are not judged")


class PrivacyConfig(Section):
    """What is taken out of evidence that leaves the machine: report, CSV, JSON, webhooks, mail."""

    redact: bool = Field(True, description="whether it is redacted at all")
    kinds: tuple[Kind, ...] = Field(
        ("card", "account", "ssn", "email", "phone"), description="what is redacted, written or spoken"
    )
    region: str = Field("US", pattern="^[A-Z]{2}$", description="country of phone numbers without a country code")


class TrackingConfig(Section):
    """The nights in MLflow."""

    mlflow: bool = Field(False, description="whether each night is an MLflow run (extra track, MLFLOW_TRACKING_URI)")
    experiment: str = Field("escalert-nightly", description="its experiment")
