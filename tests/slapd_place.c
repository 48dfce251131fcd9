/* SPDX-License-Identifier: MIT */
/* A slapd of a test's own: a folder, certificates, accounts, a process, its log. */
#include "slapd_place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char config[] =
    "include /etc/ldap/schema/core.schema\n"
    "include /etc/ldap/schema/cosine.schema\n"
    "include /etc/ldap/schema/inetorgperson.schema\n"
    "include ROOT/test.schema\n"
    "include ROOT/more.conf\n"
    "modulepath /usr/lib/ldap\n"
    "moduleload back_mdb\n"
    "moduleload ppolicy\n"
    "pidfile ROOT/slapd.pid\n"
    "threads 4\n"
    "TLSCACertificateFile ROOT/ca.pem\n"
    "TLSCertificateFile ROOT/CERT.pem\n"
    "TLSCertificateKeyFile ROOT/key.pem\n"
    "TLSVerifyClient allow\n"
    "authz-regexp cn=peercred,cn=external,cn=auth$ " SLAPD_PLACE_SERVICE "\n"
    "authz-regexp ^cn=client$ " SLAPD_PLACE_SERVICE "\n"
    "access to attrs=userPassword by dn.exact=\"" SLAPD_PLACE_SERVICE "\" read"
    " by anonymous auth by * none\n"
    "access to * by dn.exact=\"" SLAPD_PLACE_SERVICE "\" read by * none\n"
    "database mdb\n"
    "suffix \"" SLAPD_PLACE_SUFFIX "\"\n"
    "rootdn \"cn=admin," SLAPD_PLACE_SUFFIX "\"\n"
    "directory ROOT/db\n"
    "dbnosync\n"
    "index octets eq\n"
    "index uid eq\n"
    "overlay ppolicy\n"
    "ppolicy_default \"cn=default," SLAPD_PLACE_SUFFIX "\"\n"
    "ppolicy_use_lockout\n";

static const char schema[] =
    "attributetype ( 1.3.6.1.4.1.4203.666.1.1 NAME 'octets' EQUALITY octetStringMatch"
    " SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )\n"
    "attributetype ( 1.3.6.1.4.1.4203.666.1.2 NAME 'memberOf' EQUALITY distinguishedNameMatch"
    " SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )\n"
    "objectclass ( 1.3.6.1.4.1.4203.666.2.1 NAME 'octetsObject' SUP top AUXILIARY"
    " MAY ( octets $ memberOf ) )\n";

static const char top[] = "dn: " SLAPD_PLACE_SUFFIX "\n"
			  "objectClass: dcObject\nobjectClass: organization\no: x\ndc: example\n\n"
			  "dn: " SLAPD_PLACE_PEOPLE "\n"
			  "objectClass: organizationalUnit\nou: people\n\n"
			  "dn: " SLAPD_PLACE_SERVICE "\n"
			  "objectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
			  "cn: service\nuserPassword: service-pw\n\n"
			  "dn: cn=default," SLAPD_PLACE_SUFFIX "\n"
			  "objectClass: device\nobjectClass: pwdPolicy\ncn: default\n"
			  "pwdAttribute: userPassword\npwdLockout: TRUE\npwdMaxFailure: 1000\n"
			  "pwdMaxAge: 7776000\npwdMustChange: TRUE\n\n";

/* Makes the certificates; $1 is the folder. */
static const char certificates[] =
    "set -e; cd $1\n"
    "ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9"
    " -subj /CN=$1 -keyout $1-key.pem -out $1.pem; }\n"
    "sign() { openssl x509 -req -in csr.pem -CA $ca.pem -CAkey $ca-key.pem -CAcreateserial"
    " -extfile ext -out $name.pem \"$@\"; }\n"
    "cert() { name=$1 ca=$4; openssl req -new -key $5 -subj /CN=$1 -out csr.pem\n"
    " printf 'subjectAltName=%s\\n' \"$2\" >ext\n"
    /* From 3.5 on openssl refuses to have them end before today, before 3.4 to be told a day. */
    " sign -days $3 || sign -not_before 20200101000000Z -not_after 20200201000000Z; }\n"
    "ca ca; ca other-ca\n"
    "openssl ecparam -genkey -name prime256v1 -noout -out key.pem\n"
    "cert good IP:127.0.0.1 9 ca key.pem; cert expired IP:127.0.0.1 -1 ca key.pem\n"
    "cert other DNS:other.example.net 9 ca key.pem; cert alien IP:127.0.0.1 9 other-ca key.pem\n"
    "cert client DNS:client 9 ca key.pem\n";

static void write_file(const struct slapd_place *place, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", place->root, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
	if (chmod(path, 0600) != 0)
		abort();
}

/* The text with ROOT and CERT replaced. */
static void write_config(const struct slapd_place *place, const char *certificate)
{
	char text[sizeof(config) + 1024];
	size_t len = 0;

	for (const char *at = config; *at;) {
		bool root = strncmp(at, "ROOT", 4) == 0;
		bool cert = strncmp(at, "CERT.", 5) == 0;
		const char *put = root ? place->root : certificate;

		if (len + 100 > sizeof(text))
			abort();
		if (root || cert) {
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", put);
			at += 4;
		} else {
			text[len++] = *at++;
		}
	}
	text[len] = 0;
	write_file(place, "slapd.conf", text);
}

