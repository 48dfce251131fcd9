/* SPDX-License-Identifier: MIT */
/* A question to the daemon's admin socket (face/admin.h has the protocol), and its answer. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/buf.h"
#include "cli/cli.h"

#include <jansson.h>

/* The longest answer that is taken: the lists of a large site. */
#define ASK_ANSWER_MAX (64U << 20)

/* Sends `request` (taken over; null is a usage error: an argument that is not UTF-8) and waits, at
 * most 10 s. Returns the answer's status; *answer_r, the caller's to release, is null if none came.
 * Unless it is CLI_DONE, `fault` has a sentence, NUL-terminated. Prints nothing. */
enum cli_exit ask_try(const char *socket, json_t *request, json_t **answer_r, struct buf *fault);

/* The same with the global options; what goes wrong is printed, and *answer_r is then null. */
enum cli_exit ask_admin(const struct cli *cli, json_t *request, json_t **answer_r);

/* The same, and the answer is printed too: with --json as it is, else in words by `put`. */
enum cli_exit ask_print(const struct cli *cli, json_t *request,
			void (*put)(const json_t *answer, const struct args *args),
			const struct args *args);

#endif
