from __future__ import annotations

import json
import shutil

import pytest

from escalert import EscalationClassifier
from escalert.errors import ModelError, UsageError
from escalert.persistence import FILES, default_model, list_models, set_default_model
from escalert.train import save_training


@pytest.fixture
def copied(model_folder, tmp_path):
    return shutil.copytree(model_folder, tmp_path / "copy")


def change_manifest(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_model_comes_back_as_it_was(model_folder, classifier, angry_call, calm_call):
    loaded = EscalationClassifier.load(model_folder)
    before = [verdict.warranted for verdict in classifier.score([angry_call, calm_call])]
    assert [verdict.warranted for verdict in loaded.score([angry_call, calm_call])] == before
    assert loaded.name == model_folder.name


def test_the_folder_holds_all_that_it_should(model_folder):
    assert {path.name for path in model_folder.iterdir()} == {*FILES, "trained-on.txt"}
    manifest = json.loads((model_folder / "manifest.json").read_text())
    for key in (
        "format_version",
        "sha256",
        "versions",
        "labels",
        "thresholds",
        "data",
        "seed",
        "metrics",
        "git_commit",
        "created",
    ):
        assert key in manifest
    assert {"python", "escalert", "scikit-learn", "numpy"} <= set(manifest["versions"])
    card = (model_folder / "README.md").read_text()
    for part in ("What it is for", "Data", "Results", "Limits", "Ethical notes", "executes code"):
        assert part in card


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda folder: shutil.rmtree(folder), "there is no model folder"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json missing"),
        (lambda folder: (folder / "model.joblib").unlink(), "model.joblib missing"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "not a JSON object"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "lacks format_version"),
        (
            lambda folder: (folder / "model.joblib").write_bytes(b"cos\nsystem\n(S'false'\ntR."),
            "damaged or was replaced",
        ),
        (lambda folder: change_manifest(folder, format_version=99), "model format 99"),
        (lambda folder: change_manifest(folder, versions={"scikit-learn": "0.1"}), r"scikit-learn 0.1, .*pip install"),
    ],
)
def test_a_broken_folder_is_named_with_its_remedy(copied, damage, says):
    damage(copied)
    with pytest.raises(ModelError, match=says):
        EscalationClassifier.load(copied)


def test_nothing_is_unpickled_before_everything_is_checked(copied, monkeypatch):
    import joblib

    monkeypatch.setattr(joblib, "load", lambda *args: pytest.fail("unpickled"))
    with (copied / "model.joblib").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError):
        EscalationClassifier.load(copied)


def test_a_foreign_object_is_refused(tmp_path):
    from escalert.persistence import ModelFiles, save_model

    save_model(tmp_path / "foreign", {"not": "a model"}, ModelFiles({}, {}, ""))
    with pytest.raises(ModelError, match="holds a dict"):
        EscalationClassifier.load(tmp_path / "foreign")


def test_an_existing_folder_is_not_overwritten(training, model_folder):
    with pytest.raises(UsageError, match="exists already"):
        save_training(training, model_folder)


def test_models_are_listed_and_one_is_the_default(copied):
    models = copied.parent
    assert default_model(models) is None
    set_default_model(copied)
    assert default_model(models) == copied
    (models / "junk").mkdir()
    assert [manifest["folder"] for manifest in list_models(models)] == [copied]
