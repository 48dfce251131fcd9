/* SPDX-License-Identifier: MIT */
/* The network of an attempt as text. */
#include "store/attempts_network.h"

#include <arpa/inet.h>
#include <string.h>

void attempts_network_put(struct buf *out, const unsigned char network[16], unsigned char bits)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool four = bits >= 96 && memcmp(network, mapped, sizeof(mapped)) == 0;
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(four ? AF_INET : AF_INET6, four ? network + sizeof(mapped) : network, text,
		  sizeof(text));
	buf_put_text(out, text);
	buf_put_char(out, '/');
	buf_put_number(out, four ? bits - 96u : bits);
}
