#!/usr/bin/env bash
# Writes the symbol graph of the module PipServices, as the last debug build left it, into a folder.
#
# `swift package dump-symbol-graph` would turn every trait on and build again; this reads what is there, with the
# import flags of the compiler call that SwiftPM recorded.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: scripts/symbol-graph.sh <output folder>" >&2; exit 2; }
output=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."

extract=$(dirname "${SWIFT:-$(command -v swiftc)}")/swift-symbolgraph-extract
call=$(grep -m 1 -o '"-module-name","PipServices",.*\]' .build/debug.yaml 2>/dev/null || true)
if [ -z "$call" ] || [ ! -e .build/debug/Modules/PipServices.swiftmodule ]; then
    echo "error: the module PipServices is not built: run \`swift build\` first" >&2
    exit 1
fi

mapfile -t flags < <(python3 -c '
import json, sys
words = iter(json.loads("[" + sys.argv[1]))
for word in words:
    if word in ("-module-name", "-I", "-Xcc", "-target", "-swift-version"):
        print(word, next(words), sep="\n")
' "$call")

rm -rf "$output"
mkdir -p "$output"
"$extract" "${flags[@]}" -minimum-access-level public -output-dir "$output"
