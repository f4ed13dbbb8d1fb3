#!/usr/bin/env bash
# What the tests need beside Python packages: a Chromium and PostgreSQL's programs.
# Installs them by apt where it may, else says what to install.
set -euo pipefail

missing=()
chromium=""
for path in "${MOOTHALL_CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
  if [ -n "$path" ] && [ -x "$path" ]; then chromium="$path"; break; fi
done
[ -n "$chromium" ] || missing+=(chromium)
if [ -z "${MOOTHALL_TEST_POSTGRES_URL:-}" ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 &&
   ! command -v initdb >/dev/null 2>&1; then
  missing+=(postgresql)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing for the tests: ${missing[*]} …"
  export DEBIAN_FRONTEND=noninteractive
  log="$(mktemp)"
  # PostgreSQL's package starts a server of its own: not wanted, and stopped by this policy.
  policy=/usr/sbin/policy-rc.d
  made=""
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod +x "$policy"; made=1; fi
  trap '[ -z "$made" ] || rm -f "$policy"' EXIT
  for attempt in 1 2 3; do
    if { apt-get update -q && apt-get -o DPkg::Lock::Timeout=180 install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
      exit 0
    fi
    sleep $((attempt * 3))
  done
  tail -n 20 "$log" >&2
fi
echo "The tests need: ${missing[*]}. On Debian or Ubuntu: sudo apt-get install ${missing[*]}" >&2
echo "(or name a browser with MOOTHALL_CHROMIUM, a PostgreSQL server with MOOTHALL_TEST_POSTGRES_URL)" >&2
exit 1
