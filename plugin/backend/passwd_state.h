/* SPDX-License-Identifier: MIT */
/* From passwd(5) and shadow(5) entries to an account. Pure. */
#ifndef BACKEND_PASSWD_STATE_H
#define BACKEND_PASSWD_STATE_H

#include <pwd.h>
#include <shadow.h>

#include "backend/backend.h"

/* Whether the secret of an entry stands in shadow(5): "x", or "##name" as pam_unix has it. */
bool passwd_state_shadowed(const struct passwd *passwd);

/* Fills an initialised record; `shadow` is null if there is none. The rules are those of
 * Linux-PAM's pam_unix (check_shadow_expiry() in modules/pam_unix/passverify.c, master) and of
 * shadow(5); days are UTC days since 1970:
 *   sp_expire >= 0                  the account is expired from the start of that day on
 *   sp_lstchg == 0                  the password must be changed
 *   sp_lstchg < 0                   no aging
 *   sp_lstchg + sp_max              the password is expired from the start of that day on
 *   sp_lstchg + sp_max + sp_inact   the account is expired from the start of that day on
 * A shell named nologin or false, whatever its folder: disabled (what getusershell(3) lists is not
 * asked: mail-only accounts have odd shells). A secret with '!' before it is an account that the
 * administrator disabled (usermod -L): the rest can still be proven. One that begins with '*', or
 * has nothing behind the '!', or is empty: no stored secret, and the first two are disabled. A
 * shadowed entry without its shadow entry is a defect. record->stable is the uid, in decimal. */
void passwd_state_fill(const struct passwd *passwd, const struct spwd *shadow,
		       struct backend_record *record);

#endif
