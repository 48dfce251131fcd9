/* SPDX-License-Identifier: MIT */
/* Stored secrets as directories have them, made ones that base/pwhash knows. Pure. */
#include "backend/ldap_state_secret.h"

#include "backend/ldap_state_value.h"
#include "base/b64.h"
#include "base/pwhash.h"

#define NT_OCTETS 16

/* Keeps what the caller wrote; absent, and the record spoiled, if it was too long. */
static struct span keep(const struct buf *out, struct backend_record *record)
{
	if (out->failed) {
		backend_record_spoil(record, "a stored secret is too long");
		return SPAN_NONE;
	}
	return backend_record_keep(record, buf_span(out));
}

static void add(struct span stored, struct backend_record *record)
{
	if (!stored.at)
		return;
	if (record->stored_count == BACKEND_SECRETS_MAX)
		backend_record_spoil(record, "the entry has too many stored secrets");
	else
		record->stored[record->stored_count++] = stored;
}

/* "{SCHEME}" of a secret and what stands behind; false for one without: then it is cleartext, as
 * slapd has it (lutil_passwd() in libraries/liblutil/passwd.c). */
static bool split_scheme(struct span value, struct span *scheme, struct span *data)
{
	struct span rest = value, name;

	if (value.len == 0 || value.at[0] != '{' || !span_take_until(&rest, '}', &name) ||
	    !rest.at || name.len < 2)
		return false;
	*scheme = (struct span){value.at, name.len + 1};
	*data = rest;
	return true;
}

/* "!" before the data of a one-way scheme locks it, and "*" is no password at all. False if there
 * is nothing to compare with. */
static bool unlock(struct span scheme, struct span *data, struct account *account)
{
	bool crypt = span_equal_nocase(scheme, span_of("{CRYPT}"));

	if (data->len == 0 || (data->at[0] != '!' && (data->at[0] != '*' || !crypt)))
		return true;
	account->disabled = true;
	while (data->len > 0 && data->at[0] == '!')
		*data = (struct span){data->at + 1, data->len - 1};
	return data->len > 0 && data->at[0] != '*';
}

/* A value of userPassword as "{SCHEME}data" in the record; absent if nothing can match it. */
static struct span keep_password(struct span value, struct account *account,
				 struct backend_record *record)
{
	char storage[PWHASH_STORED_MAX];
	struct buf out = BUF_ON(storage);
	struct span scheme = span_of("{CLEARTEXT}"), data = value, stored = SPAN_NONE;

	if (value.len == 0)
		return SPAN_NONE;
	if (split_scheme(value, &scheme, &data) && pwhash_form(value) != PWHASH_CLEARTEXT &&
	    account && !unlock(scheme, &data, account))
		return SPAN_NONE;
	buf_put_span(&out, scheme);
	buf_put_span(&out, data);
	stored = keep(&out, record);
	buf_wipe(&out);
	return stored;
}

/* The digests of RFC 3112 (section 3): the salt is `info`, the digest `value`, both in base64. */
static const struct {
	const char *scheme, *salted, *bare;
} digests[] = {
    {"MD5", "{SMD5}", "{MD5}"},
    {"SHA1", "{SSHA}", "{SHA}"},
};

static bool put_digest(struct span scheme, struct span info, struct span value, struct buf *out)
{
	char storage[PWHASH_STORED_MAX];
	struct buf octets = BUF_ON(storage);
	bool known = false;

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		if (!span_equal_nocase(scheme, span_of(digests[i].scheme)))
			continue;
		known = b64_decode(value, &octets) && b64_decode(info, &octets);
		buf_put_text(out, info.len ? digests[i].salted : digests[i].bare);
		b64_put(out, buf_span(&octets));
	}
	buf_wipe(&octets);
	return known;
}

/* "scheme $ info $ value" of RFC 3112, with spaces as it allows them. What is not one of its
 * digests stays in that form: RFC 5803's SCRAM keys are so, and the rest is a scheme that is not
 * known. */
static struct span keep_auth(struct span value, struct backend_record *record)
{
	char storage[PWHASH_STORED_MAX];
	struct buf out = BUF_ON(storage);
	struct span scheme, info, stored;

