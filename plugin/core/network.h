/* SPDX-License-Identifier: MIT */
/* Networks of addresses, IPv4 and IPv6 alike. */
#ifndef CORE_NETWORK_H
#define CORE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

/* IPv4 stands as ::ffff:a.b.c.d. */
struct network {
	unsigned char address[16];
	unsigned char bits; /* 0 to 128 */
};

/* Whether an address (16 octets) lies in one of `count` networks. */
bool network_has(const struct network *list, size_t count, const unsigned char *address);

/* The network that an address (16 octets) is counted with: its first bits, of an IPv4 address
 * `ipv4_bits` of 32, the others 0. */
struct network network_around(const unsigned char *address, unsigned ipv4_bits, unsigned ipv6_bits);

#endif
