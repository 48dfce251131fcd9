/* SPDX-License-Identifier: MIT */
/* The address of a directory as a connected socket. */
#include "backend/ldap_dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backend/ldap_clock.h"
#include "backend/ldap_resolve.h"

#define LOCAL_SOCKET "/var/run/slapd/ldapi" /* of ldapi:/// */

static const struct {
	int level, name, value;
} tcp_options[] = {
    {IPPROTO_TCP, TCP_NODELAY, 1},
    /* A peer that is gone without a word, and a firewall that forgets, are noticed in 90 s. */
    {SOL_SOCKET, SO_KEEPALIVE, 1},
    {IPPROTO_TCP, TCP_KEEPIDLE, 60},
    {IPPROTO_TCP, TCP_KEEPINTVL, 10},
    {IPPROTO_TCP, TCP_KEEPCNT, 3},
};

static void set_tcp_options(int fd)
{
	for (size_t i = 0; i < sizeof(tcp_options) / sizeof(tcp_options[0]); i++)
		setsockopt(fd, tcp_options[i].level, tcp_options[i].name, &tcp_options[i].value,
			   sizeof(tcp_options[i].value));
}

/* 0, or the errno. */
static int finish_connect(int fd, uint64_t due)
{
	struct pollfd ready = {fd, POLLOUT, 0};
	socklen_t len = sizeof(int);
	int error = 0;
	int count;

	do {
		count = poll(&ready, 1, ldap_clock_left(due));
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return errno;
	if (count == 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

/* A connected socket, or -1 and errno. */
static int dial(const struct sockaddr *address, socklen_t len, uint64_t due)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return -1;
	if (address->sa_family != AF_UNIX)
		set_tcp_options(fd);
	if (connect(fd, address, len) != 0)
		error = errno == EINPROGRESS ? finish_connect(fd, due) : errno;
	if (error == 0)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

static int dial_local(const char *path, uint64_t due)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, len);
	return dial((const struct sockaddr *)&address, sizeof(address), due);
}

/* Each address gets an equal share of what is left. */
static int dial_any(const struct addrinfo *first, uint64_t due)
{
	unsigned count = 0;
	int fd = -1;

	for (const struct addrinfo *at = first; at; at = at->ai_next)
		count++;
	for (const struct addrinfo *at = first; at && fd < 0; at = at->ai_next, count--) {
		unsigned share = (unsigned)ldap_clock_left(due) / count;

		fd = dial(at->ai_addr, at->ai_addrlen, ldap_clock_due(share, due));
	}
	return fd;
}

static int dial_host(const char *host, int port, uint64_t due, struct ldap_fault *fault)
{
	struct addrinfo *found = NULL;
	int error = ldap_resolve(host, (uint16_t)port, due, &found);
	int fd;

	if (error) {
		ldap_fault_set(fault, LDAP_FAULT_DEAD, "the host has no address",
			       gai_strerror(error));
		return -1;
	}
	fd = dial_any(found, due);
	error = errno;
	freeaddrinfo(found);
	errno = error;
	return fd;
}

int ldap_dial_open(const char *uri, uint64_t due, struct ldap_fault *fault)
{
	LDAPURLDesc *url = NULL;
	const char *host;
	int fd;

	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS) {
		ldap_fault_set(fault, LDAP_FAULT_DEAD, "this is no URI of a directory", NULL);
		return -1;
	}
	fault->what = NULL;
	host = url->lud_host && *url->lud_host ? url->lud_host : NULL;
	if (strcmp(url->lud_scheme, "ldapi") == 0)
		fd = dial_local(host ? host : LOCAL_SOCKET, due);
	else
		fd = dial_host(host ? host : "localhost", url->lud_port, due, fault);
	if (fd < 0 && !fault->what)
		ldap_fault_set(fault, LDAP_FAULT_DEAD, "cannot connect", strerrordesc_np(errno));
	ldap_free_urldesc(url);
	return fd;
}
