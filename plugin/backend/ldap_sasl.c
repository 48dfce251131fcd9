/* SPDX-License-Identifier: MIT */
/* The service's own bind by GSSAPI. */
#include "backend/ldap_sasl.h"

#include <pthread.h>
#include <sasl/sasl.h>
#include <string.h>

/* libsasl2's and its plugins' common state is not ours to share between threads. */
static pthread_mutex_t sasl_lock = PTHREAD_MUTEX_INITIALIZER;

bool ldap_sasl_prepare(void)
{
	char **mechs = NULL;

	if (ldap_get_option(NULL, LDAP_OPT_X_SASL_MECHLIST, &mechs) != LDAP_OPT_SUCCESS || !mechs)
		return false;
	for (size_t i = 0; mechs[i]; i++)
		if (strcmp(mechs[i], "GSSAPI") == 0)
			return true;
	return false;
}

/* Every question gets its default or nothing: the only one is for whom to act. */
static int answer_prompts(LDAP *ld, unsigned flags, void *defaults, void *prompts)
{
	(void)ld;
	(void)flags;
	(void)defaults;
	for (sasl_interact_t *at = prompts; at->id != SASL_CB_LIST_END; at++) {
		at->result = at->defresult ? at->defresult : "";
		at->len = (unsigned)strlen(at->result);
	}
	return LDAP_SUCCESS;
}

static int step(struct ldap_handle *handle, LDAPMessage *answer, const char **mech, int *msgid)
{
	int code;

	pthread_mutex_lock(&sasl_lock);
	code = ldap_sasl_interactive_bind(handle->ld, NULL, "GSSAPI", NULL, NULL, LDAP_SASL_QUIET,
					  answer_prompts, NULL, answer, mech, msgid);
	pthread_mutex_unlock(&sasl_lock);
	return code;
}

int ldap_sasl_gssapi(struct ldap_handle *handle, uint64_t due, struct ldap_fault *fault)
{
	LDAPMessage *answer = NULL;
	const char *mech = NULL;
	int msgid = 0;
	int code;

	do {
		code = step(handle, answer, &mech, &msgid);
		ldap_msgfree(answer);
		answer = NULL;
		if (code != LDAP_SASL_BIND_IN_PROGRESS)
			break;
		answer = ldap_handle_wait(handle, LDAP_SUCCESS, msgid, due, fault);
	} while (answer);
	/* Codes below zero are libldap's own: no ticket, no such mechanism. */
	if (code < 0)
		ldap_fault_take(fault, LDAP_FAULT_DEAD, "GSSAPI fails", handle->ld, code);
	return code < 0 || code == LDAP_SASL_BIND_IN_PROGRESS ? -1 : code;
}
