#!/usr/bin/env bash
# Builds and tests everything: `make test` calls this, `make test-full` calls it with --full. `make test-grpc` calls it with
# --grpc, for the tests of gRPC only. `make mutants` calls it with --mutants, to learn what the tests notice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
logs=$root/.build/logs

full=no
grpc=no
mutants=no
case "$*" in
    "") ;;
    --full) full=yes ;;
    --grpc) grpc=yes ;;
    --mutants) mutants=yes ;;
    *) echo "usage: scripts/test.sh [--full | --grpc | --mutants]" >&2; exit 2 ;;
esac

# gRPC is not in AllDrivers, since its packages make a build longer: `make test` leaves it to `make test-grpc` and
# `make test-full`.
all_drivers=default,AllDrivers
[ "$full$grpc" = nono ] || all_drivers=default,AllDrivers,GRPC

# shellcheck source=scripts/setup.sh
source scripts/setup.sh

# MARK: - Phases: each is named and timed, and the table at the end tells all of them

phase_names=()
phase_times=()
phase=
phase_start=0
test_lines=()

run_phase() { # name, command...
    phase=$1
    phase_start=$SECONDS
    shift
    printf '\n=== %s\n' "$phase"
    "$@"
    close_phase ""
}

close_phase() { # remark
    local took=$((SECONDS - phase_start))
    printf '=== %s:%s %d s\n' "$phase" "$1" "$took"
    phase_names+=("$phase$1")
    phase_times+=("$took")
    phase=
}

