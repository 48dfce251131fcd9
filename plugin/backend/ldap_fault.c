/* SPDX-License-Identifier: MIT */
/* Why a directory did not do what it was asked: for the log, and for whom to blame. */
#include "backend/ldap_fault.h"

#include <string.h>

void ldap_fault_set(struct ldap_fault *fault, enum ldap_fault_kind kind, const char *what,
		    const char *error)
{
	fault->kind = kind;
	fault->what = what;
	fault->error = error;
	fault->len = 0;
}

void ldap_fault_take(struct ldap_fault *fault, enum ldap_fault_kind kind, const char *what,
		     LDAP *ld, int code)
{
	char *said = NULL;

	ldap_fault_set(fault, kind, what, ldap_err2string(code));
	if (ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said) != LDAP_OPT_SUCCESS || !said)
		return;
	fault->len = strnlen(said, sizeof(fault->diagnostic));
	memcpy(fault->diagnostic, said, fault->len);
	ldap_memfree(said);
}

bool ldap_fault_is_sick(int code)
{
	static const int codes[] = {
	    LDAP_OPERATIONS_ERROR,
	    LDAP_TIMELIMIT_EXCEEDED,
	    LDAP_ADMINLIMIT_EXCEEDED,
	    LDAP_BUSY,
	    LDAP_UNAVAILABLE,
	    LDAP_UNWILLING_TO_PERFORM,
	    LDAP_OTHER,
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}

void ldap_fault_log(const struct ldap_fault *fault, enum log_level level, const char *label,
		    const char *uri)
{
	struct log_line line;

	log_begin(&line, level, "backend-ldap");
	log_put_text(&line, "what", fault->what);
	log_put_text(&line, "backend", label);
	log_put_text(&line, "uri", uri);
	log_put_text(&line, "error", fault->error);
	if (fault->len > 0)
		log_put(&line, "diagnostic", (struct span){fault->diagnostic, fault->len});
	log_end(&line);
}
