/* SPDX-License-Identifier: MIT */
/* The table of every key of sasl-reason.conf: its type, range, default and help. */
#include "engine/settings_keys.h"

#include <string.h>

#include "core/reason.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define SCHEMES                                                                                    \
	"CRYPT|SHA512-CRYPT|BLF-CRYPT|PLAIN|SSHA512|PBKDF2-SHA256|ARGON2ID|SCRAM-SHA-1|"           \
	"SCRAM-SHA-256"
#define MECHANISMS "PLAIN|LOGIN|CRAM-MD5|SCRAM-SHA-1|SCRAM-SHA-256"

static const struct conf_section keys_sections[] = {
    {"listener", "path", NULL,
     "A socket that speaks the Dovecot auth client protocol, to Postfix, Exim and the libsasl2 "
     "plugin. The title is its absolute path."},
    {"backend_file", "label", NULL,
     "Accounts in a file with the syntax of Dovecot's passwd-file. Realms refer to it by its "
     "label."},
    {"backend_passwd", "label", NULL,
     "The accounts of the system (getpwnam and getspnam). The daemon's user has to be able to "
     "read the shadow passwords. Realms refer to it by its label."},
    {"backend_ldap", "label", NULL,
     "Accounts in a directory: OpenLDAP, Active Directory, 389 Directory Server, FreeIPA. A search "
     "finds the account, a bind as the account or its stored secrets prove the password. Realms "
     "refer to it by its label."},
    {"store", "kind", NULL,
     "Where several daemons keep what they share. The one kind is valkey: the counters of failed "
     "attempts in Valkey or Redis, so that all daemons lock together. While it is away each "
     "daemon counts alone. All of them need the same key_file (see there how to set it later)."},
    {"realm", "domain", NULL,
     "The accounts of one mail domain. The case of the domain does not matter."},
    {"messages", NULL, "realm",
     "The texts of the replies, one key for each reason, here for all realms or inside a realm "
     "for that one. A text is one line of printable ASCII of at most 380 octets. The words in "
     "braces that its key lists are replaced; no others may stand in it. The reply goes on with "
     "the reason's token and the id of the incident."},
};

/* The choices of log, log_level, username_format, secrets and disclose stand in the order of their
 * enums; of the others the second one is a bool's true. */
