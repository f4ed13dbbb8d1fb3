#!/usr/bin/env bash
# Make .venv and put the locked packages in it. Does nothing when that is done already.
# Usage: tools/set_up.sh requirements.txt
set -euo pipefail
cd "$(dirname "$0")/.."
lock="$1"

python=""
for name in ${MOOTHALL_PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
  if command -v "$name" >/dev/null 2>&1 &&
     "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python="$name"; break
  fi
done
if [ -z "$python" ]; then
  echo "Moothall needs Python 3.11 or newer. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
  exit 1
fi

stamp=".venv/.installed-$lock"
want="$(cat "$lock" pyproject.toml | cksum)"
if [ -x .venv/bin/moothall ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$want" ]; then exit 0; fi

if [ ! -x .venv/bin/python ]; then
  echo "Making the environment in .venv …"
  "$python" -m venv .venv >/dev/null 2>&1 || {
    rm -rf .venv
    if command -v uv >/dev/null 2>&1; then uv venv -q --python "$python" .venv
    else
      echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
      exit 1
    fi
  }
fi

echo "Installing the packages of $lock …"
uv=""
if command -v uv >/dev/null 2>&1; then uv="uv"
elif [ -x .venv/bin/uv ]; then uv=".venv/bin/uv"
elif .venv/bin/python -m pip install -q --disable-pip-version-check uv 2>/dev/null; then uv=".venv/bin/uv"
fi
if [ -n "$uv" ]; then
  "$uv" pip install -q --python .venv/bin/python --require-hashes -r "$lock"
  "$uv" pip install -q --python .venv/bin/python --no-deps -e .
else
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps -e .
fi
echo "$want" > "$stamp"
if [ "$lock" = requirements-dev.txt ]; then cat requirements.txt pyproject.toml | cksum > .venv/.installed-requirements.txt; fi
