#!/usr/bin/env bash
# Writes docs/settings.md, the table of every component's settings, from what an executable with all drivers lists.
# With --check it writes nothing, and fails when the page is out of date. Needs a debug build with all drivers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
page=docs/settings.md
new=$(mktemp)
trap 'rm -f "$new"' EXIT

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
    "") cp "$new" "$page" ;;
    --check)
        diff -u "$page" "$new" || {
            echo "$page is out of date: run make docs-settings after a build with all drivers" >&2
            exit 1
        }
        ;;
    *) echo "usage: scripts/settings.sh [--check]" >&2; exit 2 ;;
esac
