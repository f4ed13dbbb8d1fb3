#!/usr/bin/env bash
# Brings in the components again and compiles the style sheet. Needs npm; run it by hand when
# govuk-frontend-jinja changes: the versions must match (its README says which).
# What it makes is committed, so nobody needs npm to run or test Moothall.
set -euo pipefail
GOVUK_FRONTEND=6.3.0
SASS=1.108.2
AXE=4.14.1

root=$(cd "$(dirname "$0")/.." && pwd)
work=${MOOTHALL_VENDOR_FOLDER:-$(mktemp -d)}
cd "$work"
if [ ! -d node_modules/sass ]; then
  npm init -y >/dev/null
  npm install --silent --no-audit --no-fund "govuk-frontend@$GOVUK_FRONTEND" "axe-core@$AXE" "sass@$SASS"
fi
rm -rf load && mkdir load
ln -s "$work/node_modules/govuk-frontend/dist/govuk" load/pkg
out=$root/src/moothall/design/static/design
mkdir -p "$out" "$root/tests/vendor"
node_modules/.bin/sass --style=compressed --no-source-map --no-charset --load-path=load \
  "$root/src/moothall/design/styles/moothall.scss" "$out/moothall.css"
cp node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js "$out/govuk-frontend.min.js"
sed -i '/^\/\/# sourceMappingURL/d' "$out/govuk-frontend.min.js"
cp node_modules/axe-core/axe.min.js "$root/tests/vendor/axe.min.js"
cp node_modules/axe-core/LICENSE "$root/tests/vendor/AXE-LICENCE.txt"
echo "Compiled $(wc -c <"$out/moothall.css") bytes of CSS from govuk-frontend $GOVUK_FRONTEND."
