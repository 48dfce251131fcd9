/* SPDX-License-Identifier: MIT */
/* What the program prints: faults, fields, paragraphs, JSON; nothing of it can steer a terminal. */
#include "cli/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PROGRAM "sasl-reason"

/* Where the texts of fields begin. */
#define FIELD_COLUMN 16
/* Lines longer than this are hard to read, however wide the terminal is. */
#define READABLE_COLUMNS 100

/* Octets of the UTF-8 character at `text`, with its code; 0 if it is none (RFC 3629). */
static size_t take_character(const char *text, unsigned long *code)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};

	if (at[0] < 0x80) {
		*code = at[0];
		return 1;
	}
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	*code = at[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (at[i] & 0x3fU);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/* C0, DEL, C1; line and paragraph separators; the marks, embeddings and isolates of direction; the
 * byte order mark. */
static bool steers(unsigned long code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* Writes a character (or one octet that is none) to `out` if it is not null; its columns. */
static size_t put_character(FILE *out, const char **text)
{
	unsigned long code = 0;
	size_t len = take_character(*text, &code);
	bool plain = len && !steers(code);

	if (!len)
		len = 1;
	for (size_t i = 0; out && i < len; i++) {
		if (plain)
			fputc((*text)[i], out);
		else
			fprintf(out, "\\x%02x", (unsigned char)(*text)[i]);
	}
	*text += len;
	return plain ? 1 : 4 * len;
}

static void put(FILE *out, const char *text)
{
	while (text && *text)
		(void)put_character(out, &text);
}

size_t say_width(const char *text)
{
	size_t width = 0;

	while (text && *text)
		width += put_character(NULL, &text);
	return width;
}

void say_text(const char *text)
{
	put(stdout, text);
}

void say_line(const char *text)
{
	put(stdout, text);
	putchar('\n');
}

void say_json(const json_t *object)
{
	json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
}

/* A text for JSON; what is no UTF-8 as put() would print it. */
static json_t *json_of(const char *text)
{
	json_t *string = text ? json_string(text) : NULL;
	char *printed = NULL;
	size_t size = 0;
	FILE *out = string ? NULL : open_memstream(&printed, &size);

	if (out) {
		put(out, text);
		if (fclose(out) == 0)
			string = json_string(printed);
		free(printed);
	}
	return string ? string : json_null();
}

enum cli_exit say_fault(const struct cli *cli, enum cli_exit status, const char *format, ...)
{
	char *text = NULL;
	json_t *object;
	va_list more;

	va_start(more, format);
	if (vasprintf(&text, format, more) < 0)
		text = NULL;
	va_end(more);
	if (cli && cli->json) {
		object = json_pack("{s:i, s:o}", "status", (int)status, "error",
				   json_of(text ? text : "no memory"));
		say_json(object);
		json_decref(object);
	} else {
		fputs(PROGRAM ": ", stderr);
		put(stderr, text ? text : "no memory");
		fputc('\n', stderr);
	}
	free(text);
	return status;
}

/* Columns of a line; 0: lines are not broken. */
static size_t columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 40)
		return 0;
	return size.ws_col > READABLE_COLUMNS ? READABLE_COLUMNS : size.ws_col - 1U;
}

static const char *word_end(const char *text)
{
	return text + strcspn(text, " ");
}

static size_t word_width(const char *word)
{
	const char *end = word_end(word);
	size_t width = 0;

	while (word < end)
		width += put_character(NULL, &word);
	return width;
}

/* Prints a text that begins in column `indent`, where the cursor stands. */
static void put_broken(size_t indent, const char *text)
{
	size_t width = columns(), at = indent;

	while (*text) {
		const char *end = word_end(text);
		size_t word = word_width(text);

		if (width && at > indent && at + 1 + word > width) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			putchar(' ');
			at++;
		}
		while (text < end)
			at += put_character(stdout, &text);
		text += *text == ' ';
	}
	putchar('\n');
}

void say_paragraph(unsigned indent, const char *text)
{
	printf("%*s", (int)indent, "");
	put_broken(indent, text);
}

void say_field(const char *label, const char *format, ...)
{
	char *text = NULL;
	va_list more;

	va_start(more, format);
	if (vasprintf(&text, format, more) < 0)
		text = NULL;
	va_end(more);
	printf("%-*s", FIELD_COLUMN, label);
	put_broken(FIELD_COLUMN, text ? text : "");
	free(text);
}

char *say_list(const json_t *texts, const char *none)
{
	size_t count = json_array_size(texts), size = 0;
	char *list = NULL;
	FILE *out = open_memstream(&list, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(texts, i));

		fputs(i == 0 ? "" : i + 1 == count ? " and " : ", ", out);
		fputs(text ? text : "?", out);
	}
	if (count == 0)
		fputs(none, out);
	return fclose(out) == 0 ? list : NULL;
}
