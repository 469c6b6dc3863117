# Two commands do everything: make run, make test. They need Python 3.11+ and nothing else.
PYTHON ?= python3
PORT ?= 8501
UV_VERSION := 0.13.9
BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test format check docs pictures reference bench fuzz audit clean

run: .venv/.runtime
	$(BIN)/kantong serve --port $(PORT)

test: .venv/.dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2

format: .venv/.dev
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

# Dangerous calls in our code, a lock that fits, packages that fit each other; and with a network
# the known weaknesses of what is locked: make audit OFFLINE=1 leaves that out.
audit: .venv/.dev
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml kantong tools streamlit_app.py
	$(BIN)/uv lock --check --quiet
	$(BIN)/uv pip check --quiet
	$(if $(OFFLINE),@echo "Known weaknesses were not looked up: OFFLINE is set.",$(BIN)/pip-audit --skip-editable --progress-spinner off)

# Longest functions, slowest tests, coverage by package, unused dependencies, licences.
check: .venv/.dev
	$(BIN)/python -m tools.check

# The guide, whole and offline: build/guide/index.html, and as PDF in both languages.
docs: .venv/.dev
	$(BIN)/python -m tools.guide

# Pictures of the guide, taken from the running app.
pictures: .venv/.dev
	$(BIN)/python -m tools.pictures

# Pages of the guide that follow from the code: commands, settings, messages, data, values.
reference: .venv/.dev
	$(BIN)/python -m tools.reference

bench: .venv/.dev
	$(BIN)/python benchmarks/bench_start.py
	$(BIN)/python benchmarks/bench_map.py
	$(BIN)/python benchmarks/bench_load.py

# Ten thousand damaged files; the tests read two thousand.
fuzz: .venv/.dev
	KANTONG_FUZZ=10000 $(BIN)/pytest --numprocesses 2 tests/intake/test_fuzz.py

clean:
	rm -rf .venv

.venv/.uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kantong needs Python 3.11 or newer: make run PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	touch $@

.venv/.runtime: .venv/.uv uv.lock pyproject.toml
	$(BIN)/uv sync --quiet --locked --no-dev --inexact
	touch $@

.venv/.dev: .venv/.uv uv.lock pyproject.toml
	$(BIN)/uv sync --quiet --locked --inexact
	touch $@
