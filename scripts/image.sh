#!/usr/bin/env bash
# Builds the release executable of Beacons and packs it into .build/beacons-image.tar: `make image` calls this.
#
#     scripts/image.sh [EXECUTABLE]
#
# DRIVERS="Redis MQTT" compiles these drivers in. With EXECUTABLE nothing is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

executable=${1:-}
if [ -z "$executable" ]; then
    traits=default
    for driver in ${DRIVERS:-}; do traits+=,$driver; done
    "${SWIFT:-swift}" build -c release --static-swift-stdlib --scratch-path .build-release --product beacons \
        --traits "$traits"
    executable=.build-release/release/beacons
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
scripts/image-root.sh "$executable" Sources/Beacons/config/config.yml "$root"
mkdir -p .build
version=$("$executable" --version | sed -n 's/^beacons //p')
python3 scripts/make_image.py "$root" .build/beacons-image.tar \
    --name beacons --tag "$version" --executable /beacons --port 8080
