/* SPDX-License-Identifier: MIT */
/* How long the certificate of a directory's server is good, and a warning in time. */
#include "backend/ldap_certificate.h"

#include <openssl/x509.h>
#include <time.h>

#include "base/log.h"

#define DAY	INT64_C(86400)
#define SOON	(14 * DAY)
#define DER_MAX 65536

int64_t ldap_certificate_end(const unsigned char *der, size_t len)
{
	X509 *certificate = len <= DER_MAX ? d2i_X509(NULL, &der, (long)len) : NULL;
	struct tm tm = {.tm_sec = 0};
	int64_t end = 0;

	if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) == 1)
		end = (int64_t)timegm(&tm);
	X509_free(certificate);
	return end > 0 ? end : 0;
}

static int64_t end_of(LDAP *ld)
{
	int64_t end = 0;
#ifdef LDAP_OPT_X_TLS_PEERCERT /* OpenLDAP 2.5 */
	struct berval der = {0, NULL};

	if (ldap_get_option(ld, LDAP_OPT_X_TLS_PEERCERT, &der) == LDAP_OPT_SUCCESS && der.bv_val)
		end = ldap_certificate_end((const unsigned char *)der.bv_val, der.bv_len);
	ldap_memfree(der.bv_val);
#else
	(void)ld;
#endif
	return end;
}

static void warn(const char *label, const char *uri, int64_t left)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARNING, "backend-ldap");
	log_put_text(&line, "what",
		     left > 0 ? "the certificate of the server ends soon"
			      : "the certificate of the server has ended");
	log_put_text(&line, "backend", label);
	log_put_text(&line, "uri", uri);
	log_put_number(&line, "days", left / DAY);
	log_end(&line);
}

void ldap_certificate_note(struct ldap_certificate *certificate, LDAP *ld, const char *label,
			   const char *uri, int64_t now)
{
	int64_t end = end_of(ld), before = certificate->warned_at;

	if (end == 0)
		return;
	certificate->until = end;
	if (end - now < SOON && (before == 0 || now - before >= DAY) &&
	    atomic_compare_exchange_strong(&certificate->warned_at, &before, now))
		warn(label, uri, end - now);
}
