.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "escalert needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

install: $(STAMP)  ## make .venv and install escalert with all that its tests need

demo: $(STAMP)  ## train on the corpus (once), score the samples, show the verdicts
	$(BIN)/escalert demo

test: $(STAMP)  ## run every test
	$(BIN)/python -m pytest

check: $(STAMP)  ## lint and check types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(STAMP)  ## format, and mend what can be mended by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(STAMP)  ## read forged files for ten minutes (or SECONDS=...), guided by coverage
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[fuzz]'
	$(BIN)/python tests/fuzz_readers.py --seconds $(or $(SECONDS),600)

soak: $(STAMP)  ## kill the nightly job two hundred times on each kind of store (ROUNDS=1)
	.ci/postgres $(BIN)/python tests/soak_nightly.py --rounds $(or $(ROUNDS),1)

clean:  ## remove what the targets made, models apart
	rm -rf .venv reports build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help install demo test check fix fuzz soak clean
