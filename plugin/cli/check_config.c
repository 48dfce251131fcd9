/* SPDX-License-Identifier: MIT */
/* sasl-reason check-config: what sasl-reasond -t says of a configuration. */
#include "cli/check_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/doctor_command.h"
#include "cli/say.h"

#define PROGRAM "sasl-reasond"

const struct cli_option check_config_options[] = {
    {"config", "FILE", "-c: this file instead of " SYSCONFDIR "/sasl-reason.conf"},
    {NULL, NULL, NULL}};

/* folder/sasl-reasond, if it can be run. */
static bool in_folder(struct span folder, char *path, size_t size)
{
	struct buf out = {path, 0, size, false};

	buf_put_span(&out, folder);
	buf_put_text(&out, "/" PROGRAM);
	buf_put_char(&out, '\0');
	return !out.failed && folder.len > 0 && access(path, X_OK) == 0;
}

/* The folder of this program. */
static struct span own_folder(char *storage, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", storage, size);

	while (length > 0 && storage[length - 1] != '/')
		length--;
	return length > 1 ? (struct span){storage, (size_t)length - 1} : SPAN_NONE;
}

bool check_config_program(char *path, size_t size)
{
	char own[4096];
	struct span folders = span_of(getenv("PATH")), folder;

	if (in_folder(own_folder(own, sizeof(own)), path, size) ||
	    in_folder(span_of(SBINDIR), path, size))
		return true;
	while (span_take_until(&folders, ':', &folder)) {
		if (in_folder(folder, path, size))
			return true;
	}
	return false;
}

/* The daemon marks what is only odd. What it says at the end, that all is good, is neither. */
static void sort_lines(json_t *answer, struct span text, bool good)
{
	static const char mark[] = "warning: ";
	struct span line;

	while (span_take_until(&text, '\n', &line)) {
		const bool odd =
		    line.len >= sizeof(mark) - 1 && memcmp(line.at, mark, sizeof(mark) - 1) == 0;
		char printable[1024];
		struct buf out = BUF_ON(printable);

		if (odd)
			line = (struct span){line.at + sizeof(mark) - 1,
					     line.len - (sizeof(mark) - 1)};
		if (line.len == 0 || (good && !odd))
			continue;
		buf_put_printable(&out, line);
		json_array_append_new(json_object_get(answer, odd ? "warnings" : "faults"),
				      json_stringn(out.at, out.len));
	}
}

static void print_lines(const json_t *lines, const char *mark)
{
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		say_text(mark);
		say_line(json_string_value(line));
	}
}

static void print(const json_t *answer)
{
	print_lines(json_object_get(answer, "warnings"), "warning: ");
	print_lines(json_object_get(answer, "faults"), "");
	if (json_integer_value(json_object_get(answer, "status")) == CLI_DONE) {
		say_text(json_string_value(json_object_get(answer, "config")));
		say_line(": the configuration is good");
	}
}

json_t *check_config_ask(const char *config)
{
	char program[4096], said[64 * 1024];
	struct buf out = BUF_ON(said);
	const char *const argv[] = {program, "-t", "-c", config, NULL};
	json_t *answer;
	int status;

	if (!check_config_program(program, sizeof(program)))
		return NULL;
	status = doctor_command_run(argv, &out, &out);
	if (status < 0)
		return NULL;
	answer = json_pack("{s:i, s:s, s:[], s:[]}", "status",
			   status == 0 ? CLI_DONE : CLI_CONFIGURATION, "config", config, "faults",
			   "warnings");
	if (answer)
		sort_lines(answer, buf_span(&out), status == 0);
	return answer;
}

enum cli_exit check_config_run(const struct cli *cli, const struct args *args)
{
	const char *config = args_value(args, "config");
	json_t *answer;
	enum cli_exit status;

	if (args->count > 0)
		return say_fault(cli, CLI_USAGE, "check-config takes no words, only --config FILE");
	answer = check_config_ask(config ? config : SYSCONFDIR "/sasl-reason.conf");
	if (!answer)
		return say_fault(cli, CLI_CANNOT_TELL, PROGRAM " is not found, or cannot be run");
	status = (enum cli_exit)json_integer_value(json_object_get(answer, "status"));
	if (cli->json)
		say_json(answer);
	else
		print(answer);
	json_decref(answer);
	return status;
}
