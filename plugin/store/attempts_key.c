/* SPDX-License-Identifier: MIT */
/* The hashes under which the counters of an attempt are found. */
#include "store/attempts_key.h"

#include <sodium.h>
#include <string.h>

_Static_assert(ATTEMPTS_ENTRY_KEY_LEN == crypto_shorthash_siphashx24_BYTES, "the hash is the key");
_Static_assert(ATTEMPTS_KEY_SECRET_LEN == crypto_shorthash_siphashx24_KEYBYTES, "SipHash's key");

#define HASH_LEN ATTEMPTS_ENTRY_KEY_LEN

/* kind, hash of the name or entry, network, bits: of one length, so that no two read alike. */
struct subject {
	unsigned char octets[1 + HASH_LEN + 16 + 1];
};

static void hash(unsigned char out[HASH_LEN], const void *at, size_t len,
		 const unsigned char *secret)
{
	crypto_shorthash_siphashx24(out, at, len, secret);
}

static void hash_text(unsigned char out[HASH_LEN], struct span text, const unsigned char *secret)
{
	hash(out, text.at ? text.at : "", text.len, secret);
}

static void make_key(struct attempts_keys *keys, enum attempts_kind kind,
		     const unsigned char text[HASH_LEN], const struct attempts_who *network,
		     const unsigned char *secret)
{
	struct subject subject = {{(unsigned char)kind}};

	if (text)
		memcpy(subject.octets + 1, text, HASH_LEN);
	if (network) {
		memcpy(subject.octets + 1 + HASH_LEN, network->network, sizeof(network->network));
		subject.octets[sizeof(subject.octets) - 1] = network->bits;
	}
	hash(keys->key[kind], subject.octets, sizeof(subject.octets), secret);
	keys->has[kind] = true;
}

void attempts_key_of(const unsigned char secret[ATTEMPTS_KEY_SECRET_LEN],
		     const struct attempts_who *who, struct attempts_keys *keys)
{
	unsigned char name[HASH_LEN], entry[HASH_LEN];

	memset(keys->has, 0, sizeof(keys->has));
	keys->name_hash = 0;
	if (who->name.at) {
		hash_text(name, who->name, secret);
		keys->name_hash = attempts_key_short(name);
		make_key(keys, ATTEMPTS_NAME, name, NULL, secret);
		if (who->by_network)
			make_key(keys, ATTEMPTS_NAME_NETWORK, name, who, secret);
	}
	if (who->by_network && !who->shared)
		make_key(keys, ATTEMPTS_NETWORK, NULL, who, secret);
	if (who->entry.at) {
		hash_text(entry, who->entry, secret);
		make_key(keys, ATTEMPTS_ENTRY, entry, NULL, secret);
	}
}

uint64_t attempts_key_short(const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN])
{
	uint64_t number;

	memcpy(&number, key, sizeof(number));
	return number;
}

uint32_t attempts_key_password(const unsigned char pepper[ATTEMPTS_KEY_SECRET_LEN],
			       const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN],
			       struct span password)
{
	unsigned char subject[2 * HASH_LEN], out[HASH_LEN];
	uint32_t number;

	memcpy(subject, key, HASH_LEN);
	hash_text(subject + HASH_LEN, password, pepper);
	hash(out, subject, sizeof(subject), pepper);
	memcpy(&number, out, sizeof(number));
	sodium_memzero(subject, sizeof(subject));
	sodium_memzero(out, sizeof(out));
	return number;
}
