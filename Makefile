# Everything runs in an environment of its own, made here: Python 3.11 with pip and venv, make and gcc suffice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow fuzz check bench clean

$(VENV)/installed: pyproject.toml setup.py $(wildcard src/logistica/*/*.[ch])
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-%: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --group $*
	touch $@

demo: $(VENV)/installed
	$(BIN)/logistica demo

test: $(VENV)/installed-test
	$(BIN)/python -m pytest -m 'not slow and not fuzz'

test-slow: $(VENV)/installed-test
	$(BIN)/python -m pytest -m slow

# Ten minutes in all, unless LOGISTICA_FUZZ_SECONDS says otherwise.
fuzz: $(VENV)/installed-test
	$(BIN)/python -m pytest -m fuzz

check: $(VENV)/installed-test $(VENV)/installed-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed-test
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
