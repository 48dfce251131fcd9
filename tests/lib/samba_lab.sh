# SPDX-License-Identifier: MIT
# A real Samba domain controller on loopback ports, for the realms below ad.example.org (bash, root).
#
#   . tests/lib/samba_lab.sh                  sourced by tests/lab, after mta_lab.sh
#   ad_ports                                  the names of the ports it needs
#   ad_make LAB                               a copy of the domain, smb.conf, certificates
#   ad_start   ad_stop                        by process id; started again it keeps its accounts
#   ad_conf                                   backends and realms for the daemon's configuration
#   ad_env                                    lines for tests/lab.env
#   ad_status                                 a line for people; status 0 if it answers
#
# Expects port_of NAME. The domain is provisioned once per Samba version and recipe, into the cache. Samba
# cannot be told its ports, so it runs in a network namespace of its own (tests/lib/lab_netns), and it is
# one process that serves LDAP alone. It takes no simple bind without TLS, so all use its CA.

ad_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ad_cache=${SASL_REASON_CACHE:-/var/cache/sasl-reason-tests}
ad_suffix=dc=ad,dc=example,dc=org
ad_service=cn=sasl-reason,ou=services,$ad_suffix
# As in tests/lib/samba_domain.
ad_service_password=Service-Passw0rd!
ad_admin_password=Adm1n-Passw0rd!
ad_lock_after=20

ad_ports() { echo ad ads; }

# --- the domain -----------------------------------------------------------------------------------

# ad_smb_conf FOLDER: where private, state and so on are
ad_smb_conf() {
	cat <<-CONF
		[global]
			netbios name = DC1
			realm = AD.EXAMPLE.ORG
			workgroup = EXAMPLE
			server role = active directory domain controller
			server services = ldap
			dcerpc endpoint servers = -winreg -srvsvc
			interfaces = lo
			bind interfaces only = yes
			private dir = $1/private
			state directory = $1/state
			cache directory = $1/cache
			lock directory = $1
			binddns dir = $1/bind-dns
			pid directory = $1/run
			ncalrpc dir = $1/run/ncalrpc
			tls keyfile = $1/tls/key.pem
			tls certfile = $1/tls/good.pem
			tls cafile = $1/tls/ca.pem
			logging = file
			log file = $1/samba.log
			max log size = 0
			log level = 1 auth:3
			old password allowed period = 0
	CONF
}

# ad_provision FOLDER
ad_provision() {
	samba-tool domain provision --targetdir="$1" --realm=AD.EXAMPLE.ORG --domain=EXAMPLE --server-role=dc \
		--dns-backend=NONE --host-name=dc1 --host-ip=127.0.0.1 --adminpass="$ad_admin_password" \
		--option="interfaces=lo" --option="bind interfaces only=yes" &&
		mkdir -p "$1/cache" "$1/run" &&
		ad_smb_conf "$1" >"$1/smb.conf" &&
		"$ad_top/tests/lib/samba_domain" accounts "$1/smb.conf" &&
		rm -rf "$1/etc" "$1/state/sysvol" "$1/smb.conf"
}

# ad_domain: the folder of the provisioned domain, made if it is not there; concurrent runs wait
ad_domain() {
	local key folder work
	key=$(samba --version | cat - "$ad_top/tests/lib/samba_lab.sh" "$ad_top/tests/lib/samba_domain" | sha256sum | cut -c1-12)
	folder=$ad_cache/samba-$key
	mkdir -p "$ad_cache" || return 1
	(
		flock 9
		[ ! -d "$folder" ] || exit 0
		work=$(mktemp -d "$ad_cache/.work.XXXXXX") || exit 1
		if ad_provision "$work/domain" >&2; then
			mv -T "$work/domain" "$folder"
			find "$ad_cache" -maxdepth 1 -name 'samba-*' ! -path "$folder" -mtime +30 -exec rm -rf {} +
		fi
		rm -rf "$work"
		[ -d "$folder" ]
	) 9>"$ad_cache/.samba.lock" && echo "$folder"
}

# --- running it -----------------------------------------------------------------------------------

