/* SPDX-License-Identifier: MIT */
/* Networks of addresses, IPv4 and IPv6 alike. */
#include "core/network.h"

#include <string.h>

static bool network_holds(const struct network *network, const unsigned char *address)
{
	size_t whole = network->bits / 8u;
	unsigned rest = network->bits % 8u;

	if (network->bits > 128 || memcmp(network->address, address, whole) != 0)
		return false;
	return rest == 0 || (network->address[whole] ^ address[whole]) >> (8u - rest) == 0;
}

bool network_has(const struct network *list, size_t count, const unsigned char *address)
{
	for (size_t i = 0; i < count; i++)
		if (network_holds(&list[i], address))
			return true;
	return false;
}
