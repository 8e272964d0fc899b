#!/usr/bin/env bash
# Measures the CPU time of misses: 10,000 new names in 500 zones, each asked for once, beside unbound.
#
#   misses.sh [ROUNDS]
#
# RESOLVERS lists programs: unbound, or the path of an rdns; each is started anew in each round, in turn. THREADS sets their
# threads, FLAGS the flags of rdns. Needs dig, dnsperf, ip, nsd, unbound, unshare.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export RESOLVERS=${RESOLVERS:-$here/../../../target/release/rdns unbound}
export THREADS=${THREADS:-1}
export FLAGS=${FLAGS:---no-dnssec}
export PATH=$PATH:/usr/sbin
if [ -z "${IN_NAMESPACE:-}" ]; then
    exec env IN_NAMESPACE=1 unshare -Urn "$0" "$@"
fi

ip link set lo up
work=$(mktemp -d)
cd "$work"
started=()
trap 'disown -a; kill -KILL "${started[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
. "$here/common.sh"

zones=500
names=20
# Ten zones have the same two addresses, as with an operator that serves many.
servers=50

zone_files() {
    awk -v zones=$zones -v names=$names -v servers=$servers 'BEGIN {
        print "$TTL 86400\n. SOA a.root. h.root. 1 1800 900 604800 86400\n. NS a.root.\na.root. A 127.0.1.1" >"root.zone"
        for (z = 0; z < zones; z++) {
            own = sprintf("ns1.z%d. A 127.0.4.%d\nns2.z%d. A 127.0.5.%d", z, z % servers + 1, z, z % servers + 1)
            list = sprintf("z%d. NS ns1.z%d.\nz%d. NS ns2.z%d.\n%s", z, z, z, z, own)
            print list >"root.zone"
            file = "z" z ".zone"
            printf "$ORIGIN z%d.\n$TTL 86400\n@ SOA ns1 h 1 1800 900 604800 86400\n%s\n", z, list >file
            for (n = 0; n < names; n++) printf "n%d A 10.%d.%d.%d\n", n, z / 256, z % 256, n >file
            close(file)
            printf "zone:\n name: z%d\n zonefile: %s\n", z, file >"below.zones"
        }
        for (n = 0; n < names; n++) for (z = 0; z < zones; z++) print "n" n ".z" z " A" >"queries"
    }'
    printf 'zone:\n name: .\n zonefile: root.zone\n' >root.zones
    printf '. 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n' >hints
}

start() {
    case $1 in
    unbound)
        unbound_config >unbound.conf
        unbound -d -c unbound.conf >unbound.log 2>&1 &
        ;;
    # The flags are several words.
    *) "$1" --listen 127.0.2.1:53 --root-hints hints --threads "$THREADS" $FLAGS >rdns.log 2>&1 & ;;
    esac
    resolver=$!
    started+=("$resolver")
    wait_for 127.0.2.1 z0
}

# The microseconds that the resolver's threads have run, and the datagrams that were received in the namespace.
cpu() { cat /proc/"$resolver"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d", sum / 1000 }'; }
datagrams() { awk '/^Udp: [0-9]/ { print $2 }' /proc/net/snmp; }

zone_files
{ nsd_config root 127.0.1.1; cat root.zones; } >root.conf
{ nsd_config below $(for ((n = 1; n <= servers; n++)); do echo 127.0.4.$n 127.0.5.$n; done); cat below.zones; } >below.conf
start_nsd root
start_nsd below
wait_for 127.0.1.1 .
wait_for 127.0.4.1 z0
for _ in $(seq "${1:-5}"); do
    for program in $RESOLVERS; do
        start "$program"
        before=$(cpu) received=$(datagrams)
        dnsperf -s 127.0.2.1 -d queries -n 1 -q 100 -c 4 -t 10 >report 2>&1
        after=$(cpu) received=$(($(datagrams) - received))
        awk -v program="$program" -v cpu=$((after - before)) -v datagrams=$received -v memory="$(awk '/VmHWM/ { print $2 }' /proc/"$resolver"/status)" '
            /Queries completed/ { n = $3 } /Run time/ { time = $4 } /Response codes/ { sub(/.*: */, ""); codes = $0 }
            END { printf "%s: %s; %.1f CPU seconds per million, %.2f s, %d upstream queries, %d KB\n", program, codes, cpu / n, time, datagrams / 2 - n, memory }' report
        kill "$resolver"
        wait "$resolver" 2>/dev/null || true
    done
done
