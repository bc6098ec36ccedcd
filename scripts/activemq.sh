#!/usr/bin/env bash
# Runs Debian's ActiveMQ in the foreground, for tests: STOMP on a port of loopback, messages in memory, with its scheduler.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: scripts/activemq.sh PORT FOLDER" >&2; exit 2; }
home=/usr/share/activemq
mkdir -p "$2"
cd "$2"
exec java -Xmx512m "-Dactivemq.home=$home" "-Dactivemq.base=$2" \
    -cp "$home/lib/*:$home/lib/optional/*:/usr/share/java/log4j-1.2.jar" \
    org.apache.activemq.console.Main start \
    "broker:(stomp://127.0.0.1:$1)?persistent=false&schedulerSupport=true&useJmx=false&dataDirectory=$2"
