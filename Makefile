# make demo: set up and run everything on a simulated venue week; make test: all that CI checks.
# System libraries are Debian packages; what is missing is named before any long work.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RENDER := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core
BROWSE := chromium poppler-utils qpdf
PYTHON_TOOLS := python3-venv

.DEFAULT_GOAL := help
.PHONY: help setup setup-system check-system check-browser demo test benchmark measure lint format lock clean

help:
	@sed -n '1,2s/^# //p' Makefile
	@echo "others: benchmark, measure, setup, setup-system (needs root), lint, format, lock, clean"

check-system:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "expected Python 3.11 or later; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python needs its venv module. As root: apt-get install -y $(PYTHON_TOOLS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ctypes; [ctypes.CDLL(n) for n in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")]' 2>/dev/null \
		|| { echo "PDF reports need Pango. As root: apt-get install -y $(RENDER)" >&2; exit 1; }

check-browser:
	@for tool in chromium pdftoppm qpdf; do command -v $$tool >/dev/null \
		|| { echo "tests need $$tool. As root: apt-get install -y $(BROWSE)" >&2; exit 1; }; done

setup-system:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PYTHON_TOOLS) $(RENDER) $(BROWSE)

setup: check-system $(BIN)/surveillance

$(BIN)/surveillance: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	$(BIN)/surveillance demo

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/surveillance rules check

test: check-browser lint
	$(BIN)/pytest -n 2

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
	rm -rf $(VENV) benchmarks/.venv .surveillance .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
