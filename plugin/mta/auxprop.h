/* SPDX-License-Identifier: MIT */
/* The auxprop plugin "reason", for mechanisms that are not relayed. */
#ifndef MTA_AUXPROP_H
#define MTA_AUXPROP_H

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

/* Where auxprop_plugin names "reason" every lookup, of any name, succeeds without a value: no
 * mechanism learns from it whether a name exists, and none can verify a password with it. Where it
 * does not, libsasl2 calls us all the same, and lookups say SASL_NOMECH, which libsasl2 passes
 * over: the plugin being installed changes nothing for other auxprops. */
extern sasl_auxprop_plug_t auxprop_plug;

#endif
