#!/usr/bin/env bash
# Collects the words of the screens and compiles the catalogues. After it, translate what is new in
# src/moothall/design/locale/cy/LC_MESSAGES/django.po and run it again.
# A test says which words of public pages are not translated.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${MOOTHALL_BIN:-.venv/bin}
locale=src/moothall/design/locale
mkdir -p "$locale/cy/LC_MESSAGES"
pot=$(mktemp --suffix=.pot)
trap 'rm -f "$pot"' EXIT
"$bin/pybabel" -q extract -F src/moothall/design/babel.cfg -k _ -k gettext -k ngettext:1,2 --no-location --sort-output \
  --project=Moothall --version= --copyright-holder="Moothall contributors" -o "$pot" \
  src/moothall/design src/moothall/journeys src/moothall/website src/moothall/people src/moothall/pay src/moothall/files src/moothall/slots src/moothall/casework src/moothall/insight
if [ -f "$locale/cy/LC_MESSAGES/django.po" ]; then
  "$bin/pybabel" -q update -i "$pot" -d "$locale" -D django -l cy --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
else
  "$bin/pybabel" -q init -i "$pot" -d "$locale" -D django -l cy
fi
"$bin/pybabel" -q compile -d "$locale" -D django --statistics 2>&1 | tail -3
