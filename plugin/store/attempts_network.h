/* SPDX-License-Identifier: MIT */
/* The network of an attempt as text. */
#ifndef STORE_ATTEMPTS_NETWORK_H
#define STORE_ATTEMPTS_NETWORK_H

#include "base/buf.h"

/* Octets of the longest, with its bits. */
#define ATTEMPTS_NETWORK_MAX 56

/* "192.0.2.1/32", "2001:db8::/64". */
void attempts_network_put(struct buf *out, const unsigned char network[16], unsigned char bits);

#endif
