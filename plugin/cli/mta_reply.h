/* SPDX-License-Identifier: MIT */
/* What a mail client reads of a reason through each mail server, with an example's facts. */
#ifndef CLI_MTA_REPLY_H
#define CLI_MTA_REPLY_H

#include "base/buf.h"
#include "core/reply.h"

enum mta_reply {
	MTA_REPLY_POSTFIX,	  /* stock, Dovecot SASL */
	MTA_REPLY_POSTFIX_CYRUS,  /* stock, through libreason.so */
	MTA_REPLY_EXIM,		  /* stock, the ACL recipe */
	MTA_REPLY_EXIM_PATCHED,	  /* through libreason.so */
	MTA_REPLY_SENDMAIL,	  /* stock, through libreason.so */
	MTA_REPLY_SENDMAIL_PATCHED,
	MTA_REPLY_COUNT
};

/* Room for a reply with what stands before it. */
#define MTA_REPLY_MAX (REPLY_TEXT_MAX + 128)

/* "stock Postfix, Dovecot SASL" and so on. */
const char *mta_reply_name(enum mta_reply mta);

/* The whole reply in one line, with the facts of an example. False where the mail server answers
 * this reason itself and we are not asked. */
bool mta_reply_put(struct buf *out, enum mta_reply mta, enum reason reason);

/* What differs with the mechanism, or with the length of a line; null if nothing does. */
const char *mta_reply_note(enum mta_reply mta, enum reason reason);

#endif
