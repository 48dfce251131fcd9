/* SPDX-License-Identifier: MIT */
/* One connection of the false daemon, its logins checked by libsasl2's own mechanisms. */
#ifndef TESTS_PLUGIN_PEER_H
#define TESTS_PLUGIN_PEER_H

#include <sasl/sasl.h>

/* Where the system keeps libsasl2's own plugins (beside the library). A static text. */
const char *plugin_peer_stock(void);

/* SASL_CB_VERIFYFILE: admits our plugin and the stock ones that it stands beside. What else a
 * machine has there (Kerberos, NTLM) is not ours to judge: some of it leaks. */
int plugin_peer_verify(void *context, const char *file, sasl_verify_type_t type);

/* Serves until the peer closes. The process must not have used libsasl2 before. */
void plugin_peer_serve(int fd);

#endif
