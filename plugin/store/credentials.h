/* SPDX-License-Identifier: MIT */
/* The format of the file that app passwords and remembered passwords share. */
#ifndef STORE_CREDENTIALS_H
#define STORE_CREDENTIALS_H

#include "store/database.h"

/* "credentials.sqlite". */
extern const struct database_format credentials_format;

#endif
