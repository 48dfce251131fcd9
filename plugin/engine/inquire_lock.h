/* SPDX-License-Identifier: MIT */
/* Our own locks in an inquiry: looked at before any lookup, counted or cleared with the verdict. */
#ifndef ENGINE_INQUIRE_LOCK_H
#define ENGINE_INQUIRE_LOCK_H

#include "engine/inquiry.h"

/* Sets attempt.now. A conversation may wait for minutes between two messages: locks are looked at,
 * and set, by the time that it is by then. */
void inquire_lock_clock(struct inquiry *inquiry);

/* Sets attempt.lock from the counters of the name, of the client's network and, once it is known,
 * of the account. The name could be read. */
void inquire_lock_look(struct inquiry *inquiry);

/* The same before the verdict: others may have been served since, and the account is known by now.
 */
void inquire_lock_look_again(struct inquiry *inquiry);

/* If it is locked by now, the password is kept from those who judge it: inquire_lock_look_again()
 * does not take back the lock from then on. */
void inquire_lock_withhold(struct inquiry *inquiry);

/* Hears the other daemons' counters first, where there is a fleet, looks again and calls next(). */
void inquire_lock_ask(struct inquiry *inquiry, void (*next)(struct inquiry *));

/* Stops hearing them: the owner is gone. */
void inquire_lock_leave(struct inquiry *inquiry);

/* The account is known, or nobody is: from now on its own, silent counter stands in for all its
 * names. */
void inquire_lock_find_owner(struct inquiry *inquiry);

/* The verdict is there: a failure is counted, a login clears its own network's share, if it came
 * from one. */
void inquire_lock_end(struct inquiry *inquiry);

#endif
