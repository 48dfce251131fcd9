/* SPDX-License-Identifier: MIT */
/* Writing to an entry: one app password in, out, or in the place of another. */
#include "backend/ldap_write.h"

#include "backend/ldap_state_app.h"

struct write {
	struct ldap_login login;
	struct span old, new;
	enum backend_write end;
};

/* What the server's answer to the change means. `elsewhere`: another server may take it. */
static const struct {
	int code;
	enum backend_write end;
	bool elsewhere;
} answers[] = {
    {LDAP_SUCCESS, BACKEND_WRITE_DONE, false},
    {LDAP_NO_SUCH_ATTRIBUTE, BACKEND_WRITE_ABSENT, false}, /* `old` is not there any more */
    {LDAP_NO_SUCH_OBJECT, BACKEND_WRITE_ABSENT, false},
    {LDAP_INSUFFICIENT_ACCESS, BACKEND_WRITE_REFUSED, false},
    {LDAP_OBJECT_CLASS_VIOLATION, BACKEND_WRITE_REFUSED, false},
    {LDAP_UNDEFINED_TYPE, BACKEND_WRITE_REFUSED, false},
    {LDAP_INVALID_SYNTAX, BACKEND_WRITE_REFUSED, false}, /* 389-DS: of an unknown class */
    {LDAP_NO_OBJECT_CLASS_MODS, BACKEND_WRITE_REFUSED, false},
    {LDAP_CONSTRAINT_VIOLATION, BACKEND_WRITE_REFUSED, false},
    {LDAP_STRONG_AUTH_REQUIRED, BACKEND_WRITE_REFUSED, false},
    {LDAP_CONFIDENTIALITY_REQUIRED, BACKEND_WRITE_REFUSED, false},
    {LDAP_REFERRAL, BACKEND_WRITE_FAILED, true}, /* a replica that nobody may write to */
    {LDAP_UNWILLING_TO_PERFORM, BACKEND_WRITE_FAILED, true},
    {LDAP_BUSY, BACKEND_WRITE_FAILED, true},
    {LDAP_UNAVAILABLE, BACKEND_WRITE_FAILED, true},
};

static void say(const struct ldap_login *login, const char *what, const char *error,
		const char *diagnostic)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "backend-ldap");
	log_put_text(&line, "what", what);
	log_put_text(&line, "backend", login->plan->settings->label);
	log_put_text(&line, "uri", login->plan->settings->uris[login->server]);
	log_put(&line, "name", login->name->full);
	log_put_text(&line, "error", error);
	if (diagnostic && *diagnostic)
		log_put_text(&line, "diagnostic", diagnostic);
	log_end(&line);
}

/* Beside what ldap_server says, once, of each server. */
static void say_down(const struct ldap_login *login)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "backend-ldap");
	log_put_text(&line, "what", "no server takes the app password");
	log_put_text(&line, "backend", login->plan->settings->label);
	log_put(&line, "name", login->name->full);
	log_end(&line);
}

/* False if another server is to be asked. */
static bool take_answer(struct write *write, const struct ldap_ask_changed *changed)
{
	bool elsewhere = false;

	write->end = BACKEND_WRITE_FAILED;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].code == changed->code) {
			write->end = answers[i].end;
			elsewhere = answers[i].elsewhere;
		}
	if (write->end != BACKEND_WRITE_DONE && write->end != BACKEND_WRITE_ABSENT)
		say(&write->login, "the app passwords of an entry cannot be written",
		    ldap_err2string(changed->code), changed->text);
	return !elsewhere;
}

static bool change(struct write *write, struct ldap_pool_link *link, bool lacks_class,
		   struct ldap_fault *fault)
{
	static char attribute[] = LDAP_STATE_APP_ATTRIBUTE;
	static char class_attribute[] = "objectClass";
	static char class_name[] = LDAP_STATE_APP_CLASS;
	/* libldap does not write to them */
	struct berval old = {write->old.len, (char *)(uintptr_t)write->old.at};
	struct berval new = {write->new.len, (char *)(uintptr_t)write->new.at};
	struct berval class = {sizeof(class_name) - 1, class_name};
	struct berval *olds[] = {&old, NULL}, *news[] = {&new, NULL}, *classes[] = {&class, NULL};
	LDAPMod removes = {LDAP_MOD_DELETE | LDAP_MOD_BVALUES, attribute, {.modv_bvals = olds}};
	LDAPMod allows = {
	    LDAP_MOD_ADD | LDAP_MOD_BVALUES, class_attribute, {.modv_bvals = classes}};
	LDAPMod adds = {LDAP_MOD_ADD | LDAP_MOD_BVALUES, attribute, {.modv_bvals = news}};
	LDAPMod *changes[4] = {NULL};
	struct ldap_ask_changed changed;
	size_t count = 0;

