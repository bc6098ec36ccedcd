#!/usr/bin/env bash
# Compares the public API with that of the last release, the newest tag `v<major>.<minor>.<patch>` or without the `v`:
# `make api-breaks` calls this. Accepted breaks are listed in .api-breakage-allowlist.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tag=$(git tag --list --sort=-version:refname | grep -E '^v?[0-9]+\.[0-9]+\.[0-9]+$' | head -n 1 || true)
if [ -z "$tag" ]; then
    echo "There is no release yet, with which the API could be compared: no tag such as v1.0.0."
    exit 0
fi
options=()
[ ! -e .api-breakage-allowlist ] || options=(--breakage-allowlist-path .api-breakage-allowlist)
echo "Comparing the API with $tag."
exec "${SWIFT:-swift}" package diagnose-api-breaking-changes "$tag" --products PipServices --products PipServicesTesting \
    ${options[@]+"${options[@]}"}
