/* SPDX-License-Identifier: MIT */
/* The plugin's options, from the MTA's SASL configuration (libreason(5)). */
#ifndef MTA_OPTION_H
#define MTA_OPTION_H

#include "base/span.h"

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

/* reason_socket; the text belongs to libsasl2 or the MTA and lives as long as the connection. */
const char *option_socket(const sasl_utils_t *utils);

/* reason_timeout in milliseconds; a value out of 1 to 9 s is logged, and is the default of 9 s. */
int option_timeout_ms(const sasl_utils_t *utils);

/* Whether reason_mechs names the mechanism. */
bool option_mechanism(const sasl_utils_t *utils, const char *mechanism);

/* Whether auxprop_plugin names the auxprop `name`; false if it is not set. */
bool option_auxprop(const sasl_utils_t *utils, const char *name);

#endif
