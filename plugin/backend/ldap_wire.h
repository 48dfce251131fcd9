/* SPDX-License-Identifier: MIT */
/* The octets below libldap: a socket whose every read and write has a deadline. */
#ifndef BACKEND_LDAP_WIRE_H
#define BACKEND_LDAP_WIRE_H

#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>

/* libldap bounds the wait for the first octet of an answer only: a server that stops in the middle
 * of one, or of the TLS handshake, would hold the thread for ever. */
struct ldap_wire {
	int fd;	      /* closed with the handle */
	uint64_t due; /* ldap_clock_now() by which the present question must be done */
	bool late;    /* a read or a write was given up at `due` */
};

/* Puts it below a handle made with LDAP_PROTO_EXT. The wire must stay where it is until the handle
 * is closed. */
bool ldap_wire_install(struct ldap_wire *wire, LDAP *ld);

/* True if there is anything to read or the peer has gone: on a connection that waits for no answer
 * that is the end of it (RFC 4511 4.4.1). */
bool ldap_wire_stirs(const struct ldap_wire *wire);

#endif