finish() {
    local status=$? failed=$phase index
    remove_policy
    [ -z "$python_pid" ] || kill "$python_pid" 2>/dev/null || true
    stop_servers
    [ -z "$phase" ] || close_phase " FAILED"
    printf '\n%8s  %s\n' seconds phase
    for index in "${!phase_names[@]}"; do
        printf '%8d  %s\n' "${phase_times[index]}" "${phase_names[index]}"
    done
    printf '\nDebian packages installed: %s\n' "$installed"
    [ ${#test_lines[@]} -eq 0 ] || printf '%s\n' "${test_lines[@]}"
    if [ "$status" -eq 0 ]; then
        echo "All phases passed in $SECONDS s."
    else
        echo "Failed in phase \"$failed\" after $SECONDS s, exit code $status."
    fi
}

# MARK: - What the tests need

packages=(
    libhiredis-dev libmemcached-dev libmosquitto-dev libmongoc-dev libcurl4-openssl-dev libqpid-proton11-dev
    libssl-dev zlib1g-dev
    curl openssl python3 python3-venv chromium memcached redis-server mosquitto mosquitto-clients apache2-utils
    nghttp2-client wrk prometheus prometheus-pushgateway activemq rabbitmq-server python3-qpid-proton binutils systemd
)

# MARK: - Builds and tests

# What an executable links with every driver on, and without any must not.
libraries=(hiredis memcached mosquitto mongoc-1.0 curl qpid-proton ssl)

# Prints what `swift build` printed about this package's own sources. Such a file is touched, since the next
# incremental build would be silent about it.
own_warnings() { # log
    local lines
    lines=$(ROOT=$root/ PACKAGE=$(basename "$root" | tr '[:upper:]' '[:lower:]') awk '
        { line = $0 }
        index(line, ENVIRON["ROOT"]) == 1 { line = substr(line, length(ENVIRON["ROOT"]) + 1) }
        line ~ /^((Sources|Tests|Examples|CDrivers)\/|Package\.swift:).*warning:/ { print line }
        index(line, "warning: \047" ENVIRON["PACKAGE"] "\047:") == 1 { print line }
    ' "$1" | sort -u)
    [ -n "$lines" ] || return 0
    printf '%s\n' "$lines"
    printf '%s\n' "$lines" | sed -n 's/^\([^:]*\):[0-9].*/\1/p' | sort -u | while read -r file; do
        [ ! -f "$file" ] || touch "$file"
    done
}

# On a build server, builds have neither an index for editors nor debug information: both take time.
# Elsewhere they have both, as a plain `swift build` has: one kind shares nothing with the other.
lean=()
[ "${PIP_TEST_LEAN:-no}" = no ] || lean=(--disable-index-store -debug-info-format none)

build() { # log name, argument of `swift build`...
    local log=$logs/$1.log warnings
    shift
    "$SWIFT" build ${lean[@]+"${lean[@]}"} "$@" 2>&1 | tee "$log"
    warnings=$(own_warnings "$log")
    [ -z "$warnings" ] || fail "the build warns about this package's own sources:"$'\n'"$warnings"
}

# How many tests run at once, for each core. Without a bound all begin at once, and time out one another.
width=()
bound_width() { # tests per core
    local option=--experimental-maximum-parallelization-width
    [[ $("$SWIFT" test --help-hidden 2>/dev/null) != *$option* ]] || width=("$option" $(($(nproc) * $1)))
}

# Many of them wait.
bound_width 3

run_tests() { # log name, argument of `swift test`...
    local name=$1 log=$logs/$1.log line status=0
    shift
    "$SWIFT" test --disable-xctest --enable-swift-testing --parallel ${width[@]+"${width[@]}"} ${lean[@]+"${lean[@]}"} \
        --traits "$all_drivers" "$@" 2>&1 | tee "$log" || status=$?
    line=$(grep -a 'Test run with' "$log" | tail -n 1 || true)
    test_lines+=("${line:-No summary of the tests was printed.} ($name)")
    if [ "$status" -ne 0 ]; then
        # What failed is far above the end of the output, which may be all that is kept of it.
        mapfile -t -O "${#test_lines[@]}" test_lines < <(grep -aE '^[^ ]+ (Test|Suite) .* recorded an issue' "$log" | cut -c 1-1000)
        exit "$status"
    fi
    [ -n "$line" ] || fail "swift test printed no summary: did any test run?"
}

build_without_drivers() {
    local linked library
    # The benchmarks and stress tests are compiled without drivers by `make test-full` only: they take minutes.
    if [ "$full" = yes ]; then build flagless; else build flagless --product beacons; fi
    linked=$(ldd .build/debug/beacons)
    for library in "${libraries[@]}"; do
        [[ $linked != *"lib$library.so"* ]] || fail "built without drivers, beacons links lib$library"
    done
}

build_with_drivers() {
    # `make test-full` builds the benchmarks and stress tests too.
    local what=--product=pip-servicesPackageTests
    [ "$full" = no ] || what=--build-tests
    build drivers "$what" --traits "$all_drivers"
}

# A server starts on a free loopback port, in a folder that goes away with it. Its address goes into the environment of
# the tests; `finish` stops it by its pid.
server_pids=()
servers=
declare -A server_ports=() server_numbers=()

start_server() { # name, variable for its address, command (PORT stands for its port)...
    begin_server "$1" "${@:3}"
    end_server "$1" "$2"
}

begin_server() { # name, command...
    local name=$1 port
    shift
    port=$(free_port)
    (cd "$servers" && exec "${@//PORT/$port}") >"$logs/$name.log" 2>&1 &
    server_pids+=($!)
    server_ports[$name]=$port
    server_numbers[$name]=$!
}

# Waits until a server answers.
end_server() { # name, variable for its address
    local name=$1 port=${server_ports[$1]} try
    for try in {1..1200}; do
        ! accepts "$port" >/dev/null 2>&1 || break
        { [ "$try" -lt 1200 ] && kill -0 "${server_numbers[$name]}" 2>/dev/null; } ||
            fail "$name does not start: see $logs/$name.log"
        sleep 0.05
    done
    export "$2=127.0.0.1:$port"
    echo "$name is at 127.0.0.1:$port."
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

accepts() { # port
    (exec 3<>"/dev/tcp/127.0.0.1/$1")
}

# These take seconds to start: they do so while the compiler works.
begin_servers() {
    local amqp
    servers=$(mktemp -d)
    begin_server activemq "$root/scripts/activemq.sh" PORT "$servers/activemq"
    amqp=$(free_port)
    begin_server rabbitmq "$root/scripts/rabbitmq.sh" PORT "$amqp" "$servers/rabbitmq"
    export PIP_TEST_RABBITMQ_AMQP=127.0.0.1:$amqp
}

start_servers() {
    local management
    end_server activemq PIP_TEST_ACTIVEMQ
    end_server rabbitmq PIP_TEST_RABBITMQ
    start_server redis PIP_TEST_REDIS \
        redis-server --port PORT --bind 127.0.0.1 --save "" --appendonly no --dir "$servers"
    start_server memcached PIP_TEST_MEMCACHED memcached -l 127.0.0.1 -p PORT -U 0 -u nobody -m 256 -c 4096
    # By default, a broker drops what waits for a subscriber beyond 1000 messages.
    printf '%s\n' "user $(id -un)" "allow_anonymous true" "max_queued_messages 0" >"$servers/mosquitto.conf"
    start_server mosquitto PIP_TEST_MOSQUITTO mosquitto -c mosquitto.conf -p PORT
    # Stand-ins: Debian has no MongoDB. PIP_TEST_MONGODB_URI names a real server for most of the tests.
    start_server mongodb PIP_TEST_MONGODB "$PIP_TEST_PYTHON" "$root/Tests/Servers/mongo_wire.py" --port PORT
    start_server mongodb-faults PIP_TEST_MONGODB_FAULTS \
        "$PIP_TEST_PYTHON" "$root/Tests/Servers/mongo_wire.py" --port PORT
    start_server mongodb-replica-set PIP_TEST_MONGODB_REPLICA_SET \
        "$PIP_TEST_PYTHON" "$root/Tests/Servers/mongo_wire.py" --replica-set rs0 --port PORT
    # The contract has a stand-in of its own: its thousands of messages would delay the answers to other tests.
    management=$(free_port)
    start_server service-bus PIP_TEST_SERVICE_BUS \
        /usr/bin/python3 "$root/Tests/Servers/service_bus.py" --port PORT --management-port "$management"
    export PIP_TEST_SERVICE_BUS_MANAGEMENT=127.0.0.1:$management
    start_server service-bus-contract PIP_TEST_SERVICE_BUS_CONTRACT \
        /usr/bin/python3 "$root/Tests/Servers/service_bus.py" --port PORT
    start_server aws PIP_TEST_AWS "$PIP_TEST_PYTHON" "$root/Tests/Servers/aws.py" --port PORT
    start_server azure PIP_TEST_AZURE "$PIP_TEST_PYTHON" "$root/Tests/Servers/azure_services.py" --port PORT
}

stop_servers() {
    local pid
    for pid in ${server_pids[@]+"${server_pids[@]}"}; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    [ -z "$servers" ] || rm -rf "$servers"
}

# Installed while the compiler works: most of it is waiting.
python_pid=

begin_python() {
    prepare_python >"$logs/python.log" 2>&1 &
    python_pid=$!
}

end_python() {
    local status=0
    wait "$python_pid" || status=$?
    python_pid=
    cat "$logs/python.log"
    return "$status"
}

test_with_drivers() {
    run_tests tests --skip-build
}

test_grpc() {
    run_tests grpc --skip-build --filter GRPC
}

# MUTANTS="--count 10 --only Data/" is passed on.
test_mutants() {
    # shellcheck disable=SC2086
    SWIFT=$SWIFT python3 scripts/mutants.py "--test-arguments=${width[*]-}" ${MUTANTS:-}
}

build_by_flags() {
    local driver flag library linked message flags=()
    for flag in PIP_REDIS PIP_MEMCACHED PIP_MQTT PIP_MONGODB PIP_CURL PIP_AMQP PIP_PROMETHEUS PIP_ELASTICSEARCH; do
        flags+=(-Xswiftc "-D$flag")
    done
    build flags --scratch-path .build-flags --disable-default-traits "${flags[@]}"
    linked=$(ldd .build-flags/debug/beacons)
    for library in "${libraries[@]}"; do
        [[ $linked == *"lib$library.so"* ]] || fail "built by literal flags, beacons does not link lib$library"
    done
    # A flag brings no Swift package.
    for driver in AWS Azure; do
        message=$("${SWIFT%swift}swiftc" -typecheck "-DPIP_${driver^^}" \
            "Sources/PipServices/Drivers/$driver/Foundation/${driver}Driver.swift" 2>&1) &&
            fail "-DPIP_${driver^^} compiles without swift-crypto"
        [[ $message == *"trait $driver"* ]] ||
            fail "-DPIP_${driver^^} without swift-crypto does not name the trait: $message"
    done
}

build_release() {
    build release -c release --static-swift-stdlib --scratch-path .build-release --product beacons
    .build-release/release/beacons --help >/dev/null || fail "the release executable does not answer --help"
}

# The image, unpacked and run in a root of its own.
test_image() {
    scripts/image.sh .build-release/release/beacons
    scripts/test-image.sh
}

# Beacons as a function of AWS Lambda, in a root file system with nothing but the package.
test_lambda_package() {
    scripts/lambda.sh
    as_root "$PIP_TEST_PYTHON" Tests/Servers/lambda_package.py .build/lambda/package 5 ||
        fail "the packaged function does not work in an empty root file system"
}

# Beacons in all its forms: the image, and the package for Azure in a root file system with nothing but it.
test_forms() {
    scripts/azure-function.sh
    as_root "$PIP_TEST_PYTHON" Tests/Servers/forms.py .build/debug/beacons --image .build/beacons-image.tar \
        --azure .build/azure-function/package || fail "the forms of Beacons give different answers"
}

# Optimised code, with the drivers that it exercises: the benchmarks are built with the same ones.
optimised=(-c release --traits "default,Curl,Redis,Memcached,MQTT,MongoDB,ActiveMQ,AMQP,AWS,Azure")

# Stress tests of every concurrent type, as optimised code: the optimiser shortens lifetimes as no debug build does.
test_optimised() {
    build stress "${optimised[@]}" --static-swift-stdlib --scratch-path .build-release --product Stress
    .build-release/release/Stress --seconds 5 || fail "a stress test of optimised code failed"
}

# The same under the thread sanitizer.
test_optimised_threads() {
    build stress-tsan "${optimised[@]}" --sanitize=thread --scratch-path .build-release-tsan --product Stress
    write_races .build-release-tsan
    TSAN_OPTIONS="suppressions=$root/.build-release-tsan/races.txt:print_suppressions=0" \
        .build-release-tsan/release/Stress --seconds 3 || fail "the thread sanitizer reports races in optimised code"
}

# The release executable of Beacons under a mixed load whose responses are checked.
test_load() {
    build load "${optimised[@]}" --static-swift-stdlib --scratch-path .build-release --product Benchmarks
    .build-release/release/Benchmarks --only load --load-seconds 10
}

# Under a sanitizer no more tests run at once than there are threads for them: a test that computes for long would keep
# others waiting beyond their bounds. Counts are those of `make test`: the full ones ran without a sanitizer before, and would
# take hours with one.
#
# One function is left out by name: what a continuation reads when it is resumed before its task has gone to sleep. Swift's
# runtime orders that by an atomic of its own, which the sanitizer can't see.
write_races() { # folder
    mkdir -p "$1"
    echo 'race:sScc6resume' >"$1/races.txt"
}

test_threads() {
    unset PIP_TEST_FULL
    export PIP_TEST_SANITIZER=thread
    bound_width 1
    write_races .build-tsan
    TSAN_OPTIONS="suppressions=$root/.build-tsan/races.txt:print_suppressions=0" \
        run_tests thread-sanitizer --sanitize=thread --scratch-path .build-tsan
}

# Some leaks are left out by name; any other fails the run. XCTest's runner has its own; so has Foundation's Process, by
# which tests start services (those are checked for themselves, when they end), and its way to read an empty file.
# Components that depend on each other in a circle keep each other, see SlotBox. What counts the weak references to an
# object hangs on that object by a pointer in disguise, which the sanitizer can't follow; it is no leak while the object
# lives, and an object that leaks is told itself. So do values of indirect enums in static constants (_WZ names what
# makes one), which live as long as the process. NIOSSL loses its context when a certificate does not fit its key;
# swift-crypto a number when it makes the key of a test.
test_addresses() {
    unset PIP_TEST_FULL
    export PIP_TEST_SANITIZER=address
    bound_width 1
    mkdir -p .build-asan
    printf 'leak:%s\n' libXCTest.so ChildProcess readBytesFromFile SlotBox formWeakReference '_WZ$' NIOSSLContext \
        withBignumPointer >.build-asan/leaks.txt
    LSAN_OPTIONS="suppressions=$root/.build-asan/leaks.txt:print_suppressions=0" \
        run_tests address-sanitizer --sanitize=address --scratch-path .build-asan
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$logs"
export PIP_TEST_PYTHON=$venv/bin/python
[ "$full" = no ] || export PIP_TEST_FULL=1

if [ "$grpc" = yes ]; then
    run_phase "Debian packages" install_packages "${packages[@]}"
    begin_python
    run_phase "Build with all drivers" build_with_drivers
    run_phase "Python edition" end_python
    run_phase "Tests of gRPC" test_grpc
    exit
fi

if [ "$mutants" = yes ]; then
    run_phase "Debian packages" install_packages "${packages[@]}"
    begin_python
    begin_servers
    run_phase "Python edition" end_python
    run_phase "Servers" start_servers
    run_phase "Random changes" test_mutants
    exit
fi

# First of all, before any C library is installed: it must need none.
run_phase "Build without drivers" build_without_drivers
run_phase "Debian packages" install_packages "${packages[@]}"
begin_python
begin_servers
run_phase "Build with all drivers" build_with_drivers
run_phase "Python edition" end_python
run_phase "Servers" start_servers
run_phase "Tests" test_with_drivers
run_phase "Symmetry with the toolkit" scripts/check-symmetry.sh
run_phase "Examples in docs" scripts/check-examples.sh
run_phase "Settings tables" scripts/settings.sh --check
run_phase "Forms of Beacons" scripts/count-forms.sh --check
run_phase "Lint" make --no-print-directory lint SWIFT="$SWIFT"
if [ "$full" = yes ]; then
    run_phase "Build by literal flags" build_by_flags
    run_phase "Release build" build_release
    run_phase "Image" test_image
    run_phase "Breaks of the API" scripts/api-breaks.sh
    run_phase "Lambda package" test_lambda_package
    run_phase "One Beacons in five forms" test_forms
    run_phase "Stress tests, optimised" test_optimised
    run_phase "Mixed load, optimised" test_load
    run_phase "Stress tests, optimised, thread sanitizer" test_optimised_threads
    run_phase "Thread sanitizer" test_threads
    run_phase "Address sanitizer" test_addresses
fi
