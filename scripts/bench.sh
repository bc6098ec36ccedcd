#!/usr/bin/env bash
# Builds release executables and measures them against raw baselines: `make bench` calls this.
# What is given on the command line goes on to the benchmark: scripts/bench.sh --quick --only start
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=.build-release
venv=$PWD/.build/venv

fail() {
    echo "error: $*" >&2
    exit 1
}

# The `swift` beside `swiftc`, since Debian has another command named `swift`.
swiftc=$(command -v swiftc || true)
SWIFT=${SWIFT:-${swiftc:+$(dirname "$swiftc")/swift}}
SWIFT=$(command -v "${SWIFT:-}" || true)
[ -n "$SWIFT" ] || fail "swiftc is not on PATH: install Swift 6.3 from https://www.swift.org/install/linux"

# MARK: - What the benchmark needs

packages=(wrk python3 python3-venv)

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# None of these packages brings a daemon.
install_packages() {
    local package missing=()
    if ! command -v dpkg-query >/dev/null; then
        echo "This is not Debian: nothing is installed. The benchmark needs what Debian calls ${packages[*]}."
        return
    fi
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        echo "Nothing to install: ${packages[*]} are there."
        return
    fi
    echo "Installing ${missing[*]}"
    as_root apt-get -o DPkg::Lock::Timeout=300 update
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${missing[@]}"
    echo "Installed ${missing[*]}"
}

# The toolkit's Python edition, in the environment that scripts/test.sh uses too: the stamps must agree.
prepare_python() {
    local requirements=Tests/EndToEndTests/Peers/requirements.txt stamp=$venv/stamp wanted
    wanted=$({ python3 --version; cat "$requirements"; } | sha256sum)
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        echo "The Python edition of the toolkit is in .build/venv."
        return
    fi
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    "$venv/bin/python" -c 'import pip_services4_http'
    echo "$wanted" >"$stamp"
    echo "Installed the Python edition of the toolkit into .build/venv."
}

# MARK: - The run

install_packages
prepare_python
for product in beacons BareServer Benchmarks; do
    "$SWIFT" build -c release --static-swift-stdlib --scratch-path "$build" --product "$product"
done

"$build/release/Benchmarks" \
    --beacons "$build/release/beacons" --config Sources/Beacons/config/config.yml \
    --bare "$build/release/BareServer" \
    --python "$venv/bin/python" --peer Sources/Benchmarks/Peers/beacons.py \
    --wrk wrk "$@" | tee "$build/bench.txt"
echo "The table is in $build/bench.txt."
