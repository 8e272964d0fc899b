#!/usr/bin/env bash
# Benchmarks rdns beside other resolvers, in a network namespace with real servers: see README.md.
#
#   bench.sh open [SECONDS]     many clients, an open loop: Poisson arrivals, names by Zipf's law, delays, losses
#   bench.sh steady [SECONDS]   rdns alone, for a long time, with hostile packets and reloads
#   bench.sh load [SECONDS]     2,000 queries a second, 5 % of them for names whose servers do not reply
#   bench.sh cached [SECONDS]   as many queries as can be answered, or RATE a second, all of them from the cache
#
# Needs dig, dnsperf, ip, ldns-keygen, ldns-signzone, nsd, unshare, and the resolvers; and
# `cargo build --release -p rdns -p rdns-bench`.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../../target
export RDNS=${RDNS:-$target/release/rdns}
export THREADS=${THREADS:-1}
export RESOLVERS=${RESOLVERS:-rdns unbound pdns_recursor}
export PATH=$PATH:/usr/sbin
if [ -z "${IN_NAMESPACE:-}" ]; then
    exec env IN_NAMESPACE=1 unshare -Urn "$0" "$@"
fi

case ${1:-} in
open) exec "$target/release/rdns-bench" "$@" --rdns "$RDNS" --threads "$THREADS" --out "$target/bench" ;;
steady) exec "$target/release/rdns-bench" "$@" --rdns "$RDNS" --threads "$THREADS" ;;
esac

ip link set lo up
work=$(mktemp -d)
cd "$work"
started=()
trap 'disown -a; kill -KILL "${started[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
. "$here/common.sh"

names=60000
dead_zones=50
rate=2000
one_dead_in=${ONE_DEAD_IN:-20}

# The address of a live name: each name has one of its own, so that a wrong answer shows.
address='function address(n) { return "10." int(n / 65536) "." int(n / 256) % 256 "." n % 256 }'

zones() {
    printf '%s\n' '$TTL 86400' '. SOA a.root. h.root. 1 1800 900 604800 86400' '. NS a.root.' \
        'a.root. A 127.0.1.1' 'live. NS ns.live.' 'ns.live. A 127.0.1.2' 'dead. NS ns.dead.' 'ns.dead. A 127.0.1.2' >root.zone
    local head='@ SOA ns h 1 1800 900 604800 86400
@ NS ns
ns A 127.0.1.2'
    { printf '$TTL 86400\n%s\n' "$head"; awk "$address"' BEGIN { for (n = 0; n < '$names'; n++) print "n" n, "A", address(n) }'; } >live.zone
    { printf '$TTL 86400\n%s\n' "$head"; for ((n = 0; n < dead_zones; n++)); do
        printf 'z%d NS ns.z%d\nns.z%d A 127.0.3.%d\n' $n $n $n $((n + 1))
    done; } >dead.zone
    printf '. 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n' >hints
}

authorities() {
    nsd_config root 127.0.1.1 >root.conf
    printf 'zone:\n name: .\n zonefile: root.zone\n' >>root.conf
    nsd_config below 127.0.1.2 >below.conf
    printf 'zone:\n name: live\n zonefile: live.zone\nzone:\n name: dead\n zonefile: dead.zone\n' >>below.conf
    # A stopped process keeps its sockets, so that queries to it time out.
    nsd_config silent $(for ((n = 1; n <= dead_zones; n++)); do echo 127.0.3.$n; done) >silent.conf
    for server in root below silent; do
        start_nsd $server
    done
    wait_for 127.0.1.1 .
    wait_for 127.0.1.2 live
    wait_for 127.0.3.1 any
    local child
    for child in $(descendants ${started[2]}); do
        kill -STOP "$child"
        started+=("$child")
    done
}

# Prints the ids of a process and its descendants.
descendants() {
    echo "$1"
    local child
    for child in $(ps -o pid= --ppid "$1"); do descendants "$child"; done
}

