/* SPDX-License-Identifier: MIT */
/* The addresses of a host, by a deadline: the system's resolver may take half a minute. */
#ifndef BACKEND_LDAP_RESOLVE_H
#define BACKEND_LDAP_RESOLVE_H

#include <netdb.h>
#include <stdint.h>

/* As getaddrinfo(3) for a TCP port; EAI_AGAIN, too, if there was no answer by `due`. The caller
 * frees `found` with freeaddrinfo(). A question that was given up ends by itself in a thread of the
 * C library; while many have not, no further one is asked. */
int ldap_resolve(const char *host, uint16_t port, uint64_t due, struct addrinfo **found);

#endif
