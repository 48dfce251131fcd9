/* SPDX-License-Identifier: MIT */
/* What is said of an account by attributes of our own, or by what they are mapped to. Pure. */
#include "backend/ldap_state_own.h"

#include "backend/ldap_state_value.h"
#include "base/netaddr.h"

#define RESTRICTION_MAX 160 /* what a reply of 450 octets has room for */
#define LIST_MAX	512

struct fact {
	const char *name;
	size_t flag; /* offset of a bool in struct account; 0: it has a value */
	bool (*take)(const struct ldap_state_attribute *attribute, struct backend_record *record);
};

static bool take_expires(const struct ldap_state_attribute *attribute,
			 struct backend_record *record)
{
	int64_t expires;

	if (!ldap_state_value_take_time(attribute->values[0], &expires))
		return false;
	record->account.expires =
	    ldap_state_value_earlier(record->account.expires, ldap_state_value_limit(expires));
	return true;
}

static void join(const struct ldap_state_attribute *attribute, const char *separator,
		 struct buf *out)
{
	for (size_t i = 0; i < attribute->count; i++) {
		buf_put_text(out, i ? separator : "");
		buf_put_span(out, attribute->values[i]);
	}
}

static bool take_list(const struct ldap_state_attribute *attribute, struct backend_record *record,
		      struct span *list)
{
	char storage[LIST_MAX];
	struct buf out = BUF_ON(storage);

	join(attribute, ",", &out);
	*list = backend_record_keep(record, buf_span(&out));
	return !out.failed;
}

static bool take_mechanisms(const struct ldap_state_attribute *attribute,
			    struct backend_record *record)
{
	return take_list(attribute, record, &record->account.mechanisms);
}

static bool take_services(const struct ldap_state_attribute *attribute,
			  struct backend_record *record)
{
	return take_list(attribute, record, &record->account.services);
}

/* For the reply; left out where it is too long for one. */
static void restrict_more(const struct ldap_state_attribute *attribute,
			  struct backend_record *record)
{
	char storage[RESTRICTION_MAX];
	struct buf out = BUF_ON(storage);

	buf_put_span(&out, record->account.restriction);
	buf_put_text(&out, out.len ? " from " : "from ");
	join(attribute, " and ", &out);
	if (!out.failed)
		record->account.restriction = backend_record_keep(record, buf_span(&out));
}

static bool take_networks(const struct ldap_state_attribute *attribute,
			  struct backend_record *record)
{
	struct account *account = &record->account;

	if (attribute->count > BACKEND_NETWORKS_MAX)
		return false;
	for (size_t i = 0; i < attribute->count; i++) {
		struct network *network = &record->networks[i];

		if (!netaddr_take(attribute->values[i], network->address, &network->bits))
			return false;
	}
	account->networks = record->networks;
	account->network_count = attribute->count;
	restrict_more(attribute, record);
	return true;
}

static bool take_url(const struct ldap_state_attribute *attribute, struct backend_record *record)
{
	struct span rest = attribute->values[0], url = SPAN_NONE;

	/* labeledURI (RFC 2079) has a label behind a space. */
	span_take_until(&rest, ' ', &url);
	if (url.len == 0 || !span_printable(url))
		return false;
	record->account.url = backend_record_keep(record, url);
	return true;
}

#define FLAG(name, member)                                                                         \
	{                                                                                          \
		name, offsetof(struct account, member), NULL                                       \
	}

static const struct fact facts[LDAP_STATE_FACTS] = {
    [LDAP_STATE_APP_REQUIRED] = FLAG("app_required", app_required),
    [LDAP_STATE_OAUTH2_REQUIRED] = FLAG("oauth2_required", oauth2_required),
    [LDAP_STATE_DISABLED] = FLAG("disabled", disabled),
    [LDAP_STATE_SERVICE_DISABLED] = FLAG("service_disabled", service_disabled),
    [LDAP_STATE_EXPIRES] = {"expires", 0, take_expires},
    [LDAP_STATE_MECHANISMS] = {"mechanisms", 0, take_mechanisms},
    [LDAP_STATE_SERVICES] = {"services", 0, take_services},
    [LDAP_STATE_NETWORKS] = {"networks", 0, take_networks},
    [LDAP_STATE_URL] = {"url", 0, take_url},
};

#define OWN(attribute)                                                                             \
	{                                                                                          \
		LDAP_STATE_ATTRIBUTE,                                                              \
		{                                                                                  \
			attribute, sizeof(attribute) - 1                                           \
		}                                                                                  \
	}

