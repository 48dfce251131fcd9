/* SPDX-License-Identifier: MIT */
/* What an answer of the daemon means: its fields checked, as a SASL code, a name, and a text. */
#include "mta/answer.h"

#include "base/tabline.h"

#include <sasl/sasl.h>

/* Dovecot's values of code= (its doc "Authentication Protocol"). */
static const struct {
	const char *code;
	int sasl;
} codes[] = {
    {"temp_fail", SASL_UNAVAIL},
    {"user_disabled", SASL_DISABLED},
    {"pass_expired", SASL_EXPIRED},
    {"authz_fail", SASL_NOAUTHZ},
    {"auth_mech_ssl_required", SASL_ENCRYPT},
    {"auth_mech_invalid", SASL_NOMECH},
};

static int find_code(struct span value)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (span_is(value, codes[i].code))
			return codes[i].sasl;
	return SASL_UNAVAIL;
}

/* libsasl2 strips white space from the ends of a name and stops at NUL: a name that would not
 * come through as it is, is none. */
static bool name_valid(struct span name)
{
	if (name.len == 0 || name.at[0] == ' ' || name.at[name.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] < 0x20 || name.at[i] == 0x7f)
			return false;
	return true;
}

static void take_name(struct span value, struct answer *answer)
{
	struct buf name = {answer->name, 0, ANSWER_NAME_MAX, false};

	tabline_unescape(value, &name);
	answer->name_len = !name.failed && name_valid(buf_span(&name)) ? name.len : 0;
	answer->name[answer->name_len] = '\0';
}

void answer_accepted(struct span fields, struct answer *answer)
{
	struct span field, value;

	*answer = (struct answer){.code = SASL_UNAVAIL, .text = ANSWER_TEMPORARY};
	while (tabline_take_field(&fields, &field)) {
		if (tabline_value(field, "user", &value))
			take_name(value, answer);
		else if (tabline_value(field, "resp", &value))
			answer->resp = value;
	}
	if (answer->name_len)
		answer->code = SASL_OK;
}

struct refusal {
	struct span code;
	struct span reason;
	struct span status;
	struct span enhanced;
	bool temporary;
};

static bool status_valid(struct span status)
{
	uint64_t number;

	return status.len == 3 && span_take_number(status, 599, &number) && number >= 400;
}

/* RFC 3463: class, subject and detail, the class being the reply code's first digit. */
static bool enhanced_valid(struct span enhanced, struct span status)
{
	struct span part;
	uint64_t number;
	unsigned parts = 0;

	if (enhanced.len < 2 || enhanced.at[0] != status.at[0] || enhanced.at[1] != '.')
		return false;
	while (span_take_until(&enhanced, '.', &part)) {
		if (part.len > 3 || !span_take_number(part, 999, &number))
			return false;
		parts++;
	}
	return parts == 3;
}

/* The codes stand in front only if all three parts are what an SMTP reply can carry. */
static void put_text(const struct refusal *said, struct answer *answer)
{
	struct buf text = {answer->text, 0, sizeof(answer->text) - 1, false};
	struct span reason = said->reason;
	bool coded = status_valid(said->status) && enhanced_valid(said->enhanced, said->status);

	if (answer->code == SASL_UNAVAIL && !(coded && said->status.at[0] == '4'))
		reason = SPAN_NONE;
	if (reason.len == 0 || reason.len > ANSWER_TEXT_MAX || !span_printable(reason)) {
		buf_put_text(&text, answer->code == SASL_UNAVAIL ? ANSWER_TEMPORARY
								 : "refused by sasl-reason");
	} else {
		buf_put_span(&text, coded ? said->status : span_of("535"));
		buf_put_char(&text, ' ');
		buf_put_span(&text, coded ? said->enhanced : span_of("5.7.8"));
		buf_put_char(&text, ' ');
		buf_put_span(&text, reason);
	}
	answer->text[text.len] = '\0';
}

void answer_refused(struct span fields, struct answer *answer)
{
	struct refusal said = {.temporary = false};
	struct span field, value;

	*answer = (struct answer){.code = SASL_BADAUTH};
	while (tabline_take_field(&fields, &field)) {
		if (tabline_value(field, "user", &value))
			take_name(value, answer);
		else if (tabline_value(field, "temp", &value))
			said.temporary = true;
		else if (!tabline_value(field, "code", &said.code) &&
			 !tabline_value(field, "reason", &said.reason) &&
			 !tabline_value(field, "status", &said.status))
			(void)tabline_value(field, "enhanced", &said.enhanced);
	}
	if (said.temporary)
		answer->code = SASL_UNAVAIL;
	else if (said.code.at)
		answer->code = find_code(said.code);
	put_text(&said, answer);
}
