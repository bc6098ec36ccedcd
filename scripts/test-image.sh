#!/usr/bin/env bash
# Unpacks the image of Beacons into a root folder of its own and runs it there as an engine does: as its user, with
# nothing else of the machine but the network, and a root that is read-only.
#
#     scripts/test-image.sh [IMAGE [COMMAND...]]
#
# COMMAND runs while the service does, with its URL as the last argument.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
image=${1:-.build/beacons-image.tar}
limit=60000000

if [ "$(id -u)" -ne 0 ]; then exec sudo "$0" "$@"; fi
work=$(mktemp -d)
pid=
finish() {
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
fail() {
    echo "error: $*" >&2
    cat "$work/log" >&2 2>/dev/null || true
    exit 1
}

size=$(stat -c %s "$image")
[ "$size" -lt "$limit" ] || fail "$image has $size bytes, more than $limit"

# Checks each digest on the way.
settings=$(python3 - "$image" "$work/root" <<'END'
import hashlib, io, json, sys, tarfile
image, root = sys.argv[1:]
with tarfile.open(image) as archive:
    def blob(descriptor):
        algorithm, name = descriptor["digest"].split(":")
        data = archive.extractfile(f"blobs/{algorithm}/{name}").read()
        assert hashlib.sha256(data).hexdigest() == name, "a digest is wrong"
        assert len(data) == descriptor["size"], "a size is wrong"
        return data
    assert json.load(archive.extractfile("oci-layout"))["imageLayoutVersion"] == "1.0.0"
    manifest = json.loads(blob(json.load(archive.extractfile("index.json"))["manifests"][0]))
    config = json.loads(blob(manifest["config"]))
    layer = blob(manifest["layers"][0])
import gzip
plain = gzip.decompress(layer)
assert "sha256:" + hashlib.sha256(plain).hexdigest() == config["rootfs"]["diff_ids"][0], "the layer's digest is wrong"
with tarfile.open(fileobj=io.BytesIO(plain)) as files:
    files.extractall(root)
    wrong = [f.name for f in files if f.uid != 0 and f.name not in ("./data", "./tmp")]
    assert not wrong, f"files that the service may change: {wrong}"
settings = config["config"]
print(settings["User"], settings["Entrypoint"][0], *settings["Healthcheck"]["Test"][1:])
END
)
read -r user entry probe <<<"$settings"
[ "${user%%:*}" -gt 0 ] || fail "the image runs as root"

# Becomes a command in a root of its own, which is bound to itself and read-only: process 1, as in a container.
inside() { # command...
    exec unshare --mount --pid --fork --kill-child sh -c '
        root=$1; user=$2; shift 2
        mount --bind "$root" "$root" && mkdir -p "$root/proc" && mount -t proc proc "$root/proc" &&
            mount -o remount,bind,ro "$root" &&
            exec env -i "$(PATH=$PATH:/usr/sbin command -v chroot)" --userspec="$user" "$root" "$@"
    ' sh "$work/root" "$user" "$@"
}
mkdir -p "$work/root/proc"
: >"$work/log"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# No shell, no coreutils: variables by the option for parameters.
inside "$entry" --param "HTTP_PORT=$port;HTTP_HOST=127.0.0.1" >"$work/log" 2>&1 &
pid=$!
for try in {1..200}; do
    ! grep -q 'Container beacons started' "$work/log" || break
    { [ "$try" -lt 200 ] && kill -0 "$pid" 2>/dev/null; } || fail "the service does not start"
    sleep 0.05
done

request() { # status, method, path, curl's arguments...
    local expected=$1 method=$2 path=$3 status
    shift 3
    status=$(curl --silent --noproxy '*' --max-time 20 --output "$work/answer" --write-out '%{http_code}' \
        --request "$method" "$@" "http://127.0.0.1:$port$path")
    [ "$status" = "$expected" ] || fail "$method $path answered $status: $(cat "$work/answer")"
}
if [ $# -gt 1 ]; then "${@:2}" "http://127.0.0.1:$port" || fail "$2 failed"; fi

beacon='{"beacon":{"id":"1","site_id":"1","udi":"001"}}'
request 200 GET /heartbeat
request 200 GET /health/ready
request 200 POST /v1/beacons/create_beacon --data "$beacon"
request 200 POST /v1/beacons/get_beacon_by_id --data '{"beacon_id":"1"}'
grep -q '"udi":"001"' "$work/answer" || fail "the beacon is not as it was stored"
request 200 GET /v1/beacons/1
request 409 POST /v1/beacons/create_beacon --data "$beacon"

service=$(pgrep --parent "$pid")
[ "$(awk '/^Uid:/ { print $2 }' "/proc/$service/status")" = "${user%%:*}" ] || fail "the service does not run as $user"
[ -e "/proc/$service/root/config/config.yml" ] && [ ! -e "/proc/$service/root/usr" ] || fail "the service has another root"
! touch "/proc/$service/root/data/file" 2>/dev/null || fail "the root is not read-only"

# The health probe of the image, at the port of this run.
# shellcheck disable=SC2086
(inside ${probe/8080/$port}) || fail "the probe fails while the service is ready"
! (inside ${probe/8080/1}) 2>/dev/null || fail "the probe succeeds without a service"

kill -TERM "$service"
status=0
wait "$pid" || status=$?
pid=
[ "$status" -eq 0 ] || fail "the service ended with exit code $status"

# A persistence that can't write: the root is read-only.
! (inside "$entry" --param "HTTP_PORT=0;HTTP_HOST=127.0.0.1;FILE_ENABLED=1;FILE_PATH=/config/beacons.json") \
    >"$work/log" 2>&1 || fail "a service that can't write its data starts"
grep -q '/config/beacons.json' "$work/log" || fail "the error does not name the file"

echo "The image of $((size / 1000000)) MB runs in a root of its own as $user."