static const struct conf_key keys_rows[] = {
    {"", "user", CONF_TEXT, "sasl-reason", 0, 0, NULL, NULL, "the user who starts it",
     "The user that the daemon becomes after it has opened its sockets."},
    {"", "log", CONF_CHOICE, "syslog", 0, 0, NULL, "stderr|syslog", NULL,
     "Where log lines go; syslog has the facility mail."},
    {"", "log_level", CONF_CHOICE, "info", 0, 0, NULL, "error|warning|info|debug", NULL,
     "The least important lines that are still written. Each login is a line of level info."},
    {"", "pid_file", CONF_PATH, "", 0, 0, NULL, NULL, "none",
     "Holds the number of the parent process while it runs."},
    {"", "key_file", CONF_PATH, "", 0, 0, NULL, NULL,
     "key in state_directory, which is made; without one a random key for each start",
     "A secret of at least 16 random octets, from which the SCRAM salts of names without an "
     "account come, and under which app passwords are stored: without it they are lost. May be "
     "readable by its owner alone. Where there are app passwords already, the file key in "
     "state_directory has to be copied to it first: install -m 0600 "
     "/var/lib/sasl-reason/key /etc/sasl-reason/key."},
    {"", "state_directory", CONF_PATH, "/var/lib/sasl-reason", 0, 0, NULL, NULL,
     "nothing is kept: no journal, no app passwords of ours, and a restart forgets all counters",
     "Where the daemon keeps app passwords, counters of failed attempts and the journal. Made if "
     "it is not there and the daemon may make it, which it may not under its systemd unit; belongs "
     "to user, and nobody else may look into it."},
    {"", "admin_socket", CONF_PATH, "/run/sasl-reason/admin", 0, 0, NULL, NULL, "none",
     "The socket of sasl-reason(8). Its folder is made if it is not there."},
    {"", "admin_group", CONF_TEXT, "", 0, 0, NULL, NULL, "root alone",
     "Whose members may use admin_socket too: they can read the journal and make app passwords "
     "for everybody."},
    {"", "journal_entries", CONF_NUMBER, "100000", 0, 100000000, NULL, NULL, NULL,
     "Decisions that are remembered for `sasl-reason why`; 0: none."},
    {"", "journal_days", CONF_NUMBER, "90", 1, 3650, "d", NULL, NULL, "Older ones are forgotten."},
    {"", "journal_size", CONF_NUMBER, "64", 1, 1048576, NULL, NULL, NULL,
     "The oldest are forgotten when they take more than so many MiB."},
    {"", "journal_unknown_names", CONF_CHOICE, "plain", 0, 0, NULL, "plain|hashed", NULL,
     "How names that no backend was found to know stand in the journal and in the log. They may be "
     "passwords typed into the wrong field: hashed keeps a keyed hash of them, and also of what is "
     "refused before it is looked up, such as a locked name. Counters of failed attempts "
     "(lockouts) have the name itself until they end."},
    {"", "lock_entries", CONF_NUMBER, "65536", 1024, 16777216, NULL, NULL, NULL,
     "Counters of failed attempts for each of: name and network, name, network, account. One "
     "takes some 250 octets and its name, once it is used. When there are more, those that are not "
     "locked make room; "
     "what would need the room of a lock is told too-many-attempts."},
    {"", "lock_ipv4_bits", CONF_NUMBER, "32", 8, 32, NULL, NULL, NULL,
     "Addresses with so many first bits in common are one network, for counting."},
    {"", "lock_ipv6_bits", CONF_NUMBER, "64", 16, 128, NULL, NULL, NULL, "The same for IPv6."},
    {"", "trusted_forwarders", CONF_LIST, "", 0, 0, NULL, NULL, "none",
     "Addresses or networks of webmail servers and proxies. An attempt that names another client "
     "for which it speaks counts for that client's network; others from here are counted by name "
     "alone, at ten times the threshold, and a login takes none of these off."},
    {"", "shared_networks", CONF_LIST, "127.0.0.0/8,::1", 0, 0, NULL, NULL, "none",
     "Networks behind which are many clients: never locked as a network alone."},
    {"", "exempt_networks", CONF_LIST, "", 0, 0, NULL, NULL, "none",
     "Networks whose attempts are neither counted nor refused for a lock."},
    {"", "default_realm", CONF_TEXT, "", 0, 0, NULL, NULL, "names without a domain are malformed",
     "The realm of names without a domain."},
    {"", "username_format", CONF_CHOICE, "%u@%d", 0, 0, NULL, "%u@%d|%u", NULL,
     "The name that the mail server gets for a login: with the domain or without."},
    {"", "codes", CONF_CHOICE, "same", 0, 0, NULL, "same|rfc", NULL,
     "same: every refusal has the codes 535 5.7.8. rfc: each reason has the codes of RFC 4954 "
     "and RFC 5248, on paths that can carry them."},
    {"", "hash_threads", CONF_NUMBER, "0", 0, 256, NULL, NULL, NULL,
     "Threads that compare passwords; 0: one for each processor core."},
    {"", "queue_length", CONF_NUMBER, "256", 1, 65536, NULL, NULL, NULL,
     "Pieces of work that may wait for each pool of threads. What finds a full queue is "
     "answered with temporary-failure at once."},
    {"", "queue_wait", CONF_NUMBER, "4000", 50, 8000, "ms", NULL, NULL,
     "What has waited for a thread longer than this is answered with temporary-failure. Mail "
     "servers wait about 10 seconds for the whole answer."},
    {"", "url", CONF_TEXT, "", 0, 0, NULL, NULL, "none",
     "The help page that {url} in a text stands for."},
    {"", "contact", CONF_TEXT, "", 0, 0, NULL, NULL, "none",
     "Whom to ask: what {contact} in a text stands for."},

    {"listener", "mode", CONF_MODE, "0660", 0, 0, NULL, NULL, NULL,
     "Who may connect: the mode of the socket."},
    {"listener", "owner", CONF_TEXT, "", 0, 0, NULL, NULL, "the user who starts it",
     "The user that owns the socket."},
    {"listener", "group", CONF_TEXT, "", 0, 0, NULL, NULL, "that of the user who starts it",
     "The group of the socket."},
    {"listener", "mechanisms", CONF_LIST, "PLAIN,LOGIN", 0, 0, NULL, MECHANISMS, NULL,
     "The SASL mechanisms offered here. The others need stored secrets that can serve them: see "
     "secrets of the realm."},
    {"listener", "max_connections", CONF_NUMBER, "2000", 1, 65536, NULL, NULL, NULL,
     "More connections than these are closed at once. A Postfix smtpd process keeps one."},
    {"listener", "idle_timeout", CONF_NUMBER, "0", 0, 86400, "s", NULL, NULL,
     "A connection without a request for so long is closed; 0: never."},

    {"backend_file", "path", CONF_PATH, NULL, 0, 0, NULL, NULL, NULL,
     "The file. It holds secrets: it may be readable by its owner alone, which is root or the "
     "daemon's user. It is read again when it changes."},

    {"backend_passwd", "min_uid", CONF_NUMBER, "1000", 0, 4294967294, NULL, NULL, NULL,
     "Accounts with a lower number do not exist here."},
    {"backend_passwd", "app_required_group", CONF_TEXT, "", 0, 0, NULL, NULL, "nobody",
     "The group whose members need an app password."},
    {"backend_passwd", "threads", CONF_NUMBER, "4", 1, 64, NULL, NULL, NULL, "Lookups at a time."},

    {"backend_ldap", "uri", CONF_LIST, NULL, 0, 0, NULL, NULL, NULL,
     "The servers, the preferred one first, as ldap://host:port, ldaps://host:port or "
     "ldapi://path with %2F for each slash. The next one is asked while one cannot be reached."},
    {"backend_ldap", "starttls", CONF_BOOL, "no", 0, 0, NULL, NULL, NULL,
     "Begin TLS on ldap:// connections, and never go on without it."},
    {"backend_ldap", "tls_verify", CONF_BOOL, "yes", 0, 0, NULL, NULL, NULL,
     "Refuse a server whose certificate is not valid for its name."},
    {"backend_ldap", "tls_ca_file", CONF_PATH, "", 0, 0, NULL, NULL, "those of the system",
     "The certificates of the authorities that may have signed the server's."},
    {"backend_ldap", "tls_cert_file", CONF_PATH, "", 0, 0, NULL, NULL, "none",
     "A certificate to show to the server."},
    {"backend_ldap", "tls_key_file", CONF_PATH, "", 0, 0, NULL, NULL, "none",
     "Its key. May be readable by its owner alone."},
    {"backend_ldap", "service_bind", CONF_CHOICE, "simple", 0, 0, NULL, "simple|external|gssapi",
     NULL,
     "How the daemon itself logs in to the directory, to search: with bind_dn and a password, with "
     "the certificate or the user of an ldapi:// socket, or with the Kerberos credentials that "
     "KRB5CCNAME or KRB5_CLIENT_KTNAME of its environment name."},
    {"backend_ldap", "bind_dn", CONF_TEXT, "", 0, 0, NULL, NULL, "search without a login",
     "The DN (for Active Directory also the user principal name) that the daemon binds as."},
    {"backend_ldap", "bind_password_file", CONF_PATH, "", 0, 0, NULL, NULL, "none",
     "The file with its password, in the first line. May be readable by its owner alone."},
    {"backend_ldap", "base", CONF_TEXT, NULL, 0, 0, NULL, NULL, NULL,
     "The DN below which the accounts are."},
    {"backend_ldap", "scope", CONF_CHOICE, "sub", 0, 0, NULL, "sub|one|base", NULL,
     "How far below."},
    {"backend_ldap", "filter", CONF_TEXT, "", 0, 0, NULL, NULL,
     "(uid=%u), or for active-directory "
     "(&(objectCategory=person)(objectClass=user)(sAMAccountName=%u))",
     "The search filter. %u is the local part of the name, %d its domain, %n the whole name, each "
     "escaped, and %% a percent sign. Who matches two entries cannot log in."},
    {"backend_ldap", "dialect", CONF_CHOICE, "openldap", 0, 0, NULL,
     "openldap|active-directory|389ds|freeipa|rfc2307", NULL,
     "What the directory is: which attributes and result codes tell the state of an account. "
     "rfc2307 is any directory with the attributes of shadowAccount."},
    {"backend_ldap", "verify", CONF_CHOICE, "bind", 0, 0, NULL, "bind|hash", NULL,
     "bind: the directory checks the password, and its own lockout and grace rules apply. hash: "
     "the daemon reads userPassword, authPassword or sambaNTPassword and compares; the one way "
     "for SCRAM and CRAM-MD5, and needs the right to read them."},
    {"backend_ldap", "bind_as", CONF_CHOICE, "dn", 0, 0, NULL, "dn|upn|domain", NULL,
     "What an account binds with: its DN, or in Active Directory its userPrincipalName, or "
     "DOMAIN\\sAMAccountName."},
    {"backend_ldap", "domain", CONF_TEXT, "", 0, 0, NULL, NULL, "none",
     "The NetBIOS name of the domain, for bind_as = domain."},
    {"backend_ldap", "name_attribute", CONF_TEXT, "", 0, 0, NULL, NULL,
     "the name that was looked up",
     "The attribute whose first value is the name that the mail server gets."},
    {"backend_ldap", "policy_dn", CONF_TEXT, "", 0, 0, NULL, NULL, "found where the dialect can",
     "The entry of the default password policy, for accounts without pwdPolicySubentry."},
    {"backend_ldap", "map_app_required", CONF_TEXT, "", 0, 0, NULL, NULL,
     "saslReasonAppPasswordRequired",
     "What tells that an account needs an app password: an attribute that is TRUE, memberOf= and "
     "the DN of a group, or a (filter) that its entry matches, which costs one more question."},
    {"backend_ldap", "map_oauth2_required", CONF_TEXT, "", 0, 0, NULL, NULL,
     "saslReasonOAuth2Required", "What tells that an account has to use OAuth2; likewise."},
    {"backend_ldap", "map_disabled", CONF_TEXT, "", 0, 0, NULL, NULL, "saslReasonDisabled",
     "What tells that an account is disabled, besides what the dialect knows; likewise."},
    {"backend_ldap", "map_service_disabled", CONF_TEXT, "", 0, 0, NULL, NULL,
     "saslReasonServiceDisabled", "What tells that an account may not send mail; likewise."},
    {"backend_ldap", "map_expires", CONF_TEXT, "", 0, 0, NULL, NULL, "saslReasonExpires",
     "The attribute with the time from which the account is refused (generalized time)."},
    {"backend_ldap", "map_mechanisms", CONF_TEXT, "", 0, 0, NULL, NULL, "saslReasonMechanism",
     "The attribute whose values are the mechanisms that the account may use; none: all."},
    {"backend_ldap", "map_services", CONF_TEXT, "", 0, 0, NULL, NULL, "saslReasonService",
     "The attribute whose values are the services that the account may use; none: all."},
    {"backend_ldap", "map_networks", CONF_TEXT, "", 0, 0, NULL, NULL, "saslReasonNetwork",
     "The attribute whose values are the networks that the account may log in from; none: all."},
    {"backend_ldap", "map_url", CONF_TEXT, "", 0, 0, NULL, NULL, "saslReasonURL",
     "The attribute with the help page of the account."},
    {"backend_ldap", "threads", CONF_NUMBER, "8", 1, 64, NULL, NULL, NULL,
     "Logins at a time. Each has one connection to search, and with verify = bind one to bind."},
    {"backend_ldap", "connect_timeout", CONF_NUMBER, "2000", 50, 7000, "ms", NULL, NULL,
     "For a new connection: TCP, TLS and the daemon's own login."},
    {"backend_ldap", "timeout", CONF_NUMBER, "3000", 50, 7000, "ms", NULL, NULL,
     "For the answer to one question. Then the next server is asked."},
    {"backend_ldap", "total_timeout", CONF_NUMBER, "6000", 50, 7500, "ms", NULL, NULL,
     "For all that one login asks, of all servers. Then it is answered with temporary-failure. "
     "Mail servers wait about 10 seconds."},

    {"store", "uri", CONF_TEXT, NULL, 0, 0, NULL, NULL, NULL,
     "The server: redis://host:port/database, valkey://user@host:port or unix:///path."},
    {"store", "password_file", CONF_PATH, "", 0, 0, NULL, NULL, "none",
     "The file with its password, in the first line. May be readable by its owner alone."},
    {"store", "timeout", CONF_NUMBER, "250", 10, 5000, "ms", NULL, NULL,
     "A login waits no longer for its answer; then the daemon's own counters decide."},

    {"realm", "backends", CONF_LIST, NULL, 0, 0, NULL, NULL, NULL,
     "The labels of the backends that are asked, in this order, until one knows the name."},
    {"realm", "secrets", CONF_CHOICE, "hashed", 0, 0, NULL, "hashed|cleartext|scram|mixed", NULL,
     "What the accounts have stored. It says which mechanisms can work at all: with hashed only "
     "PLAIN and LOGIN, with scram those and SCRAM, with cleartext all, with mixed it depends on "
     "the account."},
    {"realm", "scheme", CONF_CHOICE, "CRYPT", 0, 0, NULL, SCHEMES, NULL,
     "The scheme of most stored passwords: an unknown name costs the time of one such hash. "
     "CRYPT is yescrypt."},
    {"realm", "floor", CONF_NUMBER, "500", 0, 5000, "ms", NULL, NULL,
     "No refusal leaves earlier than this. It has to be longer than the slowest usual lookup "
     "and comparison, else their time tells which names exist. With remember_passwords a refusal "
     "may take two comparisons: then it has to be longer than both."},
    {"realm", "scram_iterations", CONF_NUMBER, "4096", 4096, 1000000, NULL, NULL, NULL,
     "The iteration count of SCRAM for every name without stored SCRAM keys. It has to be that "
     "of the stored keys, if there are any."},
    {"realm", "require_tls", CONF_BOOL, "no", 0, 0, NULL, NULL, NULL,
     "Without TLS every login is refused with tls-required before its password is looked at."},
    {"realm", "app_passwords", CONF_BOOL, "no", 0, 0, NULL, NULL, NULL,
     "App passwords exist in this realm: the text of bad-credentials says so."},
    {"realm", "app_password_required", CONF_BOOL, "no", 0, 0, NULL, NULL, NULL,
     "No account of this realm can log in with its main password. Needs app_passwords."},
    {"realm", "app_password_store", CONF_CHOICE, "sqlite", 0, 0, NULL, "sqlite|directory", NULL,
     "Where sasl-reason app-password keeps them: in state_directory, or in the attribute "
     "saslReasonAppPassword of the account's entry (backend_ldap). With directory, key_file has "
     "to be the same on every host."},
    {"realm", "remember_passwords", CONF_NUMBER, "0", 0, 365, "d", NULL, NULL,
     "Remember the last accepted password of each account, hashed with scheme in "
     "state_directory, and when another one is accepted, the old one for so long: then "
     "password-changed can be told where no backend knows old passwords. A refusal may then "
     "compare two hashes: floor has to be longer than twice the time of one. 0: do not."},
    {"realm", "expiring_days", CONF_NUMBER, "14", 0, 365, "d", NULL, NULL,
     "A login whose password or app password ends within so many days is logged, once a day for "
     "each account; 0: never."},
    {"realm", "lock_threshold", CONF_NUMBER, "10", 0, 1000000, NULL, NULL, NULL,
     "So many failed attempts by one name from one network within lock_window lock that name for "
     "that network; ten times as many from anywhere lock the name for all but app passwords. "
     "Names without an account are counted and locked alike. The same wrong password again does "
     "not count; each daemon knows this of what it was sent itself, so it counts once at each, and "
     "once more after a reload or restart. 0: never."},
    {"realm", "lock_threshold_from", CONF_CHOICE, "own", 0, 0, NULL, "own|directory", NULL,
     "directory: the threshold of the directory's own default password policy, as soon as it has "
     "been read, instead of lock_threshold."},
    {"realm", "lock_network_threshold", CONF_NUMBER, "100", 0, 1000000, NULL, NULL, NULL,
     "So many failed attempts from one network, whatever the names, lock the network; 0: never."},
    {"realm", "lock_window", CONF_NUMBER, "900", 10, 604800, "s", NULL, NULL,
     "The time in which they are counted. A network that several realms have counted is counted "
     "and locked by the longest lock_window and lock_time of theirs."},
    {"realm", "lock_time", CONF_NUMBER, "900", 10, 604800, "s", NULL, NULL,
     "How long a lock lasts. The right password is refused too, as a wrong one is."},
    {"realm", "lock_delay", CONF_NUMBER, "2000", 0, 5000, "ms", NULL, NULL,
     "The longest delay of a refusal: it begins at 100ms and doubles with each failed attempt."},
    {"realm", "previous_days", CONF_NUMBER, "30", 0, 365, "d", NULL, NULL,
     "For so long after a change the previous password is told as password-changed; 0: never."},
    {"realm", "url", CONF_TEXT, "", 0, 0, NULL, NULL, "that of the top",
     "The help page of this realm."},
    {"realm", "contact", CONF_TEXT, "", 0, 0, NULL, NULL, "that of the top",
     "Whom to ask in this realm."},
    {"realm", "disclose", CONF_CHOICE, "proof", 0, 0, NULL, "proof|always|never", NULL,
     "proof: who has proven the password is told the reason, others bad-credentials. never: all "
     "get bad-credentials. always: as proof, but clients in disclose_networks, which then have "
     "to be listed, are told every reason without proof."},
    {"realm", "disclose_networks", CONF_LIST, "", 0, 0, NULL, NULL, "none",
     "Networks whose clients are told every reason without proof, whatever disclose says: a help "
     "desk's. An address with or without the number of its bits, such as 192.0.2.0/24 or "
     "2001:db8::/32."},
    {"realm", "lock_told", CONF_CHOICE, "uniform", 0, 0, NULL, "uniform|always", NULL,
     "A lock of which only the backend knows. uniform: is told as bad-credentials. always: is "
     "told to everybody, which tells that the account exists."},
    {"realm", "observe", CONF_BOOL, "no", 0, 0, NULL, NULL, NULL,
     "Log every reason, but tell none: all refusals are bad-credentials or temporary-failure. "
     "The way to try sasl-reason out."},
};

