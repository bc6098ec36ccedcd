# shellcheck shell=bash disable=SC2154,SC2034
# What test.sh and bench.sh share: the Swift to build with, Debian packages, and the toolkit's Python edition.
# To be sourced by bash with `root` set to the package's folder.
venv=$root/.build/venv
policy=/usr/sbin/policy-rc.d
policy_written=no
installed="none"

fail() {
    echo "error: $*" >&2
    exit 1
}

# The `swift` beside `swiftc`, first on PATH for tests too, since Debian has another command named `swift`. Debian has
# mosquitto in /usr/sbin, which is not on the PATH of everybody.
swiftc=$(command -v swiftc || true)
SWIFT=${SWIFT:-${swiftc:+$(dirname "$swiftc")/swift}}
SWIFT=$(command -v "${SWIFT:-}" || true)
[ -n "$SWIFT" ] || fail "swiftc is not on PATH: install Swift 6.3 from https://www.swift.org/install/linux"
export SWIFT
PATH=$(dirname "$SWIFT"):$PATH:/usr/sbin

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# While this file is there, Debian starts no daemon that it installs.
write_policy() {
    if [ -e "$policy" ] || [ -L "$policy" ]; then return; fi
    policy_written=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}

remove_policy() {
    [ "$policy_written" = yes ] || return 0
    policy_written=no
    as_root rm -f "$policy"
}

# Installs the packages that are not there. None of them leaves a daemon running.
install_packages() { # package...
    local package missing=()
    if ! command -v dpkg-query >/dev/null; then
        echo "This is not Debian: nothing is installed. Needed is what Debian calls $*."
        return
    fi
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        echo "Nothing to install: $* are there."
        return
    fi
    echo "Installing ${missing[*]}"
    as_root apt-get -o DPkg::Lock::Timeout=300 update
    write_policy
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${missing[@]}"
    remove_policy
    installed="${missing[*]}"
    echo "Installed ${missing[*]}"
}

# The toolkit's Python edition, in an environment of its own inside .build.
prepare_python() {
    local requirements=Tests/EndToEndTests/Peers/requirements.txt stamp=$venv/stamp wanted
    wanted=$({ python3 --version; cat "$requirements" "${requirements%.txt}-aws.txt"; } | sha256sum)
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        echo "The Python edition of the toolkit is in .build/venv."
        return
    fi
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    # The toolkit's edition needs version 7 of the client, and tests another one beside.
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$venv/elasticsearch8" \
        elasticsearch==8.19.3 elastic-transport==8.19.0
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$venv/aws" \
        --requirement "${requirements%.txt}-aws.txt"
    "$venv/bin/python" -c 'import pip_services4_http'
    echo "$wanted" >"$stamp"
    echo "Installed the Python edition of the toolkit into .build/venv."
}
