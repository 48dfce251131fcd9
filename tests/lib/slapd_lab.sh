# SPDX-License-Identifier: MIT
# A real slapd with ppolicy on loopback ports, for the realms below ldap.example.org (bash, root).
#
#   . tests/lib/slapd_lab.sh                  sourced by tests/lab, after mta_lab.sh
#   ldap_ports                                the names of the ports it needs
#   ldap_make LAB                             certificates, slapd.conf, the accounts
#   ldap_start   ldap_stop                    by process id; started again it keeps its accounts
#   ldap_conf                                 backends and realms for the daemon's configuration
#   ldap_env                                  lines for tests/lab.env
#   ldap_status                               a line for people; status 0 if it answers
#
# Expects port_of NAME. It runs as nobody and writes its log (loglevel stats) to LAB/ldap/slapd.log;
# nothing below /etc/ldap is used but the stock schemas. Nobody listens on the ports ldap_hostile,
# ldaps_hostile and ldap_first: a test may put a bad server there (tests/lib/ldap_proxy.py).

ldap_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ldap_suffix=dc=ldap,dc=example,dc=org
ldap_base=ou=people,$ldap_suffix
ldap_admin=cn=admin,$ldap_suffix
ldap_service=cn=search,ou=services,$ldap_suffix
ldap_service_hash=cn=hash,ou=services,$ldap_suffix
ldap_service_keep=cn=keep,ou=services,$ldap_suffix
ldap_policy=cn=default,ou=policies,$ldap_suffix

ldap_ports() { echo ldap ldaps ldap_hostile ldaps_hostile ldap_first; }

# ldap_cert NAME SUBJECT_ALT_NAME DAYS CA: NAME.pem for the one key, signed by CA
ldap_cert() {
	openssl req -new -key key.pem -subj "/CN=$1" -out "$1.csr" 2>/dev/null &&
		openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4-key.pem" -CAcreateserial -days "$3" \
			-extfile <(echo "subjectAltName=$2") -out "$1.pem" 2>/dev/null
}

