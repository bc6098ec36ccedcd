#!/usr/bin/env bash
# Fills the root folder of an image: an executable with its libraries, its configuration, and what a C library looks for.
#
#     scripts/image-root.sh EXECUTABLE CONFIG ROOT
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")

[ $# -eq 3 ] || { echo "usage: scripts/image-root.sh EXECUTABLE CONFIG ROOT" >&2; exit 2; }
root=$3
mkdir -p "$root/config" "$root/etc/ssl/certs" "$root/tmp" "$root/data" "$root/run/secrets"
"$scripts/collect-executable.sh" "$1" "$root"
# The loader's path in executables: /lib64 on x86, /lib on ARM.
ln -sfn lib "$root/lib64"
cp -L "$2" "$root/config/config.yml"
chmod 644 "$root/config/config.yml"
printf 'root:x:0:0::/:/sbin/nologin\nservice:x:65532:65532::/:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nservice:x:65532:\n' >"$root/etc/group"
# Authorities for calls by TLS.
authorities=/etc/ssl/certs/ca-certificates.crt
[ ! -e "$authorities" ] || cp -L "$authorities" "$root/etc/ssl/certs/"
