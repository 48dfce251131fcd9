# SPDX-License-Identifier: MIT
# A real 389 Directory Server on a loopback port, for the realm ds.example.org, and a place for its heirs (bash, root).
#
#   . tests/lib/ds389_lab.sh                  sourced by tests/lab, after mta_lab.sh
#   ds_ports                                  the names of the ports it needs
#   ds_make LAB                               configuration and accounts (tests/lib/ds389_setup)
#   ds_start   ds_stop                        by process id; started again it keeps its accounts
#   ds_conf                                   backends and realms for the daemon's configuration
#   ds_env                                    lines for tests/lab.env
#   ds_status                                 a line for people; status 0 if it answers
#
# Expects port_of NAME. Debian's package 389-ds-base is unpacked into the cache, not installed, as it wants
# systemd and much more that is of no use here; its libraries' package is installed. The server finds
# its plugins in one folder of the system's alone, so that folder is the unpacked one for it. It runs as
# nobody, without TLS: slapd's and Samba's realms have that.
#
# FreeIPA does not run here: nobody listens on the port ds_replay, where a test puts a server that gives
# its answers (tests/lib/replay_ldap.py), for the realm ipa.example.org.

ds_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ds_cache=${SASL_REASON_CACHE:-/var/cache/sasl-reason-tests}
ds_suffix=dc=ds,dc=example,dc=org
ds_service=cn=search,ou=services,$ds_suffix

ds_ports() { echo ds ds_replay; }

# ds_unpack FOLDER: the server beside its libraries, of one version
ds_unpack() {
	mkdir -p "$1/deb" "$1/root" &&
		(cd "$1/deb" && apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=3 download "389-ds-base=$2") &&
		dpkg-deb -x "$1"/deb/389-ds-base_*.deb "$1/root" &&
		cp -a "$(ds_libraries)"/. "$1/root$(ds_libraries)/" &&
		rm -rf "$1/deb"
}

# ds_libraries: the folder that the server has built in
ds_libraries() { dpkg -L 389-ds-base-libs | sed -n 's,/libslapd\.so\.0$,,p'; }

# ds_server: the folder of the unpacked server; concurrent runs wait
ds_server() {
	local version folder work
	version=$(dpkg-query -W -f '${Version}' 389-ds-base-libs) || return 1
	folder=$ds_cache/389ds-$version
	mkdir -p "$ds_cache" || return 1
	(
		flock 9
		[ ! -d "$folder" ] || exit 0
		work=$(mktemp -d "$ds_cache/.work.XXXXXX") || exit 1
		if ds_unpack "$work/server" "$version" >&2 || { apt-get -qq update >&2 && ds_unpack "$work/server" "$version" >&2; }; then
			mv -T "$work/server" "$folder"
		fi
		rm -rf "$work"
		[ -d "$folder" ]
	) 9>"$ds_cache/.389ds.lock" && echo "$folder/root"
}

# ds_slapd ARGUMENT...: in place of this process, as nobody
ds_slapd() {
	exec setsid unshare -m -- bash -ec '
		mount --bind "$1$2" "$2"
		cd "$3"
		server=$1/usr/sbin/ns-slapd
		shift 3
		exec setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --inh-caps=-all -- "$server" "$@"
	' ds_slapd "$(cat "$ds_run/server")" "$(ds_libraries)" "$ds_run" "$@"
}

