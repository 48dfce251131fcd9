/* SPDX-License-Identifier: MIT */
/* Our own stores in an inquiry: app passwords, and remembered passwords. */
#ifndef ENGINE_INQUIRE_APP_H
#define ENGINE_INQUIRE_APP_H

#include "engine/inquiry.h"

/* The secret is a password with the form of our app passwords, which nobody guesses: it alone gets
 * past a lock of the name or of the account. */
bool inquire_app_has_form(const struct inquiry *inquiry);

/* Looks for an app password of ours, if the secret may be one: true if it is, or if that cannot be
 * told now; then the evidence is complete. An unknown name is looked up like a known one. */
bool inquire_app_prove(struct inquiry *inquiry);

/* Adds the remembered previous password to a record without one, to be compared too. */
void inquire_app_recall(struct inquiry *inquiry);
/* After the comparison: the day of the change, if it was that. */
void inquire_app_recalled(struct inquiry *inquiry);

#endif
