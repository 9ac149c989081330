# Huying 呼应. `make help` lists the commands; each first makes what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE :=
STAMP := .venv/.ready

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock requirements-dev.lock package-lock.json pyproject.toml infra/setup.sh
	@bash infra/setup.sh
	@touch $@

setup: $(STAMP) ## Make .venv and node_modules from the hash-pinned locks

demo: $(STAMP) ## Start everything, play the cases, stay until Ctrl-C
	@$(BIN)/huying demo

test: $(STAMP) ## All tests, on the real stack
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(STAMP) ## Style, types, import rules, schema current
	@bash infra/check.sh

prove: $(STAMP) ## The large figures in full
	@$(BIN)/python -m pytest -m "prove or not prove" -s

bench: $(STAMP) ## Five questions to six servers over one database; ARGS="--quick" to try, "--growth" for 1,000,000, "cases" for cases a second
	@$(BIN)/python -m bench $(ARGS)

schema: $(STAMP) ## Write schema.graphql
	@$(BIN)/huying schema > schema.graphql

lock: $(STAMP) ## Resolve the dependencies again
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --upgrade -q requirements.in -o requirements.lock --custom-compile-command "make lock"
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --upgrade -q requirements-dev.in -o requirements-dev.lock --custom-compile-command "make lock"
	@npm install --package-lock-only --ignore-scripts

clean: ## Remove the environment and the local stack's data
	rm -rf .venv node_modules .huying

.PHONY: help setup demo test check prove bench schema lock clean
