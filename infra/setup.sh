#!/usr/bin/env bash
# Makes .venv and node_modules from the locks. Takes the newest Python from 3.11 up that really runs:
# a version manager's shim may stand on PATH for an interpreter that does not start.
set -euo pipefail
cd "$(dirname "$0")/.."

runs() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=""
    for candidate in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
        if runs "$candidate"; then python=$candidate; break; fi
    done
    if [ -z "$python" ]; then
        echo "setup: no Python 3.11 or newer with venv was found on PATH; install one, or set PYTHON=/path/to/python3" >&2
        exit 1
    fi
    echo "setup: making .venv with $("$python" --version)" >&2
    rm -rf .venv
    "$python" -m venv .venv
fi

echo "setup: installing Python packages from requirements-dev.lock" >&2
# Twice quiet: errors only.
pip() { .venv/bin/python -m pip install -qq --disable-pip-version-check "$@"; }
pip --require-hashes -r requirements-dev.lock
pip --no-build-isolation --no-deps --editable .

if ! command -v npm >/dev/null; then
    echo "setup: npm was not found; install Node.js 20 or newer" >&2
    exit 1
fi
echo "setup: installing front-end packages from package-lock.json" >&2
npm ci --silent --ignore-scripts --no-audit --no-fund
