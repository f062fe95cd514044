# Everything runs in an environment of its own, made here: Python 3.11 with pip and venv, make and gcc suffice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow fuzz check bench bench-house guard clean

# What an installation is made from; the rest of it is used where it lies.
INSTALLED_FROM := pyproject.toml setup.py src/logistica/core/interface.py $(wildcard src/logistica/*/*.[ch] src/logistica/*/*/*.[ch])

$(VENV)/installed: $(INSTALLED_FROM)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-%: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --group $*
	touch $@

demo: $(VENV)/installed
	$(BIN)/logistica demo

# Side by side, since many tests wait for processes; who runs out of tests takes over some of the other's.
WORKERS ?= 2
test: $(VENV)/installed-test
	$(BIN)/python -m pytest -m 'not slow and not fuzz' -n $(WORKERS) --dist worksteal

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

# Rivals live in an environment of their own, each installed by itself, so that one that cannot be had is named and no more.
$(VENV)-bench/installed: $(INSTALLED_FROM) benchmarks/requirements.txt
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(VENV)-bench/bin/python -m pip install --quiet --editable .
	grep -v '^#' benchmarks/requirements.txt | while read rival; do \
		$(VENV)-bench/bin/python -m pip install --quiet "$$rival" || echo "$$rival cannot be installed here"; done
	touch $@

# For example: make bench BENCH="B1 --quick"; make bench MISSING=--missing goes on where one was interrupted.
BENCH ?= --json benchmarks/results/full.json --markdown
bench: $(VENV)-bench/installed
	$(VENV)-bench/bin/python -m benchmarks $(BENCH) $(MISSING)

# All parts, or for example: make bench-house HOUSE="memory sweeps growth"
bench-house: $(VENV)/installed-test
	$(BIN)/python -m benchmarks.house $(HOUSE)

# This commit beside another, in two work trees; by default the last before it that wrote down what the bench measured.
guard: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet 'setuptools>=77'
	$(BIN)/python -m benchmarks.guard $(BASE)

clean:
	rm -rf $(VENV) $(VENV)-bench build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
