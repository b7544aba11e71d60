# `make run` and `make test` do all the set-up on a machine with Python and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: run install test faults check audit format clean
.DEFAULT_GOAL := run

run: install  ## make the environment and start the app
	@$(BIN)/matinee $(ARGS)

install: $(STAMP)  ## make the environment; redone only when the constraints or pyproject.toml change

$(STAMP): constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev --editable .
	@touch $(STAMP)

test: install  ## the tests
	$(BIN)/python -m pytest $(ARGS)

faults: install  ## faults of every kind, counted; ARGS="--scale long" is the run that docs/reliability.md tells of
	@$(BIN)/python -m tests.faults $(ARGS)

check: install  ## format, lint, types, import contracts; known weaknesses, where a database of them answers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m tests.packaging.audit --where-possible

audit: install  ## known weaknesses of the constraints
	@$(BIN)/python -m tests.packaging.audit

format: install  ## rewrite in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
