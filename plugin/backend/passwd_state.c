/* SPDX-License-Identifier: MIT */
/* From passwd(5) and shadow(5) entries to an account. Pure. */
#include "backend/passwd_state.h"

#include <string.h>

#define DAY      INT64_C(86400)
#define DAYS_MAX (INT64_C(1) << 40) /* far beyond any date, and DAY times it still fits */

bool passwd_state_shadowed(const struct passwd *passwd)
{
	const char *secret = passwd->pw_passwd;

	return strcmp(secret, "x") == 0 ||
	       (strncmp(secret, "##", 2) == 0 && strcmp(secret + 2, passwd->pw_name) == 0);
}

static bool shell_refuses(const char *shell)
{
	const char *slash = shell ? strrchr(shell, '/') : NULL;
	const char *name = slash ? slash + 1 : shell;

	return name && (strcmp(name, "nologin") == 0 || strcmp(name, "false") == 0);
}

static void fill_secret(const char *secret, struct backend_record *record)
{
	const char *behind = secret + strspn(secret, "!");
	size_t start = record->text.len;

	if (secret[0] == '!' || secret[0] == '*')
		record->account.disabled = true;
	if (behind[0] == '\0' || behind[0] == '*')
		return;
	backend_record_keep(record, span_of("{CRYPT}"));
	backend_record_keep(record, span_of(behind));
	if (!record->text.failed)
		record->stored[record->stored_count++] =
		    (struct span){record->storage + start, record->text.len - start};
}

/* The start of a day; 1 for 1970-01-01, because 0 means "never". */
static int64_t second_of(int64_t day)
{
	return day > 0 ? day * DAY : 1;
}

static int64_t bounded(long days)
{
	return days > DAYS_MAX ? DAYS_MAX : days;
}

static void fill_aging(const struct spwd *shadow, struct account *account)
{
	int64_t changed = bounded(shadow->sp_lstchg), max = bounded(shadow->sp_max);
	int64_t inactive;

	if (shadow->sp_expire >= 0)
		account->expires = second_of(bounded(shadow->sp_expire));
	account->must_change = changed == 0;
	if (changed <= 0)
		return;
	account->password_changed = second_of(changed);
	if (max < 0)
		return;
	account->password_expires = second_of(changed + max);
	if (shadow->sp_inact < 0)
		return;
	inactive = second_of(changed + max + bounded(shadow->sp_inact));
	if (!account->expires || inactive < account->expires)
		account->expires = inactive;
}

static void fill_stable(uid_t uid, struct backend_record *record)
{
	char storage[24];
	struct buf out = BUF_ON(storage);

	buf_put_number(&out, uid);
	record->stable = backend_record_keep(record, buf_span(&out));
}

void passwd_state_fill(const struct passwd *passwd, const struct spwd *shadow,
		       struct backend_record *record)
{
	record->account.exists = YES;
	fill_stable(passwd->pw_uid, record);
	record->account.disabled = shell_refuses(passwd->pw_shell);
	if (!passwd_state_shadowed(passwd)) {
		fill_secret(passwd->pw_passwd, record);
		return;
	}
	if (!shadow) {
		backend_record_spoil(record, "the account has no entry in the shadow file");
		return;
	}
	fill_secret(shadow->sp_pwdp, record);
	fill_aging(shadow, &record->account);
}
