# Starts unbound for the judge: unbound.sh FOLDER LISTEN-HOST LISTEN-PORT HINTS [more lines for its "server:" section]
cat >"$1/$3.conf" <<EOF
server:
  interface: $2@$3
  port: $3
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "$1"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  root-hints: "$4"
  minimal-responses: yes
  $5
remote-control:
  control-enable: no
EOF
PATH="$PATH:/usr/sbin" exec unbound -d -c "$1/$3.conf"