/* A child with its output at the end of the log. */
static pid_t spawn(const struct slapd_place *place, const char *const *argv)
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid == 0) {
		int fd = open(place->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execvp(argv[0], (char **)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

static void run(const struct slapd_place *place, const char *const *argv)
{
	pid_t pid = spawn(place, argv);
	int status = 1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0) {
		fprintf(stderr, "%s failed: see %s\n", argv[0], place->log);
		abort();
	}
}

bool slapd_place_possible(void)
{
	static const char *const paths[] = {"/usr/sbin/slapd", "/usr/sbin/slapadd",
					    "/usr/bin/openssl", "/etc/ldap/schema/core.schema"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], R_OK) == 0)
			continue;
		printf("skipped: there is no %s\n", paths[i]);
		return false;
	}
	return true;
}

static bool is_free(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return ok;
}

int slapd_place_port(void)
{
	uint16_t number = 0;
	int port;

	/* Below the ports of connections that others make, which would take it between two starts.
	 */
	do {
		if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
			abort();
		port = 10240 + number % 20000;
	} while (!is_free(port));
	return port;
}

static void name_all(struct slapd_place *place)
{
	place->ports[0] = slapd_place_port();
	place->ports[1] = slapd_place_port();
	snprintf(place->plain, sizeof(place->plain), "ldap://127.0.0.1:%d", place->ports[0]);
	snprintf(place->tls, sizeof(place->tls), "ldaps://127.0.0.1:%d", place->ports[1]);
	snprintf(place->local, sizeof(place->local), "ldapi://%%2Ftmp%%2F%s%%2Fldapi",
		 place->root + strlen("/tmp/"));
	snprintf(place->secret, sizeof(place->secret), "%s/secret", place->root);
	snprintf(place->ca, sizeof(place->ca), "%s/ca.pem", place->root);
	snprintf(place->log, sizeof(place->log), "%s/log", place->root);
}

void slapd_place_make(struct slapd_place *place, const char *ldif)
{
	const char *const certify[] = {"sh", "-c", certificates, "sh", place->root, NULL};
	char conf[96], init[96];
	const char *const add[] = {"/usr/sbin/slapadd", "-q", "-f", conf, "-l", init, NULL};

	*place = (struct slapd_place){.pid = 0};
	snprintf(place->root, sizeof(place->root), "/tmp/reason-slapd-XXXXXX");
	if (!mkdtemp(place->root))
		abort();
	name_all(place);
	snprintf(conf, sizeof(conf), "%s/slapd.conf", place->root);
	snprintf(init, sizeof(init), "%s/init.ldif", place->root);
	write_file(place, "test.schema", schema);
	write_file(place, "more.conf", "");
	write_file(place, "secret", "service-pw\n");
	write_file(place, "wrong-secret", "not-it\n");
	write_config(place, "good");
	run(place, certify);
	snprintf(conf, sizeof(conf), "%s/db", place->root);
	if (mkdir(conf, 0700) != 0)
		abort();
	snprintf(conf, sizeof(conf), "%s/slapd.conf", place->root);
	write_file(place, "init.ldif", top);
	run(place, add);
	write_file(place, "init.ldif", ldif);
	run(place, add);
}

static bool answers(const struct slapd_place *place)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)place->ports[0]),
				      .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return ok && slapd_place_said(place, "slapd starting") > 0;
}

void slapd_place_start(struct slapd_place *place, const char *certificate)
{
	const struct timespec pause = {0, 10000000};
	char urls[400], conf[96];
	const char *const slapd[] = {"/usr/sbin/slapd", "-d", "256", "-f", conf, "-h", urls, NULL};

	snprintf(conf, sizeof(conf), "%s/slapd.conf", place->root);
	snprintf(urls, sizeof(urls), "%s %s %s", place->plain, place->tls, place->local);
	slapd_place_stop(place);
	write_config(place, certificate);
	slapd_place_forget(place);
	place->pid = spawn(place, slapd);
	for (int i = 0; !answers(place); i++) {
		if (i == 1000 || waitpid(place->pid, NULL, WNOHANG) != 0)
			abort();
		nanosleep(&pause, NULL);
	}
}

void slapd_place_stop(struct slapd_place *place)
{
	if (!place->pid)
		return;
	kill(place->pid, SIGKILL);
	while (waitpid(place->pid, NULL, 0) < 0 && errno == EINTR)
		;
	place->pid = 0;
}

void slapd_place_forget(struct slapd_place *place)
{
	const struct timespec pause = {0, 300000000};

	/* slapd may answer on a connection before it has said that it accepted it, or see its end
	 * later. */
	nanosleep(&pause, NULL);
	if (truncate(place->log, 0) != 0 && errno != ENOENT)
		abort();
}

int slapd_place_said(const struct slapd_place *place, const char *text)
{
	FILE *file = fopen(place->log, "r");
	char line[4096];
	int count = 0;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		count += strstr(line, text) ? 1 : 0;
	fclose(file);
	return count;
}

void slapd_place_remove(struct slapd_place *place)
{
	const char *const remove[] = {"rm", "-rf", place->root, NULL};

	slapd_place_stop(place);
	run(place, remove);
}
