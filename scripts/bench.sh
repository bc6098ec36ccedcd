#!/usr/bin/env bash
# Builds release executables and measures them against raw baselines: `make bench` calls this.
# What is given on the command line goes on to the benchmark: scripts/bench.sh --quick --only start
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
build=.build-release

# shellcheck source=scripts/setup.sh
source scripts/setup.sh

install_packages \
    wrk openssl python3 python3-venv libcurl4-openssl-dev libssl-dev libhiredis-dev libmemcached-dev memcached redis-server \
    libmosquitto-dev mosquitto libmongoc-dev activemq libqpid-proton11-dev rabbitmq-server patchelf zip binutils
prepare_python
for product in beacons BareServer; do
    "$SWIFT" build -c release --static-swift-stdlib --scratch-path "$build" --product "$product"
done
# The services are measured without drivers, and once with gRPC.
cp "$build/release/beacons" "$build/beacons"
"$SWIFT" build -c release --static-swift-stdlib --scratch-path "$build" --traits default,GRPC --product beacons
cp "$build/release/beacons" "$build/beacons-grpc"
# As a function of AWS Lambda.
SWIFT="$SWIFT" scripts/lambda.sh
"$SWIFT" build -c release --static-swift-stdlib --scratch-path "$build" \
    --traits default,Curl,Redis,Memcached,MQTT,MongoDB,ActiveMQ,AMQP,AWS,Azure,GRPC --product Benchmarks

"$build/release/Benchmarks" \
    --beacons "$build/beacons" --beacons-grpc "$build/beacons-grpc" --config Sources/Beacons/config/config.yml \
    --bare "$build/release/BareServer" --lambda .build/lambda/package \
    --python "$venv/bin/python" --peer Sources/Benchmarks/Peers/beacons.py \
    --wrk wrk "$@" | tee "$build/bench.txt"
echo "The table is in $build/bench.txt."
