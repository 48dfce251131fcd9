/* SPDX-License-Identifier: MIT */
/* Whether the app passwords of a file were made with the daemon's key. */
#ifndef STORE_APPPASS_KEY_H
#define STORE_APPPASS_KEY_H

#include "store/apppass_store.h"

struct database;

/* As apppass_store_check_key(), in the database of credentials_format. */
enum apppass_answer apppass_key_check(struct database *database,
				      const unsigned char key[APPPASS_KEY_LEN]);

/* Whether a credentials.sqlite is there that has app passwords made with another key. False too
 * where it cannot be told. Changes nothing. */
bool apppass_key_differs(const char *directory, const unsigned char key[APPPASS_KEY_LEN]);

#endif
