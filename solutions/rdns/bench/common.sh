# Functions that the benchmarks share: sourced in the folder $work, with the list `started` of processes to end.

# The head of an nsd's configuration, without its zones.
nsd_config() {
    local name=$1; shift
    printf 'server:\n username: ""\n zonesdir: "%s"\n database: ""\n pidfile: ""\n zonelistfile: "%s/%s.list"\n xfrdfile: ""\n xfrdir: "%s"\n server-count: 1\n' \
        "$work" "$work" "$name" "$work"
    printf ' ip-address: %s\n' "$@"
    printf 'remote-control:\n control-enable: no\n'
}

# Starts an nsd with the configuration NAME.conf.
start_nsd() {
    nsd -d -c "$work/$1.conf" >"$1.log" 2>&1 &
    started+=($!)
}

# An unbound without validation, as quick as it can be.
unbound_config() {
    printf 'server:\n interface: 127.0.2.1\n do-daemonize: no\n username: ""\n chroot: ""\n directory: "%s"\n pidfile: ""\n use-syslog: no\n module-config: "iterator"\n do-not-query-localhost: no\n root-hints: "hints"\n minimal-responses: yes\n num-threads: %s\n outgoing-range: 8192\n num-queries-per-thread: 4096\nremote-control:\n control-enable: no\n' \
        "$work" "$THREADS"
}

# Waits until the server at an address answers.
wait_for() {
    for _ in $(seq 200); do
        dig "@$1" "$2" SOA +tries=1 +timeout=1 >/dev/null 2>&1 && return
        sleep 0.05
    done
    echo "no server answers at $1" >&2
    exit 1
}
