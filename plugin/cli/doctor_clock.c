/* SPDX-License-Identifier: MIT */
/* Time: is the clock kept, and does a directory's certificate end soon? */
#include "cli/doctor_clock.h"

#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "cli/field.h"

#define DAY 86400

const char *doctor_clock_judge(int state, int status, long error_us)
{
	if (state < 0)
		return NULL;
	if (state == TIME_ERROR || (status & STA_UNSYNC))
		return "nobody keeps the clock right";
	if (error_us > DOCTOR_CLOCK_ERROR_US)
		return "the clock has not been set for long";
	return NULL;
}

void doctor_clock_check(struct doctor_facts *facts)
{
	struct timex clock = {.modes = 0};
	const int state = adjtimex(&clock);
	const char *wrong = doctor_clock_judge(state, clock.status, clock.maxerror);

	if (state < 0) {
		doctor_report_add(&facts->report, DOCTOR_NOTE, "the clock cannot be asked");
	} else if (wrong) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "%s: locks, expiry dates and certificates follow it", wrong);
		doctor_report_mend(&facts->report,
				   "timedatectl set-ntp true   # or: apt install chrony");
	} else {
		doctor_report_add(&facts->report, DOCTOR_WELL, "the clock is synchronized");
	}
}

static const char *uri_of(const struct doctor_facts *facts, const char *label)
{
	json_t *backend;
	size_t i;

	json_array_foreach(json_object_get(facts->config, "backends"), i, backend)
	{
		const char *other = field_text(backend, "label");

		if (other && strcmp(other, label) == 0)
			return json_string_value(
			    json_array_get(json_object_get(backend, "uris"), 0));
	}
	return NULL;
}

/* host:port for openssl, from an LDAP URI. */
static void put_host(char *out, size_t size, const char *uri)
{
	const char *host = uri ? strstr(uri, "://") : NULL;
	const bool tls = uri && strncmp(uri, "ldaps:", 6) == 0;
	size_t length;
	bool port;

	host = host ? host + 3 : "HOST";
	length = strcspn(host, "/?");
	port = memchr(host, ':', length) && host[length - 1] != ']';
	snprintf(out, size, "%.*s%s%s", (int)length, host,
		 port  ? ""
		 : tls ? ":636"
		       : ":389",
		 tls ? "" : " -starttls ldap");
}

static void check_certificate(struct doctor_facts *facts, const char *label, long long until)
{
	const long long left = until - (long long)time(NULL);
	char host[300];

	if (left >= (long long)DOCTOR_CLOCK_CERTIFICATE_DAYS * DAY) {
		doctor_report_add(&facts->report, DOCTOR_WELL,
				  "the certificate of directory \"%s\" is good for %lld days",
				  label, left / DAY);
		return;
	}
	if (left <= 0)
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "the certificate of directory \"%s\" has expired", label);
	else
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "the certificate of directory \"%s\" ends in %lld days", label,
				  left / DAY);
	put_host(host, sizeof(host), uri_of(facts, label));
	doctor_report_mend(&facts->report,
			   "openssl s_client -connect %s </dev/null | openssl x509 -noout -dates   "
			   "# renew it there",
			   host);
}

void doctor_clock_certificates(struct doctor_facts *facts)
{
	json_t *backend;
	size_t i;

	json_array_foreach(json_object_get(facts->status, "backends"), i, backend)
	{
		const long long until = field_number(backend, "certificate_until");
		const char *label = field_text(backend, "label");

		if (until && label)
			check_certificate(facts, label, until);
	}
}
