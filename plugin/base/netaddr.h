/* SPDX-License-Identifier: MIT */
/* IP addresses and networks as text. */
#ifndef BASE_NETADDR_H
#define BASE_NETADDR_H

#include "base/span.h"

/* "192.0.2.0/24", "2001:db8::/32" or an address alone, which has all 128 bits. IPv4 stands as
 * ::ffff:a.b.c.d, so its bits are 96 more. False if it is none. */
bool netaddr_take(struct span text, unsigned char address[16], unsigned char *bits);

#endif
