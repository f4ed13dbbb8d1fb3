#!/usr/bin/env bash
# The whole test command: checks, then every test on SQLite, then the same on PostgreSQL.
# pytest's own arguments may be given; MOOTHALL_TEST_DATABASES="sqlite" runs one of the two.
set -uo pipefail
cd "$(dirname "$0")/.."
# One more than cores: much of a test's time is waiting for a server, a browser or a disk.
workers="${MOOTHALL_TEST_WORKERS:-$(( $(nproc 2>/dev/null || echo 2) + 1 ))}"
failed=0
run() { echo; echo "══ $1"; shift; "$@" || failed=1; }

[ $# -gt 0 ] || run "Checks" tools/run_checks.sh
for database in ${MOOTHALL_TEST_DATABASES:-sqlite postgresql}; do
  run "Tests on $database" env MOOTHALL_TEST_DATABASE="$database" \
    .venv/bin/pytest -q -n "$workers" --dist loadscope -m "not soak" -p no:cacheprovider "$@"
done
exit $failed
