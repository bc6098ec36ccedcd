#!/usr/bin/env bash
# Writes docs/settings.md, the table of every component's settings, from what an executable with all drivers lists.
# With --check it writes nothing, and fails when the page is out of date. Needs a debug build with all drivers; gRPC's
# sections are written, and checked, only after one with gRPC too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
page=docs/settings.md
new=$(mktemp)
trap 'rm -f "$new"' EXIT

has_grpc() { grep -q -- '-DPIP_GRPC' .build/debug.yaml; }

# The sections that the last build knows.
checked() { # file
    if has_grpc; then cat "$1"; else awk '/^### /{ isGRPC = /grpc/ } !isGRPC' "$1"; fi
}

{
    cat <<'HEAD'
# Settings

Every component that can be created by its descriptor, with the keys of its section. This page is written by
`scripts/settings.sh`, from what `--list=markdown` tells; a service lists its own components too. How values are written
and what the components do is in [configuration.md](configuration.md). A free part of a descriptor is `*`.

HEAD
    # The sample service's own components are not the toolkit's.
    .build/debug/beacons --list=markdown | awk '/^### /{ keep = index($0, "`pip-services:") } keep' | cat -s
} >"$new"

case "${1:-}" in
    "")
        has_grpc || { echo "build with --traits default,AllDrivers,GRPC first, or its settings are left out" >&2; exit 1; }
        cp "$new" "$page"
        ;;
    --check)
        diff -u <(checked "$page") <(checked "$new") || {
            echo "$page is out of date: run make docs-settings after a build with all drivers" >&2
            exit 1
        }
        ;;
    *) echo "usage: scripts/settings.sh [--check]" >&2; exit 2 ;;
esac
