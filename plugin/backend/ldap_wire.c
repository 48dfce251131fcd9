/* SPDX-License-Identifier: MIT */
/* The octets below libldap: a socket whose every read and write has a deadline. */
#include "backend/ldap_wire.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/ldap_clock.h"

/* True if the call may be tried again. */
static bool wait_for(struct ldap_wire *wire, short events)
{
	struct pollfd ready = {wire->fd, events, 0};
	int count;

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	do {
		count = poll(&ready, 1, ldap_clock_left(wire->due));
	} while (count < 0 && errno == EINTR);
	if (count == 0) {
		wire->late = true;
		errno = ETIMEDOUT;
	}
	return count > 0;
}

static ber_slen_t wire_read(Sockbuf_IO_Desc *desc, void *at, ber_len_t len)
{
	struct ldap_wire *wire = desc->sbiod_pvt;
	ssize_t got;

	do {
		got = recv(wire->fd, at, len, MSG_DONTWAIT);
	} while (got < 0 && wait_for(wire, POLLIN));
	return got;
}

static ber_slen_t wire_write(Sockbuf_IO_Desc *desc, void *at, ber_len_t len)
{
	struct ldap_wire *wire = desc->sbiod_pvt;
	ssize_t put;

	do {
		put = send(wire->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (put < 0 && wait_for(wire, POLLOUT));
	return put;
}

static int wire_setup(Sockbuf_IO_Desc *desc, void *wire)
{
	desc->sbiod_pvt = wire;
	return 0;
}

static int wire_remove(Sockbuf_IO_Desc *desc)
{
	(void)desc;
	return 0;
}

static int wire_ctrl(Sockbuf_IO_Desc *desc, int option, void *value)
{
	(void)desc;
	(void)option;
	(void)value;
	return 0;
}

static int wire_close(Sockbuf_IO_Desc *desc)
{
	struct ldap_wire *wire = desc->sbiod_pvt;

	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
	return 0;
}

/* libldap's type is not const, but it does not write to it. */
static Sockbuf_IO wire_io = {wire_setup, wire_remove, wire_ctrl, wire_read, wire_write, wire_close};

bool ldap_wire_install(struct ldap_wire *wire, LDAP *ld)
{
	Sockbuf *sockbuf = NULL;

	return ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) == LDAP_OPT_SUCCESS && sockbuf &&
	       ber_sockbuf_add_io(sockbuf, &wire_io, LBER_SBIOD_LEVEL_PROVIDER, wire) == 0 &&
	       ber_sockbuf_add_io(sockbuf, &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_PROVIDER,
				  NULL) == 0;
}

bool ldap_wire_stirs(const struct ldap_wire *wire)
{
	struct pollfd ready = {wire->fd, POLLIN, 0};

	return poll(&ready, 1, 0) != 0;
}
