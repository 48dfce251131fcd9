/* SPDX-License-Identifier: MIT */
/* A connection of hiredis on the event loop. */
#ifndef STORE_FLEET_POLL_H
#define STORE_FLEET_POLL_H

#include <stdbool.h>
#include <uv.h>

struct redisAsyncContext;

/* Watches the connection's socket until hiredis closes it. hiredis' own adapter drops what epoll
 * says of an error, so that a refused connection would never be heard of. False without memory. */
bool fleet_poll_attach(struct redisAsyncContext *context, uv_loop_t *loop);

#endif
