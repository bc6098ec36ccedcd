#!/usr/bin/env bash
# Compiles the Swift examples in docs and doc comments against the modules of the last debug build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
swiftc=$(dirname "${SWIFT:-$(command -v swiftc)}")/swiftc
exec python3 scripts/check_examples.py "$swiftc" .build/debug.yaml .build/examples
