/* SPDX-License-Identifier: MIT */
/* The connection to the fleet's server: made again when it is lost, each loss and return told once.
 */
#ifndef STORE_FLEET_LINK_H
#define STORE_FLEET_LINK_H

#include <uv.h>

#include "base/secret.h"
#include "store/fleet_reply.h"
#include "store/fleet_uri.h"

/* Octets of the password. */
#define FLEET_LINK_PASSWORD_MAX 512

struct fleet_link;

/* Comes exactly once for each command: with null when the connection is lost. The reply is
 * borrowed. */
typedef void fleet_link_answer(void *context, const struct redisReply *reply);

/* Connects in the background: at once, then with pauses of 1 s to 5 s. `up` is called with each
 * connection that answers, password and database settled. `name` is for the log. All but `uri` and
 * `password` (copied) must stay. Null without memory. */
struct fleet_link *fleet_link_open(uv_loop_t *loop, const struct fleet_uri *uri,
				   const struct secret *password, const char *name,
				   void (*up)(void *context), void *context);

/* Every command under way is answered (null) before it returns. Its handles need more turns. */
void fleet_link_close(struct fleet_link **link);

bool fleet_link_connected(const struct fleet_link *link);

/* Commands that are sent and not answered. */
size_t fleet_link_pending(const struct fleet_link *link);

/* Sends a command with this turn's others. False if there is no connection: then no answer comes.
 */
bool fleet_link_send(struct fleet_link *link, int count, const char *const *arg, const size_t *len,
		     fleet_link_answer *answer, void *context);

/* Reads what has come meanwhile: a busy loop must not be taken for a slow server. */
void fleet_link_read(struct fleet_link *link);

/* Gives the connection up: the server does not answer in time. */
void fleet_link_drop(struct fleet_link *link, const char *why);

#endif
