/* SPDX-License-Identifier: MIT */
/* The admin commands "lockouts-…": who is counted and locked, and an end to it. */
#include "face/admin_lockouts.h"

#include <string.h>
#include <sysexits.h>

#include "base/netaddr.h"
#include "engine/ledger.h"
#include "face/admin_json.h"

struct clear {
	struct admin_task task; /* first */
	struct ledger_wait wait;
	struct fleet_wait fleet; /* `done` where there is one */
	size_t cleared;
};

/* What a list is filled from. */
struct rows {
	json_t *array; /* null: no memory */
	int64_t now;
	bool of_entry; /* only these, or all but these */
	bool any;      /* all kinds */
	bool locked;   /* only those that lock now, or only those that do not */
	size_t omitted;
};

/* ---- list ---- */

static const char *scope_word(enum attempts_kind kind)
{
	switch (kind) {
	case ATTEMPTS_NAME_NETWORK:
		return "name-network";
	case ATTEMPTS_NAME:
		return "name";
	case ATTEMPTS_NETWORK:
		return "network";
	case ATTEMPTS_ENTRY:
		return "entry";
	}
	return "name";
}

static void on_row(void *context, const struct attempts_row *row)
{
	struct rows *rows = context;
	json_t *object;

	if (!rows->array || (row->until > rows->now) != rows->locked ||
	    (!rows->any && (row->kind == ATTEMPTS_ENTRY) != rows->of_entry))
		return;
	if (json_array_size(rows->array) >= ADMIN_LOCKOUTS_MAX) {
		rows->omitted++;
		return;
	}
	object = json_pack("{s:s, s:o, s:o, s:I, s:I, s:I}", "scope", scope_word(row->kind), "name",
			   admin_json_text(row->name), "network", admin_json_text(row->network),
			   "failures", (json_int_t)row->failures, "since", (json_int_t)row->since,
			   "until", (json_int_t)row->until);
	if (json_array_append_new(rows->array, object) == 0)
		return;
	json_decref(rows->array);
	rows->array = NULL;
}

/* Those that lock come first. */
static void collect(const struct engine *engine, struct span name, struct rows *rows)
{
	struct attempts *attempts = ledger_attempts(engine->ledger);

	rows->locked = true;
	attempts_each(attempts, name, rows->now, on_row, rows);
	rows->locked = false;
	attempts_each(attempts, name, rows->now, on_row, rows);
}

json_t *admin_lockouts_array(const struct admin_task *task)
{
	struct rows rows = {.array = json_array(), .now = task->now};

	collect(task->engine, survey_name(task->survey)->parts.full, &rows);
	rows.of_entry = true;
	if (task->owner.len && !task->owner.failed)
		collect(task->engine, buf_span(&task->owner), &rows);
	return rows.array;
}

static void list_found(struct admin_task *task)
{
	admin_reply(task->call,
		    json_pack("{s:o, s:i}", "lockouts", admin_lockouts_array(task), "omitted", 0));
	admin_task_close(task);
}

static void list_all(struct admin_call *call)
{
	struct rows rows = {.array = json_array(), .now = time(NULL), .any = true};

	collect(call->engine, SPAN_NONE, &rows);
	admin_reply(call, json_pack("{s:o, s:I}", "lockouts", rows.array, "omitted",
				    (json_int_t)rows.omitted));
}

void admin_lockouts_list(struct admin_call *call)
{
	struct admin_task *task;

	if (!json_is_string(json_object_get(call->request, "user"))) {
		list_all(call);
		return;
	}
	task = admin_task_open(call, sizeof(*task), NULL);
	if (task)
		admin_task_find(task, list_found);
}

/* ---- clear ---- */

static void on_written(struct ledger_wait *wait)
{
	struct clear *clear = (struct clear *)(void *)((char *)wait - offsetof(struct clear, wait));
	struct admin_call *call = clear->task.call;
	json_int_t cleared = (json_int_t)clear->cleared;

	if (!clear->task.engine->settings->fleet)
		admin_reply(call, json_pack("{s:I}", "cleared", cleared));
	else if (clear->fleet.done)
		admin_reply(call, json_pack("{s:I, s:s, s:I}", "cleared", cleared, "fleet", "sent",
					    "fleet_cleared", (json_int_t)clear->fleet.lifted));
	else
		admin_answer(call, EX_TEMPFAIL,
			     json_pack("{s:s, s:I, s:s}", "error",
				       "lifted here only: the store of the fleet is away, or does "
				       "not take it, and may lock again; when sasl-reason status "
				       "has it back, clear once more",
				       "cleared", cleared, "fleet", "away"));
	admin_task_close(&clear->task);
}

