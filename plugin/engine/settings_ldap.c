/* SPDX-License-Identifier: MIT */
/* The sections backend_ldap of the settings. */
#include "engine/settings_ldap.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "backend/ldap_filter.h"

/* The words of the default filter: who may log in, by the login name. */
#define FILTER_USUAL "(uid=%u)"
#define FILTER_AD    "(&(objectCategory=person)(objectClass=user)(sAMAccountName=%u))"

static void fault(struct settings_store *store, const struct conf_block *block, const char *key,
		  const char *what)
{
	settings_store_fault(store, conf_get(block, key)->place, "backend_ldap \"%s\": %s: %s",
			     block->title, key, what);
}

static bool begins(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

/* ---- servers ---- */

/* What comes after the scheme is a host, or for ldapi:// a percent-encoded path; no DN, no more. */
static const char *uri_fault(const char *uri)
{
	const char *rest = strstr(uri, "://");

	if (!begins(uri, "ldap://") && !begins(uri, "ldaps://") && !begins(uri, "ldapi://"))
		return "is not ldap://, ldaps:// or ldapi://";
	if (!begins(uri, "ldapi:") && (rest[3] == '\0' || rest[3] == '/'))
		return "has no host";
	rest = strchr(rest + 3, '/');
	return rest && rest[1] ? "has more than a host and a port" : NULL;
}

/* Passwords of a host that is not this one need TLS. */
static bool in_clear(const char *uri, bool starttls)
{
	static const char *const here[] = {"localhost", "127.0.0.1", "[::1]"};
	const char *host = uri + strlen("ldap://");

	if (!begins(uri, "ldap://") || starttls)
		return false;
	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		if (begins(host, here[i]) && strchr(":/", host[strlen(here[i])]))
			return false;
	return true;
}

static void take_uris(struct settings_store *store, const struct conf_block *block,
		      struct backend_ldap_settings *ldap)
{
	const struct conf_value *value = conf_get(block, "uri");

	ldap->uris = (const char *const *)value->items;
	ldap->uri_count = value->count;
	if (value->count == 0)
		fault(store, block, "uri", "the list is empty");
	for (size_t i = 0; i < value->count; i++) {
		const char *what = uri_fault(value->items[i]);

		if (what)
			settings_store_fault(store, value->place,
					     "backend_ldap \"%s\": uri: \"%s\" %s", block->title,
					     value->items[i], what);
		else if (in_clear(value->items[i], ldap->starttls))
			settings_store_warn(store, value->place,
					    "backend_ldap \"%s\": uri: \"%s\" without starttls: "
					    "passwords cross the network in the clear",
					    block->title, value->items[i]);
	}
}

static void take_tls(struct settings_store *store, const struct conf_block *block,
		     struct backend_ldap_settings *ldap)
{
	const struct conf_value *verify = conf_get(block, "tls_verify");

	ldap->starttls = conf_number(block, "starttls");
	ldap->tls_verify = verify->number;
	ldap->tls_ca_file = conf_text(block, "tls_ca_file");
	ldap->tls_cert_file = conf_text(block, "tls_cert_file");
	ldap->tls_key_file = conf_text(block, "tls_key_file");
	if (!ldap->tls_verify)
		settings_store_warn(store, verify->place,
				    "backend_ldap \"%s\": tls_verify = no: whoever stands between "
				    "reads the passwords",
				    block->title);
	if (!*ldap->tls_cert_file != !*ldap->tls_key_file)
		fault(store, block, *ldap->tls_cert_file ? "tls_cert_file" : "tls_key_file",
		      "tls_cert_file and tls_key_file belong together");
}

static void take_service(struct settings_store *store, const struct conf_block *block,
			 struct backend_ldap_settings *ldap)
{
	ldap->service = (enum backend_ldap_service)conf_number(block, "service_bind");
	ldap->bind_dn = conf_text(block, "bind_dn");
	ldap->bind_password_file = conf_text(block, "bind_password_file");
	if (ldap->service != BACKEND_LDAP_SIMPLE && *ldap->bind_password_file)
		fault(store, block, "bind_password_file", "is only for service_bind = simple");
	if (ldap->service == BACKEND_LDAP_SIMPLE && !*ldap->bind_dn != !*ldap->bind_password_file)
		fault(store, block, *ldap->bind_dn ? "bind_dn" : "bind_password_file",
		      "bind_dn and bind_password_file belong together");
}

/* ---- entries ---- */

static void take_search(struct settings_store *store, const struct conf_block *block,
			struct backend_ldap_settings *ldap)
{
	const char *what = NULL;

	ldap->dialect = (enum ldap_state_dialect)conf_number(block, "dialect");
	ldap->base = conf_text(block, "base");
	ldap->scope = (enum backend_ldap_scope)conf_number(block, "scope");
	ldap->filter = conf_text(block, "filter");
	if (!*ldap->filter)
		ldap->filter = ldap->dialect == LDAP_STATE_AD ? FILTER_AD : FILTER_USUAL;
	if (!*ldap->base)
		fault(store, block, "base", "is empty");
	if (!ldap_filter_check(ldap->filter, &what))
		fault(store, block, "filter", what);
}

static void take_proof(struct settings_store *store, const struct conf_block *block,
		       struct backend_ldap_settings *ldap)
{
	ldap->verify = (enum backend_ldap_verify)conf_number(block, "verify");
	ldap->bind_as = (enum backend_ldap_bind_as)conf_number(block, "bind_as");
	ldap->domain = conf_text(block, "domain");
	if (ldap->bind_as == BACKEND_LDAP_AS_DOMAIN && !*ldap->domain)
		fault(store, block, "bind_as", "\"domain\" needs the key domain");
	if (ldap->bind_as != BACKEND_LDAP_AS_DN && ldap->dialect != LDAP_STATE_AD)
		fault(store, block, "bind_as",
		      "only Active Directory binds with anything but a DN");
}

/* An attribute's name (RFC 4512 2.5): letters, digits and dashes, or an OID. */
static bool is_attribute(const char *text)
{
	if (!isalnum((unsigned char)*text))
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '-' && *text != '.')
			return false;
	return true;
}

