#!/usr/bin/env bash
# What `make check` runs: style, types, import rules, and whether schema.graphql is what the code says.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports
$bin/huying schema --check
$bin/python -m infra.contract.releases
