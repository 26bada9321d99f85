# Everything here runs without root on Debian or Ubuntu with make, Python 3.11 or newer, and python3-venv.
# Packages come from wherever pip is set up to find them; every file is checked against its hash.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help demo test spark lint format bench fuzz sbom audit docs screenshots requirements clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# real people try the traveller's passport where the shared test vectors are
FACES := $(wildcard $(or $(PRATIQUE_VECTORS),../shared/vectors)/faces)

demo: .venv/.demo ## sign up before a camera and cross a border, in a browser or, without one, in words
	@$(BIN)/pratique demo --out demo $(FACES:%=--faces %)

test: .venv/.test .venv/.axe ## run the tests on every core; ARGS="-k name" chooses among them
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

spark: .venv/.spark ## add Spark to .venv, for the tests and the benchmark that compare it; needs Java

lint: .venv/.test ## check format, style, types and which way imports point
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: .venv/.test ## put the code in the house's format
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --fix --quiet

bench: .venv/.test ## measure against the budgets, as ratios inside one run
	@$(BIN)/python -m bench $(ARGS)

fuzz: .venv/.test ## feed every decoder with what nobody meant, for a minute; ARGS="--seconds 600" for longer
	@$(PIP) install --require-hashes --requirement requirements/fuzz.txt 2>/dev/null || echo "atheris cannot be had for this Python: random changes instead"
	@$(BIN)/python -m fuzz $(ARGS)

sbom: ## write sbom.json, the bill of materials of what is pinned (CycloneDX)
	@$(PYTHON) .ci/bill_of_materials.py requirements/test.txt > sbom.json && echo "wrote sbom.json"

audit: .venv/.test ## ask whether a weakness of what is pinned is known, and say of how much it could be asked
	@$(PIP) install 'pip-audit>=2.10' 2>/dev/null || true
	@$(BIN)/python .ci/audit.py requirements/test.txt

docs: .venv/.test ## write docs/reasons.md anew from the code and the English catalogue
	@$(BIN)/python docs/reasons.py

screenshots: .venv/.test ## take every page into pages/ and docs/crossing.png anew; ARGS="zh fr" for other languages
	@$(BIN)/python -m docs.screenshots $(ARGS)

# What `pip-compile` cannot do: one file that holds for every supported Python and machine.
UV := .venv-uv/bin/uv --quiet pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements"

requirements: .venv-uv/bin/uv ## pin what pyproject.toml asks for; ARGS=--upgrade for newer releases
	@$(UV) $(ARGS) --extra all --extra demo --extra test --extra lint --output-file requirements/test.txt
	@$(UV) $(ARGS) --extra spark --constraint requirements/test.txt --output-file requirements/spark.txt
	@$(UV) $(ARGS) --extra fuzz --constraint requirements/test.txt --output-file requirements/fuzz.txt
	@$(UV) $(ARGS) --extra demo --constraint requirements/test.txt --output-file requirements/demo.txt

clean: ## remove all that the targets above made
	rm -rf .venv .venv-uv demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests docs -name __pycache__ -prune -exec rm -rf {} +

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "pratique needs Python 3.11 or newer, and '$(PYTHON)' is not; name one: make PYTHON=python3.12"; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot make a virtual environment; on Debian or Ubuntu: apt install python3-venv"; exit 1; } >&2
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.demo .venv/.test: .venv/.%: requirements/%.txt pyproject.toml .venv/.made
	@echo "Installing the pinned packages of $<"
	@$(PIP) install --require-hashes --requirement $<
	@echo "Installing pratique, editable"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.axe: tests/web/axe/package-lock.json tests/web/axe/fetch.py .venv/.test
	@$(BIN)/python tests/web/axe/fetch.py 2>/dev/null && touch $@ || echo "axe-core cannot be had from the npm registry: its tests skip"

.venv/.spark: requirements/spark.txt .venv/.test
	@echo "Installing the pinned packages of $<"
	@$(PIP) install --require-hashes --requirement $<
	@touch $@

.venv-uv/bin/uv:
	@$(PYTHON) -m venv .venv-uv
	@.venv-uv/bin/pip --quiet --quiet --disable-pip-version-check install uv==0.13.9
