"""Shared by all tests: a small part of the corpus, and a model trained on it once per session."""

from __future__ import annotations

import os
import uuid

os.environ.setdefault("COLUMNS", "200")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import pytest

from escalert.config import TrainConfig
from escalert.dataset import corpus_folder
from escalert.readers import read_calls
from escalert.records import Call, Turn
from escalert.train import save_training, train

N_AUTHORS, N_CALLS = 12, 9


@pytest.fixture(scope="session")
def small_config():
    """Training that takes seconds: two folds, no damaged copies, fewer columns."""
    return TrainConfig.model_validate(
        {
            "data": {"min_examples": 4},
            "features": {"character_ngrams": (2, 4), "character_bits": 16},
            "noise": {"copies": 0},
            "model": {"folds": 2, "workers": 1},
        }
    )


@pytest.fixture(scope="session")
def labelled_calls():
    """Real labelled calls of twelve authors, nine each, spread over each author's file."""
    calls = []
    for path in sorted(corpus_folder().glob("*.jsonl"))[:N_AUTHORS]:
        whole = [call for call in read_calls([path]) if not call.is_contrast]
        calls += whole[:: max(1, len(whole) // N_CALLS)][:N_CALLS]
    return calls


@pytest.fixture(scope="session")
def training(labelled_calls, small_config):
    return train(labelled_calls, small_config)


@pytest.fixture(scope="session")
def model_folder(training, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "small"
    save_training(training, folder)
    return folder


@pytest.fixture(scope="session")
def classifier(training):
    return training.classifier


@pytest.fixture
def angry_call():
    """A call that every model, however small, should flag."""
    lines = [
        ("agent", "thanks for calling how can i help"),
        ("customer", "this is the third time i've called about this and it is ridiculous i am sick of it"),
        ("agent", "i'm sorry i'm not able to do that the system won't let me"),
        ("customer", "this is bullshit get me your manager right now"),
        ("agent", "there is no manager available"),
        ("customer", "then i'm cancelling my account and i will sue you i am so angry"),
    ]
    turns = tuple(Turn(who, text, 4.0 * n, 4.0 * n + 3) for n, (who, text) in enumerate(lines))
    return Call("angry", turns, queue="billing", channel="phone")


@pytest.fixture
def calm_call():
    lines = [
        ("agent", "good morning how can i help you today"),
        ("customer", "hello i would like to change my address please"),
        ("agent", "of course what is the new one"),
        ("customer", "twelve orchard lane thank you that's lovely"),
    ]
    return Call("calm", tuple(Turn(who, text) for who, text in lines))


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request, tmp_path):
    """The URL of an empty store, in SQLite and in PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'escalert.db'}"
        return
    server = os.environ.get("ESCALERT_TEST_POSTGRES")
    if not server:
        pytest.skip("ESCALERT_TEST_POSTGRES names no PostgreSQL; .ci/postgres starts one")
    import psycopg

    schema = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")
