/* SPDX-License-Identifier: MIT */
/* The SASL mechanisms we know, and which stored secrets can ever satisfy them. */
#ifndef CORE_MECH_H
#define CORE_MECH_H

#include "base/span.h"

enum mech {
	MECH_UNKNOWN,
	MECH_PLAIN,
	MECH_LOGIN,
	MECH_CRAM_MD5,
	MECH_SCRAM_SHA_1,
	MECH_SCRAM_SHA_256,
	MECH_COUNT
};

enum mech_kind {
	MECH_KIND_PLAINTEXT, /* the server sees the password (RFC 4616, LOGIN) */
	MECH_KIND_DIGEST,    /* needs the cleartext stored (RFC 2195) */
	MECH_KIND_SCRAM      /* needs the cleartext or SCRAM keys stored (RFC 5802, RFC 7677) */
};

/* What a realm's accounts have stored. */
enum mech_secrets { MECH_SECRETS_HASHED, MECH_SECRETS_CLEARTEXT, MECH_SECRETS_SCRAM,
		    MECH_SECRETS_MIXED };

/* By name, whatever its case; MECH_UNKNOWN if it is not ours. */
enum mech mech_find(struct span name);

/* The registered name; "?" for MECH_UNKNOWN. */
const char *mech_name(enum mech mech);

enum mech_kind mech_kind(enum mech mech);

/* False if no account of such a realm can ever log in with the mechanism. */
bool mech_possible(enum mech mech, enum mech_secrets secrets);

#endif
