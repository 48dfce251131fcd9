/* SPDX-License-Identifier: MIT */
/* What is sent to the fleet's server without waiting: counts and logins. */
#ifndef STORE_FLEET_ORDER_H
#define STORE_FLEET_ORDER_H

#include "store/fleet_link.h"
#include "store/fleet_script.h"

/* Digits of a SHA-1. */
#define FLEET_ORDER_SHA_LEN 40

struct fleet_order_script {
	char sha[FLEET_ORDER_SHA_LEN + 1]; /* by which the server knows it; "": not heard yet */
};

/* The first three are set by the owner. */
struct fleet_orders {
	struct fleet_link *link;
	struct attempts *attempts; /* into which the answers are merged */
	const unsigned char *key;  /* FLEET_KEY_LEN octets */
	struct fleet_order_script scripts[FLEET_SCRIPTS_OFTEN];
	bool closing; /* answers are of no interest any more */
};

/* Gives the server the scripts; with each new connection. */
void fleet_order_load(struct fleet_orders *orders);

/* Has one of the first FLEET_SCRIPTS_OFTEN run. Without a connection, or with far too many under
 * way, nothing is done. `who` is copied; `rules` may be null but for FLEET_SCRIPT_COUNT. */
void fleet_order_give(struct fleet_orders *orders, enum fleet_script script,
		      const struct attempts_who *who, const struct attempts_rules *rules,
		      int64_t now);

#endif
