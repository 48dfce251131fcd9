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

static bool is_ipv4(const unsigned char *address)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

struct network network_around(const unsigned char *address, unsigned ipv4_bits, unsigned ipv6_bits)
{
	unsigned bits = is_ipv4(address) ? 96 + ipv4_bits : ipv6_bits;
	struct network network = {.bits = (unsigned char)(bits < 128 ? bits : 128)};

	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = bits > 8 * i ? bits - 8 * i : 0;

		network.address[i] =
		    kept >= 8 ? address[i] : (unsigned char)(address[i] & ~(0xffu >> kept));
	}
	return network;
}
