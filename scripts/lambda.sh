#!/usr/bin/env bash
# Packages an executable as a function of AWS Lambda for the runtime provided.al2023: `make lambda` calls this.
#
#   scripts/lambda.sh                        builds Beacons, with its configuration
#   scripts/lambda.sh EXECUTABLE [FILE...]   packages what is there; files and folders keep their names
#
# The shared libraries and the loader come along: the C library of the runtime is older than the one that the executable
# was linked with. The executable names the loader by its path in the runtime, /var/task/lib, so that no shell is needed.
# The result is .build/lambda/function.zip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
task=/var/task
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
[ -x "$executable" ] || fail "'$executable' is not an executable file"

rm -rf "$output"
mkdir -p "$output/package/lib"
cp "$executable" "$output/package/bootstrap"
strip --strip-debug "$output/package/bootstrap" 2>/dev/null || true

# Lines such as "libcurl.so.4 => /lib/x86_64-linux-gnu/libcurl.so.4 (0x...)" and "/lib64/ld-linux-x86-64.so.2 (0x...)".
loader=
while read -r line; do
    [[ $line != *"not found"* ]] || fail "a library of $executable is missing: $line"
    path=$(sed -n 's/^\(.* => \)\{0,1\}\(\/[^ ]*\) (0x[0-9a-f]*)$/\2/p' <<<"$line")
    [ -n "$path" ] || continue
    cp -L "$path" "$output/package/lib/"
    [[ $path != */ld-linux* ]] || loader=${path##*/}
done < <(ldd "$executable" | sed 's/^[[:space:]]*//')
[ -n "$loader" ] || fail "'$executable' is not linked dynamically"
patchelf --set-interpreter "$task/lib/$loader" --force-rpath --set-rpath "$task/lib" "$output/package/bootstrap"
# Their own search paths must not lead to libraries of the runtime.
for library in "$output"/package/lib/*; do
    case ${library##*/} in
        ld-linux*) ;;
        *) patchelf --remove-rpath "$library" ;;
    esac
done
# The certificates of Debian, for runtimes without any.
[ ! -r /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$output/package/"
for file in "$@"; do cp -r "$file" "$output/package/"; done
# The function runs as another user, whatever the umask of this one.
chmod -R a+rX "$output/package"
(cd "$output/package" && zip -q -r -X ../function.zip .)
echo "Packaged $executable as $output/function.zip, $(stat -c %s "$output/function.zip") bytes."
