#!/usr/bin/env bash
# Counts the lines by which the forms of Beacons differ, as the table of docs/deployment.md has them: Swift and configuration,
# without empty lines and comments. Scripts that pack a form are not counted. `--check` compares them with that table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lines() { # file...
    [ $# -gt 0 ] || { echo 0; return; }
    cat "$@" | grep -cvE '^[[:space:]]*(//.*|#.*)?$' || true
}

# Form, sources that only it has, and after -- its configuration.
forms() {
    row "Process" -- Sources/Beacons/config/config.yml
    row "systemd" -- Sources/Beacons/config/config.yml deploy/systemd/beacons.service
    row "Image" -- Sources/Beacons/config/config.yml
    row "Kubernetes" -- deploy/kubernetes/beacons.yaml
    row "AWS Lambda" Sources/Beacons/BeaconsFunction.swift -- Sources/Beacons/config/config.yml
    row "Google Cloud" -- deploy/google-cloud/config.yml
    row "Azure Functions" -- deploy/azure-functions/config.yml deploy/azure-functions/host.json \
        deploy/azure-functions/beacons/function.json
}

mapfile -t sources < <(find Sources/Beacons -name '*.swift' ! -name BeaconsFunction.swift)
shared=$(lines "${sources[@]}")

row() { # form, source... -- file...
    local name=$1 code=() own
    shift
    while [ "$1" != -- ]; do
        code+=("$1")
        shift
    done
    shift
    own=$(lines ${code[@]+"${code[@]}"})
    printf '| %s | %d | %d | %d %% |\n' "$name" "$own" "$(lines "$@")" $((100 * shared / (shared + own)))
}

table=$(printf '| Form | Specific Swift lines | Configuration lines | Shared Swift |\n|---|---|---|---|\n'; forms)
case "${1:-}" in
    "") echo "$table" ;;
    --check)
        while read -r line; do
            grep -qxF "$line" docs/deployment.md || {
                echo "error: docs/deployment.md does not have the line: $line; run scripts/count-forms.sh" >&2
                exit 1
            }
        done <<<"$table"
        ;;
    *) echo "usage: scripts/count-forms.sh [--check]" >&2; exit 2 ;;
esac