# ldap_tls: a good certificate and bad ones, for tests: expired, for another host, by an unknown CA
ldap_tls() (
	local ca
	mkdir -p "$ldap_run/tls" && cd "$ldap_run/tls" && umask 022 || return 1
	for ca in ca ca-unknown; do
		openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$ca" -keyout "$ca-key.pem" \
			-out "$ca.pem" 2>/dev/null || return 1
	done
	openssl genrsa -out key.pem 2048 2>/dev/null || return 1
	ldap_cert good DNS:localhost,IP:127.0.0.1 30 ca &&
		ldap_cert expired DNS:localhost,IP:127.0.0.1 0 ca &&
		ldap_cert other-host DNS:other.example.net 30 ca &&
		ldap_cert other-ca DNS:localhost,IP:127.0.0.1 30 ca-unknown &&
		chmod 600 ./*-key.pem && chmod 640 key.pem && chgrp "$(id -g nobody)" key.pem
)

ldap_slapd_conf() {
	local schema
	for schema in core cosine inetorgperson nis; do
		echo "include /etc/ldap/schema/$schema.schema"
	done
	cat <<-CONF
		include $ldap_top/packaging/ldap/sasl-reason.schema
		attributetype ( 1.3.6.1.4.1.4203.1.3.4 NAME 'authPassword'
		  EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
		objectclass ( 1.3.6.1.4.1.4203.1.4.7 NAME 'authPasswordObject' SUP top AUXILIARY MAY authPassword )
		modulepath /usr/lib/ldap
		moduleload back_mdb
		moduleload ppolicy
		moduleload pw-sha2
		pidfile $ldap_run/slapd.pid
		argsfile $ldap_run/slapd.args
		TLSCACertificateFile $ldap_run/tls/ca.pem
		TLSCertificateFile $ldap_run/tls/good.pem
		TLSCertificateKeyFile $ldap_run/tls/key.pem
		access to attrs=userPassword,authPassword by dn.exact="$ldap_service_hash" read
		  by self =xw by anonymous auth by * none
		access to attrs=saslReasonAppPassword by dn.exact="$ldap_service_keep" write by * none
		access to attrs=pwdHistory by dn.exact="$ldap_service" read by dn.exact="$ldap_service_hash" read
		  by * none
		access to * by dn.exact="$ldap_service" read by dn.exact="$ldap_service_hash" read
		  by dn.exact="$ldap_service_keep" read by * none
		database mdb
		suffix "$ldap_suffix"
		rootdn "$ldap_admin"
		rootpw $(cat "$ldap_run/admin.pw")
		directory $ldap_run/db
		maxsize 67108864
		dbnosync
		index uid,objectClass eq
		overlay ppolicy
		ppolicy_default "$ldap_policy"
		ppolicy_use_lockout
	CONF
}

ldap_secret() { (umask 077 && od -An -N12 -tx1 /dev/urandom | tr -d ' \n' >"$1"); }

# ldap_make LAB
ldap_make() {
	local name
	ldap_run=$1/ldap
	rm -rf "$ldap_run"
	mkdir -p "$ldap_run/db" && chmod 755 "$ldap_run" && chmod 700 "$ldap_run/db" || return 1
	ldap_tls || return 1
	for name in admin search hash keep; do
		ldap_secret "$ldap_run/$name.pw" || return 1
	done
	ldap_slapd_conf >"$ldap_run/slapd.conf" && chmod 600 "$ldap_run/slapd.conf" || return 1
	(umask 077 && python3 "$ldap_top/tests/lib/slapd_accounts.py" "$ldap_suffix" "$ldap_run" \
		>"$ldap_run/accounts.ldif") || return 1
	chown -R nobody: "$ldap_run" || return 1
	ldap_as_nobody slapadd -q -f "$ldap_run/slapd.conf" -l "$ldap_run/accounts.ldif"
}

ldap_as_nobody() {
	setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --inh-caps=-all -- "$@"
}

# ldap_pid: if it runs and is ours
ldap_pid() {
	local pid
	read -r pid 2>/dev/null <"$ldap_run/pid" || return 1
	grep -qsF "$ldap_run/slapd.conf" "/proc/$pid/cmdline" && echo "$pid"
}

ldap_uri() { echo "ldap://127.0.0.1:$(port_of ldap)"; }
ldap_answers() { timeout 5 ldapwhoami -x -H "$(ldap_uri)" >/dev/null 2>&1; }

ldap_start() {
	local i pid
	! ldap_pid >/dev/null || return 0
	: >>"$ldap_run/slapd.log"
	(cd "$ldap_run" && exec setsid setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --inh-caps=-all -- \
		/usr/sbin/slapd -f "$ldap_run/slapd.conf" -d stats \
		-h "$(ldap_uri) ldaps://127.0.0.1:$(port_of ldaps)" </dev/null >>slapd.log 2>&1) &
	pid=$!
	echo "$pid" >"$ldap_run/pid"
	for i in $(seq 100); do
		! ldap_answers || { ldap_lock; return; }
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	tail -20 "$ldap_run/slapd.log"
	echo "slapd does not answer at $(ldap_uri)"
	return 1
}

# ldap_lock: real failures lock an account; its policy takes three of them
ldap_lock() {
	local i
	for i in 1 2 3 4; do
		ldapwhoami -x -H "$(ldap_uri)" -D "uid=lockedout,$ldap_base" -w wrong >/dev/null 2>&1
	done
	ldapsearch -LLL -x -H "$(ldap_uri)" -D "$ldap_admin" -y "$ldap_run/admin.pw" -s base \
		-b "uid=lockedout,$ldap_base" pwdAccountLockedTime | grep -q '^pwdAccountLockedTime:'
}

ldap_stop() {
	local i pid
	pid=$(ldap_pid) || { rm -f "$ldap_run/pid"; return 0; }
	kill -CONT "$pid" 2>/dev/null
	kill "$pid" 2>/dev/null
	for i in $(seq 100); do
		[ -n "$(mta_alive "$pid")" ] || break
		sleep 0.05
	done
	[ -z "$(mta_alive "$pid")" ] || kill -9 "$pid" 2>/dev/null
	rm -f "$ldap_run/pid"
}

# ldap_backend LABEL VERIFY SERVICE URIS MORE...
ldap_backend() {
	local label=$1 verify=$2 service=$3 uris=$4 line
	shift 4
	cat <<-CONF
		backend_ldap $label {
			uri = {$uris}
			verify = $verify
			bind_dn = "cn=$service,ou=services,$ldap_suffix"
			bind_password_file = "$ldap_run/$service.pw"
			base = "$ldap_base"
			filter = "(uid=%u)"
			dialect = openldap
			policy_dn = "$ldap_policy"
			name_attribute = mail
			threads = 4
			connect_timeout = 1000ms
			timeout = 1500ms
			total_timeout = 3000ms
	CONF
	for line; do
		printf '\t%s\n' "$line"
	done
	echo '}'
}

# ldap_realm REALM LABEL SECRETS [LINE]
ldap_realm() {
	cat <<-CONF
		realm $1 {
			backends = {$2}
			secrets = $3
			scheme = SSHA512
			app_passwords = yes
			floor = 150ms
			${4:-}
		}
	CONF
}

ldap_conf() {
	local at=ldap://127.0.0.1 ca="tls_ca_file = \"$ldap_run/tls/ca.pem\""
	ldap_backend directory bind search "\"$(ldap_uri)\"" 'starttls = yes' "$ca"
	ldap_realm ldap.example.org directory hashed
	ldap_backend directory_hash hash hash "\"ldaps://127.0.0.1:$(port_of ldaps)\"" "$ca"
	ldap_realm hash.ldap.example.org directory_hash mixed
	ldap_backend directory_keep bind keep "\"$(ldap_uri)\"" 'starttls = yes' "$ca"
	ldap_realm app.ldap.example.org directory_keep hashed 'app_password_store = directory'
	ldap_backend directory_hostile bind search "\"$at:$(port_of ldap_hostile)\""
	ldap_realm hostile.ldap.example.org directory_hostile hashed
	ldap_backend directory_tls bind search "\"ldaps://127.0.0.1:$(port_of ldaps_hostile)\"" "$ca"
	ldap_realm tls.ldap.example.org directory_tls hashed
	ldap_backend directory_two bind search "\"$at:$(port_of ldap_first)\", \"$(ldap_uri)\""
	ldap_realm two.ldap.example.org directory_two hashed
}

ldap_env() {
	cat <<-ENV
		LDAP_URI=$(ldap_uri)
		LDAPS_URI=ldaps://127.0.0.1:$(port_of ldaps)
		LDAP_PID=$(ldap_pid)
		LDAP_LOG=$ldap_run/slapd.log
		LDAP_BASE=$ldap_base
		LDAP_ADMIN_DN=$ldap_admin
		LDAP_ADMIN_PASSWORD_FILE=$ldap_run/admin.pw
		LDAP_SERVICE_DN=$ldap_service
		LDAP_SERVICE_PASSWORD_FILE=$ldap_run/search.pw
		LDAP_HASH_DN=$ldap_service_hash
		LDAP_HASH_PASSWORD_FILE=$ldap_run/hash.pw
		LDAP_KEEP_DN=$ldap_service_keep
		LDAP_KEEP_PASSWORD_FILE=$ldap_run/keep.pw
		LDAP_POLICY_DN=$ldap_policy
		LDAP_TLS=$ldap_run/tls
		LDAP_THREADS=4
		LDAP_TOTAL_TIMEOUT_MS=3000
		LDAP_HOSTILE=127.0.0.1:$(port_of ldap_hostile)
		LDAPS_HOSTILE=127.0.0.1:$(port_of ldaps_hostile)
		LDAP_FIRST=127.0.0.1:$(port_of ldap_first)
	ENV
}

ldap_status() {
	local pid
	if pid=$(ldap_pid) && ldap_answers; then
		echo "slapd          pid $pid, $(ldap_uri)"
	else
		echo "slapd          down"
		return 1
	fi
}
