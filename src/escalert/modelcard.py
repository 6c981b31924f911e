"""Write the model card of a model folder (Mitchell et al. 2019, "Model cards for model reporting")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalert.taxonomy import Taxonomy

FIGURES = ("precision", "recall", "f1", "average_precision", "calibration_error")


def render_model_card(name: str, facts: Mapping[str, Any], metrics: Mapping[str, Any], taxonomy: Taxonomy) -> str:
    """Give the card in Markdown.

    Parameters
    ----------
    facts : mapping
        As `escalert.train.training_facts` gives them.
    metrics : mapping
        ``held_out`` and ``rules``: evaluations as plain data, or None.
    """
    parts = [f"# Model card: {name}", _purpose(taxonomy), _data(facts), _results(metrics), LIMITS]
    return "\n\n".join(parts) + "\n"


def _purpose(taxonomy: Taxonomy) -> str:
    labels = "\n".join(f"- `{trigger.name}` ({trigger.group}): {trigger.meaning}" for trigger in taxonomy)
    return (
        "## What it is for\n\nIt reads transcripts of customer-service calls and says which turns bear an escalation "
        "trigger, whether an escalation was warranted, whether one took place, and so whether it was missed. It ranks "
        f"calls for people to review; it decides nothing about customers or agents.\n\n{labels}"
    )


def _data(facts: Mapping[str, Any]) -> str:
    data = facts["data"]
    rows = [
        f"| {part} | {data[part]['calls']} | {data[part]['turns']} | {data[part]['contrast_turns']} | "
        f"{data[part]['authors']} | `{data[part]['fingerprint'][:12]}` |"
        for part in ("train", "test")
    ]
    head = "| part | calls | turns | contrast turns | authors | fingerprint |\n|---|---|---|---|---|---|\n"
    left_out = ", ".join(facts["labels_left_out"]) or "none"
    return (
        f"## Data\n\n{head}" + "\n".join(rows) + f"\n\nSplit: {data['split']}. The test part was never trained on. "
        f"Labels left out for want of examples: {left_out}. Seed {facts['seed']}."
    )


def _results(metrics: Mapping[str, Any]) -> str:
    held_out = metrics.get("held_out")
    if not held_out:
        return "## Results\n\nNo calls were held out, so nothing is known of its quality."
    summary = "\n".join(f"- {figure}: {value}" for figure, value in held_out["summary"].items())
    tables = [f"### {level.capitalize()}\n\n{_table(held_out[level])}" for level in ("turns", "calls")]
    count = f"{held_out['n_calls']} held-out calls, {held_out['n_turns']} turns"
    return (
        f"## Results\n\nOn {count}; brackets are 95 % intervals by bootstrap over calls.\n\n{summary}\n\n"
        + "\n\n".join(tables)
    )


def _table(metrics: Mapping[str, Any]) -> str:
    head = "| label | n | " + " | ".join(FIGURES) + " |\n" + "|---" * (len(FIGURES) + 2) + "|\n"
    return head + "\n".join(
        f"| {label} | {found['support']} | " + " | ".join(_figure(found, figure) for figure in FIGURES) + " |"
        for label, found in metrics.items()
    )


def _figure(found: Mapping[str, Any], figure: str) -> str:
    value, interval = found[figure], found["intervals"].get(figure)
    if value is None:
        return "–"
    return f"{value:.2f}" + (f" [{interval[0]:.2f}, {interval[1]:.2f}]" if interval and interval[0] is not None else "")


LIMITS = """## Limits

- English only. Other languages, and dialects far from the training data, are served worse.
- It reads words: tone of voice, shouting and crying are seen only where the transcript shows them.
- Transcripts with wrong or missing speaker labels cost accuracy; verdicts carry a warning where no speaker is known.
- Sarcasm, quotations and understatement are often missed.
- Probabilities are calibrated on calls like the training data; with other shares of troubled calls they shift.

## Ethical notes

- Transcripts are personal data: keep them, and the quotes in reports, as your rules for call recordings say.
- Do not rate agents by flags: a flag says what a customer brought into the call, not what an agent did wrong.
- Accuracy may differ by dialect and first language; check the slices, and label calls of your own to measure it.
- `model.joblib` executes code when it is loaded. The hash in the manifest shows damage, not malice: load only
  models that you or people you trust have made."""
