/* SPDX-License-Identifier: MIT */
/* The SASL mechanisms we know, and which stored secrets can ever satisfy them. */
#include "core/mech.h"

static const struct {
	const char *name;
	enum mech_kind kind;
} rows[MECH_COUNT] = {
    [MECH_UNKNOWN] = {"?", MECH_KIND_PLAINTEXT},
    [MECH_PLAIN] = {"PLAIN", MECH_KIND_PLAINTEXT},
    [MECH_LOGIN] = {"LOGIN", MECH_KIND_PLAINTEXT},
    [MECH_CRAM_MD5] = {"CRAM-MD5", MECH_KIND_DIGEST},
    [MECH_SCRAM_SHA_1] = {"SCRAM-SHA-1", MECH_KIND_SCRAM},
    [MECH_SCRAM_SHA_256] = {"SCRAM-SHA-256", MECH_KIND_SCRAM},
};

enum mech mech_find(struct span name)
{
	for (enum mech mech = MECH_PLAIN; mech < MECH_COUNT; mech++)
		if (span_equal_nocase(name, span_of(rows[mech].name)))
			return mech;
	return MECH_UNKNOWN;
}

const char *mech_name(enum mech mech)
{
	return rows[mech < MECH_COUNT ? mech : MECH_UNKNOWN].name;
}

enum mech_kind mech_kind(enum mech mech)
{
	return rows[mech < MECH_COUNT ? mech : MECH_UNKNOWN].kind;
}

bool mech_possible(enum mech mech, enum mech_secrets secrets)
{
	switch (mech_kind(mech)) {
	case MECH_KIND_PLAINTEXT:
		return true;
	case MECH_KIND_DIGEST:
		return secrets == MECH_SECRETS_CLEARTEXT || secrets == MECH_SECRETS_MIXED;
	case MECH_KIND_SCRAM:
		return secrets != MECH_SECRETS_HASHED;
	}
	return false;
}
