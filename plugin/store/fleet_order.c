/* SPDX-License-Identifier: MIT */
/* What is sent to the fleet's server without waiting: counts and logins. */
#include "store/fleet_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Orders under way; beyond, the counters of this process alone have to do. */
#define ORDERS_MAX 10000

/* Something that is sent and nobody waits for. */
struct order {
	struct fleet_orders *orders;
	enum fleet_script script;
	bool whole;		 /* sent with the text of the script */
	struct attempts_who who; /* its texts follow the struct */
	struct attempts_rules rules;
	int64_t now;
	char texts[];
};

static void send_order(struct order *order);

static bool lacks_script(const struct redisReply *reply)
{
	struct span error = fleet_reply_error(reply);

	return error.len >= 8 && memcmp(error.at, "NOSCRIPT", 8) == 0;
}

static void on_order(void *context, const struct redisReply *reply)
{
	struct order *order = context;
	struct fleet_orders *orders = order->orders;
	struct attempts_counter counter;
	enum attempts_kind kind;

	if (!orders->closing && lacks_script(reply) && !order->whole) {
		order->whole = true;
		send_order(order);
		return;
	}
	for (size_t i = 0; !orders->closing && i < fleet_reply_rows(reply); i++)
		if (fleet_reply_row(reply, i, &kind, &counter))
			attempts_merge(orders->attempts, &order->who, kind, &counter, order->now);
	free(order);
}

/* Takes the order over. */
static void send_order(struct order *order)
{
	struct fleet_orders *orders = order->orders;
	const char *arg[3 + FLEET_SCRIPT_ARGS];
	char text[FLEET_SCRIPT_MAX], keys[8];
	struct buf out = BUF_ON(text);
	struct fleet_script_call call;

	fleet_script_fill(&call, order->script, orders->key, &order->who, &order->rules,
			  order->now);
	order->whole = order->whole || orders->scripts[order->script].sha[0] == '\0';
	if (order->whole) {
		fleet_script_put(&out, order->script);
		buf_put_char(&out, '\0');
	}
	snprintf(keys, sizeof(keys), "%d", call.keys_count);
	arg[0] = order->whole ? "EVAL" : "EVALSHA";
	arg[1] = order->whole ? text : orders->scripts[order->script].sha;
	arg[2] = keys;
	memcpy(arg + 3, call.arg, (size_t)call.count * sizeof(*arg));
	if (out.failed ||
	    !fleet_link_send(orders->link, 3 + call.count, arg, NULL, on_order, order))
		free(order);
}

static const char *copy_text(char **at, struct span text)
{
	char *start = *at;

	if (!text.at)
		return NULL;
	memcpy(start, text.at, text.len);
	*at += text.len;
	return start;
}

void fleet_order_give(struct fleet_orders *orders, enum fleet_script script,
		      const struct attempts_who *who, const struct attempts_rules *rules,
		      int64_t now)
{
	struct order *order;
	char *at;

	if (!fleet_link_connected(orders->link) || fleet_link_pending(orders->link) >= ORDERS_MAX)
		return;
	order = calloc(1, sizeof(*order) + who->name.len + who->entry.len);
	if (!order)
		return;
	at = order->texts;
	order->orders = orders;
	order->script = script;
	order->who = *who;
	order->who.name.at = copy_text(&at, who->name);
	order->who.entry.at = copy_text(&at, who->entry);
	order->now = now;
	if (rules)
		order->rules = *rules;
	send_order(order);
}

static void on_script(void *context, const struct redisReply *reply)
{
	struct fleet_order_script *script = context;
	struct span sha = fleet_reply_text(reply);

	if (sha.len != FLEET_ORDER_SHA_LEN)
		return;
	memcpy(script->sha, sha.at, FLEET_ORDER_SHA_LEN);
	script->sha[FLEET_ORDER_SHA_LEN] = '\0';
}

void fleet_order_load(struct fleet_orders *orders)
{
	char text[FLEET_SCRIPT_MAX];
	const char *arg[3] = {"SCRIPT", "LOAD", text};

	for (unsigned i = 0; i < FLEET_SCRIPTS_OFTEN; i++) {
		struct buf out = BUF_ON(text);

		fleet_script_put(&out, (enum fleet_script)i);
		buf_put_char(&out, '\0');
		if (!out.failed)
			fleet_link_send(orders->link, 3, arg, NULL, on_script, &orders->scripts[i]);
	}
}