static const struct ldap_state_map own_maps[LDAP_STATE_FACTS] = {
    [LDAP_STATE_APP_REQUIRED] = OWN("saslReasonAppPasswordRequired"),
    [LDAP_STATE_OAUTH2_REQUIRED] = OWN("saslReasonOAuth2Required"),
    [LDAP_STATE_DISABLED] = OWN("saslReasonDisabled"),
    [LDAP_STATE_SERVICE_DISABLED] = OWN("saslReasonServiceDisabled"),
    [LDAP_STATE_EXPIRES] = OWN("saslReasonExpires"),
    [LDAP_STATE_MECHANISMS] = OWN("saslReasonMechanism"),
    [LDAP_STATE_SERVICES] = OWN("saslReasonService"),
    [LDAP_STATE_NETWORKS] = OWN("saslReasonNetwork"),
    [LDAP_STATE_URL] = OWN("saslReasonURL"),
};

const struct ldap_state_map *ldap_state_own_maps(void)
{
	return own_maps;
}

const char *ldap_state_own_name(enum ldap_state_fact fact)
{
	return facts[fact].name;
}

bool ldap_state_own_is_flag(enum ldap_state_fact fact)
{
	return facts[fact].flag != 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The next octet of a DN that counts, 0 at the end; `*open`: behind a separator, or at the start.
 */
static char next(struct span *dn, bool *open)
{
	size_t spaces = 0;
	char c;

	while (spaces < dn->len && dn->at[spaces] == ' ')
		spaces++;
	if (*open || spaces == dn->len || (spaces && span_has(span_of(",+="), dn->at[spaces])))
		*dn = (struct span){dn->at + spaces, dn->len - spaces};
	if (dn->len == 0)
		return 0;
	c = dn->at[0];
	*open = c == ',' || c == '+' || c == '=';
	*dn = (struct span){dn->at + 1, dn->len - 1};
	return lower(c);
}

bool ldap_state_own_same_dn(struct span a, struct span b)
{
	bool a_open = true, b_open = true, escaped = false;
	char c;

	do {
		/* What stands behind a backslash is itself, a space too. */
		if (escaped && (a.len == 0 || b.len == 0 || a.at[0] != b.at[0]))
			return false;
		if (escaped) {
			a = (struct span){a.at + 1, a.len - 1};
			b = (struct span){b.at + 1, b.len - 1};
		}
		c = next(&a, &a_open);
		if (c != next(&b, &b_open))
			return false;
		escaped = c == '\\';
	} while (c);
	return a.len == b.len;
}

static bool is_member(const struct ldap_state_entry *entry, struct span group)
{
	const struct ldap_state_attribute *member_of =
	    ldap_state_value_find(entry, span_of("memberOf"));

	for (size_t i = 0; member_of && i < member_of->count; i++)
		if (ldap_state_own_same_dn(member_of->values[i], group))
			return true;
	return false;
}

/* True if any value is; spoils the record if one is neither TRUE nor FALSE. */
static bool any_true(const struct ldap_state_attribute *attribute, struct backend_record *record)
{
	bool any = false;

	for (size_t i = 0; attribute && i < attribute->count; i++) {
		bool flag = false;

		if (!ldap_state_value_take_flag(attribute->values[i], &flag))
			backend_record_spoil(
			    record, "what should be TRUE or FALSE in the entry is neither");
		any = any || flag;
	}
	return any;
}

static bool is_true(const struct ldap_state_entry *entry, const struct ldap_state_map *map,
		    bool matched, struct backend_record *record)
{
	switch (map->source) {
	case LDAP_STATE_ATTRIBUTE:
		return any_true(ldap_state_value_find(entry, map->text), record);
	case LDAP_STATE_GROUP:
		return is_member(entry, map->text);
	case LDAP_STATE_FILTER:
		return matched;
	}
	return false;
}

void ldap_state_own_fill(const struct ldap_state_entry *entry, const struct ldap_state_map *maps,
			 const bool *matched, struct backend_record *record)
{
	for (size_t f = 0; f < LDAP_STATE_FACTS; f++) {
		const struct ldap_state_attribute *found;
		bool *flag = (bool *)((char *)&record->account + facts[f].flag);

		if (maps[f].text.len == 0)
			continue;
		if (facts[f].flag) {
			if (is_true(entry, &maps[f], matched[f], record))
				*flag = true;
			continue;
		}
		found = maps[f].source == LDAP_STATE_ATTRIBUTE
			    ? ldap_state_value_find(entry, maps[f].text)
			    : NULL;
		if (found && !facts[f].take(found, record))
			backend_record_spoil(record,
					     "an expiry, list, network or URL in the entry cannot "
					     "be used");
	}
}
