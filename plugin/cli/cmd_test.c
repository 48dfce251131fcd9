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
    {"auth-socket", "PATH", "the daemon's auth socket (default: the first one it has)"},
    PROMPT_OPTIONS,
    {NULL, NULL, NULL},
};

/* The path of the first listener for mail servers, on the heap. */
static enum cli_exit find_socket(const struct cli *cli, char **path)
{
	json_t *answer, *listeners;
	enum cli_exit status = ask_admin(cli, json_pack("{s:s}", "command", "config"), &answer);

	*path = NULL;
	if (status != CLI_DONE)
		return status;
	listeners = json_object_get(answer, "listeners");
	for (size_t i = 0; !*path && i < json_array_size(listeners); i++) {
		const json_t *listener = json_array_get(listeners, i);

		if (strcmp(field_text_or(listener, "face", ""), "auth") == 0 &&
		    field_text(listener, "path"))
			*path = strdup(field_text(listener, "path"));
	}
	json_decref(answer);
	if (*path)
		return CLI_DONE;
	return say_fault(cli, CLI_CONFIGURATION, "the daemon has no auth socket");
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
	enum cli_exit status = CLI_DONE;

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
	if (!login.socket) {
		status = find_socket(cli, &found);
		login.socket = found;
	}
	if (status == CLI_DONE)
		status = run(cli, args, &login);
	free(found);
	return status;
}
