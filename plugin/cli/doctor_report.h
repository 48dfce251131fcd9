/* SPDX-License-Identifier: MIT */
/* What the doctor found: sentences, and the commands that mend. */
#ifndef CLI_DOCTOR_REPORT_H
#define CLI_DOCTOR_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "cli/cli.h"

enum doctor_state {
	DOCTOR_WRONG, /* to be mended */
	DOCTOR_LESS,  /* works, but shows or keeps less than it could */
	DOCTOR_WELL,
	DOCTOR_NOTE /* could not be looked at, or is not here */
};

struct doctor_report {
	json_t *rows;	   /* {"check", "state", "what", "mend"} each */
	const char *check; /* the check that speaks now */
	size_t wrong;
	bool failed; /* no memory */
};

bool doctor_report_open(struct doctor_report *report);
void doctor_report_close(struct doctor_report *report);

/* One finding, a sentence without its full stop. What is not printable becomes '?'. */
void doctor_report_add(struct doctor_report *report, enum doctor_state state, const char *format,
		       ...) __attribute__((format(printf, 3, 4)));

/* The command that mends the finding just added. */
void doctor_report_mend(struct doctor_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* {"status", "findings": [{"check", "state": "wrong"|"less", "what", "mend"}], "well": [{"check",
 * "what"}], "notes": [{"check", "what"}]}; the caller owns it. Null without memory. */
json_t *doctor_report_json(const struct doctor_report *report, enum cli_exit status);

/* For a person: what is wrong first. */
void doctor_report_print(const struct doctor_report *report, FILE *out);

#endif