	if (write->old.at)
		changes[count++] = &removes;
	if (write->new.at && lacks_class)
		changes[count++] = &allows;
	if (write->new.at)
		changes[count++] = &adds;
	if (!ldap_ask_change(&link->handle, write->login.dn, changes, ldap_login_due(&write->login),
			     &changed, fault)) {
		write->login.final = true;
		say(&write->login, "it is not known whether an app password was written",
		    fault->what, NULL);
		ldap_pool_drop(link, fault);
		return false;
	}
	ldap_fault_set(fault, LDAP_FAULT_OURS, "another server is asked", NULL);
	return take_answer(write, &changed);
}

/* The one entry that was found: its DN, and whether it has room and the class. */
static bool take_entry(struct write *write, LDAP *ld, LDAPMessage *message, bool *lacks_class)
{
	struct ldap_login *login = &write->login;
	struct ldap_entry *entry = &login->slot->entry;
	struct buf dn = BUF_ON(login->dn);
	const char *wrong = NULL;

	write->end = BACKEND_WRITE_FAILED;
	if (!ldap_entry_take(entry, ld, message))
		wrong = "an entry cannot be decoded";
	buf_put_span(&dn, entry->dn);
	buf_put_char(&dn, 0);
	if (!wrong && (dn.failed || span_has(entry->dn, '\0')))
		wrong = "the DN is too long or has a NUL";
	*lacks_class = ldap_state_app_lacks_class(&entry->entry);
	if (!wrong && write->new.at &&
	    !ldap_state_app_fits(&entry->entry, write->old.len, write->new.len)) {
		wrong = "the entry has no room for the app password";
		write->end = BACKEND_WRITE_REFUSED;
	}
	ldap_entry_wipe(entry);
	if (wrong)
		say(login, wrong, NULL, NULL);
	return !wrong;
}

static bool take_found(struct write *write, struct ldap_pool_link *link,
		       const struct ldap_ask_found *found, struct ldap_fault *fault)
{
	bool lacks_class;

	if (found->count > 1 || (found->count == 1 && found->code == LDAP_SIZELIMIT_EXCEEDED)) {
		write->end = BACKEND_WRITE_FAILED;
		say(&write->login, "more than one entry is found: nothing is written", NULL, NULL);
		return true;
	}
	if (found->code != LDAP_SUCCESS) {
		ldap_fault_take(fault, LDAP_FAULT_ANSWER, "the search fails", link->handle.ld,
				found->code);
		return false;
	}
	write->end = BACKEND_WRITE_ABSENT;
	if (found->count == 0 || !take_entry(write, link->handle.ld, found->entry, &lacks_class))
		return true;
	return change(write, link, lacks_class, fault);
}

static bool attempt(struct ldap_login *login, struct ldap_fault *fault)
{
	static const char *const wanted[] = {"objectClass", LDAP_STATE_APP_ATTRIBUTE, NULL};
	struct write *write = (struct write *)login;
	struct ldap_ask_found found;
	struct ldap_pool_link *link = ldap_login_search(login, wanted, &found, fault);
	bool ok;

	if (!link)
		return false;
	ok = take_found(write, link, &found, fault);
	ldap_msgfree(found.answer);
	login->found = BACKEND_KNOWN;
	return ok;
}

enum backend_write ldap_write_app(struct ldap_login *login, struct span old, struct span new)
{
	struct write write = {.login = *login, .old = old, .new = new};

	if (!old.at && !new.at)
		return BACKEND_WRITE_DONE;
	write.end = BACKEND_WRITE_FAILED;
	switch (ldap_login_ask(&write.login, attempt)) {
	case BACKEND_DOWN:
		if (!write.login.final)
			say_down(&write.login);
		return BACKEND_WRITE_FAILED;
	case BACKEND_UNKNOWN: /* a name that no filter can have */
		return BACKEND_WRITE_ABSENT;
	case BACKEND_KNOWN:
		break;
	}
	return write.end;
}
