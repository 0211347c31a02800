# make demo: set up and run everything on a simulated venue week; make test: all that CI checks.
# Debian packages that are missing are installed before any long work, or named.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEPTH ?= 10
SEED := $(shell date +%s)
# Modules are compiled once and kept, whatever the environment says of that.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help system system-for-tests setup demo lint test tests deep kills chance histories wheel benchmark measure format lock clean

help:
	@sed -n '1s/^# //p' Makefile
	@echo "others: setup, lint, format, deep (kills, chance, histories), wheel, benchmark, measure, lock, clean"

system:
	@PYTHON=$(PYTHON) sh .ci/system demo

system-for-tests:
	@PYTHON=$(PYTHON) sh .ci/system test

setup: system $(BIN)/surveillance

$(BIN)/surveillance: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	-$(BIN)/python -m compileall -q -j 0 -x '/(tests|testing|pip|setuptools)/' $(VENV)/lib
	@touch $@

demo: setup
	$(BIN)/surveillance demo

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/deptry surveillance
	$(BIN)/deptry tests benchmarks --ignore DEP002,DEP004
	$(BIN)/mypy

# Types are checked while the first tests run.
test: system-for-tests setup
	$(MAKE) --jobs 2 lint tests

tests: setup
	$(BIN)/pytest -n 3

# Kills, chance and large histories DEPTH times as far, by examples that nobody has seen. What came
# of each of the three stands in a file that is committed with a change; each can be run alone.
DEEP = TEST_DEPTH=$(DEPTH) $(BIN)/pytest -vv -n 2 --hypothesis-profile=search --hypothesis-seed=$(SEED) \
	--stamp=benchmarks/deep.json

deep: kills chance histories

kills: system-for-tests setup
	$(DEEP) --part=kills -m deep tests/test_kills.py

chance: system-for-tests setup
	$(DEEP) --part=chance -m hypothesis

histories: system-for-tests setup
	$(DEEP) --part=histories -m "deep and not hypothesis" --ignore=tests/test_kills.py

# What lies in build/ from before would come along.
wheel: setup
	rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	rm -rf build

benchmark: setup benchmarks/.venv/ready
	$(BIN)/python -m benchmarks

# Forty simulated weeks; those that were judged by the same rules and code are not judged again.
measure: setup
	$(BIN)/surveillance measure --out benchmarks/measure

# One peer has no wheel and needs a C compiler; without it the page says that it is not there.
benchmarks/.venv/ready: benchmarks/requirements.lock benchmarks/source.lock
	$(PYTHON) -m venv benchmarks/.venv
	benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r benchmarks/requirements.lock
	-benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r benchmarks/source.lock
	@touch $@

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra test --no-emit-package surveillance pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate benchmarks/requirements.in -o benchmarks/requirements.lock

clean:
	rm -rf $(VENV) benchmarks/.venv build dist .surveillance .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
