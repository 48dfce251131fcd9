# SPDX-License-Identifier: MIT
# Real MTAs on loopback ports, started from the example files of packaging/mta and stopped by pid (bash, root).
#
#   . tests/lib/mta_lab.sh
#   mta_init RUN_DIR                          certificate, hosts, users; also sets EXIM_STOCK and so on
#   mta_postfix_dir NAME                      make a Postfix queue, so that the daemon can bind in it;
#                                             prints the path for its listener (group postfix, mode 0660)
#   mta_start_postfix PORT                    stock Postfix, smtpd_sasl_type = dovecot
#   mta_start_postfix_cyrus PORT PLUGINS      stock Postfix, cyrus, smtpd in a chroot
#   mta_start_exim PORT SOCKET                stock Exim with the ACL recipe
#   mta_start_exim_patched PORT PLUGINS SOCKET
#   mta_start_sendmail PORT PLUGINS SOCKET    patched sendmail
#   mta_stop NAME...   mta_stop_all           names: postfix postfix_cyrus exim exim_patched sendmail
#   mta_log NAME                              the path of its log
#
# PLUGINS is the folder that holds libreason.so; SOCKET the daemon's listener (postfix: see above).
# RUN_DIR must not lie below a world-writable folder. All offer PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 with
# and without STARTTLS, accept mail of authenticated users and deliver none.
#
# Each MTA lives in a mount and UTS namespace of its own: its host name is mx.example.org, its users,
# hosts, resolver, SASL plugin folder and /dev/log are the lab's. Nothing of the system is changed.

mta_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mta_examples=$mta_top/packaging/mta
mta_host=mx.example.org
mta_mechs='PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256'
# Users that the MTAs insist on; they exist inside the lab alone.
mta_exim_id=59811
mta_sendmail_id=59812

mta_fail() { echo "mta_lab: $*" >&2; return 1; }

# mta_init RUN_DIR
mta_init() {
	local vars
	mta_run=$1/mta
	mkdir -p "$mta_run/etc" "$mta_run/tls"
	chmod 755 "$1" "$mta_run" "$mta_run/etc" "$mta_run/tls"
	vars=$("$mta_top/tests/lib/mta_get") || return 1
	while IFS='=' read -r key value; do
		case $key in EXIM_STOCK | EXIM_PATCHED | SENDMAIL_PATCHED | SENDMAIL_CF) printf -v "$key" %s "$value" ;; esac
	done <<<"$vars"
	mta_etc
	mta_certificate
}

# mta_etc: the files that take the place of the system's inside a lab MTA
mta_etc() {
	local e=$mta_run/etc
	printf '127.0.0.1 %s localhost\n' "$mta_host" >"$e/hosts"
	printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$e/resolv.conf"
	printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n' \
		>"$e/nsswitch.conf"
	{
		grep -Ev '^(Debian-exim|smmta|smmsp):' /etc/passwd
		echo "Debian-exim:x:$mta_exim_id:$mta_exim_id::/nonexistent:/usr/sbin/nologin"
		echo "smmta:x:$mta_sendmail_id:$mta_sendmail_id::/nonexistent:/usr/sbin/nologin"
		echo "smmsp:x:$((mta_sendmail_id + 1)):$((mta_sendmail_id + 1))::/nonexistent:/usr/sbin/nologin"
	} >"$e/passwd"
	{
		grep -Ev '^(Debian-exim|smmta|smmsp):' /etc/group
		printf 'Debian-exim:x:%s:\nsmmta:x:%s:\nsmmsp:x:%s:\n' \
			$mta_exim_id $mta_sendmail_id $((mta_sendmail_id + 1))
	} >"$e/group"
}

