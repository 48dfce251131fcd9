/* SPDX-License-Identifier: MIT */
/* What the doctor found: sentences, and the commands that mend. */
#include "cli/doctor_report.h"

#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "cli/field.h"

static const char *const states[] = {[DOCTOR_WRONG] = "wrong",
				     [DOCTOR_LESS] = "less",
				     [DOCTOR_WELL] = "well",
				     [DOCTOR_NOTE] = "note"};

bool doctor_report_open(struct doctor_report *report)
{
	*report = (struct doctor_report){.rows = json_array(), .check = ""};
	return report->rows != NULL;
}

void doctor_report_close(struct doctor_report *report)
{
	json_decref(report->rows);
	report->rows = NULL;
}

static json_t *sentence(const char *format, va_list arguments)
{
	char text[4096], printable[4096];
	struct buf out = BUF_ON(printable);

	vsnprintf(text, sizeof(text), format, arguments);
	buf_put_printable(&out, span_of(text));
	return json_stringn(out.at, out.len);
}

void doctor_report_add(struct doctor_report *report, enum doctor_state state, const char *format,
		       ...)
{
	va_list arguments;
	json_t *row;

	va_start(arguments, format);
	row = json_pack("{s:s, s:s, s:o, s:n}", "check", report->check, "state", states[state],
			"what", sentence(format, arguments), "mend");
	va_end(arguments);
	if (!row || json_array_append_new(report->rows, row) != 0)
		report->failed = true;
	if (state == DOCTOR_WRONG)
		report->wrong++;
}

void doctor_report_mend(struct doctor_report *report, const char *format, ...)
{
	const size_t count = json_array_size(report->rows);
	va_list arguments;

	if (count == 0)
		return;
	va_start(arguments, format);
	if (json_object_set_new(json_array_get(report->rows, count - 1), "mend",
				sentence(format, arguments)) != 0)
		report->failed = true;
	va_end(arguments);
}

static bool is(const json_t *row, enum doctor_state state)
{
	const char *text = field_text(row, "state");

	return text && strcmp(text, states[state]) == 0;
}

/* The rows of one state, or of two. */
static json_t *rows_of(const struct doctor_report *report, enum doctor_state one,
		       enum doctor_state other)
{
	json_t *rows = json_array(), *row;
	size_t i;

	json_array_foreach(report->rows, i, row)
	{
		json_t *copy;

		if (!is(row, one) && !is(row, other))
			continue;
		copy = json_copy(row);
		if (copy && one != DOCTOR_WRONG) {
			json_object_del(copy, "state");
			json_object_del(copy, "mend");
		}
		json_array_append_new(rows, copy);
	}
	return rows;
}

json_t *doctor_report_json(const struct doctor_report *report, enum cli_exit status)
{
	return json_pack("{s:i, s:o, s:o, s:o}", "status", (int)status, "findings",
			 rows_of(report, DOCTOR_WRONG, DOCTOR_LESS), "well",
			 rows_of(report, DOCTOR_WELL, DOCTOR_WELL), "notes",
			 rows_of(report, DOCTOR_NOTE, DOCTOR_NOTE));
}

static void print_rows(const struct doctor_report *report, enum doctor_state state,
		       const char *label, FILE *out)
{
	json_t *row;
	size_t i;

	json_array_foreach(report->rows, i, row)
	{
		const char *mend = field_text(row, "mend");

		if (!is(row, state))
			continue;
		fprintf(out, "%-5s  %s: %s\n", label, field_text(row, "check"),
			field_text(row, "what"));
		if (mend)
			fprintf(out, "         %s\n", mend);
	}
}

void doctor_report_print(const struct doctor_report *report, FILE *out)
{
	print_rows(report, DOCTOR_WRONG, "WRONG", out);
	print_rows(report, DOCTOR_LESS, "less", out);
	print_rows(report, DOCTOR_NOTE, "note", out);
	print_rows(report, DOCTOR_WELL, "well", out);
	if (report->wrong)
		fprintf(out, "%zu found wrong: each with the command that mends it.\n",
			report->wrong);
	else
		fputs("Nothing is wrong.\n", out);
}
