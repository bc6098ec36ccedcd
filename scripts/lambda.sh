#!/usr/bin/env bash
# Packages an executable as a function of AWS Lambda for the runtime provided.al2023: `make lambda` calls this.
#
#   scripts/lambda.sh                        builds Beacons, with its configuration
#   scripts/lambda.sh EXECUTABLE [FILE...]   packages what is there; files and folders keep their names
#
# The shared libraries and the loader come along, see scripts/package-function.sh. The result is .build/lambda/function.zip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
output=.build/lambda

# shellcheck source=scripts/setup.sh
source scripts/setup.sh
trap remove_policy EXIT
install_packages patchelf zip binutils

if [ $# -eq 0 ]; then
    install_packages libcurl4-openssl-dev libssl-dev zlib1g-dev
    "$SWIFT" build -c release --static-swift-stdlib --traits default,AWS --scratch-path .build-release \
        --product beacons
    set -- .build-release/release/beacons Sources/Beacons/config
fi
executable=$1
shift
rm -rf "$output"
scripts/package-function.sh "$executable" "$output/package/bootstrap" /var/task
for file in "$@"; do cp -r "$file" "$output/package/"; done
# The function runs as another user, whatever the umask of this one.
chmod -R a+rX "$output/package"
(cd "$output/package" && zip -q -r -X ../function.zip .)
echo "Packaged $executable as $output/function.zip, $(stat -c %s "$output/function.zip") bytes."