static const char *map_fault(const char *text, bool flag, struct ldap_state_map *map)
{
	static const char group[] = "memberOf=";
	const char *what;

	if (begins(text, group)) {
		*map = (struct ldap_state_map){LDAP_STATE_GROUP, span_of(text + strlen(group))};
		if (map->text.len == 0)
			return "memberOf= needs the DN of a group";
	} else if (*text == '(') {
		*map = (struct ldap_state_map){LDAP_STATE_FILTER, span_of(text)};
		if (!ldap_filter_check_plain(text, &what))
			return what;
	} else {
		*map = (struct ldap_state_map){LDAP_STATE_ATTRIBUTE, span_of(text)};
		return is_attribute(text) ? NULL : "is no attribute, memberOf=DN or (filter)";
	}
	return flag ? NULL : "has a value, which only an attribute can give";
}

static void take_maps(struct settings_store *store, const struct conf_block *block,
		      struct backend_ldap_settings *ldap)
{
	struct ldap_state_map *maps = settings_store_alloc(store, LDAP_STATE_FACTS, sizeof(*maps));

	ldap->maps = maps;
	for (size_t i = 0; maps && i < LDAP_STATE_FACTS; i++) {
		enum ldap_state_fact fact = (enum ldap_state_fact)i;
		const char *text, *what;
		char key[40];

		snprintf(key, sizeof(key), "map_%s", ldap_state_fact_name(fact));
		text = conf_text(block, key);
		maps[i] = ldap_state_own_maps()[i];
		what = *text ? map_fault(text, ldap_state_fact_is_flag(fact), &maps[i]) : NULL;
		if (what)
			fault(store, block, key, what);
	}
}

const struct backend_ldap_settings *settings_ldap_take(struct settings_store *store,
						       const struct conf_block *block)
{
	struct backend_ldap_settings *ldap = settings_store_alloc(store, 1, sizeof(*ldap));

	if (!ldap)
		return NULL;
	ldap->label = block->title;
	take_tls(store, block, ldap);
	take_uris(store, block, ldap);
	take_service(store, block, ldap);
	take_search(store, block, ldap);
	take_proof(store, block, ldap);
	take_maps(store, block, ldap);
	ldap->name_attribute = conf_text(block, "name_attribute");
	ldap->policy_dn = conf_text(block, "policy_dn");
	ldap->threads = (unsigned)conf_number(block, "threads");
	ldap->connect_timeout_ms = (unsigned)conf_number(block, "connect_timeout");
	ldap->timeout_ms = (unsigned)conf_number(block, "timeout");
	ldap->total_timeout_ms = (unsigned)conf_number(block, "total_timeout");
	return ldap;
}
