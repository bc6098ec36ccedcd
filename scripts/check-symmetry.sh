#!/usr/bin/env bash
# Checks docs/symmetry.md against the module of the last debug build, and that everything public is documented.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/symbol-graph.sh .build/symbol-graph
exec python3 scripts/check_symmetry.py docs/symmetry.md .build/symbol-graph
