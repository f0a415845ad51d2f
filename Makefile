# Everything happens inside .venv; only Python >= 3.11, make and git are needed beforehand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV := $(VENV)-uv/bin/uv
ARGS ?=
GALLERY := moons circles spirals digits trainability
QUICK := cs231n glorot-2010-jacobian hanin-rolnick-2018 karpathy-makemore klambauer-2017 kumar-2017 lu-2019 \
	mishkin-2016-batch pennington-2017-relu pennington-2017-tanh saxe-2014-products
PYTEST := -m pytest --numprocesses=2 --dist=worksteal
PLAIN := -m 'not (browser or cluster or docs or frameworks)'
TEST_PACKAGES := --group test --editable '.[datasets,fast,mlflow,parquet,tensorboard]'

.DEFAULT_GOAL := help
.PHONY: help setup demo verify test browser cluster docs-run frameworks notebooks mutants lowest lint type bench plots \
	$(GALLERY:%=plot-%) docs site lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# pip learned dependency groups in 25.1.
$(VENV)/.package: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "initbench needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip>=25.1'
	$(PIP) install --editable .
	@touch $@

$(VENV)/.test-tools: $(VENV)/.package
	$(PIP) install $(TEST_PACKAGES)
	@touch $@

$(VENV)/.cluster-tools: $(VENV)/.package
	$(PIP) install --editable '.[dask]'
	@touch $@

$(VENV)/.%-tools: $(VENV)/.package
	$(PIP) install --group $*
	@touch $@

$(UV):
	$(PYTHON) -m venv $(VENV)-uv
	$(VENV)-uv/bin/python -m pip install --quiet --disable-pip-version-check uv

setup: $(VENV)/.package ## make .venv and install initbench into it

demo: setup ## train zeros, random and he on two moons, and say where to look
	$(BIN)/initbench run configs/moons.yaml

verify: setup ## check those published claims that take seconds; 1 where one fails
	$(BIN)/initbench verify $(QUICK:%=configs/papers/%.yaml) --no-plots

test: $(VENV)/.test-tools ## run the tests (ARGS='-k name' narrows, ARGS=--cov measures coverage)
	$(BIN)/python $(PYTEST) $(PLAIN) $(ARGS)

browser: $(VENV)/.test-tools $(VENV)/.browser-tools ## test the page in Chromium; AXE_CORE names axe.min.js
	$(BIN)/python $(PYTEST) -m browser $(ARGS)

cluster: $(VENV)/.test-tools $(VENV)/.cluster-tools ## test training on Dask workers of this machine
	$(BIN)/python $(PYTEST) -m cluster $(ARGS)

frameworks: $(VENV)/.test-tools $(VENV)/.frameworks-tools ## run exported code in torch, keras and jax, and the tools for torch
	$(BIN)/python $(PYTEST) -m frameworks $(ARGS)

# In an environment of its own; on Python 3.11, for which the lowest versions have wheels. That old
# versions use what newer ones of their own dependencies have deprecated is not an error.
lowest: $(UV) ## run the tests with the lowest versions that pyproject.toml allows
	$(UV) venv --quiet --clear --python $(PYTHON) $(VENV)-lowest
	$(UV) pip install --quiet --python $(VENV)-lowest --resolution lowest-direct $(TEST_PACKAGES)
	$(VENV)-lowest/bin/python $(PYTEST) $(PLAIN) -W default::DeprecationWarning $(ARGS)

docs-run: $(VENV)/.test-tools ## run every command and every block of Python of the pages
	$(BIN)/python $(PYTEST) -m docs tests/test_pages_run.py $(ARGS)

notebooks: $(VENV)/.package $(VENV)/.notebooks-tools ## execute the notebooks
	rm -rf notebooks/results
	$(BIN)/python -m pytest --override-ini=filterwarnings= --override-ini=addopts= --nbmake notebooks $(ARGS)

mutants: $(VENV)/.test-tools ## plant small faults and list those that no test notices (hours)
	$(BIN)/python -m tests.mutants $(ARGS)

lint: $(VENV)/.lint-tools ## check format, style, and the words of what users read
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python docs/check_words.py

type: $(VENV)/.type-tools ## check types, strictly
	$(BIN)/mypy

bench: $(VENV)/.bench-tools ## measure speed beside peers, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks $(ARGS)

plots: $(GALLERY:%=plot-%) results/gallery/lab.html ## train and draw the gallery that the README shows, from the start

# Each folder is complete, with report and runs; of these, .gitignore lets only the pictures be committed.
$(GALLERY:%=plot-%): plot-%: setup
	rm -rf results/gallery/$*
	$(BIN)/initbench run configs/$*.yaml --results results/gallery/$*

results/gallery/lab.html: $(wildcard initbench/lab/*.py initbench/lab/assets/*) setup
	$(BIN)/initbench lab --output $@

docs: setup ## rewrite what documents show of registries and commands
	for script in docs/build_*.py; do $(BIN)/python $$script || exit; done

# NO_MKDOCS_2_WARNING: Material's notice on MkDocs 2, which pyproject.toml keeps out.
site: $(VENV)/.docs-tools ## build the documentation site into site/; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	$(BIN)/python docs/check_site.py site

lock: $(UV) ## pin the newest versions that pyproject.toml allows in uv.lock, for CI
	$(UV) lock --upgrade

constraints.txt: uv.lock pyproject.toml $(UV) # what uv.lock pins, for pip: PIP_CONSTRAINT=constraints.txt make test
	$(UV) export --quiet --locked --all-extras --all-groups --no-hashes --no-emit-project --output-file $@

clean: ## remove environments, site and caches; results stay
	rm -rf $(VENV) $(VENV)-uv $(VENV)-lowest constraints.txt site .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
