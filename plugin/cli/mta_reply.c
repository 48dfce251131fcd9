/* SPDX-License-Identifier: MIT */
/* What a mail client reads of a reason through each mail server, with an example's facts. */
#include "cli/mta_reply.h"

#define EXAMPLE_DATE 1772323200 /* 2026-03-01 */
#define EXAMPLE_ID   "7K3MQ2XD"

static const char *const names[MTA_REPLY_COUNT] = {
    "stock Postfix, Dovecot SASL", "stock Postfix, libreason.so",  "stock Exim, our ACL",
    "patched Exim, libreason.so",  "stock sendmail, libreason.so", "patched sendmail, libreason.so",
};

const char *mta_reply_name(enum mta_reply mta)
{
	return names[mta];
}

/* What {detail} stands for. */
static const struct {
	enum reason reason;
	const char *detail;
} details[] = {
    {REASON_MALFORMED, "the user name is empty"},
    {REASON_MECHANISM_NOT_ALLOWED, "SCRAM-SHA-256"},
    {REASON_TIME_RESTRICTED, "Mon-Fri 08:00-18:00"},
    {REASON_NETWORK_RESTRICTED, "from 192.0.2.0/24"},
};

static struct span example_detail(enum reason reason)
{
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++)
		if (details[i].reason == reason)
			return span_of(details[i].detail);
	return SPAN_NONE;
}

/* The text with the facts of an example, without codes. */
static void put_text(struct buf *out, enum reason reason)
{
	const struct reply_style style = {
	    .url = span_of("https://mail.example.org/help"),
	    .contact = span_of("postmaster@example.org"),
	    .mechanisms = span_of("PLAIN or LOGIN"),
	};
	const struct verdict verdict = {
	    .told = reason,
	    .facts = {.date = EXAMPLE_DATE,
		      .minutes = 12,
		      .mechanism = span_of("CRAM-MD5"),
		      .label = span_of("phone"),
		      .detail = example_detail(reason)},
	};

	reply_put(out, &verdict, &style, span_of(EXAMPLE_ID));
}

/* sasl_errstring() of libsasl2 2.1.28. */
static const char *errstring(enum reason_code code)
{
	switch (code) {
	case REASON_CODE_BADAUTH:
		return "authentication failure";
	case REASON_CODE_UNAVAIL:
		return "remote authentication server unavailable";
	case REASON_CODE_DISABLED:
		return "account disabled";
	case REASON_CODE_EXPIRED:
		return "passphrase expired, has to be reset";
	case REASON_CODE_NOAUTHZ:
		return "authorization failure";
	case REASON_CODE_ENCRYPT:
		return "encryption needed to use mechanism";
	case REASON_CODE_NOMECH:
		return "no mechanism available";
	}
	return "";
}

static void put_full(struct buf *out, const char *before, enum reason reason)
{
	buf_put_text(out, before);
	put_text(out, reason);
}

static void put_temporary(struct buf *out, enum mta_reply mta)
{
	switch (mta) {
	case MTA_REPLY_POSTFIX:
		buf_put_text(out, "454 4.7.0 Temporary authentication failure: Connection lost to "
				  "authentication server");
		break;
	case MTA_REPLY_POSTFIX_CYRUS:
		buf_put_text(out, "454 4.7.0 Temporary authentication failure: ");
		buf_put_text(out, errstring(REASON_CODE_UNAVAIL));
		break;
	case MTA_REPLY_EXIM:
		buf_put_text(out, "454 4.7.0 Temporary authentication failure, your password was "
				  "not checked. Do not change it, try again later.");
		break;
	case MTA_REPLY_SENDMAIL:
		buf_put_text(out, "535 5.7.0 authentication failed");
		break;
	case MTA_REPLY_EXIM_PATCHED:
	case MTA_REPLY_SENDMAIL_PATCHED:
		put_full(out, "454 4.7.0 ", REASON_TEMPORARY);
		break;
	case MTA_REPLY_COUNT:
		break;
	}
}

bool mta_reply_put(struct buf *out, enum mta_reply mta, enum reason reason)
{
	if (reason == REASON_MECHANISM_UNSUPPORTED && mta != MTA_REPLY_POSTFIX)
		return false;
	if (reason == REASON_TEMPORARY) {
		put_temporary(out, mta);
		return true;
	}
	switch (mta) {
	case MTA_REPLY_POSTFIX:
		put_full(out, "535 5.7.8 Error: authentication failed: ", reason);
		break;
	case MTA_REPLY_POSTFIX_CYRUS:
		buf_put_text(out, "535 5.7.8 Error: authentication failed: ");
		buf_put_text(out, errstring(reason_row(reason)->code));
		break;
	case MTA_REPLY_SENDMAIL:
		buf_put_text(out, "535 5.7.0 authentication failed");
		break;
	case MTA_REPLY_EXIM:
	case MTA_REPLY_EXIM_PATCHED:
	case MTA_REPLY_SENDMAIL_PATCHED:
		put_full(out, "535 5.7.8 ", reason);
		break;
	case MTA_REPLY_COUNT:
		break;
	}
	return true;
}

const char *mta_reply_note(enum mta_reply mta, enum reason reason)
{
	if (mta == MTA_REPLY_EXIM && reason == REASON_TEMPORARY)
		return "this for PLAIN with an initial response; otherwise 435 Unable to "
		       "authenticate "
		       "at present";
	if (mta == MTA_REPLY_EXIM && reason != REASON_MECHANISM_UNSUPPORTED)
		return "this for PLAIN with an initial response, in lines of about 75 octets; "
		       "otherwise "
		       "535 Incorrect authentication data";
	return NULL;
}
