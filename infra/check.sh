#!/usr/bin/env bash
# What `make check` runs: style, types, import rules, and the schema against the code and the last release.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports
$bin/huying schema --check
