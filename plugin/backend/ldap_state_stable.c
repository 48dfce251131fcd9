/* SPDX-License-Identifier: MIT */
/* What a directory never gives to another account: the id of its entry. Pure. */
#include "backend/ldap_state_stable.h"

#include "backend/ldap_state_value.h"

#define TEXT_MAX   128
#define GUID_LEN   16
#define CANDIDATES 2

/* Where a dialect has it; the first that is there counts. */
static const struct {
	const char *names[CANDIDATES];
	bool binary;
} places[LDAP_STATE_DIALECTS] = {
    [LDAP_STATE_OPENLDAP] = {{"entryUUID", NULL}, false},
    [LDAP_STATE_AD] = {{"objectGUID", NULL}, true},
    [LDAP_STATE_389DS] = {{"nsUniqueId", NULL}, false},
    [LDAP_STATE_FREEIPA] = {{"ipaUniqueID", "nsUniqueId"}, false},
    [LDAP_STATE_RFC2307] = {{"entryUUID", NULL}, false},
};

static void keep_guid(struct span guid, struct backend_record *record)
{
	char storage[2 * GUID_LEN];
	struct buf out = BUF_ON(storage);

	if (guid.len != GUID_LEN)
		return;
	buf_put_hex(&out, (const unsigned char *)guid.at, guid.len);
	record->stable = backend_record_keep(record, buf_span(&out));
}

static void keep_text(struct span text, struct backend_record *record)
{
	if (text.len > 0 && text.len <= TEXT_MAX && span_printable(text))
		record->stable = backend_record_keep(record, text);
}

void ldap_state_stable_fill(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			    struct backend_record *record)
{
	for (size_t i = 0; i < CANDIDATES && !record->stable.at; i++) {
		const char *name = places[dialect].names[i];
		const struct ldap_state_attribute *found =
		    name ? ldap_state_value_find(entry, span_of(name)) : NULL;

		if (found && places[dialect].binary)
			keep_guid(found->values[0], record);
		else if (found)
			keep_text(found->values[0], record);
	}
}
