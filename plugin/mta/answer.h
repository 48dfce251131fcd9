/* SPDX-License-Identifier: MIT */
/* What an answer of the daemon means: its fields checked, as a SASL code, a name, and a text. */
#ifndef MTA_ANSWER_H
#define MTA_ANSWER_H

#include "base/span.h"

/* Octets of a name; libsasl2's own buffer for one has 1,024. */
#define ANSWER_NAME_MAX 512

/* Octets of a text: what fits in an SMTP reply (core/reply.h makes no longer ones). */
#define ANSWER_TEXT_MAX 450

/* For a login that could not be checked, whatever the cause. */
#define ANSWER_TEMPORARY                                                                           \
	"454 4.7.0 The mail server cannot check passwords right now; your password was not "       \
	"checked, do not change it, try again later. [temporary-failure]"

struct answer {
	int code;			/* SASL_OK or the error to return */
	char name[ANSWER_NAME_MAX + 1]; /* NUL-terminated; empty if there is none */
	size_t name_len;
	struct span resp;		 /* base64, absent if there is none; borrows the fields */
	char text[ANSWER_TEXT_MAX + 20]; /* "535 5.7.8 ...", or without codes if the daemon has
					  * no text: then the MTA uses its own */
};

/* The fields of OK. SASL_UNAVAIL if the name is missing or cannot be one: what is not understood
 * lets nobody in. */
void answer_accepted(struct span fields, struct answer *answer);

/* The fields of FAIL. Never SASL_OK. A code= that is not in the table is SASL_UNAVAIL, because it
 * may be a temporary one and a temporary failure must not be told as a wrong password. */
void answer_refused(struct span fields, struct answer *answer);

#endif
