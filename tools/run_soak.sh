#!/usr/bin/env bash
# The long storms, one after the other, on both databases.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
for database in sqlite postgresql; do
  echo "══ Soak on $database"
  MOOTHALL_TEST_DATABASE="$database" .venv/bin/pytest -m soak -p no:cacheprovider -s || failed=1
done
exit $failed
