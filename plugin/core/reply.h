/* SPDX-License-Identifier: MIT */
/* The reply: what the client reads, written from the told reason and nothing else. */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "base/buf.h"
#include "core/decide.h"

/* Octets of the whole text, token and id included: what every MTA carries in one line of the 512
 * that RFC 5321 section 4.5.3.1.5 allows. */
#define REPLY_TEXT_MAX 450

/* Length of an incident id. */
#define REPLY_ID_LEN 8

/* The administrator's side of a reply. */
struct reply_style {
	const char *texts[REASON_COUNT]; /* null: the default text */
	struct span url;
	struct span contact;
	struct span mechanisms; /* the ones that work for every account, e.g. "PLAIN or LOGIN" */
	bool app_passwords;     /* app passwords exist in this realm */
	bool codes_rfc;         /* the codes of RFC 4954 instead of 535 5.7.8 */
};

/* The codes of a reply. `enhanced` is a constant. */
struct reply_codes {
	unsigned short status;
	const char *enhanced;
};

/* 535 5.7.8 for every refusal and 454 4.7.0 for temporary-failure, or those of RFC 4954. */
struct reply_codes reply_codes(enum reason told, const struct reply_style *style);

/* Appends "<text> [token] (id XXXXXXXX)": one line of printable ASCII, at most REPLY_TEXT_MAX
 * octets, whatever the texts and facts contain; a text that is too long is cut, never the token
 * or the id. `id` is REPLY_ID_LEN characters. */
void reply_put(struct buf *out, const struct verdict *verdict, const struct reply_style *style,
	       struct span id);

#endif
