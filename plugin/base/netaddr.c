/* SPDX-License-Identifier: MIT */
/* IP addresses and networks as text. */
#include "base/netaddr.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"

bool netaddr_take(struct span text, unsigned char address[16], unsigned char *bits)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	char storage[INET6_ADDRSTRLEN];
	struct buf name = BUF_ON(storage);
	struct span piece;
	uint64_t given, most;

	if (!span_take_until(&text, '/', &piece) || span_has(piece, '\0'))
		return false;
	buf_put_span(&name, piece);
	buf_put_char(&name, '\0');
	if (name.failed)
		return false;
	most = span_has(piece, ':') ? 128 : 32;
	given = most;
	if (text.at && !span_take_number(text, most, &given))
		return false;
	*bits = (unsigned char)(given + 128 - most);
	if (most == 128)
		return inet_pton(AF_INET6, storage, address) == 1;
	memcpy(address, mapped, sizeof(mapped));
	return inet_pton(AF_INET, storage, address + sizeof(mapped)) == 1;
}
