# Two commands for a fresh machine with Python 3.11 or newer: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
REFERENCE := $(VENV)/reference
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run test test-long test-lowest bench own-data tables experiments docs lint clean

run: $(VENV)/.run
	$(BIN)/rcmvae run experiments/quickstart.toml

# By file: tests of one file share what they compile.
test: $(VENV)/.test lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long"

test-long: $(VENV)/.test
	$(BIN)/python -m pytest -m "long and not versions"

# Every dependency at the lowest version that pyproject.toml declares, then at the newest; downloads both sets.
test-lowest: $(VENV)/.test
	$(BIN)/python -m pytest -m "long and versions"

bench: $(VENV)/.test $(REFERENCE)/.done
	$(BIN)/python -m tests.benchmarks

# Defaults only, against six usual classifiers, on data of scikit-learn and generated data; prints a table.
own-data: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.own_data

# Five labels of each class of public tables, against semi-supervised methods, also tuned ones; prints a table.
tables: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement tests/benchmarks/tables/requirements.txt
	$(BIN)/python -m tests.benchmarks.tables

# The site of the documentation, in build/site; a broken link, or a page in no menu, is an error.
docs: $(VENV)/.docs
	$(BIN)/python -m tests.support.docs_site build/site

# What experiments/README.md asks, on all of MNIST: days on two cores; a run that is done is not made again. Smaller:
# make experiments SIZE="--epochs 20 --images 2000 --test-images 1000 --set seeds=[0,1,2]" RUNS=runs/small
SIZE ?=
RUNS ?= runs/experiments
experiments: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.experiments --folder $(RUNS) $(SIZE)

lint: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --pythonpath $(BIN)/python

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "rcmvae needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) --editable '.[test]'
	touch $@

$(VENV)/.docs: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) --editable '.[docs]'
	touch $@

# PyTorch and pythae, which benchmarks compare with, apart from everything else; the file names all that they need.
$(REFERENCE)/.done: tests/benchmarks/requirements.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(REFERENCE)
	$(REFERENCE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement tests/benchmarks/requirements.txt
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
