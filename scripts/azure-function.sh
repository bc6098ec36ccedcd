#!/usr/bin/env bash
# Packages an executable as a custom handler of Azure Functions: `make azure-function` calls this.
#
#   scripts/azure-function.sh                    builds Beacons, with deploy/azure-functions
#   scripts/azure-function.sh EXECUTABLE FOLDER  packages what is there: FOLDER has host.json, whose customHandler names
#                                                the executable, a folder with function.json for each function, and the
#                                                configuration
#
# The shared libraries and the loader come along, see scripts/package-function.sh. The result is
# .build/azure-function/function.zip, for `az functionapp deployment source config-zip`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
output=.build/azure-function

# shellcheck source=scripts/setup.sh
source scripts/setup.sh
trap remove_policy EXIT
install_packages patchelf zip binutils

if [ $# -eq 0 ]; then
    install_packages libcurl4-openssl-dev libssl-dev zlib1g-dev
    "$SWIFT" build -c release --static-swift-stdlib --traits default,Azure --scratch-path .build-release \
        --product beacons
    set -- .build-release/release/beacons deploy/azure-functions
fi
[ $# -eq 2 ] || fail "usage: scripts/azure-function.sh [EXECUTABLE FOLDER]"
executable=$1
folder=$2
name=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["customHandler"]["description"]["defaultExecutablePath"])' \
    "$folder/host.json") || fail "$folder/host.json names no executable in customHandler.description.defaultExecutablePath"
[[ $name =~ ^[A-Za-z0-9._-]+$ ]] || fail "$folder/host.json names the executable '$name'; expected the name of a file"
[ ! -e "$folder/$name" ] || fail "$folder has a file or a function with the name of the executable, '$name'"
compgen -G "$folder/*/function.json" >/dev/null || fail "$folder has no function: expected NAME/function.json"

rm -rf "$output"
mkdir -p "$output/package"
cp -r "$folder/." "$output/package/"
# Where Azure puts the files of an app.
scripts/package-function.sh "$executable" "$output/package/$name" /home/site/wwwroot
# The function runs as another user, whatever the umask of this one.
chmod -R a+rX "$output/package"
(cd "$output/package" && zip -q -r -X ../function.zip .)
echo "Packaged $executable as $output/function.zip, $(stat -c %s "$output/function.zip") bytes."
