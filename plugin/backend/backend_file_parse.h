/* SPDX-License-Identifier: MIT */
/* One line of an account file: Dovecot's passwd-file syntax and the fields of ours. Pure. */
#ifndef BACKEND_BACKEND_FILE_PARSE_H
#define BACKEND_BACKEND_FILE_PARSE_H

#include "backend/backend.h"

/* Octets of a line without its end; leaves room in the record for what is made of it. */
#define BACKEND_FILE_LINE_MAX 6000

enum backend_file_line {
	BACKEND_FILE_LINE_MALFORMED, /* the file cannot be used */
	BACKEND_FILE_LINE_SKIP,      /* empty, or a comment ('#' first) */
	BACKEND_FILE_LINE_ACCOUNT
};

/* Looks at what every line must have: "user:secret" or more, not over BACKEND_FILE_LINE_MAX, no
 * NUL, a name that fold_name() takes. Appends the name in normal form to `name`; `rest` is what
 * follows its colon, without a CR at the end. `fault` (a constant) is set for a malformed line. */
enum backend_file_line backend_file_parse_name(struct span line, struct buf *name,
					       struct span *rest, const char **fault);

/* Fills an initialised record from `rest`, "{SCHEME}secret:uid:gid:gecos:home:shell:extra fields",
 * which must live as long as the record. What is wrong with a field of ours spoils the record
 * (account.defect). A secret that is empty or begins with '!', '*' or is "x" is no stored secret.
 * `unknown` is the first extra field that is neither ours nor one of Dovecot's, else absent. */
void backend_file_parse_rest(struct span rest, struct backend_record *record, struct span *unknown);

/* The fields of ours, for the documentation. */
struct backend_file_field {
	const char *key;
	const char *what; /* one sentence */
	const char *example;
};

/* Row `index` of the table that also drives the parser; null at its end. */
const struct backend_file_field *backend_file_parse_field(size_t index);

#endif