ad_tls() (
	mkdir -p "$ad_run/tls" && cd "$ad_run/tls" && umask 022 || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=ad.example.org CA" \
		-addext keyUsage=critical,keyCertSign,cRLSign \
		-keyout ca-key.pem -out ca.pem 2>/dev/null &&
		openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=dc1.ad.example.org" \
			-keyout key.pem -out good.csr 2>/dev/null &&
		openssl x509 -req -in good.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -out good.pem \
			-extfile <(echo "subjectAltName=DNS:dc1.ad.example.org,IP:127.0.0.1") 2>/dev/null &&
		chmod 600 ./*key.pem
)

ad_secret() { (umask 077 && printf %s "$2" >"$ad_run/$1.pw") && chown nobody "$ad_run/$1.pw"; }

# ad_make LAB
ad_make() {
	local domain
	domain=$(ad_domain) || return 1
	ad_run=$1/ad
	rm -rf "$ad_run"
	cp -a "$domain" "$ad_run" && chmod 755 "$ad_run" && ad_tls || return 1
	ad_secret service "$ad_service_password" && ad_secret admin "$ad_admin_password" || return 1
	ad_smb_conf "$ad_run" >"$ad_run/smb.conf" && "$ad_top/tests/lib/samba_domain" dates "$ad_run/smb.conf"
}

ad_uri() { echo "ldaps://127.0.0.1:$(port_of ads)"; }

# ad_search ACCOUNT PASSWORD: a bind, and the root entry; status as of ldapsearch (49: refused)
ad_search() {
	LDAPTLS_CACERT=$ad_run/tls/ca.pem timeout 5 ldapsearch -LLL -x -H "$(ad_uri)" -D "$1" -w "$2" \
		-s base -b '' defaultNamingContext 2>&1
}

ad_answers() { ad_search "$ad_service" "$ad_service_password" >/dev/null; }

# ad_pid: of tests/lib/lab_netns, whose child Samba is, if it runs and is ours
ad_pid() {
	local pid
	read -r pid 2>/dev/null <"$ad_run/pid" || return 1
	grep -qsF "$ad_run/smb.conf" "/proc/$pid/cmdline" && echo "$pid"
}

ad_start() {
	local i pid
	! ad_pid >/dev/null || return 0
	(cd "$ad_run" && exec setsid "$ad_top/tests/lib/lab_netns" "$(port_of ad):389" "$(port_of ads):636" -- \
		samba -F --no-process-group -M single -s "$ad_run/smb.conf" </dev/null >>console.log 2>&1) &
	pid=$!
	echo "$pid" >"$ad_run/pid"
	for i in $(seq 200); do
		! ad_answers || { ad_lock; return; }
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	tail -n 20 "$ad_run/console.log" "$ad_run/samba.log"
	echo "Samba does not answer at $(ad_uri)"
	return 1
}

# ad_lock: real failures lock an account, until an administrator unlocks it
ad_lock() {
	local i
	for i in $(seq $((ad_lock_after + 1))); do
		case $(ad_search locked@ad.example.org wrong) in *'data 775'*) return 0 ;; esac
	done
	echo "the account does not lock"
	return 1
}

ad_stop() {
	local i pid samba
	pid=$(ad_pid) || { rm -f "$ad_run/pid"; return 0; }
	samba=$(pgrep -P "$pid")
	[ -z "$samba" ] || kill -CONT $samba 2>/dev/null
	kill "$pid" 2>/dev/null
	for i in $(seq 100); do
		[ -n "$(mta_alive $pid $samba)" ] || break
		sleep 0.05
	done
	samba=$(mta_alive $pid $samba)
	[ -z "$samba" ] || kill -9 $samba 2>/dev/null
	rm -f "$ad_run/pid"
}

# --- for tests/lab --------------------------------------------------------------------------------

# ad_backend LABEL URI MORE...: with a service account that has no rights but those of every account
ad_backend() {
	local label=$1 uri=$2 line
	shift 2
	cat <<-CONF
		backend_ldap $label {
			uri = {"$uri"}
			tls_ca_file = "$ad_run/tls/ca.pem"
			dialect = active-directory
			verify = bind
			bind_dn = "$ad_service"
			bind_password_file = "$ad_run/service.pw"
			base = "$ad_suffix"
			filter = "(&(objectCategory=person)(objectClass=user)(sAMAccountName=%u))"
			map_app_required = "memberOf=CN=app-passwords,OU=people,DC=ad,DC=example,DC=org"
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

# ad_realm REALM LABEL
ad_realm() {
	cat <<-CONF
		realm $1 {
			backends = {$2}
			secrets = hashed
			app_passwords = yes
			floor = 150ms
		}
	CONF
}

ad_conf() {
	ad_backend ad "$(ad_uri)" 'bind_as = upn'
	ad_realm ad.example.org ad
	ad_backend ad_dn "ldap://127.0.0.1:$(port_of ad)" 'starttls = yes' 'bind_as = dn'
	ad_realm dn.ad.example.org ad_dn
	ad_backend ad_domain "$(ad_uri)" 'bind_as = domain' 'domain = EXAMPLE'
	ad_realm domain.ad.example.org ad_domain
}

ad_env() {
	cat <<-ENV
		AD_URI=$(ad_uri)
		AD_BASE=$ad_suffix
		AD_PEOPLE=ou=people,$ad_suffix
		AD_PID=$(pgrep -P "$(ad_pid)" 2>/dev/null)
		AD_LOG=$ad_run/samba.log
		AD_CA_FILE=$ad_run/tls/ca.pem
		AD_SERVICE_DN=$ad_service
		AD_SERVICE_PASSWORD_FILE=$ad_run/service.pw
		AD_ADMIN=Administrator@ad.example.org
		AD_ADMIN_PASSWORD_FILE=$ad_run/admin.pw
	ENV
}

ad_status() {
	local pid
	if pid=$(ad_pid) && ad_answers; then
		echo "samba          pid $(pgrep -P "$pid"), $(ad_uri)"
	else
		echo "samba          down"
		return 1
	fi
}