mta_certificate() {
	local t=$mta_run/tls
	[ ! -s "$t/key.pem" ] || return 0
	(umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$mta_host" \
		-addext "subjectAltName=DNS:$mta_host,DNS:localhost,IP:127.0.0.1" \
		-keyout "$t/key.pem" -out "$t/cert.pem" 2>/dev/null) || mta_fail "no certificate"
	chmod 644 "$t/cert.pem"
	install -m 640 -g $mta_exim_id "$t/key.pem" "$t/exim-key.pem"
}

# mta_sasl NAME PLUGINS: a plugin folder for NAME, the system's plugins and ours
mta_sasl() {
	local d=$mta_run/$1/sasl2
	rm -rf "$d"
	mkdir -p "$d"
	cp -a /usr/lib/*/sasl2/*.so* "$d/" || return 1
	install -m 644 "$2/libreason.so" "$d/libreason.so" || mta_fail "no libreason.so in $2"
}

# mta_sasl_conf EXAMPLE SOCKET: the example with the lab's values in front, where they win
mta_sasl_conf() {
	printf 'mech_list: %s\nreason_mechs: %s\nreason_socket: %s\n' "$mta_mechs" "$mta_mechs" "$2"
	cat "$1"
}

# mta_ns NAME COMMAND...: run COMMAND in namespaces of its own, with its output in the log of NAME
mta_ns() {
	local d=$mta_run/$1
	shift
	unshare -m -u -- bash -ec '
		run=$1 dir=$2 host=$3
		shift 3
		hostname "$host"
		for f in hosts resolv.conf nsswitch.conf passwd group; do
			[ ! -e /etc/$f ] || mount --bind "$run/etc/$f" "$(readlink -f /etc/$f)"
		done
		for f in /etc/sasl2 /etc/sasl; do
			[ ! -d $f ] || mount -t tmpfs none $f
		done
		if [ -d "$dir/sasl2" ]; then
			for f in /usr/lib/*/sasl2; do mount --bind "$dir/sasl2" "$f"; done
		fi
		if [ -S "$dir/devlog" ]; then
			mkdir -p "$dir/dev"
			mount -t tmpfs -o mode=755 none "$dir/dev"
			for f in null zero full random urandom tty; do
				: >"$dir/dev/$f"
				mount --bind /dev/$f "$dir/dev/$f"
			done
			ln -s "$dir/devlog" "$dir/dev/log"
			mount --move "$dir/dev" /dev 2>/dev/null || mount --rbind "$dir/dev" /dev
		fi
		cd /
		exec "$@"
	' mta_ns "$mta_run" "$d" "$mta_host" "$@" >>"$d/console.log" 2>&1 </dev/null
}

# mta_wait PORT NAME: until it greets, at most 10 s
mta_wait() {
	local i line
	for i in $(seq 100); do
		if line=$(exec 2>/dev/null 5<>"/dev/tcp/127.0.0.1/$1" && read -r -t 5 line <&5 &&
			printf 'QUIT\r\n' >&5 && echo "$line"); then
			case $line in 220*) return 0 ;; esac
		fi
		sleep 0.1
	done
	tail -n 20 "$mta_run/$2/console.log" "$(mta_log "$2")" >&2
	mta_fail "$2 does not greet on port $1"
}

# --- Postfix --------------------------------------------------------------------------------------

mta_postfix_dir() {
	local d=$mta_run/$1
	mkdir -p "$d/etc" "$d/data" "$d/queue/private"
	chown postfix "$d/data" "$d/queue/private"
	chmod 700 "$d/queue/private"
	echo "$d/queue/private/sasl-reason"
}

# mta_postfix NAME PORT CHROOT EXAMPLE
mta_postfix() {
	local name=$1 d=$mta_run/$1
	mta_postfix_dir "$name" >/dev/null
	{
		cat <<-MAIN
			compatibility_level = 3.6
			queue_directory = $d/queue
			data_directory = $d/data
			command_directory = /usr/sbin
			daemon_directory = $(postconf -d -h daemon_directory)
			mail_owner = postfix
			setgid_group = postdrop
			myhostname = $mta_host
			mydestination =
			inet_interfaces = 127.0.0.1
			inet_protocols = all
			mynetworks_style = host
			alias_maps =
			alias_database =
			local_recipient_maps =
			default_transport = discard
			relay_transport = discard
			maillog_file = $d/maillog
			maillog_file_prefixes = $mta_run
			smtpd_peername_lookup = no
			smtpd_tls_security_level = may
			smtpd_tls_cert_file = $mta_run/tls/cert.pem
			smtpd_tls_key_file = $mta_run/tls/key.pem
			smtpd_relay_restrictions = permit_sasl_authenticated, reject
			smtpd_sender_login_maps = regexp:$d/etc/logins
			smtpd_sender_restrictions = reject_sender_login_mismatch
			smtpd_error_sleep_time = 0
			smtpd_hard_error_limit = 1000
			smtpd_client_connection_count_limit = 0
			smtpd_authorized_xclient_hosts = 127.0.0.1
			anvil_rate_time_unit = 1s
		MAIN
		cat "$4"
	} >"$d/etc/main.cf"
	# Every address belongs to the login of the same name.
	echo '/^([^@]+@([a-z]+\.)?example\.org)$/ ${1}' >"$d/etc/logins"
	cat >"$d/etc/master.cf" <<-MASTER
		127.0.0.1:$2 inet n - $3 - - smtpd -o smtpd_sasl_auth_enable=yes -o cyrus_sasl_config_path=$d/etc/sasl
		cleanup   unix  n - n - 0 cleanup
		qmgr      unix  n - n 300 1 qmgr
		rewrite   unix  - - n - - trivial-rewrite
		bounce    unix  - - n - 0 bounce
		defer     unix  - - n - 0 bounce
		trace     unix  - - n - 0 bounce
		verify    unix  - - n - 1 verify
		anvil     unix  - - n - 1 anvil
		proxymap  unix  - - n - - proxymap
		error     unix  - - n - - error
		discard   unix  - - n - - discard
		tlsmgr    unix  - - n 1000? 1 tlsmgr
		postlog   unix-dgram n - n - 1 postlogd
	MASTER
	mta_ns "$name" postfix -c "$d/etc" start || { tail -5 "$d/console.log" >&2; mta_fail "$name does not start"; return 1; }
	mta_wait "$2" "$name"
}

