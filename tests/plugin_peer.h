/* SPDX-License-Identifier: MIT */
/* One connection of the false daemon, its logins checked by libsasl2's own mechanisms. */
#ifndef TESTS_PLUGIN_PEER_H
#define TESTS_PLUGIN_PEER_H

/* Where the system keeps libsasl2's own plugins (beside the library). A static text. */
const char *plugin_peer_stock(void);

/* Serves until the peer closes. The process must not have used libsasl2 before. */
void plugin_peer_serve(int fd);

#endif
