/* SPDX-License-Identifier: MIT */
/* One connection to a directory: made, asked and closed within deadlines. */
#include "backend/ldap_handle.h"

#include <openldap.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/ldap_clock.h"
#include "backend/ldap_dial.h"
#include "backend/ldap_sasl.h"
#include "backend/ldap_tls.h"

#define INCOMING_MAX (4 << 20) /* octets of one message */

bool ldap_handle_prepare(enum backend_ldap_service service)
{
	LDAPAPIInfo info = {.ldapai_info_version = LDAP_API_INFO_VERSION};

	if (ldap_get_option(NULL, LDAP_OPT_API_INFO, &info) == LDAP_OPT_SUCCESS) {
		ldap_memfree(info.ldapai_vendor_name);
		ber_memvfree((void **)info.ldapai_extensions);
	}
	return service != BACKEND_LDAP_GSSAPI || ldap_sasl_prepare();
}

static bool set_number(LDAP *ld, int option, int value)
{
	return ldap_set_option(ld, option, &value) == LDAP_OPT_SUCCESS;
}

static bool set_options(LDAP *ld)
{
	struct timeval forever = {-1, 0};
	ber_len_t most = INCOMING_MAX;
	Sockbuf *sockbuf = NULL;

	/* Waits are the wire's business: with a time-out of its own libldap would make the TLS
	 * handshake a busy loop without end. */
	return set_number(ld, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3) &&
	       set_number(ld, LDAP_OPT_DEREF, LDAP_DEREF_NEVER) &&
	       ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
	       ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
	       ldap_set_option(ld, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
	       ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &forever) == LDAP_OPT_SUCCESS &&
	       ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) == LDAP_OPT_SUCCESS &&
	       ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &most) == 1;
}

static bool prepare(struct ldap_handle *handle, const char *uri, struct ldap_fault *fault)
{
	int code = ldap_init_fd(handle->wire.fd, LDAP_PROTO_EXT, uri, &handle->ld);

	if (code != LDAP_SUCCESS)
		close(handle->wire.fd);
	else if (ldap_wire_install(&handle->wire, handle->ld) && set_options(handle->ld))
		return true;
	ldap_fault_set(fault, LDAP_FAULT_OURS, "libldap cannot be set up", ldap_err2string(code));
	return false;
}

/* RFC 4511 4.14: the server's consent, before the handshake. */
static bool ask_starttls(struct ldap_handle *handle, uint64_t due, struct ldap_fault *fault)
{
	LDAPMessage *answer;
	int msgid = 0;
	int asked =
	    ldap_extended_operation(handle->ld, LDAP_EXOP_START_TLS, NULL, NULL, NULL, &msgid);
	int code = LDAP_OTHER;

	answer = ldap_handle_wait(handle, asked, msgid, due, fault);
	if (!answer)
		return false;
	if (ldap_parse_result(handle->ld, answer, &code, NULL, NULL, NULL, NULL, 1) ==
		LDAP_SUCCESS &&
	    code == LDAP_SUCCESS)
		return true;
	ldap_fault_take(fault, LDAP_FAULT_DEAD, "StartTLS is refused", handle->ld, code);
	return false;
}

static bool start_tls(struct ldap_handle *handle, const struct backend_ldap_settings *settings,
		      struct ldap_fault *fault)
{
	int code;

	if (!ldap_tls_apply(handle->ld, settings)) {
		ldap_fault_set(fault, LDAP_FAULT_DEAD,
			       "TLS cannot be set up: the files of certificates or the key", NULL);
		return false;
	}
	code = ldap_install_tls(handle->ld);
	if (code == LDAP_SUCCESS)
		return true;
	ldap_fault_take(fault, LDAP_FAULT_DEAD, handle->wire.late ? "no TLS in time" : "TLS fails",
			handle->ld, code);
	return false;
}

static bool secure(struct ldap_handle *handle, const struct backend_ldap_settings *settings,
		   const char *uri, uint64_t due, struct ldap_fault *fault)
{
	if (ldap_is_ldaps_url(uri))
		return start_tls(handle, settings, fault);
	if (!settings->starttls || ldap_is_ldapi_url(uri))
		return true;
	return ask_starttls(handle, due, fault) && start_tls(handle, settings, fault);
}

bool ldap_handle_open(struct ldap_handle *handle, const struct backend_ldap_settings *settings,
		      const char *uri, uint64_t due, struct ldap_fault *fault)
{
	int fd = ldap_dial_open(uri, due, fault);

	*handle = (struct ldap_handle){NULL, {fd, due, false}};
	if (fd < 0)
		return false;
	if (prepare(handle, uri, fault) && secure(handle, settings, uri, due, fault))
		return true;
	ldap_handle_close(handle);
	return false;
}

LDAPMessage *ldap_handle_wait(struct ldap_handle *handle, int asked, int msgid, uint64_t due,
			      struct ldap_fault *fault)
{
	LDAPMessage *answer = NULL;
	int left = ldap_clock_left(due);
	struct timeval wait = {left / 1000, left % 1000 * 1000};
	int type = -1;

	if (asked == LDAP_SUCCESS)
		type = ldap_result(handle->ld, msgid, LDAP_MSG_ALL, &wait, &answer);
	if (type > 0)
		return answer;
	ldap_msgfree(answer);
	if (type == 0 || handle->wire.late) {
		ldap_fault_set(fault, LDAP_FAULT_DEAD, "no answer in time", NULL);
		return NULL;
	}
	if (asked == LDAP_SUCCESS)
		ldap_get_option(handle->ld, LDAP_OPT_RESULT_CODE, &asked);
	ldap_fault_take(fault, LDAP_FAULT_CUT, "the connection ended without an answer", handle->ld,
			asked);
	return NULL;
}

void ldap_handle_close(struct ldap_handle *handle)
{
	if (!handle->ld)
		return;
	handle->wire.due = 0;
	ldap_unbind_ext(handle->ld, NULL, NULL);
	handle->ld = NULL;
}

bool ldap_handle_same_peer(const struct ldap_handle *a, const struct ldap_handle *b)
{
	struct sockaddr_storage peers[2];
	socklen_t lens[2] = {sizeof(peers[0]), sizeof(peers[1])};

	memset(peers, 0, sizeof(peers));
	return getpeername(a->wire.fd, (struct sockaddr *)&peers[0], &lens[0]) == 0 &&
	       getpeername(b->wire.fd, (struct sockaddr *)&peers[1], &lens[1]) == 0 &&
	       lens[0] == lens[1] && memcmp(&peers[0], &peers[1], lens[0]) == 0;
}
