/* SPDX-License-Identifier: MIT */
/* The relay mechanisms: each step of a login goes to the daemon and its answer comes back. */
#ifndef MTA_RELAY_H
#define MTA_RELAY_H

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

/* The mechanisms that reason_mechs names, strong enough to win over the stock ones in either load
 * order. libsasl2 frees them through their mech_free. SASL_NOMEM without memory. */
int relay_list(const sasl_utils_t *utils, sasl_server_plug_t **plugs_r, int *count_r);

#endif
