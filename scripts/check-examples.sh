#!/usr/bin/env bash
# Checks the links of the documentation catalog, and compiles the Swift examples in docs, articles and doc comments
# against the modules of the last debug build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python3 scripts/check_docc.py Sources/PipServices
swiftc=$(dirname "${SWIFT:-$(command -v swiftc)}")/swiftc
exec python3 scripts/check_examples.py "$swiftc" .build/debug.yaml .build/examples
