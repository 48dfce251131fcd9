/* SPDX-License-Identifier: MIT */
/* A look over a config text before libconfuse parses it, for what that does not see. */
#include "base/conf_scan.h"

#include <string.h>

#define CONF_SCAN_DEPTH_MAX 16

struct scan {
	char *at;
	char *end;
	unsigned line;
	const char *fault;
	bool in_word; /* the last character is part of a word without quotes */
	unsigned depth;
	unsigned opened[CONF_SCAN_DEPTH_MAX]; /* lines */
};

static bool begins(const struct scan *scan, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(scan->end - scan->at) >= len && memcmp(scan->at, text, len) == 0;
}

static void step(struct scan *scan)
{
	if (scan->at < scan->end)
		scan->line += *scan->at++ == '\n';
}

static void fail(struct scan *scan, unsigned line, const char *fault)
{
	scan->line = line;
	scan->fault = fault;
}

/* "${...}", in which nothing else counts; false if it is none. */
static bool skip_variable(struct scan *scan)
{
	const char *end;

	if (!begins(scan, "${"))
		return false;
	end = memchr(scan->at, '}', (size_t)(scan->end - scan->at));
	while (end && scan->at <= end)
		step(scan);
	return end != NULL;
}

static void skip_quoted(struct scan *scan)
{
	unsigned line = scan->line;
	char quote = *scan->at;

	step(scan);
	while (scan->at < scan->end && *scan->at != quote) {
		if (quote == '"' && skip_variable(scan))
			continue;
		if (*scan->at == '\\')
			step(scan);
		step(scan);
	}
	if (scan->at == scan->end)
		fail(scan, line, "a quoted text begins here and has no end");
	step(scan);
}

static void blank(struct scan *scan)
{
	if (*scan->at != '\n')
		*scan->at = ' ';
	step(scan);
}

static void blank_line(struct scan *scan)
{
	while (scan->at < scan->end && *scan->at != '\n')
		blank(scan);
}

static void blank_comment(struct scan *scan)
{
	unsigned line = scan->line;

	blank(scan);
	blank(scan);
	while (scan->at < scan->end && !begins(scan, "*/"))
		blank(scan);
	if (scan->at == scan->end) {
		fail(scan, line, "a comment begins here and has no end");
		return;
	}
	blank(scan);
	blank(scan);
}

static void count_brace(struct scan *scan)
{
	if (*scan->at == '}' && scan->depth == 0)
		fail(scan, scan->line, "unexpected closing brace");
	else if (*scan->at == '{' && scan->depth == CONF_SCAN_DEPTH_MAX)
		fail(scan, scan->line, "too many braces in braces");
	else if (*scan->at == '}')
		scan->depth--;
	else
		scan->opened[scan->depth++] = scan->line;
	step(scan);
}

static void skip_word(struct scan *scan)
{
	if (*scan->at == '*' || (*scan->at == '+' && !begins(scan, "+=")))
		fail(scan, scan->line, "this character has to stand in quotes: * or +");
	scan->in_word = !strchr(" \t\r\n=(),+", *scan->at);
	step(scan);
}

bool conf_scan(char *text, size_t len, unsigned *line, const char **fault)
{
	struct scan scan = {.at = text, .end = text + len, .line = 1};

	while (scan.at < scan.end && !scan.fault) {
		bool in_word = scan.in_word;

		scan.in_word = false;
		if (*scan.at == '"' || *scan.at == '\'')
			skip_quoted(&scan);
		else if (*scan.at == '#' || (!in_word && begins(&scan, "//")))
			blank_line(&scan);
		else if (!in_word && begins(&scan, "/*"))
			blank_comment(&scan);
		else if (!in_word && skip_variable(&scan))
			continue;
		else if (*scan.at == '{' || *scan.at == '}')
			count_brace(&scan);
		else
			skip_word(&scan);
	}
	if (!scan.fault && scan.depth)
		fail(&scan, scan.opened[scan.depth - 1], "a brace opens here and is not closed");
	*line = scan.line;
	*fault = scan.fault;
	return !scan.fault;
}
