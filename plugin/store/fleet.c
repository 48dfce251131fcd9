/* SPDX-License-Identifier: MIT */
/* The counters of several daemons, in Valkey or Redis: one round trip per login, on the loop. */
#include "store/fleet.h"

#include "store/fleet_uri.h"

bool fleet_uri_valid(const char *uri, const char **fault)
{
	struct fleet_uri read;

	return fleet_uri_take(span_of(uri), &read, fault);
}

#ifdef WITH_VALKEY
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/fleet_order.h"
#include "store/fleet_queue.h"

struct fleet {
	struct fleet_link *link;
	struct fleet_queue queue;
	struct fleet_orders orders;
	unsigned char key[FLEET_KEY_LEN];
	char *name; /* for the log */
};

bool fleet_supported(void)
{
	return true;
}

bool fleet_connected(const struct fleet *fleet)
{
	return fleet_link_connected(fleet->link);
}

void fleet_ask(struct fleet *fleet, const struct attempts_who *who, int64_t now,
	       struct fleet_wait *wait)
{
	fleet_queue_ask(&fleet->queue, who, now, wait);
}

void fleet_leave(struct fleet *fleet, struct fleet_wait *wait)
{
	fleet_queue_leave(&fleet->queue, wait);
}

void fleet_count(struct fleet *fleet, const struct attempts_who *who,
		 const struct attempts_rules *rules, int64_t now)
{
	fleet_order_give(&fleet->orders, FLEET_SCRIPT_COUNT, who, rules, now);
}

void fleet_clear(struct fleet *fleet, const struct attempts_who *who, int64_t now)
{
	if (who->name.at)
		fleet_order_give(&fleet->orders, FLEET_SCRIPT_CLEAR, who, NULL, now);
}

void fleet_forget_name(struct fleet *fleet, struct span name, struct span entry,
		       struct fleet_wait *wait)
{
	const struct attempts_who who = {.name = name, .entry = entry};

	fleet_queue_forget(&fleet->queue, &who, time(NULL), wait);
}

void fleet_forget_network(struct fleet *fleet, const unsigned char network[16], unsigned char bits,
			  struct fleet_wait *wait)
{
	struct attempts_who who = {.by_network = true, .bits = bits};

	memcpy(who.network, network, sizeof(who.network));
	fleet_queue_forget(&fleet->queue, &who, time(NULL), wait);
}

/* ---- opening and closing ---- */

static void on_up(void *context)
{
	struct fleet *fleet = context;

	fleet_order_load(&fleet->orders);
}

/* The first line of the file. */
static bool read_password(const char *path, struct secret *password, struct buf *fault)
{
	char line[FLEET_LINK_PASSWORD_MAX];
	FILE *file = path[0] ? fopen(path, "re") : NULL;
	bool fine = !path[0];

	if (file) {
		setvbuf(file, NULL, _IONBF, 0);
		if (fgets(line, sizeof(line), file)) {
			line[strcspn(line, "\r\n")] = '\0';
			fine = line[0] && secret_init(password, span_of(line));
		}
		fclose(file);
		secret_wipe_octets(line, sizeof(line));
	}
	if (!fine) {
		buf_put_text(fault, path);
		buf_put_text(fault, ": no password can be read from it");
	}
	return fine;
}

static void on_closed(uv_handle_t *handle)
{
	struct fleet_queue *queue = handle->data;
	struct fleet *fleet = (struct fleet *)((char *)queue - offsetof(struct fleet, queue));

	secret_wipe_octets(fleet->key, sizeof(fleet->key));
	free(fleet->name);
	free(fleet);
}

struct fleet *fleet_open(uv_loop_t *loop, const struct fleet_settings *settings,
			 struct attempts *attempts, const unsigned char key[FLEET_KEY_LEN],
			 struct buf *fault)
{
	struct fleet *fleet;
	struct secret password = {0};
	struct fleet_uri uri;
	const char *text;

	if (!fleet_uri_take(span_of(settings->uri), &uri, &text)) {
		buf_put_text(fault, settings->uri);
		buf_put_char(fault, ' ');
		buf_put_text(fault, text);
		return NULL;
	}
	if (!read_password(settings->password_file, &password, fault))
		return NULL;
	fleet = calloc(1, sizeof(*fleet));
	if (fleet)
		fleet->name = strdup(settings->uri);
	if (fleet && fleet->name)
		fleet->link = fleet_link_open(loop, &uri, &password, fleet->name, on_up, fleet);
	secret_wipe(&password);
	if (!fleet || !fleet->link) {
		buf_put_text(fault, "no memory");
		if (fleet)
			free(fleet->name);
		free(fleet);
		return NULL;
	}
	memcpy(fleet->key, key, sizeof(fleet->key));
	fleet_queue_init(&fleet->queue, loop);
	fleet->queue.link = fleet->orders.link = fleet->link;
	fleet->queue.attempts = fleet->orders.attempts = attempts;
	fleet->queue.key = fleet->orders.key = fleet->key;
	fleet->queue.timeout_ms = settings->timeout_ms;
	return fleet;
}

void fleet_close(struct fleet **fleet)
{
	struct fleet *old = *fleet;

	*fleet = NULL;
	if (!old)
		return;
	old->orders.closing = true;
	fleet_queue_close(&old->queue, on_closed);
	fleet_link_close(&old->link);
}

#else /* built without hiredis: no fleet is ever open */

bool fleet_supported(void)
{
	return false;
}

struct fleet *fleet_open(uv_loop_t *loop, const struct fleet_settings *settings,
			 struct attempts *attempts, const unsigned char key[FLEET_KEY_LEN],
			 struct buf *fault)
{
	(void)loop, (void)settings, (void)attempts, (void)key;
	buf_put_text(fault, "this sasl-reason was built without Valkey (configure --with-valkey)");
	return NULL;
}

void fleet_close(struct fleet **fleet)
{
	*fleet = NULL;
}

bool fleet_connected(const struct fleet *fleet)
{
	(void)fleet;
	return false;
}

void fleet_ask(struct fleet *fleet, const struct attempts_who *who, int64_t now,
	       struct fleet_wait *wait)
{
	(void)fleet, (void)who, (void)now;
	wait->waiting = false;
}

void fleet_leave(struct fleet *fleet, struct fleet_wait *wait)
{
	(void)fleet, (void)wait;
}

void fleet_count(struct fleet *fleet, const struct attempts_who *who,
		 const struct attempts_rules *rules, int64_t now)
{
	(void)fleet, (void)who, (void)rules, (void)now;
}

void fleet_clear(struct fleet *fleet, const struct attempts_who *who, int64_t now)
{
	(void)fleet, (void)who, (void)now;
}

void fleet_forget_name(struct fleet *fleet, struct span name, struct span entry,
		       struct fleet_wait *wait)
{
	(void)fleet, (void)name, (void)entry;
	wait->waiting = false;
}

void fleet_forget_network(struct fleet *fleet, const unsigned char network[16], unsigned char bits,
			  struct fleet_wait *wait)
{
	(void)fleet, (void)network, (void)bits;
	wait->waiting = false;
}

#endif
