"""Model folders: write them whole, and load them only when everything about them is as it should be.

joblib files execute code when they are loaded. The hash in the manifest shows damage, not malice: load only
models that you or people you trust have made.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from escalert.errors import ModelError, UsageError
from escalert.wholefile import whole_file

FORMAT_VERSION = 1
FILES = ("model.joblib", "manifest.json", "metrics.json", "README.md")
DIGESTS_FILE = "trained-on.txt"
DEFAULT_FILE = "DEFAULT"
MUST_MATCH = ("scikit-learn",)
"""Packages whose exact version a model depends on: scikit-learn does not promise to load another's estimators."""

_NUMBERS = re.compile(r"\[\s+[-+0-9.eE]+(?:,\s+[-+0-9.eE]+)*\s+\]")


@dataclass(frozen=True)
class ModelFiles:
    """What a model folder holds beside the model itself.

    Attributes
    ----------
    facts : dict
        What the manifest says beside versions, hash and date: labels, thresholds, data, seed, reference.
    metrics : dict
    card : str
        The model card, in Markdown.
    trained_on : sequence of str
        Digests of the calls it was trained on, so that no comparison uses one of them.
    """

    facts: dict[str, Any]
    metrics: dict[str, Any]
    card: str
    trained_on: Sequence[str] = ()


def save_model(folder: Path, model: Any, files: ModelFiles) -> dict[str, Any]:
    """Write a model folder whole: the model, its manifest, its metrics and its card.

    Parameters
    ----------
    folder : Path
        Must not exist.

    Returns
    -------
    dict
        The manifest.
    """
    import joblib

    if folder.exists():
        raise UsageError(f"{folder} exists already: choose another --out or add --overwrite")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    try:
        joblib.dump(model, temporary / "model.joblib")
        manifest = {**_manifest(folder.name, temporary / "model.joblib"), **files.facts}
        (temporary / "manifest.json").write_text(_manifest_text(manifest), "utf-8")
        (temporary / "metrics.json").write_text(json.dumps(files.metrics, indent=2) + "\n", "utf-8")
        (temporary / "README.md").write_text(files.card, "utf-8")
        (temporary / DIGESTS_FILE).write_text("".join(f"{digest}\n" for digest in files.trained_on), "utf-8")
        temporary.chmod(0o755)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return manifest


def load_model(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Check a model folder, then unpickle its model.

    Returns
    -------
    model : object
    manifest : dict

    Raises
    ------
    ModelError
        If a file is missing, the hash differs, or the format or scikit-learn is another version; says what to do.
    """
    import joblib

    manifest = read_manifest(folder)
    _check_versions(folder, manifest)
    found = file_hash(folder / "model.joblib")
    if found != manifest["sha256"]:
        raise ModelError(
            f"{folder}/model.joblib is damaged or was replaced: its SHA-256 is {found[:12]}…, the manifest says "
            f"{manifest['sha256'][:12]}…; restore the folder from a copy or train again"
        )
    return joblib.load(folder / "model.joblib"), manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a model folder, without loading the model."""
    if not folder.is_dir():
        raise ModelError(
            f"there is no model folder {folder}: train one with 'escalert train --out {folder}', or use --model rules"
        )
    missing = [name for name in FILES[:2] if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"{folder} is no model folder: {', '.join(missing)} missing; expected {', '.join(FILES)}")
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError("not a JSON object")
        lacking = [key for key in ("format_version", "sha256", "versions", "name") if key not in manifest]
    except ValueError as error:
        raise ModelError(f"{folder}/manifest.json cannot be read ({error}): train again") from error
    if lacking:
        raise ModelError(f"{folder}/manifest.json lacks {', '.join(lacking)}: it is not an escalert model; train again")
    return manifest


def read_training_digests(folder: Path) -> frozenset[str]:
    """Read the digests of the calls that a model was trained on."""
    try:
        return frozenset((folder / DIGESTS_FILE).read_text("utf-8").split())
    except OSError as error:
        raise ModelError(f"{folder}/{DIGESTS_FILE} cannot be read: train again") from error


def list_models(models: Path) -> list[dict[str, Any]]:
    """Give the manifests of all readable model folders, oldest first, each with its ``folder``."""
    found = []
    for folder in sorted(models.glob("*/manifest.json")) if models.is_dir() else []:
        try:
            found.append({**read_manifest(folder.parent), "folder": folder.parent})
        except ModelError:
            continue
    return sorted(found, key=lambda manifest: str(manifest.get("created", "")))


def default_model(models: Path) -> Path | None:
    """Give the folder of the default model, None if none was chosen."""
    try:
        name = (models / DEFAULT_FILE).read_text("utf-8").strip()
    except OSError:
        return None
    return models / name if name else None


def set_default_model(folder: Path) -> None:
    """Make a model folder the default of the folder it lies in."""
    read_manifest(folder)
    with whole_file(folder.parent / DEFAULT_FILE) as temporary:
        temporary.write_text(folder.name + "\n", "utf-8")


def library_versions() -> dict[str, str]:
    """Give the versions of Python and of the packages that a model depends on."""
    packages = ("escalert", "scikit-learn", "numpy", "scipy", "spacy", "joblib")
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in packages},
    }


def git_commit() -> str | None:
    """Give the commit of the working folder, None outside a repository or without git."""
    try:
        answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(name: str, model: Path) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": file_hash(model),
        "versions": library_versions(),
        "git_commit": git_commit(),
    }


def _manifest_text(manifest: dict[str, Any]) -> str:
    """Write a manifest as JSON, lists of numbers on one line: those of the reference are long."""
    written = json.dumps(manifest, indent=2)
    return _NUMBERS.sub(lambda found: " ".join(found[0].split()), written) + "\n"


def _check_versions(folder: Path, manifest: dict[str, Any]) -> None:
    if manifest["format_version"] != FORMAT_VERSION:
        raise ModelError(
            f"{folder} has model format {manifest['format_version']}, this escalert reads {FORMAT_VERSION}: "
            "train again, or use the escalert version it was made with"
        )
    present = library_versions()
    for name in MUST_MATCH:
        made = manifest["versions"].get(name)
        if made != present[name]:
            raise ModelError(
                f"{folder} was made with {name} {made}, installed is {present[name]}: "
                f"pip install '{name}=={made}', or train again"
            )
