# SPDX-License-Identifier: MIT
# A daemon of a test's own, and a slapd, in a folder of their own beside the lab (bash, root).
#
#   . tests/lib/own_daemon.sh
#   own_open PROGRAM...   builds the daemon and these of tests/; the folder is $own, that of the build
#                         $own_build. All ends, and the folder goes, with the script
#   own_slapd             starts a slapd with the accounts of tests/lib/slapd_accounts.py
#   own_conf              the first lines of a configuration, to standard output; the accounts of
#                         tests/lib/timing_accounts.py are its backend "accounts", $own/state keeps its state
#   own_ldap_conf         its backend "directory" (slapd_lab.sh), verify = bind
#   own_start             the daemon, with $own/conf; it serves $own/auth
#   own_worker            the process id of its worker
#   own_stop              ends it
#
# From own_open on all of it goes ahead of everything else on the machine, so that what others do there
# counts for less; $own_ahead is yes if that is so without exception.
#
# SASL_REASON_BUILD     a finished build folder, in place of building (flavour hardened)

own_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
own='' own_build='' own_daemon='' own_ahead=yes
. "$own_top/tests/lib/slapd_lab.sh"
ldap_run=

# What slapd_lab.sh asks for.
port_of() { awk -v name="$1" '$1 == name {print $2}' "$own/ports"; }

# mta_alive PID...: those that still run (a zombie does not)
mta_alive() {
	local pid state
	for pid; do
		state=$(sed -n 's/^.*) \(.\) .*/\1/p' "/proc/$pid/stat" 2>/dev/null)
		case $state in '' | Z | X) ;; *) echo "$pid" ;; esac
	done
}

own_bail() {
	echo "Bail out! $*"
	exit 1
}

own_close() {
	own_stop
	[ -z "$ldap_run" ] || ldap_stop
	[ -z "$own" ] || rm -rf "$own"
}

# The kernel weighs sessions against each other before the processes in them (sched(7), autogroup): only a
# real-time policy counts for all.
own_go_ahead() {
	! chrt -f -p 1 $$ 2>/dev/null || return 0
	own_ahead=no
	renice -n -20 -p $$ >/dev/null 2>&1
	{ echo -20 >"/proc/$$/autogroup"; } 2>/dev/null || true
}

own_open() {
	[ "$(id -u)" = 0 ] || own_bail "root is needed"
	set -- "${@/#/tests/}"
	if [ -n "${SASL_REASON_BUILD:-}" ]; then
		own_build=$SASL_REASON_BUILD
		make -s -C "$own_build" "$@" >&2 || own_bail "it does not build"
	else
		"$own_top/tests/lib/build" hardened >/dev/null || own_bail "it does not build"
		own_build=$("$own_top/tests/lib/build" hardened "$@") || own_bail "it does not build"
	fi
	own_go_ahead
	trap 'exit 1' INT TERM
	trap own_close EXIT
	own=$(mktemp -d "${TMPDIR:-/tmp}/sasl-reason-own.XXXXXX") || own_bail "no folder"
	chmod 755 "$own"
	(umask 077 && head -c 32 /dev/urandom >"$own/key") && chown nobody "$own/key"
	install -d -o nobody -m 700 "$own/state"
	: >"$own/log"
}

own_slapd() {
	python3 - >"$own/ports" <<-'PY' || return 1
		import random, socket
		held = []
		while len(held) < 2:
		    s = socket.socket()
		    try:
		        s.bind(("127.0.0.1", random.randrange(20000, 32000)))
		        held.append(s)
		    except OSError:
		        pass
		for name, s in zip(("ldap", "ldaps"), held):
		    print(name, s.getsockname()[1])
	PY
	ldap_make "$own" >>"$own/log" 2>&1 && ldap_start >>"$own/log" 2>&1 || {
		tail -20 "$own/log" >&2
		return 1
	}
}

# own_conf REALM...: the realms whose accounts there are
own_conf() {
	(umask 077 && python3 "$own_top/tests/lib/timing_accounts.py" "$@" >"$own/accounts") &&
		chown nobody "$own/accounts" || return 1
	cat <<-CONF
		user = nobody
		log = stderr
		log_level = error
		key_file = "$own/key"
		state_directory = "$own/state"
		admin_socket = "$own/admin"
		default_realm = $1
		listener "$own/auth" {
			mode = 0600
			mechanisms = {PLAIN, LOGIN, SCRAM-SHA-256}
		}
		backend_file accounts {
			path = "$own/accounts"
		}
	CONF
}

own_ldap_conf() {
	ldap_backend directory bind search "\"$(ldap_uri)\"" 'starttls = yes' "tls_ca_file = \"$ldap_run/tls/ca.pem\""
}

# own_realm REALM BACKEND SECRETS FLOOR [THRESHOLD]: failures are counted there, but never so many that it locks
# (or THRESHOLD of a name from one network, ten times as many of a name) or delays
own_realm() {
	cat <<-CONF
		realm $1 {
			backends = {$2}
			secrets = $3
			scheme = SSHA512
			app_passwords = yes
			floor = $4
			lock_threshold = ${5:-1000000}
			lock_network_threshold = 1000000
			lock_delay = 0
		}
	CONF
}

own_worker() { tr -d ' \n' <"/proc/$own_daemon/task/$own_daemon/children"; }

own_start() {
	local i
	setsid "$own_build/sasl-reasond" -c "$own/conf" --foreground </dev/null >>"$own/log" 2>&1 &
	own_daemon=$!
	for i in $(seq 100); do
		! grep -qs . "/proc/$own_daemon/task/$own_daemon/children" || [ ! -S "$own/auth" ] || return 0
		sleep 0.05
	done
	tail -20 "$own/log" >&2
	return 1
}

own_stop() {
	local i pids
	[ -n "$own_daemon" ] || return 0
	pids="$own_daemon $(own_worker 2>/dev/null)"
	kill "$own_daemon" 2>/dev/null
	for i in $(seq 220); do
		# shellcheck disable=SC2086
		pids=$(mta_alive $pids)
		[ -n "$pids" ] || break
		sleep 0.05
	done
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill -9 $pids 2>/dev/null
	wait "$own_daemon" 2>/dev/null
	own_daemon=
}
