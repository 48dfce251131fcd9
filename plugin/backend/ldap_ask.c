/* SPDX-License-Identifier: MIT */
/* The questions to a directory: a search, a simple bind, a change. */
#include "backend/ldap_ask.h"

#include <string.h>
#include <time.h>

#include "backend/ldap_clock.h"
#include "backend/ldap_sasl.h"

bool ldap_ask_search(struct ldap_handle *handle, const struct ldap_ask_search *search, uint64_t due,
		     struct ldap_ask_found *found, struct ldap_fault *fault)
{
	int left = ldap_clock_left(due);
	struct timeval limit = {left / 1000 + 1, 0};
	int msgid = 0;
	int asked;

	handle->wire.due = due;
	asked = ldap_search_ext(handle->ld, search->base, search->scope, search->filter,
				/* libldap does not write to it */
				(char **)(uintptr_t)search->attributes, 0, NULL, NULL, &limit,
				search->limit, &msgid);
	*found = (struct ldap_ask_found){.code = LDAP_OTHER};
	found->answer = ldap_handle_wait(handle, asked, msgid, due, fault);
	if (!found->answer)
		return false;
	if (ldap_parse_result(handle->ld, found->answer, &found->code, NULL, NULL, NULL, NULL, 0) !=
	    LDAP_SUCCESS)
		found->code = LDAP_OTHER;
	found->count = ldap_count_entries(handle->ld, found->answer);
	found->entry = ldap_first_entry(handle->ld, found->answer);
	return true;
}

static void take_ppolicy(LDAP *ld, LDAPControl **controls, struct ldap_state_bind *said)
{
	LDAPControl *control =
	    ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
	LDAPPasswordPolicyError error = PP_noError;
	ber_int_t grace = -1;

	if (!control || ldap_parse_passwordpolicy_control(ld, control, NULL, &grace, &error))
		return;
	said->ppolicy_grace = grace >= 0;
	said->has_ppolicy = true;
	if (error != PP_noError)
		said->ppolicy_error = (int)error;
}

static void take_diagnostic(struct ldap_ask_bound *bound, const char *text)
{
	size_t len = strnlen(text, sizeof(bound->text));

	memcpy(bound->text, text, len);
	bound->said.diagnostic = (struct span){bound->text, len};
}

/* Frees the answer. */
static void take_bound(LDAP *ld, LDAPMessage *answer, struct ldap_ask_bound *bound)
{
	LDAPControl **controls = NULL;
	char *diagnostic = NULL;

	bound->said = (struct ldap_state_bind){
	    .code = LDAP_OTHER, .ppolicy_error = -1, .now = (int64_t)time(NULL)};
	if (ldap_parse_result(ld, answer, &bound->said.code, NULL, &diagnostic, NULL, &controls,
			      1) != LDAP_SUCCESS)
		bound->said.code = LDAP_OTHER;
	take_diagnostic(bound, diagnostic ? diagnostic : "");
	ldap_memfree(diagnostic);
	if (!controls)
		return;
	take_ppolicy(ld, controls, &bound->said);
	bound->said.password_expired =
	    ldap_control_find(LDAP_CONTROL_X_PASSWORD_EXPIRED, controls, NULL);
	ldap_controls_free(controls);
}

static bool bind(struct ldap_handle *handle, const char *dn, const char *mech, struct span secret,
		 bool ppolicy, uint64_t due, struct ldap_ask_bound *bound, struct ldap_fault *fault)
{
	static char ppolicy_request[] = LDAP_CONTROL_PASSWORDPOLICYREQUEST;
	LDAPControl control = {ppolicy_request, {0, NULL}, 0};
	LDAPControl *controls[] = {ppolicy ? &control : NULL, NULL};
	/* libldap does not write to it */
	struct berval credentials = {secret.len, (char *)(uintptr_t)secret.at};
	LDAPMessage *answer;
	int msgid = 0;
	int asked;

	handle->wire.due = due;
	asked = ldap_sasl_bind(handle->ld, dn, mech, &credentials, controls, NULL, &msgid);
	answer = ldap_handle_wait(handle, asked, msgid, due, fault);
	if (!answer)
		return false;
	take_bound(handle->ld, answer, bound);
	return true;
}

bool ldap_ask_bind(struct ldap_handle *handle, const char *dn, struct span secret, bool ppolicy,
		   uint64_t due, struct ldap_ask_bound *bound, struct ldap_fault *fault)
{
	return bind(handle, dn, LDAP_SASL_SIMPLE, secret, ppolicy, due, bound, fault);
}

bool ldap_ask_change(struct ldap_handle *handle, const char *dn, LDAPMod *const *changes,
		     uint64_t due, struct ldap_ask_changed *changed, struct ldap_fault *fault)
{
	struct buf text = {changed->text, 0, sizeof(changed->text) - 1, false};
	char *diagnostic = NULL;
	LDAPMessage *answer;
	int msgid = 0;
	int asked;

	handle->wire.due = due;
	*changed = (struct ldap_ask_changed){.code = LDAP_OTHER};
	asked = ldap_modify_ext(handle->ld, dn,
				/* libldap does not write to it */
				(LDAPMod **)(uintptr_t)changes, NULL, NULL, &msgid);
	answer = ldap_handle_wait(handle, asked, msgid, due, fault);
	if (!answer)
		return false;
	if (ldap_parse_result(handle->ld, answer, &changed->code, NULL, &diagnostic, NULL, NULL,
			      1) != LDAP_SUCCESS)
		changed->code = LDAP_OTHER;
	for (const char *at = diagnostic ? diagnostic : ""; *at; at++)
		buf_put_char(&text, *at);
	ldap_memfree(diagnostic);
	return true;
}

/* The result code, or -1 and `fault` without an answer. */
static int bind_service(struct ldap_handle *handle, const struct backend_ldap_settings *settings,
			struct span secret, uint64_t due, struct ldap_fault *fault)
{
	struct ldap_ask_bound bound;
	bool answered = false;

	handle->wire.due = due;
	switch (settings->service) {
	case BACKEND_LDAP_SIMPLE:
		if (!*settings->bind_dn)
			return LDAP_SUCCESS;
		answered = bind(handle, settings->bind_dn, LDAP_SASL_SIMPLE, secret, false, due,
				&bound, fault);
		break;
	case BACKEND_LDAP_EXTERNAL:
		answered = bind(handle, NULL, "EXTERNAL", span_of(""), false, due, &bound, fault);
		break;
	case BACKEND_LDAP_GSSAPI:
		return ldap_sasl_gssapi(handle, due, fault);
	}
	return answered ? bound.said.code : -1;
}

bool ldap_ask_service(struct ldap_handle *handle, const struct backend_ldap_settings *settings,
		      struct span secret, uint64_t due, struct ldap_fault *fault)
{
	int code = bind_service(handle, settings, secret, due, fault);

	if (code == LDAP_SUCCESS)
		return true;
	if (code == LDAP_INVALID_CREDENTIALS || code == LDAP_INAPPROPRIATE_AUTH)
		ldap_fault_take(fault, LDAP_FAULT_REFUSED,
				"the service's own name or password is not accepted", handle->ld,
				code);
	else if (code > 0)
		ldap_fault_take(fault, LDAP_FAULT_DEAD, "the service's own bind fails", handle->ld,
				code);
	return false;
}
