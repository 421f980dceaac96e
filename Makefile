# `make help` lists the targets. PYTHON=python3.12 chooses the interpreter of .venv.

PYTHON ?=
BIN := .venv/bin
INSTALLED := .venv/.installed
CLIENTS := .clients/.installed
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help install clients demo test lint live bench docs clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

install: $(INSTALLED) ## make .venv with Redraft, vLLM (CPU build where there is no GPU) and the tools

$(INSTALLED): pyproject.toml scripts/install.sh
	sh scripts/install.sh $(PYTHON)
	@touch $@

clients: $(CLIENTS) ## make .clients with lm-eval, inspect and Chainlit, which the live tests drive

$(CLIENTS): pyproject.toml | $(INSTALLED)
	$(BIN)/python -m venv --without-pip .clients
	$(BIN)/python -m pip --quiet --disable-pip-version-check --python .clients/bin/python \
		install --group clients
	@touch $@

demo: $(INSTALLED) ## solve 60 problems with Abacus, the model that comes with Redraft, in vLLM
	$(BIN)/redraft solve examples/demo/problems.jsonl --recipe pdr --set widths=4,2 \
		--max-tokens 256 --vllm abacus --out runs/demo

lint: $(INSTALLED) ## ruff, pyright and the layers of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports

test: lint ## lint, and all tests that need no vLLM
	$(BIN)/pytest -q -m "not live"

live: $(INSTALLED) $(CLIENTS) ## the tests on a real vLLM (minutes on two cores)
	$(BIN)/pytest -q -m live tests/live

bench: $(INSTALLED) ## what Redraft itself costs, beside a mock server (six minutes)
	$(BIN)/python benchmarks/all.py

docs: $(INSTALLED) ## write docs/cli.md from the help pages
	$(BIN)/python -m redraft.cli.reference > docs/cli.md

clean: ## remove caches and builds; keeps .venv and runs/
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find redraft tests benchmarks examples -name __pycache__ -prune -exec rm -rf {} +
