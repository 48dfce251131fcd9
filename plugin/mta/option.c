/* SPDX-License-Identifier: MIT */
/* The plugin's options, from the MTA's SASL configuration (libreason(5)). */
#include "mta/option.h"

#define DEFAULT_SOCKET	  "/run/sasl-reason/auth"
#define DEFAULT_MECHS	  "PLAIN LOGIN"
#define DEFAULT_TIMEOUT_S 9 /* Postfix and Exim give a SASL server 10 s */

static const char *lookup(const sasl_utils_t *utils, const char *option, const char *unset)
{
	static const char *const plugins[] = {"reason", NULL};

	for (size_t i = 0; i < sizeof(plugins) / sizeof(plugins[0]); i++) {
		const char *value = NULL;

		if (utils->getopt &&
		    utils->getopt(utils->getopt_context, plugins[i], option, &value, NULL) ==
			SASL_OK &&
		    value && *value)
			return value;
	}
	return unset;
}

const char *option_socket(const sasl_utils_t *utils)
{
	return lookup(utils, "reason_socket", DEFAULT_SOCKET);
}

int option_timeout_ms(const sasl_utils_t *utils)
{
	const char *text = lookup(utils, "reason_timeout", NULL);
	uint64_t seconds = DEFAULT_TIMEOUT_S;

	if (text && (!span_take_number(span_trim(span_of(text)), DEFAULT_TIMEOUT_S, &seconds) ||
		     seconds == 0)) {
		utils->log(utils->conn, SASL_LOG_WARN,
			   "sasl-reason: reason_timeout: \"%s\" is not 1 to %d (seconds): it is %d",
			   text, DEFAULT_TIMEOUT_S, DEFAULT_TIMEOUT_S);
		seconds = DEFAULT_TIMEOUT_S;
	}
	return (int)seconds * 1000;
}

bool option_mechanism(const sasl_utils_t *utils, const char *mechanism)
{
	return span_list_has(span_of(lookup(utils, "reason_mechs", DEFAULT_MECHS)),
			     span_of(mechanism));
}

bool option_auxprop(const sasl_utils_t *utils, const char *name)
{
	return span_list_has(span_of(lookup(utils, "auxprop_plugin", NULL)), span_of(name));
}