start() {
    case $1 in
    rdns)
        "$RDNS" --listen 127.0.2.1:53 --root-hints hints --threads "$THREADS" >rdns.log 2>&1 &
        ;;
    unbound)
        unbound_config >unbound.conf
        unbound -d -c unbound.conf >unbound.log 2>&1 &
        ;;
    pdns_recursor)
        mkdir -p pdns
        printf 'local-address=127.0.2.1\nhint-file=%s/hints\nsocket-dir=%s/pdns\ndont-query=\ndnssec=off\ndaemon=no\ndisable-syslog=yes\nthreads=%s\nsecurity-poll-suffix=\netc-hosts-file=/dev/null\nmax-mthreads=10000\n' \
            "$work" "$work" "$THREADS" >pdns/recursor.conf
        pdns_recursor --config-dir="$work/pdns" >pdns.log 2>&1 &
        ;;
    esac
    resolver=$!
    started+=("$resolver")
    wait_for 127.0.2.1 live
}

stop() {
    kill "$resolver"
    wait "$resolver" 2>/dev/null || true
}

# The resolver's CPU time in hundredths of a second, and its peak memory in KiB.
cpu() { awk '{ print $14 + $15 }' "/proc/$resolver/stat"; }
user_cpu() { awk '{ print $14 }' "/proc/$resolver/stat"; }
memory() { awk '/VmHWM/ { print $2 }' "/proc/$resolver/status"; }

# Prints queries: one in $one_dead_in for a dead name; hardly any is repeated.
mixed() {
    awk 'BEGIN { for (n = 0; n < '"$1"'; n++) if (n % '$one_dead_in' == 0) print "n" n ".z" n % '$dead_zones' ".dead A"; else print "n" n % '$names' ".live A" }'
}

# Queries live names under load, and counts the wrong answers.
check() {
    awk 'BEGIN { for (n = 3; n < '$names'; n += 97) print "n" n ".live" }' >names
    awk "$address"' BEGIN { for (n = 3; n < '$names'; n += 97) print address(n) }' >expected
    dig @127.0.2.1 -f names +short +tries=1 +timeout=5 >got || true
    printf '%d of %d wrong or missing' "$(diff expected got | grep -c '^[<>]' || true)" "$(wc -l <names)"
}

load() {
    local seconds=${1:-30}
    mixed $((rate * seconds)) >queries
    for name in $RESOLVERS; do
        start "$name"
        check >wrong &
        local checker=$!
        local before; before=$(cpu)
        dnsperf -s 127.0.2.1 -d queries -n 1 -Q $rate -q 20000 -c 4 -t 6 -e >report 2>&1
        local after; after=$(cpu)
        wait $checker
        printf '%s: ' "$name"
        awk -F: '/Queries (sent|completed|lost)|Response codes|Average Latency/ { gsub(/  +/, " "); printf "%s:%s; ", $1, $2 }' report
        printf 'CPU %d.%02d s, at the most %d MB, %s\n' $(((after - before) / 100)) $(((after - before) % 100)) $(($(memory) / 1024)) "$(cat wrong)"
        stop
    done
}

cached() {
    local seconds=${1:-10}
    awk 'BEGIN { for (n = 0; n < 10000; n++) print "n" n ".live A" }' >queries
    for name in $RESOLVERS; do
        start "$name"
        dnsperf -s 127.0.2.1 -d queries -n 2 -q 100 -c 4 -e >warm 2>&1
        local before user_before; before=$(cpu); user_before=$(user_cpu)
        dnsperf -s 127.0.2.1 -d queries -l "$seconds" ${RATE:+-Q $RATE} -q 100 -c 4 -T 1 -e >report 2>&1
        local after user_after; after=$(cpu); user_after=$(user_cpu)
        printf '%s: ' "$name"
        awk -v cpu=$((after - before)) -v user=$((user_after - user_before)) '/Queries completed/ { n = $3 } /Queries lost/ { lost = $3 } /Queries per second/ { rate = $4 }
            END { printf "%d a second, %d lost, %.2f CPU seconds per million (%.2f in user space)", rate, lost, cpu * 1e4 / n, user * 1e4 / n }' report
        printf ', at the most %d MB\n' $(($(memory) / 1024))
        stop
    done
}

zones
authorities
case ${1:-} in
load | cached) "$@" ;;
*) echo "usage: $0 open|steady|load|cached [SECONDS]" >&2; exit 2 ;;
esac
