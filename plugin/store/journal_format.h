/* SPDX-License-Identifier: MIT */
/* The format of the file that the journal and the counters of failed attempts share. */
#ifndef STORE_JOURNAL_FORMAT_H
#define STORE_JOURNAL_FORMAT_H

struct database_format;

/* "incidents.sqlite" (store/database.h). */
extern const struct database_format journal_format;

#endif
