"""The configuration of a training, as read from ``train.toml``.

Every key has a default and an explanation; unknown keys are refused with the list of those that exist.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from escalert.errors import UsageError

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
Ngrams = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(_Section):
    """Which calls are trained on, and which are kept for the held-out metrics."""

    taxonomy: Path | None = Field(None, description="a TOML file with triggers of your own, added to the package's")
    test_share: Share = Field(0.2, description="share of the groups kept for the held-out metrics, never trained on")
    split_by: Literal["author", "call"] = Field("author", description="what stays together in splits and folds")
    splits: Path | None = Field(None, description="a JSON file {author: train|validation|test}; overrules test_share")
    min_examples: int = Field(20, ge=4, description="a label with fewer annotated examples is left out, with a warning")


class FeatureConfig(_Section):
    """The weight of each block of features; 0 leaves the block out."""

    words: Weight = Field(1.0, description="word n-grams of the turn")
    word_ngrams: Ngrams = Field((1, 2), description="their shortest and longest length")
    min_turns_word: int = Field(2, ge=1, description="turns a word n-gram must occur in; 1 under 10,000 turns")
    characters: Weight = Field(1.0, description="character n-grams of the turn, across word borders")
    character_ngrams: Ngrams = Field((2, 5), description="their shortest and longest length")
    character_bits: int = Field(19, ge=10, le=24, description="their hashed columns, as a power of two")
    before: Weight = Field(0.35, description="words of the turn before")
    after: Weight = Field(0.35, description="words of the turn after")
    own_before: Weight = Field(0.2, description="words of the same speaker's turn before")
    style: Weight = Field(0.3, description="capitals, exclamation, elongation, masks, length")
    place: Weight = Field(0.3, description="place in the call, who speaks, who spoke before")
    cues: Weight = Field(0.5, description="hits of the taxonomy's cue phrases")


class NoiseConfig(_Section):
    """Copies of the training calls, damaged as recognisers do."""

    copies: int = Field(1, ge=0, le=4, description="damaged copies of every training call")
    word_error_rate: Share = Field(0.15, description="share of damaged words in them")
    speakers_lost: Share = Field(0.1, description="probability that a copy loses its speaker labels")
    speakers_swapped: Share = Field(0.03, description="share of turns given to the other side")
    masked_share: Share = Field(0.5, description="share of swear words masked")
    weight: Weight = Field(0.5, description="weight of a damaged turn beside an original one")


class ModelConfig(_Section):
    """The linear models."""

    turn_c: float = Field(0.3, gt=0, description="inverse strength of regularisation of the turn model")
    positive_weight: float = Field(
        1.5, gt=0, description="weight of a turn that bears the label beside one that does not"
    )
    contrast_weight: Weight = Field(1.0, description="weight of a stand-alone contrast turn beside a turn of a call")
    context_share: Share = Field(
        0.5, description="share of the second stage, over neighbours' scores, in the turn's score"
    )
    folds: int = Field(5, ge=2, description="folds of the out-of-fold predictions for calibration and thresholds")
    call_c: float = Field(0.1, gt=0, description="inverse strength of regularisation of the call model")
    seed: int = Field(7, description="seed of all that is drawn at random")
    workers: int = Field(2, ge=1, description="processes that fit folds side by side")


class ThresholdConfig(_Section):
    """How a label's threshold is chosen on the out-of-fold predictions."""

    objective: Literal["f1", "precision", "recall", "flags_per_1000"] = Field(
        "f1",
        description="best F1; best recall at this precision; best precision at this recall; at most this many flags",
    )
    at_least: Share = Field(0.8, description="the precision or recall to reach, for those objectives")
    at_most: float = Field(50, gt=0, description="flags per 1,000 calls, for that objective")
    calm_weight: float = Field(
        2.0, ge=1, description="how much a false flag counts on a call without any trigger, beside one on another call"
    )
    labels: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description='other objectives for single labels, e.g. profanity = {objective = "recall", at_least = 0.9}',
    )


class PriorityConfig(_Section):
    """The rule of priority: points are the weights of the flagged triggers, added up."""

    urgent_points: float = Field(6.0, description="a missed escalation of at least so many points is urgent")
    normal_points: float = Field(
        1.0, description="a call without a missed escalation is normal from so many points on, else none"
    )


class TrainConfig(_Section):
    """All of ``train.toml``."""

    data: DataConfig = DataConfig()
    features: FeatureConfig = FeatureConfig()
    noise: NoiseConfig = NoiseConfig()
    model: ModelConfig = ModelConfig()
    thresholds: ThresholdConfig = ThresholdConfig()
    priority: PriorityConfig = PriorityConfig()


def load_config(path: Path | None = None) -> TrainConfig:
    """Read a training configuration; None gives the defaults.

    Raises
    ------
    UsageError
        If the file cannot be read, or with all its problems at once: unknown keys, with the list of known
        ones, and impossible values.
    """
    if path is None:
        return TrainConfig()
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: the configuration cannot be read: {error}") from error
    try:
        return TrainConfig.model_validate(tables)
    except ValidationError as error:
        raise UsageError(f"{path}: " + "; ".join(_problem(found) for found in error.errors())) from error


def _problem(found: Any) -> str:
    place = ".".join(str(part) for part in found["loc"])
    if found["type"] != "extra_forbidden":
        return f"{place}: {found['msg'].lower()}, found {found['input']!r}"
    section: Any = TrainConfig
    for part in found["loc"][:-1]:
        section = section.model_fields[part].annotation
    return f"{place} is unknown; known here are: {', '.join(section.model_fields)}"
