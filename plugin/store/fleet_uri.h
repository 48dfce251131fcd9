/* SPDX-License-Identifier: MIT */
/* Where the fleet's server is, as the configuration says it. */
#ifndef STORE_FLEET_URI_H
#define STORE_FLEET_URI_H

#include "base/span.h"

#define FLEET_URI_PORT 6379
/* Databases of a server: what SELECT takes is its own affair. */
#define FLEET_URI_DB_MAX 65535

struct fleet_uri {
	bool local;	/* a unix socket at `host` */
	char host[256]; /* name, address or path */
	uint16_t port;
	char user[64]; /* "": the server's default user */
	uint16_t db;
};

/* "redis://[user@]host[:port][/db]", "valkey://" the same, "unix:///path"; an IPv6 address stands
 * in brackets. `fault` is a constant text if it is none of them. */
bool fleet_uri_take(struct span text, struct fleet_uri *uri, const char **fault);

#endif
