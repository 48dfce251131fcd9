/* SPDX-License-Identifier: MIT */
/* Where the fleet's server is, as the configuration says it. */
#include "store/fleet_uri.h"

#include <string.h>
#include <sys/un.h>

#include "base/buf.h"

static bool take_prefix(struct span *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text->len < len || memcmp(text->at, prefix, len) != 0)
		return false;
	text->at += len;
	text->len -= len;
	return true;
}

static bool keep(char *at, size_t cap, struct span text)
{
	struct buf out = {at, 0, cap, false};

	buf_put_span(&out, text);
	buf_put_char(&out, '\0');
	return !out.failed && text.len > 0 && span_printable(text) && !span_has(text, ' ');
}

/* "host", "host:port", "[address]:port". */
static bool take_host(struct span text, struct fleet_uri *uri)
{
	struct span host;
	uint64_t port = FLEET_URI_PORT;

	if (take_prefix(&text, "[")) {
		if (!span_take_until(&text, ']', &host) || !text.at ||
		    (text.len > 0 && !take_prefix(&text, ":")))
			return false;
		if (text.len == 0)
			text = SPAN_NONE;
	} else if (!span_take_until(&text, ':', &host)) {
		return false;
	}
	if (text.at && (!span_take_number(text, UINT16_MAX, &port) || port == 0))
		return false;
	uri->port = (uint16_t)port;
	return keep(uri->host, sizeof(uri->host), host);
}

static bool take_remote(struct span text, struct fleet_uri *uri, const char **fault)
{
	struct span place, user;
	uint64_t db = 0;

	*fault = "is not redis://host:port/database";
	if (!span_take_until(&text, '/', &place))
		return false;
	if (span_has(place, '@')) {
		span_take_until(&place, '@', &user);
		if (span_has(user, ':')) {
			*fault = "has a password: it belongs in password_file";
			return false;
		}
		if (!keep(uri->user, sizeof(uri->user), user))
			return false;
	}
	if (text.at && text.len > 0 && !span_take_number(text, FLEET_URI_DB_MAX, &db)) {
		*fault = "has a database that is no number";
		return false;
	}
	uri->db = (uint16_t)db;
	return take_host(place, uri);
}

bool fleet_uri_take(struct span text, struct fleet_uri *uri, const char **fault)
{
	*uri = (struct fleet_uri){0};
	*fault = "is not redis://, valkey:// or unix://";
	if (take_prefix(&text, "redis://") || take_prefix(&text, "valkey://"))
		return take_remote(text, uri, fault);
	if (take_prefix(&text, "rediss://") || take_prefix(&text, "valkeys://")) {
		*fault = "asks for TLS, which is not provided: use a tunnel";
		return false;
	}
	if (!take_prefix(&text, "unix://"))
		return false;
	*fault = "is not unix:///path of a socket";
	uri->local = true;
	return keep(uri->host, sizeof(((struct sockaddr_un *)0)->sun_path), text) &&
	       uri->host[0] == '/';
}
