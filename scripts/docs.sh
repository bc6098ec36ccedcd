#!/usr/bin/env bash
# Builds the reference documentation of the module, with all drivers, into .build/docs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
SWIFT=${SWIFT:-$(dirname "$(command -v swiftc)")/swift}

"$SWIFT" build --target PipServices --traits default,AllDrivers,GRPC
SWIFT=$SWIFT scripts/symbol-graph.sh .build/symbol-graph
rm -rf .build/docs
"$(dirname "$SWIFT")/docc" convert Sources/PipServices/PipServices.docc \
    --additional-symbol-graph-dir .build/symbol-graph \
    --fallback-display-name PipServices --fallback-bundle-identifier PipServices \
    --output-dir .build/docs
echo "The documentation is in .build/docs. To read it:"
echo "  python3 -m http.server --directory .build/docs 8000"
echo "  http://localhost:8000/documentation/pipservices"