mta_start_postfix() {
	mta_postfix postfix "$1" n "$mta_examples/postfix/main.cf.dovecot"
}

mta_start_postfix_cyrus() {
	mta_postfix_dir postfix_cyrus >/dev/null
	mta_sasl postfix_cyrus "$2" || return 1
	mkdir -p "$mta_run/postfix_cyrus/etc/sasl"
	mta_sasl_conf "$mta_examples/postfix/smtpd.conf" private/sasl-reason >"$mta_run/postfix_cyrus/etc/sasl/smtpd.conf"
	mta_postfix postfix_cyrus "$1" y "$mta_examples/postfix/main.cf.cyrus"
}

# --- Exim -----------------------------------------------------------------------------------------

# mta_exim NAME PORT BINARY AUTHENTICATORS [SOCKET]: with the ACL recipe if there is a SOCKET
mta_exim() {
	local name=$1 d=$mta_run/$1
	mkdir -p "$d/spool" "$d/log"
	chown $mta_exim_id:$mta_exim_id "$d/spool" "$d/log"
	cat >"$d/exim.conf" <<-EXIM
		SASL_REASON_SOCKET = ${5:-none}
		SASL_REASON_OFFER = yes
		SASL_REASON_CHALLENGE = yes
		primary_hostname = $mta_host
		spool_directory = $d/spool
		log_file_path = $d/log/%slog
		pid_file_path = $d/exim.pid
		local_interfaces = 127.0.0.1
		daemon_smtp_ports = $2
		host_lookup =
		rfc1413_query_timeout = 0s
		tls_advertise_hosts = *
		tls_certificate = $mta_run/tls/cert.pem
		tls_privatekey = $mta_run/tls/exim-key.pem
		smtp_accept_max = 0
		log_selector = +smtp_connection +smtp_protocol_error +received_sender
		${5:+acl_smtp_auth = acl_sasl_reason}
		acl_smtp_rcpt = acl_rcpt
		begin acl
		acl_rcpt:
		  accept authenticated = *
		  deny   message = authentication needed
		${5:+.include $mta_examples/exim/sasl-reason-acl.conf}
		begin routers
		nowhere:
		  driver = redirect
		  data = :blackhole:
		begin authenticators
		.include $4
	EXIM
	mta_ns "$name" "$3" -C "$d/exim.conf" -bd || { tail -5 "$d/console.log" >&2; mta_fail "$name does not start"; return 1; }
	mta_wait "$2" "$name"
}

mta_start_exim() {
	mta_exim exim "$1" "$EXIM_STOCK" "$mta_examples/exim/sasl-reason-authenticators.conf" "$2"
}

mta_start_exim_patched() {
	mta_sasl exim_patched "$2" || return 1
	mta_sasl_conf "$mta_examples/exim/exim.conf" "$3" >"$mta_run/exim_patched/sasl2/exim.conf"
	mta_exim exim_patched "$1" "$EXIM_PATCHED" "$mta_examples/exim/authenticators-cyrus.conf"
}

# --- sendmail -------------------------------------------------------------------------------------

# A datagram socket in the place of /dev/log, for sendmail cannot log anywhere else
mta_syslog() {
	local d=$mta_run/$1
	rm -f "$d/devlog"
	python3 -c '
import os, socket, sys
os.chdir(sys.argv[1])
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("devlog")
os.chmod("devlog", 0o666)
if os.fork(): os._exit(0)
os.setsid()
null = os.open("/dev/null", os.O_RDWR)
for fd in (0, 1, 2): os.dup2(null, fd)
os.closerange(4, 256) if s.fileno() == 3 else None
open("syslog.pid", "w").write("%d\n" % os.getpid())
log = open("maillog", "ab", 0)
while True: log.write(s.recv(65536).rstrip(b"\0\n") + b"\n")
' "$d"
}

