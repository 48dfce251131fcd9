/* SPDX-License-Identifier: MIT */
/* The daemon: whether it answers, why not, and what it says is wrong. */
#include "cli/doctor_daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/check_config.h"
#include "cli/doctor_config.h"
#include "cli/field.h"

/* 0, or the error of a connection to it. */
static int connect_error(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	error = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
	close(fd);
	return error == EAGAIN ? 0 : error;
}

static enum cli_exit explain_error(struct doctor_facts *facts, int error)
{
	struct doctor_report *report = &facts->report;

	switch (error) {
	case ENOENT:
		doctor_report_add(
		    report, DOCTOR_WRONG,
		    "there is no socket %s: the daemon does not run, or its admin_socket is "
		    "another one",
		    facts->socket);
		doctor_report_mend(report,
				   "systemctl start sasl-reason && systemctl status sasl-reason");
		return CLI_CANNOT_TELL;
	case ECONNREFUSED:
		doctor_report_add(report, DOCTOR_WRONG,
				  "nobody listens at %s: the daemon has ended and left it behind",
				  facts->socket);
		doctor_report_mend(report, "systemctl restart sasl-reason");
		return CLI_CANNOT_TELL;
	case EACCES:
	case EPERM:
		doctor_report_add(
		    report, DOCTOR_WRONG,
		    "you may not use %s: it is for root and the members of admin_group",
		    facts->socket);
		doctor_report_mend(report, "sudo sasl-reason doctor");
		return CLI_NOT_PERMITTED;
	default:
		doctor_report_add(report, DOCTOR_WRONG, "%s: %s", facts->socket, strerror(error));
		doctor_report_mend(report, "systemctl restart sasl-reason");
		return CLI_CANNOT_TELL;
	}
}

static enum cli_exit ask(struct doctor_facts *facts, const char *command, json_t **answer)
{
	char text[1024];
	struct buf fault = BUF_ON(text);
	enum cli_exit status =
	    ask_try(facts->socket, json_pack("{s:s}", "command", command), answer, &fault);

	if (status == CLI_DONE)
		return CLI_DONE;
	json_decref(*answer);
	*answer = NULL;
	doctor_report_add(&facts->report, DOCTOR_WRONG, "the daemon does not answer %s: %.*s",
			  command, (int)strnlen(text, fault.len), text);
	doctor_report_mend(&facts->report, "systemctl restart sasl-reason");
	return CLI_CANNOT_TELL;
}

enum cli_exit doctor_daemon_ask(struct doctor_facts *facts)
{
	const int error = connect_error(facts->socket);

	if (error)
		return explain_error(facts, error);
	if (ask(facts, "status", &facts->status) != CLI_DONE ||
	    ask(facts, "config", &facts->config) != CLI_DONE)
		return CLI_CANNOT_TELL;
	doctor_report_add(&facts->report, DOCTOR_WELL, "sasl-reasond %s answers at %s",
			  json_string_value(json_object_get(facts->status, "version")),
			  facts->socket);
	return CLI_DONE;
}

static void guess_from(struct doctor_facts *facts, const json_t *parsed)
{
	const char *other = field_text(parsed, "admin_socket");

	facts->config = doctor_config_answer(parsed);
	if (!other) {
		doctor_report_add(&facts->report, DOCTOR_WRONG, "%s turns the admin socket off",
				  facts->config_path);
		doctor_report_mend(&facts->report, "editor %s   # admin_socket",
				   facts->config_path);
	} else if (strcmp(other, facts->socket) != 0) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "%s has another admin_socket than the one asked, %s",
				  facts->config_path, other);
		doctor_report_mend(&facts->report, "sasl-reason --socket %s doctor", other);
	}
}

void doctor_daemon_guess(struct doctor_facts *facts)
{
	char program[DOCTOR_ROOT_PATH];
	json_t *parsed;

	if (!check_config_program(program, sizeof(program))) {
		doctor_report_add(&facts->report, DOCTOR_WRONG, "there is no sasl-reasond here");
		doctor_report_mend(&facts->report, "apt install sasl-reason");
		return;
	}
	/* What is wrong with it the check of the configuration says. */
	if (!doctor_config_ask(facts->config_path, &parsed))
		return;
	if (parsed)
		guess_from(facts, parsed);
	else
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "what sasl-reasond --print-config says is not understood");
	json_decref(parsed);
}

/* ---- the configuration ---- */

/* With ${NAME} in it the configuration means something else in another environment. */
static bool has_variables(const struct doctor_facts *facts)
{
	const struct doctor_root system = {""};
	char *text = doctor_root_read(&system, facts->config_path);
	const bool has = text && strstr(text, "${");

	free(text);
	return has;
}