	if (!span_take_until(&value, '$', &scheme) || !span_take_until(&value, '$', &info) ||
	    !value.at) {
		backend_record_spoil(record, "a value of authPassword cannot be read");
		return SPAN_NONE;
	}
	scheme = span_trim(scheme);
	info = span_trim(info);
	value = span_trim(value);
	if (!put_digest(scheme, info, value, &out)) {
		out.len = 0;
		buf_put_char(&out, '{');
		buf_put_span(&out, scheme);
		buf_put_char(&out, '}');
		buf_put_span(&out, info);
		buf_put_char(&out, '$');
		buf_put_span(&out, value);
	}
	stored = keep(&out, record);
	buf_wipe(&out);
	return stored;
}

/* Samba's is 32 hexadecimal digits, or words in capitals for none; FreeIPA's the octets. */
static struct span keep_nt(struct span value, struct backend_record *record)
{
	char storage[64];
	struct buf out = BUF_ON(storage);
	struct span stored = SPAN_NONE;
	const char *fault;

	buf_put_text(&out, "{NT}");
	if (value.len == NT_OCTETS)
		buf_put_hex(&out, (const unsigned char *)value.at, value.len);
	else
		buf_put_span(&out, value);
	if (!out.failed && pwhash_valid(buf_span(&out), &fault))
		stored = keep(&out, record);
	buf_wipe(&out);
	return stored;
}

static bool comparable(const struct backend_record *record)
{
	const char *fault;

	for (size_t i = 0; i < record->stored_count; i++)
		if (pwhash_valid(record->stored[i], &fault))
			return true;
	return false;
}

void ldap_state_secret_fill(const struct ldap_state_entry *entry, struct backend_record *record)
{
	static const char *const nt_names[] = {"sambaNTPassword", "ipaNTHash"};
	const struct ldap_state_attribute *found =
	    ldap_state_value_find(entry, span_of("userPassword"));

	for (size_t i = 0; found && i < found->count; i++)
		add(keep_password(found->values[i], &record->account, record), record);
	found = ldap_state_value_find(entry, span_of("authPassword"));
	for (size_t i = 0; found && i < found->count; i++)
		add(keep_auth(found->values[i], record), record);
	for (size_t i = 0; i < sizeof(nt_names) / sizeof(nt_names[0]); i++) {
		found = ldap_state_value_find(entry, span_of(nt_names[i]));
		if (found && !comparable(record))
			add(keep_nt(found->values[0], record), record);
	}
}

/* An old secret, and when it was replaced. */
struct old {
	struct span secret;
	int64_t replaced;
};

static bool take_old(struct span value, struct old *old)
{
	struct span time, syntax, length;
	uint64_t len;

	if (!span_take_until(&value, '#', &time) || !span_take_until(&value, '#', &syntax) ||
	    !span_take_until(&value, '#', &length) || !value.at ||
	    !span_take_number(length, value.len, &len) || len != value.len || len == 0)
		return false;
	old->secret = value;
	return ldap_state_value_take_time(time, &old->replaced);
}

static bool take_old_389ds(struct span value, struct old *old)
{
	struct span rest = value, time;

	if (!span_take_until(&rest, 'Z', &time) || rest.len == 0)
		return false;
	old->secret = rest;
	return ldap_state_value_take_time((struct span){value.at, time.len + 1}, &old->replaced);
}

static void fill_latest(const struct ldap_state_entry *entry, const char *name,
			bool (*take)(struct span value, struct old *old),
			struct backend_record *record)
{
	const struct ldap_state_attribute *found = ldap_state_value_find(entry, span_of(name));
	/* Of two of one second it is the one that was added last. */
	struct old old, latest = {SPAN_NONE, 1};

	for (size_t i = 0; found && i < found->count; i++)
		if (take(found->values[i], &old) && old.replaced >= latest.replaced)
			latest = old;
	if (!latest.secret.at)
		return;
	record->previous = keep_password(latest.secret, NULL, record);
	record->previous_changed = latest.replaced;
	if (!record->account.password_changed)
		record->account.password_changed = latest.replaced;
}

void ldap_state_secret_fill_history(const struct ldap_state_entry *entry,
				    struct backend_record *record)
{
	fill_latest(entry, "pwdHistory", take_old, record);
}

void ldap_state_secret_fill_history_389ds(const struct ldap_state_entry *entry,
					  struct backend_record *record)
{
	fill_latest(entry, "passwordHistory", take_old_389ds, record);
}
