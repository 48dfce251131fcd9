/* SPDX-License-Identifier: MIT */
/* What every login of a directory backend needs, made once from the settings. */
#include "backend/ldap_plan.h"

#include <ldap.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "backend/ldap_entry.h"
#include "backend/ldap_filter.h"
#include "base/log.h"

#define UPN	"userPrincipalName"
#define ACCOUNT "sAMAccountName"

static const int scopes[] = {
    [BACKEND_LDAP_SUB] = LDAP_SCOPE_SUBTREE,
    [BACKEND_LDAP_ONE] = LDAP_SCOPE_ONELEVEL,
    [BACKEND_LDAP_BASE] = LDAP_SCOPE_BASE,
};

/* What the bind or the policy needs, whatever the state tables want. */
static const struct {
	enum ldap_state_dialect dialect;
	const char *name;
} extras[] = {
    {LDAP_STATE_OPENLDAP, "pwdPolicySubentry"},
    {LDAP_STATE_389DS, "pwdPolicySubentry"},
    {LDAP_STATE_AD, "msDS-ResultantPSO"},
    {LDAP_STATE_FREEIPA, "krbPwdPolicyReference"},
    {LDAP_STATE_AD, "badPwdCount"},
    {LDAP_STATE_AD, "badPasswordTime"},
    {LDAP_STATE_AD, "objectSid"},
    {LDAP_STATE_AD, UPN},
    {LDAP_STATE_AD, ACCOUNT},
};
#define EXTRAS (sizeof(extras) / sizeof(extras[0]))

static size_t count_names(const char *const *names)
{
	size_t count = 0;

	while (names[count])
		count++;
	return count;
}

static void add_name(struct ldap_plan *plan, const char *name)
{
	size_t i = 0;

	while (plan->attributes[i] && strcasecmp(plan->attributes[i], name) != 0)
		i++;
	plan->attributes[i] = name;
}

/* A copy of the text that ends with NUL, behind the others in the plan's memory. */
static const char *keep(char **memory, struct span text)
{
	char *kept = *memory;

	memcpy(kept, text.at, text.len);
	kept[text.len] = 0;
	*memory += text.len + 1;
	return kept;
}

static void add_map(struct ldap_plan *plan, const struct ldap_state_map *map, char **memory)
{
	switch (map->source) {
	case LDAP_STATE_ATTRIBUTE:
		if (map->text.len > 0)
			add_name(plan, keep(memory, map->text));
		break;
	case LDAP_STATE_GROUP:
		add_name(plan, "memberOf");
		break;
	case LDAP_STATE_FILTER:
		break;
	}
}

static bool make_attributes(struct ldap_plan *plan)
{
	const struct backend_ldap_settings *settings = plan->settings;
	const char *const *names =
	    ldap_state_attributes(settings->dialect, settings->verify == BACKEND_LDAP_HASH);
	size_t room = LDAP_STATE_FACTS;
	char *memory;

	for (size_t i = 0; i < LDAP_STATE_FACTS; i++)
		room += settings->maps[i].text.len;
	plan->memory = memory = malloc(room);
	plan->attributes =
	    calloc(count_names(names) + LDAP_STATE_FACTS + EXTRAS + 2, sizeof(*plan->attributes));
	if (!memory || !plan->attributes)
		return false;
	for (size_t i = 0; names[i]; i++)
		add_name(plan, names[i]);
	for (size_t i = 0; i < EXTRAS; i++)
		if (extras[i].dialect == settings->dialect)
			add_name(plan, extras[i].name);
	for (size_t i = 0; i < LDAP_STATE_FACTS; i++)
		add_map(plan, &settings->maps[i], &memory);
	if (*settings->name_attribute)
		add_name(plan, settings->name_attribute);
	return true;
}

static bool make_filter(struct ldap_plan *plan, size_t fact)
{
	const struct ldap_state_map *map = &plan->settings->maps[fact];
	const char *fault = NULL;
	struct log_line line;

	if (map->source != LDAP_STATE_FILTER)
		return true;
	plan->filters[fact] = strndup(map->text.at, map->text.len);
	if (!plan->filters[fact])
		return false;
	if (ldap_filter_check_plain(plan->filters[fact], &fault))
		return true;
	log_begin(&line, LOG_LEVEL_ERROR, "backend-ldap");
	log_put_text(&line, "what", fault);
	log_put_text(&line, "backend", plan->settings->label);
	log_put(&line, "about", map->text);
	log_end(&line);
	return false;
}

bool ldap_plan_open(struct ldap_plan *plan, const struct backend_ldap_settings *settings)
{
	struct buf name = BUF_ON(plan->stranger);
	unsigned char octets[16];
	bool ok;

	*plan = (struct ldap_plan){.settings = settings, .scope = scopes[settings->scope]};
	ok = getrandom(octets, sizeof(octets), 0) == (ssize_t)sizeof(octets) &&
	     make_attributes(plan);
	buf_put_hex(&name, octets, sizeof(octets));
	buf_put_char(&name, 0);
	for (size_t i = 0; ok && i < LDAP_STATE_FACTS; i++)
		ok = make_filter(plan, i);
	return ok;
}

void ldap_plan_close(struct ldap_plan *plan)
{
	for (size_t i = 0; i < LDAP_STATE_FACTS; i++)
		free(plan->filters[i]);
	free(plan->attributes);
	free(plan->memory);
}

static bool put_who(const struct ldap_plan *plan, struct span dn, struct span upn,
		    struct span account, struct buf *out)
{
	out->len = 0;
	switch (plan->settings->bind_as) {
	case BACKEND_LDAP_AS_DN:
		break;
	case BACKEND_LDAP_AS_UPN:
		dn = upn.len > 0 ? upn : dn;
		break;
	case BACKEND_LDAP_AS_DOMAIN:
		if (account.len == 0)
			break;
		buf_put_text(out, plan->settings->domain);
		buf_put_char(out, '\\');
		dn = account;
		break;
	}
	/* It is bound as a text that ends with NUL; the rest of one with a NUL inside, or nothing,
	 * would be another's name. */
	if (dn.len == 0 || memchr(dn.at, 0, dn.len))
		return false;
	buf_put_span(out, dn);
	buf_put_char(out, 0);
	return !out->failed;
}

bool ldap_plan_put_who(const struct ldap_plan *plan, struct span dn,
		       const struct ldap_state_entry *entry, struct buf *out)
{
	return put_who(plan, dn, ldap_entry_first(entry, UPN), ldap_entry_first(entry, ACCOUNT),
		       out);
}

bool ldap_plan_put_stranger(const struct ldap_plan *plan, struct span domain, struct buf *out)
{
	const char *base = plan->settings->base;
	char dn_storage[1024];
	char upn_storage[1024];
	struct buf dn = BUF_ON(dn_storage);
	struct buf upn = BUF_ON(upn_storage);

	buf_put_text(&dn, "cn=");
	buf_put_text(&dn, plan->stranger);
	if (*base)
		buf_put_char(&dn, ',');
	buf_put_text(&dn, base);
	buf_put_text(&upn, plan->stranger);
	buf_put_char(&upn, '@');
	buf_put_span(&upn, domain);
	return !dn.failed && !upn.failed &&
	       put_who(plan, buf_span(&dn), buf_span(&upn), span_of(plan->stranger), out);
}