# ds_make LAB
ds_make() {
	local server name
	server=$(ds_server) || return 1
	ds_run=$1/ds
	rm -rf "$ds_run"
	for name in lock tmp ldif bak run log db schema; do
		mkdir -p "$ds_run/$name" || return 1
	done
	echo "$server" >"$ds_run/server"
	cp "$server"/etc/dirsrv/config/* "$ds_run/" && cp "$server"/usr/share/dirsrv/schema/* "$ds_run/schema/" &&
		cp "$server"/etc/dirsrv/schema/* "$ds_run/schema/" &&
		cp "$ds_top/packaging/ldap/sasl-reason-389ds.ldif" "$ds_run/schema/98sasl-reason.ldif" || return 1
	for name in admin search; do
		(umask 077 && od -An -N12 -tx1 /dev/urandom | tr -d ' \n' >"$ds_run/$name.pw") || return 1
	done
	(umask 077 && python3 "$ds_top/tests/lib/ds389_setup" "$server/usr/share/dirsrv/data" "$ds_run" "$(port_of ds)") || return 1
	chmod 755 "$ds_run" && chown -R nobody: "$ds_run" || return 1
	(ds_slapd ldif2db -D "$ds_run" -n userRoot -i "$ds_run/accounts.ldif") || return 1
	rm -f "$ds_run/accounts.ldif"
}

# ds_pid: if it runs and is ours
ds_pid() {
	local pid
	read -r pid 2>/dev/null <"$ds_run/pid" || return 1
	grep -qsF "$ds_run" "/proc/$pid/cmdline" && echo "$pid"
}

ds_uri() { echo "ldap://127.0.0.1:$(port_of ds)"; }
ds_answers() { timeout 5 ldapsearch -x -H "$(ds_uri)" -D "$ds_service" -y "$ds_run/search.pw" -s base -b "$ds_suffix" >/dev/null 2>&1; }

ds_start() {
	local i pid
	! ds_pid >/dev/null || return 0
	(ds_slapd -D "$ds_run" -i "$ds_run/run/pid" -d 0 </dev/null >>"$ds_run/console.log" 2>&1) &
	pid=$!
	echo "$pid" >"$ds_run/pid"
	for i in $(seq 200); do
		! ds_answers || return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	tail -n 20 "$ds_run/console.log"
	echo "389 Directory Server does not answer at $(ds_uri)"
	return 1
}

ds_stop() {
	local i pid
	pid=$(ds_pid) || { rm -f "$ds_run/pid"; return 0; }
	kill -CONT "$pid" 2>/dev/null
	kill "$pid" 2>/dev/null
	for i in $(seq 200); do
		[ -n "$(mta_alive "$pid")" ] || break
		sleep 0.05
	done
	[ -z "$(mta_alive "$pid")" ] || kill -9 "$pid" 2>/dev/null
	rm -f "$ds_run/pid"
}

# --- for tests/lab --------------------------------------------------------------------------------

# ds_backend LABEL DIALECT URI SERVICE BASE MORE...
ds_backend() {
	local label=$1 dialect=$2 uri=$3 service=$4 base=$5 line
	shift 5
	cat <<-CONF
		backend_ldap $label {
			uri = {"$uri"}
			dialect = $dialect
			verify = bind
			bind_dn = "$service"
			bind_password_file = "$ds_run/search.pw"
			base = "$base"
			filter = "(uid=%u)"
			threads = 4
			connect_timeout = 3000ms
			timeout = 4000ms
			total_timeout = 7000ms
	CONF
	for line; do
		printf '\t%s\n' "$line"
	done
	echo '}'
}

# ds_realm REALM LABEL STORE
ds_realm() {
	cat <<-CONF
		realm $1 {
			backends = {$2}
			secrets = hashed
			scheme = SSHA512
			app_passwords = yes
			app_password_store = $3
			floor = 150ms
		}
	CONF
}

ds_conf() {
	ds_backend ds 389ds "$(ds_uri)" "$ds_service" "ou=people,$ds_suffix" \
		'map_app_required = "(description=app-passwords-only)"'
	ds_realm ds.example.org ds sqlite
	ds_realm app.ds.example.org ds directory
	ds_backend ipa freeipa "ldap://127.0.0.1:$(port_of ds_replay)" \
		uid=sasl-reason,cn=sysaccounts,cn=etc,dc=ipa,dc=example,dc=org \
		cn=users,cn=accounts,dc=ipa,dc=example,dc=org \
		'map_app_required = "memberOf=cn=app-passwords,cn=groups,cn=accounts,dc=ipa,dc=example,dc=org"'
	ds_realm ipa.example.org ipa sqlite
}

ds_env() {
	cat <<-ENV
		DS_URI=$(ds_uri)
		DS_BASE=ou=people,$ds_suffix
		DS_PID=$(ds_pid)
		DS_LOG=$ds_run/log/access
		DS_ADMIN_PASSWORD_FILE=$ds_run/admin.pw
		DS_SERVICE_PASSWORD_FILE=$ds_run/search.pw
		DS_REPLAY=127.0.0.1:$(port_of ds_replay)
	ENV
}

ds_status() {
	local pid
	if pid=$(ds_pid) && ds_answers; then
		echo "389-ds         pid $pid, $(ds_uri)"
	else
		echo "389-ds         down"
		return 1
	fi
}
