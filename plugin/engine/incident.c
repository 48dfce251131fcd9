/* SPDX-License-Identifier: MIT */
/* The incident id: what the client can tell the help desk, and the log has. */
#include "engine/incident.h"

#include <sodium.h>

void incident_make_id(char id[REPLY_ID_LEN + 1])
{
	static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	/* Fetched for many ids at a time, because asking the kernel costs more than all the rest;
	 * each octet is used once, and they are no secret. */
	static unsigned char stock[64 * REPLY_ID_LEN];
	static size_t left;

	if (left == 0) {
		randombytes_buf(stock, sizeof(stock));
		left = sizeof(stock);
	}
	left -= REPLY_ID_LEN;
	for (size_t i = 0; i < REPLY_ID_LEN; i++)
		id[i] = alphabet[stock[left + i] % 32];
	id[REPLY_ID_LEN] = '\0';
}
