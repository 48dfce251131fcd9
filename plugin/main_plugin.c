/* SPDX-License-Identifier: MIT */
/* libreason.so, the plugin for libsasl2: its two entry points, and nothing else, are exported. */
#include "mta/auxprop.h"
#include "mta/relay.h"

#define ENTRY __attribute__((visibility("default")))

ENTRY sasl_server_plug_init_t sasl_server_plug_init;
ENTRY sasl_auxprop_init_t sasl_auxprop_plug_init;

int sasl_server_plug_init(const sasl_utils_t *utils, int max_version, int *out_version,
			  sasl_server_plug_t **plugs, int *count)
{
	if (!utils || !out_version || !plugs || !count)
		return SASL_BADPARAM;
	if (max_version < SASL_SERVER_PLUG_VERSION)
		return SASL_BADVERS;
	*out_version = SASL_SERVER_PLUG_VERSION;
	return relay_list(utils, plugs, count);
}

int sasl_auxprop_plug_init(const sasl_utils_t *utils, int max_version, int *out_version,
			   sasl_auxprop_plug_t **plug, const char *name)
{
	(void)name;
	if (!utils || !out_version || !plug)
		return SASL_BADPARAM;
	if (max_version < SASL_AUXPROP_PLUG_VERSION)
		return SASL_BADVERS;
	*out_version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &auxprop_plug;
	return SASL_OK;
}
