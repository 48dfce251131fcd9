/* SPDX-License-Identifier: MIT */
/* The auxprop plugin "reason", for mechanisms that are not relayed. */
#include "mta/auxprop.h"

#include "mta/option.h"

static char name[] = "reason";

static int lookup(void *context, sasl_server_params_t *params, unsigned flags, const char *user,
		  unsigned user_len)
{
	(void)context;
	(void)flags;
	(void)user;
	(void)user_len;
	return option_auxprop(params->utils, name) ? SASL_OK : SASL_NOMECH;
}

sasl_auxprop_plug_t auxprop_plug = {
    .name = name,
    .auxprop_lookup = lookup,
};
