#!/usr/bin/env bash
# Lint, format, import contracts, types and service files; every one runs, the first failure decides.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
step() { echo "── $1"; shift; "$@" || failed=1; }
step "ruff: lint" .venv/bin/ruff check src tests benchmarks tools
step "ruff: format" .venv/bin/ruff format --check src tests benchmarks tools
step "import contracts" .venv/bin/lint-imports
step "types" .venv/bin/mypy
step "service files" .venv/bin/moothall check
exit $failed
