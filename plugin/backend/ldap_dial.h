/* SPDX-License-Identifier: MIT */
/* The address of a directory as a connected socket. */
#ifndef BACKEND_LDAP_DIAL_H
#define BACKEND_LDAP_DIAL_H

#include <stdint.h>

#include "backend/ldap_fault.h"

/* Connects to an ldap://, ldaps:// or ldapi:// URI by `due`: the addresses of the host in turn,
 * each with its share of the time. The socket is non-blocking, closed on exec and kept alive, and
 * the caller's; -1 and `fault` if there is none. */
int ldap_dial_open(const char *uri, uint64_t due, struct ldap_fault *fault);

#endif
