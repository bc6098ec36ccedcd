#!/usr/bin/env bash
# Compiles the Swift examples in docs and doc comments against the modules of the last debug build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3 scripts/check_examples.py "$(dirname "${SWIFT:-$(command -v swiftc)}")/swiftc" .build/debug.yaml .build/examples
