/* SPDX-License-Identifier: MIT */
/* test: a login as a mail server would do it, its reply, and the whole verdict. */
#include "cli/cmd_test.h"

#include "base/netaddr.h"
#include "cli/ask.h"
#include "cli/cmd_why.h"
#include "cli/field.h"
#include "cli/login.h"
#include "cli/prompt.h"
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct cli_option cmd_test_options[] = {
    {"mechanism", "PLAIN|LOGIN|CRAM-MD5|SCRAM-SHA-1|SCRAM-SHA-256", "(default: PLAIN)"},
    {"service", "NAME", "the service that is logged in to (default: smtp)"},
    {"address", "IP", "the mail client's address (default: 127.0.0.1)"},
    {"no-tls", NULL, "as if the mail client had no TLS"},
    {"authzid", "NAME", "to act as another name"},
    {"auth-socket", "PATH", "the daemon's auth socket (default: the first one that lets you in)"},
    PROMPT_OPTIONS,
    {NULL, NULL, NULL},
};

/* The first listener for mail servers that lets us in: Postfix's own stands in a folder that only
 * Postfix and root may enter. Borrowed; null with what keeps us out of each in `fault`. */
static const char *first_open(const json_t *listeners, struct buf *fault)
{
	for (size_t i = 0; i < json_array_size(listeners); i++) {
		const json_t *listener = json_array_get(listeners, i);
		const char *path = field_text(listener, "path");

		if (!path || strcmp(field_text_or(listener, "face", ""), "auth") != 0)
			continue;
		if (fault->len)
			buf_put_text(fault, "; ");
		if (login_reach(path, fault) == CLI_DONE)
			return path;
	}
	return NULL;
}

/* The path of a socket, on the heap. Prints what goes wrong; never CLI_NOT_PERMITTED, which is a
 * login that was refused. */
static enum cli_exit find_socket(const struct cli *cli, char **path)
{
	char storage[1024];
	struct buf fault = {storage, 0, sizeof(storage) - 1, false};
	json_t *answer;
	const char *open;
	enum cli_exit status =
	    ask_try(cli->socket, json_pack("{s:s}", "command", "config"), &answer, &fault);

	*path = NULL;
	if (status == CLI_DONE) {
		open = first_open(json_object_get(answer, "listeners"), &fault);
		*path = open ? strdup(open) : NULL;
		storage[fault.len] = '\0';
		status = fault.len ? CLI_CANNOT_TELL : CLI_CONFIGURATION;
	} else if (status == CLI_NOT_PERMITTED) {
		status = CLI_CANNOT_TELL;
	}
	json_decref(answer);
	if (*path)
		return CLI_DONE;
	return say_fault(cli, status, "%s", fault.len ? storage : "the daemon has no auth socket");
}

static enum cli_exit check_socket(const struct cli *cli, const char *path)
{
	char storage[512];
	struct buf fault = {storage, 0, sizeof(storage) - 1, false};
	enum cli_exit status = login_reach(path, &fault);

	storage[fault.len] = '\0';
	return status == CLI_DONE ? CLI_DONE : say_fault(cli, status, "%s", storage);
}

/* Without the journal there is the reply all the same. */
static json_t *find_incident(const struct cli *cli, const struct login_result *result)
{
	char storage[512];
	struct buf fault = BUF_ON(storage);
	json_t *answer, *incident;

	if (!result->incident[0])
		return NULL;
	(void)ask_try(cli->socket,
		      json_pack("{s:s, s:s}", "command", "why", "id", result->incident), &answer,
		      &fault);
	incident = json_incref(json_object_get(answer, "incident"));
	json_decref(answer);
	if (!incident && !cli->json)
		(void)say_fault(cli, CLI_NONE, "incident %s: %s", result->incident, storage);
	return incident;
}

static const char *outcome_word(enum login_end end)
{
	switch (end) {
	case LOGIN_REFUSED:
		return "refuse";
	case LOGIN_LATER:
		return "try-later";
	case LOGIN_ALLOWED:
		return "allow";
	case LOGIN_UNTOLD:
		break;
	}
	return "unknown";
}

static enum cli_exit exit_of(enum login_end end)
{
	switch (end) {
	case LOGIN_REFUSED:
		return CLI_NOT_PERMITTED;
	case LOGIN_ALLOWED:
		return CLI_DONE;
	case LOGIN_LATER:
	case LOGIN_UNTOLD:
		break;
	}
	return CLI_CANNOT_TELL;
}

static void put(const struct cli *cli, const struct login_result *result)
{
	json_t *incident = find_incident(cli, result), *object;

	if (cli->json) {
		object = json_pack(
		    "{s:i, s:s, s:s, s:s?, s:s?, s:O?}", "status", (int)exit_of(result->end),
		    "outcome", outcome_word(result->end), "reply", result->reply, "user",
		    result->user[0] ? result->user : NULL, "id",
		    result->incident[0] ? result->incident : NULL, "incident", incident);
		say_json(object);
		json_decref(object);
	} else {
		say_line(result->reply);
		if (result->end == LOGIN_ALLOWED)
			say_field("Logged in as", "%s", result->user);
		if (incident) {
			putchar('\n');
			cmd_why_put(incident, (int64_t)time(NULL));
		}
	}
	json_decref(incident);
}

static enum cli_exit run(const struct cli *cli, const struct args *args, struct login *login)
{
	struct login_result result;
	struct secret password;
	enum cli_exit status = prompt_take(cli, args, "Password: ", false, false, &password);

	if (status != CLI_DONE)
		return status;
	login->password = secret_span(&password);
	login_run(login, &result);
	secret_wipe(&password);
	if (result.end == LOGIN_UNTOLD)
		return say_fault(cli, result.fault_status, "%s", result.fault);
	put(cli, &result);
	return exit_of(result.end);
}

static const char *value_or(const struct args *args, const char *name, const char *otherwise)
{
	const char *value = args_value(args, name);

	return value ? value : otherwise;
}

static bool is_address(const char *text)
{
	unsigned char address[16], bits;

	return netaddr_take(span_of(text), address, &bits) && !strchr(text, '/');
}

enum cli_exit cmd_test_run(const struct cli *cli, const struct args *args)
{
	struct login login = {
	    .socket = args_value(args, "auth-socket"),
	    .mechanism = mech_find(span_of(value_or(args, "mechanism", "PLAIN"))),
	    .user = args->words[0],
	    .authzid = args_value(args, "authzid"),
	    .service = value_or(args, "service", "smtp"),
	    .address = value_or(args, "address", "127.0.0.1"),
	    .tls = !args_has(args, "no-tls"),
	};
	char *found = NULL;
	enum cli_exit status;

	if (args->count != 1)
		return say_fault(cli, CLI_USAGE,
				 "test needs one USER; the password is asked for, or taken from "
				 "--password-file or --password-stdin");
	if (!is_address(login.address))
		return say_fault(cli, CLI_USAGE, "%s is no IP address", login.address);
	if (login.mechanism == MECH_UNKNOWN)
		return say_fault(cli, CLI_USAGE, "there is no mechanism \"%s\" here",
				 args_value(args, "mechanism"));
	if (login.authzid && mech_kind(login.mechanism) != MECH_KIND_SCRAM &&
	    login.mechanism != MECH_PLAIN)
		return say_fault(cli, CLI_USAGE, "%s cannot carry an authzid",
				 mech_name(login.mechanism));
	if (login.socket) {
		status = check_socket(cli, login.socket);
	} else {
		status = find_socket(cli, &found);
		login.socket = found;
	}
	if (status == CLI_DONE)
		status = run(cli, args, &login);
	free(found);
	return status;
}
