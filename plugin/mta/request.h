/* SPDX-License-Identifier: MIT */
/* The AUTH request: what the daemon is told about the mail client's connection. */
#ifndef MTA_REQUEST_H
#define MTA_REQUEST_H

#include "base/buf.h"

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

/* Appends the mechanism, service=, rip=, lip=, secured and what the plugin can do, fields parted by
 * TAB: all of the AUTH line after its id but resp=. */
void request_put(struct buf *out, const char *mechanism, const sasl_server_params_t *params);

/* Appends a client response in base64, whether it is empty or not. */
void request_put_base64(struct buf *out, const sasl_utils_t *utils, struct span response);

#endif