static struct conf_key keys_all[COUNT(keys_rows) + REASON_COUNT];
static char keys_help[REASON_COUNT][160];

/* "With {url}, {contact}." */
static void make_help(const struct reason_row *row, char *storage, size_t size)
{
	struct buf out = {storage, 0, size - 1, false};
	const char *before = "With ";

	for (enum reason_placeholder p = 0; p < REASON_PLACEHOLDER_COUNT; p++) {
		if (!(row->placeholders & 1u << p))
			continue;
		buf_put_text(&out, before);
		buf_put_char(&out, '{');
		buf_put_text(&out, reason_placeholder(p));
		buf_put_char(&out, '}');
		before = ", ";
	}
	buf_put_text(&out, out.len ? "." : "Without any word in braces.");
	storage[out.len] = '\0';
}

static const struct conf_schema keys_schema = {keys_sections, COUNT(keys_sections), keys_all,
					       COUNT(keys_all)};

const struct conf_schema *settings_keys(void)
{
	if (keys_all[0].name)
		return &keys_schema;
	memcpy(keys_all, keys_rows, sizeof(keys_rows));
	for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
		const struct reason_row *row = reason_row(reason);

		make_help(row, keys_help[reason], sizeof(keys_help[reason]));
		keys_all[COUNT(keys_rows) + reason] = (struct conf_key){.section = "messages",
									.name = row->token,
									.type = CONF_TEXT,
									.fallback = "",
									.empty = row->text,
									.help = keys_help[reason]};
	}
	return &keys_schema;
}
