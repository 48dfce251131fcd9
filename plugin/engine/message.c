/* SPDX-License-Identifier: MIT */
/* The messages of the mechanisms, read: who is logging in, and with PLAIN what the password is. */
#include "engine/message.h"

#define DIGEST_LEN 32

enum defect message_check_password(struct span password)
{
	if (password.len == 0)
		return DEFECT_EMPTY_PASSWORD;
	if (password.len > MESSAGE_PASSWORD_MAX)
		return DEFECT_TOO_LONG;
	return span_has(password, '\0') ? DEFECT_NUL : DEFECT_NONE;
}

enum defect message_take_plain(struct span octets, struct message *message)
{
	if (!span_take_until(&octets, '\0', &message->authzid) ||
	    !span_take_until(&octets, '\0', &message->authcid) || !octets.at ||
	    span_has(octets, '\0'))
		return DEFECT_FIELD_COUNT;
	message->password = octets;
	if (message->authcid.len == 0)
		return DEFECT_EMPTY_NAME;
	return message_check_password(message->password);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

enum defect message_take_cram(struct span octets, struct message *message)
{
	size_t name = octets.len > DIGEST_LEN ? octets.len - DIGEST_LEN - 1 : 0;

	message->authzid = SPAN_NONE;
	message->password = SPAN_NONE;
	if (octets.len <= DIGEST_LEN || octets.at[name] != ' ')
		return DEFECT_SYNTAX;
	for (size_t i = name + 1; i < octets.len; i++)
		if (!is_hex(octets.at[i]))
			return DEFECT_SYNTAX;
	message->authcid = (struct span){octets.at, name};
	return name ? DEFECT_NONE : DEFECT_EMPTY_NAME;
}

/* saslname: "=2C" is a comma, "=3D" an equals sign, any other '=' is an error. */
static bool put_saslname(struct buf *names, struct span coded, struct span *name)
{
	size_t start = names->len;

	for (size_t i = 0; i < coded.len; i++) {
		struct span code = {coded.at + i, 3};

		if (coded.at[i] != '=') {
			buf_put_char(names, coded.at[i]);
			continue;
		}
		if (coded.len - i < 3)
			return false;
		if (!span_equal_nocase(code, span_of("=2C")) && !span_is(code, "=3D"))
			return false;
		buf_put_char(names, span_is(code, "=3D") ? '=' : ',');
		i += 2;
	}
	*name = (struct span){names->at + start, names->len - start};
	return true;
}

/* "n=value" with the key given. */
static bool take_attribute(struct span *octets, char key, struct span *value)
{
	if (!span_take_until(octets, ',', value) || value->len < 2 || value->at[0] != key ||
	    value->at[1] != '=')
		return false;
	value->at += 2;
	value->len -= 2;
	return true;
}

enum defect message_take_scram(struct span octets, struct message *message, struct buf *names)
{
	struct span flag, authzid, name, nonce;

	*message = (struct message){SPAN_NONE, SPAN_NONE, SPAN_NONE};
	if (span_has(octets, '\0'))
		return DEFECT_NUL;
	if (!span_take_until(&octets, ',', &flag) || (!span_is(flag, "n") && !span_is(flag, "y")))
		return DEFECT_SYNTAX;
	if (octets.len && octets.at[0] == ',')
		span_take_until(&octets, ',', &authzid);
	else if (!take_attribute(&octets, 'a', &authzid))
		return DEFECT_SYNTAX;
	if (!take_attribute(&octets, 'n', &name) || !take_attribute(&octets, 'r', &nonce) ||
	    nonce.len == 0)
		return DEFECT_SYNTAX;
	if (!put_saslname(names, authzid, &message->authzid) ||
	    !put_saslname(names, name, &message->authcid))
		return DEFECT_SYNTAX;
	if (names->failed)
		return DEFECT_TOO_LONG;
	return message->authcid.len ? DEFECT_NONE : DEFECT_EMPTY_NAME;
}
