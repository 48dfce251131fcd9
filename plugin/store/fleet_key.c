/* SPDX-License-Identifier: MIT */
/* The names that counters have in the fleet's server: they tell nothing without the fleet's key. */
#include "store/fleet_key.h"

#include <sodium.h>
#include <string.h>

_Static_assert(FLEET_KEY_LEN == crypto_auth_hmacsha256_KEYBYTES, "HMAC-SHA-256's key");

/* Of the HMAC's octets: a name is not longer than need be. */
#define SHOWN 16

static void put_key(char out[FLEET_KEY_MAX], const unsigned char *secret, const char *word,
		    struct span text, const struct attempts_who *network)
{
	crypto_auth_hmacsha256_state state;
	unsigned char hash[crypto_auth_hmacsha256_BYTES];
	struct buf key = {out, 0, FLEET_KEY_MAX, false};
	uint32_t len = (uint32_t)text.len;

	crypto_auth_hmacsha256_init(&state, secret, FLEET_KEY_LEN);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)word, strlen(word) + 1);
	if (network) {
		crypto_auth_hmacsha256_update(&state, network->network, sizeof(network->network));
		crypto_auth_hmacsha256_update(&state, &network->bits, 1);
	}
	if (text.at)
		crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.at, len);
	crypto_auth_hmacsha256_final(&state, hash);
	buf_put_text(&key, "sasl-reason:");
	buf_put_text(&key, word);
	buf_put_char(&key, ':');
	buf_put_hex(&key, hash, SHOWN);
	buf_put_char(&key, '\0');
}

void fleet_key_of(const unsigned char secret[FLEET_KEY_LEN], const struct attempts_who *who,
		  struct fleet_keys *keys)
{
	keys->has[ATTEMPTS_NAME] = who->name.at;
	keys->has[ATTEMPTS_NAME_NETWORK] = who->name.at && who->by_network;
	keys->has[ATTEMPTS_NETWORK] = who->by_network && !who->shared;
	keys->has[ATTEMPTS_ENTRY] = who->entry.at;
	put_key(keys->networks, secret, "networks", who->name, NULL);
	if (keys->has[ATTEMPTS_NAME])
		put_key(keys->key[ATTEMPTS_NAME], secret, "name", who->name, NULL);
	if (keys->has[ATTEMPTS_NAME_NETWORK])
		put_key(keys->key[ATTEMPTS_NAME_NETWORK], secret, "name-network", who->name, who);
	if (keys->has[ATTEMPTS_NETWORK])
		put_key(keys->key[ATTEMPTS_NETWORK], secret, "network", SPAN_NONE, who);
	if (keys->has[ATTEMPTS_ENTRY])
		put_key(keys->key[ATTEMPTS_ENTRY], secret, "entry", who->entry, NULL);
}