mta_start_sendmail() {
	local d=$mta_run/sendmail f
	mta_sasl sendmail "$2" || return 1
	mta_sasl_conf "$mta_examples/sendmail/Sendmail.conf" "$3" >"$d/sasl2/Sendmail.conf"
	mkdir -p "$d/queue"
	chmod 700 "$d/queue"
	: >"$d/statistics"
	printf 'hosts files\naliases files\n' >"$d/service.switch"
	cat >"$d/sendmail.mc" <<-MC
		divert(0)dnl
		include(\`$SENDMAIL_CF/m4/cf.m4')dnl
		OSTYPE(\`linux')dnl
		define(\`confDOMAIN_NAME', \`$mta_host')dnl
		define(\`QUEUE_DIR', \`$d/queue')dnl
		define(\`confPID_FILE', \`$d/sendmail.pid')dnl
		define(\`STATUS_FILE', \`$d/statistics')dnl
		define(\`ALIAS_FILE', \`')dnl
		define(\`confSERVICE_SWITCH_FILE', \`$d/service.switch')dnl
		define(\`confCONTROL_SOCKET_NAME', \`')dnl
		define(\`confTO_IDENT', \`0')dnl
		define(\`confDELIVERY_MODE', \`queue')dnl
		define(\`confLOG_LEVEL', \`14')dnl
		define(\`confREFUSE_LA', \`1000')dnl
		define(\`confQUEUE_LA', \`1000')dnl
		define(\`confCACERT_PATH', \`$mta_run/tls')dnl
		define(\`confCACERT', \`$mta_run/tls/cert.pem')dnl
		define(\`confSERVER_CERT', \`$mta_run/tls/cert.pem')dnl
		define(\`confSERVER_KEY', \`$mta_run/tls/key.pem')dnl
		define(\`confAUTH_MECHANISMS', \`$mta_mechs')dnl
		define(\`confAUTH_OPTIONS', \`A y')dnl
		FEATURE(\`no_default_msa')dnl
		FEATURE(\`nocanonify')dnl
		FEATURE(\`accept_unresolvable_domains')dnl
		include(\`$mta_examples/sendmail/sasl-reason.m4')dnl
		DAEMON_OPTIONS(\`Name=MSA, Family=inet, Addr=127.0.0.1, Port=$1, M=E')dnl
		MAILER(\`local')dnl
		MAILER(\`smtp')dnl
	MC
	m4 -D_CF_DIR_="$SENDMAIL_CF/" "$d/sendmail.mc" >"$d/sendmail.cf" || return 1
	mta_syslog sendmail || return 1
	mta_ns sendmail "$SENDMAIL_PATCHED" -C"$d/sendmail.cf" -bd ||
		{ tail -5 "$d/console.log" >&2; mta_fail "sendmail does not start"; return 1; }
	mta_wait "$1" sendmail
}

# --- stopping -------------------------------------------------------------------------------------

mta_log() {
	case $1 in
	exim*) echo "$mta_run/$1/log/mainlog" ;;
	*) echo "$mta_run/$1/maillog" ;;
	esac
}

# mta_pids NAME: the daemon, and its sessions that would outlive it; never a process that is not the lab's
mta_pids() {
	local d=$mta_run/$1 f pid
	for f in "$d"/{queue/pid/master.pid,exim.pid,sendmail.pid,syslog.pid}; do
		[ -s "$f" ] || continue
		read -r pid _ <"$f"
		case $(readlink "/proc/$pid/cwd") in
		"$d" | "$d"/*) ;;
		*) grep -qsF "$d" "/proc/$pid/cmdline" || continue ;;
		esac
		echo "$pid"
		pgrep -P "$pid" || true
	done
}

# mta_alive PID...: those that still run (a zombie does not)
mta_alive() {
	local pid state
	for pid; do
		state=$(sed -n 's/^.*) \(.\) .*/\1/p' "/proc/$pid/stat" 2>/dev/null)
		case $state in '' | Z | X) ;; *) echo "$pid" ;; esac
	done
}

mta_stop() {
	local name pids= i
	for name; do
		pids+=" $(mta_pids "$name")"
	done
	pids=$(mta_alive $pids)
	[ -z "$pids" ] || kill $pids 2>/dev/null || true
	for i in $(seq 100); do
		pids=$(mta_alive $pids)
		[ -n "$pids" ] || break
		sleep 0.05
	done
	[ -z "$pids" ] || kill -9 $pids 2>/dev/null || true
	for name; do
		rm -f "$mta_run/$name"/{queue/pid/master.pid,exim.pid,sendmail.pid,syslog.pid,devlog}
	done
}

mta_stop_all() {
	mta_stop postfix postfix_cyrus exim exim_patched sendmail
}