/* Nobody is told that it is done before it is written down. */
static void reply_when_written(struct clear *clear)
{
	clear->wait.written = on_written;
	ledger_when_written(clear->task.engine->ledger, &clear->wait);
}

static void on_fleet(struct fleet_wait *wait)
{
	reply_when_written((struct clear *)(void *)((char *)wait - offsetof(struct clear, fleet)));
}

/* The spans stay valid until the call is answered. */
static void forget_name(struct clear *clear, struct span name, struct span entry)
{
	struct ledger *ledger = clear->task.engine->ledger;

	admin_task_log(clear->task.call, name, name.at ? NULL : "entry", entry);
	clear->cleared = attempts_forget_name(ledger_attempts(ledger), name, entry);
	clear->fleet.told = on_fleet;
	if (ledger_fleet(ledger))
		fleet_forget_name(ledger_fleet(ledger), name, entry, &clear->fleet);
	else
		reply_when_written(clear);
}

static void clear_found(struct admin_task *task)
{
	/* As the list has an entry: its account may be gone, or its backend down. */
	struct span entry =
	    span_of(json_string_value(json_object_get(task->call->request, "user")));

	if (task->owner.len && !task->owner.failed)
		entry = buf_span(&task->owner);
	forget_name((struct clear *)task, survey_name(task->survey)->parts.full, entry);
}

/* What begins as an entry of one of our backends does (engine/owner), and can be no user name. */
static bool is_entry_alone(struct span text, const struct settings *settings)
{
	struct name name;
	bool is_entry = false;

	for (size_t i = 0; i < settings->backend_count; i++) {
		struct span label = span_of(settings->backends[i].label);

		is_entry = is_entry || (text.len > label.len && text.at[label.len] == ':' &&
					memcmp(text.at, label.at, label.len) == 0);
	}
	return is_entry && name_init(&name, text, settings) != DEFECT_NONE;
}

static void clear_user(struct clear *clear, struct span user)
{
	if (is_entry_alone(user, clear->task.engine->settings))
		forget_name(clear, SPAN_NONE, user);
	else
		admin_task_find(&clear->task, clear_found);
}

/* An address, or a network as wide as those that are counted. */
static bool take_network(struct span text, const struct settings *settings, struct network *network)
{
	unsigned char address[16], bits;

	if (!netaddr_take(text, address, &bits))
		return false;
	*network = network_around(address, settings->ipv4_bits, settings->ipv6_bits);
	return bits == 128 ||
	       (bits == network->bits && memcmp(address, network->address, sizeof(address)) == 0);
}

static void clear_network(struct clear *clear, struct span text)
{
	struct admin_task *task = &clear->task;
	const struct settings *settings = task->engine->settings;
	struct ledger *ledger = task->engine->ledger;
	struct network network;

	if (!take_network(text, settings, &network)) {
		admin_fail(task->call, EX_USAGE,
			   "this is no address, and no network as they are counted (/%u, and /%u "
			   "of IPv6)",
			   settings->ipv4_bits, settings->ipv6_bits);
		admin_task_close(task);
		return;
	}
	admin_task_log(task->call, SPAN_NONE, "network", text);
	clear->cleared =
	    attempts_forget_network(ledger_attempts(ledger), network.address, network.bits);
	clear->fleet.told = on_fleet;
	if (ledger_fleet(ledger))
		fleet_forget_network(ledger_fleet(ledger), network.address, network.bits,
				     &clear->fleet);
	else
		reply_when_written(clear);
}

void admin_lockouts_clear(struct admin_call *call)
{
	const char *user = json_string_value(json_object_get(call->request, "user"));
	const char *network = json_string_value(json_object_get(call->request, "network"));
	struct clear *clear;

	if (!user == !network) {
		admin_fail(call, EX_USAGE, "say a user or a network");
		return;
	}
	clear = admin_task_open(call, sizeof(*clear), NULL);
	if (!clear)
		return;
	if (network)
		clear_network(clear, span_of(network));
	else
		clear_user(clear, span_of(user));
}
