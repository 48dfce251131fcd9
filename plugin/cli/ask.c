/* SPDX-License-Identifier: MIT */
/* A question to the daemon's admin socket (face/admin.h has the protocol), and its answer. */
#include "cli/ask.h"

#include "cli/field.h"
#include "cli/say.h"
#include "cli/wire.h"

#include <stdlib.h>
#include <string.h>

/* Ends a sentence with NUL, cutting what does not fit. */
static void finish(struct buf *fault)
{
	fault->at[fault->len < fault->cap ? fault->len : fault->cap - 1] = '\0';
}

static enum cli_exit status_of(const json_t *answer, struct buf *fault)
{
	static const enum cli_exit known[] = {
	    CLI_DONE, CLI_USAGE, CLI_NONE, CLI_CANNOT_TELL, CLI_NOT_PERMITTED, CLI_CONFIGURATION};
	const json_t *status = json_object_get(answer, "status");
	const char *error = field_text(answer, "error");

	for (size_t i = 0; json_is_integer(status) && i < sizeof(known) / sizeof(known[0]); i++) {
		if (json_integer_value(status) != (json_int_t)known[i])
			continue;
		if (known[i] != CLI_DONE)
			buf_put_text(fault, error ? error : "sasl-reasond does not say why");
		return known[i];
	}
	buf_put_text(fault, "sasl-reasond sent an answer that cannot be understood");
	return CLI_CANNOT_TELL;
}

/* One line each way. */
static enum cli_exit exchange(const char *socket, struct span line, json_t **answer_r,
			      struct buf *fault)
{
	enum cli_exit status;
	struct wire *wire = wire_open(socket, WIRE_TIMEOUT_MS, &status, fault);
	struct span answer;

	if (!wire)
		return status;
	if (wire_send(wire, line, fault) && wire_take_line(wire, ASK_ANSWER_MAX, &answer, fault)) {
		*answer_r = json_loadb(answer.at, answer.len, 0, NULL);
		status = status_of(*answer_r, fault);
	} else if (fault->len == 0) {
		buf_put_text(fault, "sasl-reasond closed the connection without an answer");
	}
	wire_close(&wire);
	return status;
}

enum cli_exit ask_try(const char *socket, json_t *request, json_t **answer_r, struct buf *fault)
{
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	enum cli_exit status = CLI_USAGE;

	*answer_r = NULL;
	json_decref(request);
	if (text) {
		text[len] = '\n'; /* in the place of its NUL */
		status = exchange(socket, (struct span){text, len + 1}, answer_r, fault);
	} else {
		buf_put_text(fault, "an argument is not UTF-8");
	}
	finish(fault);
	free(text);
	return status;
}

enum cli_exit ask_admin(const struct cli *cli, json_t *request, json_t **answer_r)
{
	char storage[1024];
	struct buf fault = BUF_ON(storage);
	enum cli_exit status = ask_try(cli->socket, request, answer_r, &fault);

	if (status == CLI_DONE)
		return status;
	if (*answer_r && cli->json)
		say_json(*answer_r);
	else
		(void)say_fault(cli, status, "%s", storage);
	json_decref(*answer_r);
	*answer_r = NULL;
	return status;
}

enum cli_exit ask_print(const struct cli *cli, json_t *request,
			void (*put)(const json_t *answer, const struct args *args),
			const struct args *args)
{
	json_t *answer;
	enum cli_exit status = ask_admin(cli, request, &answer);

	if (status != CLI_DONE)
		return status;
	if (cli->json)
		say_json(answer);
	else
		put(answer, args);
	json_decref(answer);
	return CLI_DONE;
}
