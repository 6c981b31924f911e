from __future__ import annotations

from pathlib import Path

import pytest

from escalert.config import TrainConfig, load_config
from escalert.errors import UsageError
from escalert.taxonomy import load_taxonomy

ROOT = Path(__file__).parents[1]


def written(tmp_path, text):
    path = tmp_path / "train.toml"
    path.write_text(text)
    return path


def test_no_file_means_the_defaults():
    assert load_config(None) == TrainConfig()


def test_every_problem_is_named_at_once(tmp_path):
    path = written(tmp_path, "[model]\nfold = 3\nturn_c = -1\n[dat]\n")
    with pytest.raises(UsageError) as error:
        load_config(path)
    text = str(error.value)
    assert "model.fold is unknown; known here are: turn_c" in text
    assert "model.turn_c" in text
    assert "dat is unknown; known here are: data, features" in text


def test_a_file_that_is_no_toml_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        load_config(written(tmp_path, "[model"))


def test_the_example_holds_every_key_at_its_default():
    example = ROOT / "docs" / "train.toml"
    assert load_config(example) == TrainConfig()
    text = example.read_text("utf-8")
    for section, field in TrainConfig.model_fields.items():
        for key, described in field.annotation.model_fields.items():
            assert f"{key} =" in text, f"{section}.{key}"
            assert described.description


def test_the_taxonomy_has_the_eleven_labels_of_the_guide():
    taxonomy = load_taxonomy()
    assert [trigger.name for trigger in taxonomy if trigger.group == "core"] == [
        "profanity", "manager_request", "policy_exception", "emotional_intensity",
    ]  # fmt: skip
    assert len(taxonomy.labels) == 11
    assert [trigger.name for trigger in taxonomy if trigger.group == "outcome"] == ["handoff"]
    assert all(trigger.cues and trigger.meaning.endswith(".") for trigger in taxonomy)


def test_a_taxonomy_with_mistakes_names_all_of_them(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[trigger.late]\ntitle = "Late"\ngroup = "other"\ncolour = "red"\n')
    with pytest.raises(UsageError) as error:
        load_taxonomy(path)
    for part in ("unknown key 'colour'", "lacks 'meaning'", "lacks 'speakers'", "group is 'other'"):
        assert part in str(error.value)
