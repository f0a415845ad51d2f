# Everything happens inside .venv; nothing but Python >= 3.11, make and git is needed beforehand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
ARGS ?=
GALLERY := moons circles spirals digits trainability
QUICK := cs231n glorot-2010 hanin-rolnick-2018 karpathy-makemore klambauer-2017 lu-2019

.DEFAULT_GOAL := help
.PHONY: help setup demo verify test frameworks mutants lint type bench plots $(GALLERY:%=plot-%) docs site clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# pip learned dependency groups in 25.1.
$(BIN)/initbench: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "initbench needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip>=25.1'
	$(PIP) install --editable .
	@touch $@

$(VENV)/.%-tools: $(BIN)/initbench
	$(PIP) install --group $*
	@touch $@

setup: $(BIN)/initbench ## make .venv and install initbench into it

demo: setup ## train zeros, random and he on two moons, and say where to look
	$(BIN)/initbench run configs/moons.yaml

verify: setup ## check those published claims that take seconds; 1 where one fails
	$(BIN)/initbench verify $(QUICK:%=configs/papers/%.yaml) --no-plots

test: $(VENV)/.test-tools ## run the tests (ARGS='-k name' narrows)
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered --numprocesses=2 $(ARGS)

frameworks: $(VENV)/.test-tools $(VENV)/.frameworks-tools ## run exported snippets in torch, keras and jax
	$(BIN)/python -m pytest --numprocesses=2 tests/frameworks $(ARGS)

mutants: $(VENV)/.test-tools ## plant small faults and list those that no test notices (hours)
	$(BIN)/python -m tests.mutants $(ARGS)

lint: $(VENV)/.lint-tools ## check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

type: $(VENV)/.type-tools ## check types, strictly
	$(BIN)/mypy

bench: $(VENV)/.bench-tools ## measure speed beside peers, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks $(ARGS)

plots: $(GALLERY:%=plot-%) ## train and draw the gallery that the README shows, from the start

# Each folder is complete, with report and runs; of these, .gitignore lets only the pictures be committed.
$(GALLERY:%=plot-%): plot-%: setup
	rm -rf results/gallery/$*
	$(BIN)/initbench run configs/$*.yaml --results results/gallery/$*

docs: setup ## rewrite what documents show of registries and commands
	for script in docs/build_*.py; do $(BIN)/python $$script || exit; done

# NO_MKDOCS_2_WARNING: Material's notice on MkDocs 2, which pyproject.toml keeps out.
site: $(VENV)/.docs-tools ## build the documentation site into site/; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	$(BIN)/python docs/check_site.py site

clean: ## remove .venv, site and caches; results stay
	rm -rf $(VENV) site .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
