#!/usr/bin/env bash
# Copies an executable with all that it links into a folder, for a cloud that unpacks it at a fixed place: scripts/lambda.sh
# and scripts/azure-function.sh call this.
#
#     scripts/package-function.sh EXECUTABLE DIR/NAME PLACE
#
# The shared libraries and the loader go to DIR/lib: the C library of the cloud is older than the one that the executable was
# linked with. The executable names the loader by its path there, PLACE/lib, so that no shell is needed.
set -euo pipefail

[ $# -eq 3 ] || { echo "usage: scripts/package-function.sh EXECUTABLE DIR/NAME PLACE" >&2; exit 2; }
executable=$1
target=$2
place=$3
folder=$(dirname "$target")

collected=$(mktemp -d)
trap 'rm -rf "$collected"' EXIT
"$(dirname "${BASH_SOURCE[0]}")/collect-executable.sh" "$executable" "$collected"
loader=$(find "$collected/lib" -name 'ld-linux*' -printf '%f\n')
[ -n "$loader" ] || { echo "error: '$executable' is not linked dynamically" >&2; exit 1; }
mkdir -p "$folder"
mv "$collected/$(basename "$executable")" "$target"
mv "$collected/lib" "$folder/"
patchelf --set-interpreter "$place/lib/$loader" --force-rpath --set-rpath "$place/lib" "$target"
# Their own search paths must not lead to libraries of the cloud.
find "$folder/lib" -type f ! -name 'ld-linux*' -exec patchelf --remove-rpath {} \;
# The certificates of Debian, for clouds without any.
[ ! -r /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$folder/"
