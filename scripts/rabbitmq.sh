#!/usr/bin/env bash
# Runs Debian's RabbitMQ in the foreground, for tests: STOMP, AMQP 0.9.1 and AMQP 1.0, on ports of loopback, everything else in a folder.
# What it starts beside, the port mapper of Erlang, ends with it. With the port of a mapper of the caller, the server takes
# the place of this process, which can then be killed.
set -euo pipefail
[ $# -eq 3 ] || [ $# -eq 4 ] || { echo "usage: scripts/rabbitmq.sh STOMP_PORT AMQP_PORT FOLDER [EPMD_PORT]" >&2; exit 2; }
mkdir -p "$3"
cd "$3"
echo '[rabbitmq_stomp,rabbitmq_amqp1_0].' >enabled_plugins
printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$2" "stomp.listeners.tcp.1 = 127.0.0.1:$1" "log.console.level = warning" \
    "log.file = false" "log.console = true" >rabbitmq.conf
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
export HOME=$3 RABBITMQ_CONFIG_FILE=$3/rabbitmq RABBITMQ_ENABLED_PLUGINS_FILE=$3/enabled_plugins
export RABBITMQ_NODENAME=pip-$1@localhost RABBITMQ_MNESIA_BASE=$3/mnesia RABBITMQ_LOG_BASE=$3/log
export RABBITMQ_PID_FILE=$3/pid RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
export RABBITMQ_DIST_PORT ERL_EPMD_PORT ERL_EPMD_ADDRESS=127.0.0.1
RABBITMQ_DIST_PORT=$(free_port)
if [ $# -eq 4 ]; then
    export ERL_EPMD_PORT=$4 RUNNING_UNDER_SYSTEMD=yes
    exec /usr/lib/rabbitmq/bin/rabbitmq-server
fi
ERL_EPMD_PORT=$(free_port)
/usr/lib/rabbitmq/bin/rabbitmq-server &
server=$!
stop() {
    trap - TERM INT
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    epmd -port "$ERL_EPMD_PORT" -kill >/dev/null 2>&1 || true
}
trap stop EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
wait "$server"