static void report_lines(struct doctor_facts *facts, const json_t *lines, enum doctor_state state)
{
	const bool variables = has_variables(facts);
	json_t *line;
	size_t i;

	/* To somebody else than root a secret file that is shut is a fault too. What a daemon works
	 * with had no fault in its own environment. */
	if (geteuid() != 0 || (variables && facts->status))
		state = DOCTOR_NOTE;
	json_array_foreach(lines, i, line)
	{
		doctor_report_add(&facts->report, state, "%s%s", json_string_value(line),
				  variables ? " (in the environment of this shell: the file names "
					      "variables, and the daemon has its own)"
					    : "");
		doctor_report_mend(&facts->report, "editor %s && %s", facts->config_path,
				   facts->status ? "sasl-reason reload"
						 : "systemctl restart sasl-reason");
	}
}

/* The file is newer than what the daemon works with. */
static void look_at_age(struct doctor_facts *facts)
{
	const long long started = field_number(facts->status, "started");
	struct stat found;

	if (!started || stat(facts->config_path, &found) != 0 || found.st_mtime <= started)
		return;
	doctor_report_add(&facts->report, DOCTOR_WRONG,
			  "%s was changed after the daemon read it: the change is not in effect",
			  facts->config_path);
	doctor_report_mend(&facts->report, "sasl-reason reload");
}

static void note_observers(struct doctor_facts *facts)
{
	json_t *realm;
	size_t i;

	json_array_foreach(json_object_get(facts->config, "realms"), i, realm)
	{
		if (json_is_true(json_object_get(realm, "observe")))
			doctor_report_add(
			    &facts->report, DOCTOR_NOTE,
			    "realm \"%s\" has observe = yes: its reasons are logged, not told",
			    field_text(realm, "name"));
	}
}

void doctor_daemon_configuration(struct doctor_facts *facts)
{
	json_t *checked = check_config_ask(facts->config_path);

	if (!checked) {
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "sasl-reasond -t cannot be run, so %s was not checked",
				  facts->config_path);
		return;
	}
	report_lines(facts, json_object_get(checked, "faults"), DOCTOR_WRONG);
	report_lines(facts, json_object_get(checked, "warnings"), DOCTOR_LESS);
	if (json_array_size(json_object_get(checked, "faults")) == 0 &&
	    field_number(checked, "status") == 0)
		doctor_report_add(&facts->report, DOCTOR_WELL, "%s is a good configuration",
				  facts->config_path);
	json_decref(checked);
	look_at_age(facts);
	note_observers(facts);
}

/* ---- what `status` says ---- */

static void mend_backend(struct doctor_facts *facts, const char *type, const char *label)
{
	json_t *backend;
	size_t i;

	json_array_foreach(json_object_get(facts->config, "backends"), i, backend)
	{
		const char *other = field_text(backend, "label");
		const json_t *uris = json_object_get(backend, "uris");

		if (!other || strcmp(other, label) != 0)
			continue;
		if (strcmp(type, "ldap") == 0 && json_string_value(json_array_get(uris, 0)))
			doctor_report_mend(&facts->report,
					   "ldapwhoami -x -H %s   # and: journalctl -u sasl-reason",
					   json_string_value(json_array_get(uris, 0)));
		else if (strcmp(type, "passwd") == 0 && field_text(facts->config, "user"))
			doctor_report_mend(&facts->report,
					   "adduser %s shadow && systemctl restart sasl-reason",
					   field_text(facts->config, "user"));
		else
			doctor_report_mend(&facts->report, "sasl-reason check-config -c %s",
					   facts->config_path);
	}
}

void doctor_daemon_backends(struct doctor_facts *facts)
{
	json_t *backend;
	size_t i;

	if (!facts->status)
		doctor_report_add(&facts->report, DOCTOR_NOTE, "not looked at: the daemon is away");
	json_array_foreach(json_object_get(facts->status, "backends"), i, backend)
	{
		const char *label = field_text(backend, "label");
		const char *type = field_text(backend, "type");
		const char *up = field_text(backend, "up");

		if (!label || !type || !up)
			continue;
		if (strcmp(up, "no") != 0) {
			doctor_report_add(
			    &facts->report, strcmp(up, "yes") == 0 ? DOCTOR_WELL : DOCTOR_NOTE,
			    strcmp(up, "yes") == 0 ? "%s \"%s\" answers"
						   : "%s \"%s\" has not been asked yet",
			    type, label);
			continue;
		}
		doctor_report_add(
		    &facts->report, DOCTOR_WRONG,
		    "%s \"%s\" cannot be asked: its realms answer with a temporary failure", type,
		    label);
		mend_backend(facts, type, label);
	}
}
