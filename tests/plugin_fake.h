/* SPDX-License-Identifier: MIT */
/* A false daemon for tests of the plugin: plays scripts, or checks passwords with libsasl2. */
#ifndef TESTS_PLUGIN_FAKE_H
#define TESTS_PLUGIN_FAKE_H

#include <sys/types.h>

/* A script is a list of commands parted by '|':
 *   greet          send the greeting
 *   read           read lines up to an AUTH, CONT or CANCEL, whose id becomes '%'
 *   say TEXT       send the text and LF, each '%' replaced by the id
 *   raw TEXT       the same without LF
 *   drip TEXT      the same, an octet every 30 ms, with LF
 *   flood N        send N octets 'x'
 *   wait N         sleep N ms
 *   hang           wait until the peer closes
 *   again          go on behind "greet"
 * At its end the connection is closed. */

/* Serves connection number n with scripts[n], the last script being for all that follow; the list
 * ends with NULL. Each AUTH, CONT and CANCEL line is appended to the file `heard`. Returns the
 * server's process id once it listens. */
pid_t plugin_fake_start(const char *path, const char *const *scripts, const char *heard);

/* Serves with libsasl2's own mechanisms; the one account is alice, password right-pw. A failed
 * login gets the text PLUGIN_FAKE_REASON. */
pid_t plugin_fake_start_sasl(const char *path);

#define PLUGIN_FAKE_REASON                                                                         \
	"The name or the password is not accepted. [bad-credentials] (id ABCD2345)"

/* Ends the server and its connections. */
void plugin_fake_stop(pid_t server);

#endif
