#!/usr/bin/env bash
# Copies an executable with all that it needs to run: FILE goes to DIR, its shared libraries and the loader to DIR/lib.
# Symbols for debuggers are left out.
#
#     scripts/collect-executable.sh FILE DIR
#
# It starts without the machine's libraries: DIR/lib/ld-linux-x86-64.so.2 --library-path DIR/lib DIR/FILE
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: scripts/collect-executable.sh FILE DIR" >&2; exit 2; }
file=$1
dir=$2
[ -x "$file" ] || { echo "error: $file is no executable" >&2; exit 1; }

mkdir -p "$dir/lib"
cp -L "$file" "$dir/"
# Lines such as `libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x...)`, and the loader's `/lib64/ld-... (0x...)`.
# A static executable has none, which ldd calls a failure.
libraries=$(ldd "$file" 2>/dev/null || true)
if missing=$(grep 'not found' <<<"$libraries"); then
    echo "error: libraries of $file are missing:"$'\n'"$missing" >&2
    exit 1
fi
while read -r library; do
    cp -L "$library" "$dir/lib/"
done < <(sed -n 's/^.*[[:space:]]\(\/[^ ]*\) (0x.*$/\1/p' <<<"$libraries" | sort -u)
if command -v strip >/dev/null; then
    strip --strip-all "$dir/$(basename "$file")"
    # The loader keeps its symbols: debuggers of threads look for them.
    find "$dir/lib" -type f ! -name 'ld-*' -exec strip --strip-unneeded {} +
fi
