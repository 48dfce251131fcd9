/* SPDX-License-Identifier: MIT */
/* What a worker writes down, one commit per turn of the loop: decisions, counters and locks. */
#include "engine/ledger.h"

#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "engine/ledger_notes.h"
#include "engine/ledger_stores.h"
#include "engine/ledger_waiting.h"
#include "engine/ledger_writer.h"
#include "store/database.h"

/* How long a file that cannot be written is left alone. */
#define WRITE_AGAIN_MS UINT64_C(1000)

/* How long a commit waits for somebody else who writes, after one has waited in vain: the loop
 * stands still meanwhile. */
#define WAIT_AGAIN_MS 20

/* From so many decisions on a commit goes to a thread, while the loop serves the next ones: for
 * fewer it is done sooner than a thread wakes up. */
#define TOGETHER 32

struct ledger {
	uv_loop_t *loop;
	const struct settings *settings;
	uv_prepare_t turn;
	uv_idle_t again; /* runs while a turn leaves more to do: the loop does not wait */
	int open_handles;
	struct ledger_stores stores;
	struct ledger_notes notes;
	size_t held; /* of them by the turn before, which left them for this one */
	struct ledger_waiting waiting;
	/* What the thread is writing, and who waits for it. */
	struct ledger_writer *writer; /* null: the loop writes everything */
	struct ledger_notes flying;
	struct ledger_waiting flown;
	bool landed;	   /* the thread's answer: it is written */
	uint64_t write_at; /* loop time, not before */
	uint64_t lost_told;
	bool failing;
	ledger_turn *each_turn;
	void *context;
};

/* ---- the end of a turn ---- */

static bool to_be_written(const struct ledger *ledger)
{
	return ledger->stores.database &&
	       (ledger->notes.count > 0 || attempts_dirty(ledger->stores.attempts));
}

static bool put_note(void *context, const struct journal_entry *entry)
{
	return journal_put(context, entry);
}

/* `attempts` null: the counters belong to the loop. */
static bool write_notes(const struct ledger_stores *stores, const struct ledger_notes *notes,
			struct attempts *attempts)
{
	if (!database_begin(stores->database))
		return false;
	if ((attempts && !attempts_save(attempts)) ||
	    (stores->journal && !ledger_notes_each(notes, put_note, stores->journal))) {
		database_rollback(stores->database);
		return false;
	}
	return database_commit(stores->database);
}

/* The database itself says that it fails, and that it is well again. */
static void say_lost(struct ledger *ledger)
{
	struct log_line line;
	uint64_t lost = ledger->notes.lost - ledger->lost_told;

	if (lost == 0)
		return;
	ledger->lost_told = ledger->notes.lost;
	log_begin(&line, LOG_LEVEL_ERROR, "journal");
	log_put_text(&line, "what", "decisions were lost while it could not be written");
	log_put_number(&line, "count", (int64_t)lost);
	log_end(&line);
}

static void end_commit(struct ledger *ledger, struct ledger_notes *notes, bool written)
{
	bool failed = ledger->failing;

	ledger->failing = !written;
	if (ledger->failing != failed)
		database_wait(ledger->stores.database,
			      failed ? LEDGER_STORES_WAIT_MS : WAIT_AGAIN_MS);
	if (ledger->failing) {
		uv_update_time(ledger->loop);
		ledger->write_at = uv_now(ledger->loop) + WRITE_AGAIN_MS;
		return;
	}
	ledger_notes_drop(notes, notes->count);
	say_lost(ledger);
}

/* All that is noted, because whoever waits is told that it is written. */
static void commit(struct ledger *ledger)
{
	end_commit(ledger, &ledger->notes,
		   write_notes(&ledger->stores, &ledger->notes, ledger->stores.attempts));
}

/* Who begins to wait because of what is told here waits for the next commit. */
static void tell(struct ledger_waiting *waiting)
{
	struct ledger_waiting now;
	struct ledger_wait *wait;

	ledger_waiting_move(&now, waiting);
	while ((wait = ledger_waiting_take(&now)))
		wait->written(wait);
}

/* ---- the thread ---- */

static void fly(void *context)
{
	struct ledger *ledger = context;

	ledger->landed = write_notes(&ledger->stores, &ledger->flying, NULL);
}

static bool add_note(void *context, const struct journal_entry *entry)
{
	ledger_notes_add(context, entry);
	return true;
}

/* What could not be written goes before what was noted meanwhile. */
static void land(struct ledger *ledger)
{
	struct ledger_notes later = ledger->notes;

	end_commit(ledger, &ledger->flying, ledger->landed);
	if (ledger->landed)
		return;
	ledger->notes = ledger->flying;
	ledger->notes.lost = later.lost;
	ledger->flying = (struct ledger_notes){.first = NULL};
	ledger_notes_each(&later, add_note, &ledger->notes);
	ledger_notes_wipe(&later);
}

static void on_landed(void *context)
{
	struct ledger *ledger = context;

	land(ledger);
	tell(&ledger->flown);
}

static bool may_fly(const struct ledger *ledger)
{
	return ledger->writer && ledger->notes.count >= TOGETHER && !ledger->failing &&
	       !attempts_dirty(ledger->stores.attempts);
}

static void take_off(struct ledger *ledger)
{
	struct ledger_notes empty = ledger->flying;

	ledger->flying = ledger->notes;
	ledger->notes = empty;
	ledger->notes.lost = ledger->flying.lost;
	ledger_waiting_move(&ledger->flown, &ledger->waiting);
	ledger_writer_start(ledger->writer);
}

/* ---- the turn ---- */

static void on_again(uv_idle_t *idle)
{
	(void)idle;
}

static bool may_write(const struct ledger *ledger)
{
	return to_be_written(ledger) && uv_now(ledger->loop) >= ledger->write_at;
}

static bool nothing(void *context, bool committed)
{
	(void)context, (void)committed;
	return false;
}

/* A commit costs as much as five rows: while each turn brings some more, those who ask at the same
 * time share one. */
static bool holds(struct ledger *ledger)
{
	bool more = may_write(ledger) && ledger->notes.count > ledger->held &&
		    ledger->notes.count < TOGETHER;

	ledger->held = more ? ledger->notes.count : 0;
	return more;
}

static void write_turn(struct ledger *ledger)
{
	if (may_write(ledger) && may_fly(ledger)) {
		take_off(ledger);
		return;
	}
	if (may_write(ledger))
		commit(ledger);
	tell(&ledger->waiting);
}

static void on_turn(uv_prepare_t *turn)
{
	struct ledger *ledger = turn->data;
	bool more;

	/* What the turn has told already waits for no commit. */
	ledger->each_turn(ledger->context, false);
	ledger_stores_again(&ledger->stores);
	if (!ledger_writer_busy(ledger->writer) && !holds(ledger))
		write_turn(ledger);
	more = ledger->each_turn(ledger->context, true);
	/* What was told may have caused more, which goes with what else there is by then. */
	if (more ||
	    (!ledger_writer_busy(ledger->writer) && (ledger->waiting.first || may_write(ledger))))
		uv_idle_start(&ledger->again, on_again);
	else
		uv_idle_stop(&ledger->again);
}

/* ---- from outside ---- */

static void open_handles(struct ledger *ledger)
{
	uv_prepare_init(ledger->loop, &ledger->turn);
	uv_idle_init(ledger->loop, &ledger->again);
	ledger->turn.data = ledger->again.data = ledger;
	ledger->open_handles = 2;
	uv_prepare_start(&ledger->turn, on_turn);
	uv_unref((uv_handle_t *)&ledger->turn);
}

struct ledger *ledger_open(uv_loop_t *loop, const struct settings *settings,
			   const unsigned char key[SCRAMKEY_LEN], struct buf *fault)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (!ledger) {
		buf_put_text(fault, "out of memory");
		return NULL;
	}
	ledger->loop = loop;
	ledger->settings = settings;
	ledger->each_turn = nothing;
	ledger_waiting_init(&ledger->waiting);
	ledger_waiting_init(&ledger->flown);
	ledger->writer = ledger_writer_open(loop, fly, on_landed, ledger);
	open_handles(ledger);
	if (ledger_stores_open(&ledger->stores, loop, settings, key))
		return ledger;
	buf_put_text(fault, "out of memory");
	ledger_close(&ledger);
	return NULL;
}

static void on_closed(uv_handle_t *handle)
{
	struct ledger *ledger = handle->data;

	if (--ledger->open_handles == 0)
		free(ledger);
}

static void say_unwritten(struct ledger *ledger)
{
	ledger->notes.lost += ledger->notes.count;
	say_lost(ledger);
	if (ledger->stores.attempts && attempts_dirty(ledger->stores.attempts))
		log_say(LOG_LEVEL_ERROR, "store",
			"counters of failed attempts were lost: they could not be written",
			ledger->settings->state_directory);
}

void ledger_close(struct ledger **closed)
{
	struct ledger *ledger = *closed;

	*closed = NULL;
	if (!ledger)
		return;
	if (ledger_writer_busy(ledger->writer)) {
		ledger_writer_close(&ledger->writer);
		land(ledger);
	}
	ledger_writer_close(&ledger->writer);
	while (ledger->stores.attempts && to_be_written(ledger)) {
		commit(ledger);
		if (ledger->failing)
			break;
	}
	say_unwritten(ledger);
	tell(&ledger->flown);
	tell(&ledger->waiting);
	ledger_stores_close(&ledger->stores);
	ledger_notes_wipe(&ledger->notes);
	ledger_notes_wipe(&ledger->flying);
	uv_close((uv_handle_t *)&ledger->turn, on_closed);
	uv_close((uv_handle_t *)&ledger->again, on_closed);
}

void ledger_note(struct ledger *ledger, const struct decision *decision)
{
	const struct settings *settings = ledger->settings;
	struct decision_texts texts;
	struct journal_entry entry;
	struct timespec now;

	if (!settings->state_directory || settings->journal.entries == 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	decision_entry(decision, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, &texts,
		       &entry);
	ledger_notes_add(&ledger->notes, &entry);
}

void ledger_when_written(struct ledger *ledger, struct ledger_wait *wait)
{
	if (!to_be_written(ledger) && !ledger_writer_busy(ledger->writer)) {
		wait->written(wait);
		return;
	}
	ledger_waiting_add(&ledger->waiting, wait);
	/* The turn comes to its end even where nothing else keeps the loop going. */
	uv_idle_start(&ledger->again, on_again);
}

bool ledger_is_full(const struct ledger *ledger)
{
	return ledger->waiting.count + ledger->flown.count >= LEDGER_WAITING_MAX;
}

void ledger_each_turn(struct ledger *ledger, ledger_turn *turn, void *context)
{
	ledger->each_turn = turn;
	ledger->context = context;
}

struct attempts *ledger_attempts(struct ledger *ledger)
{
	return ledger->stores.attempts;
}

struct fleet *ledger_fleet(struct ledger *ledger)
{
	return ledger->stores.fleet;
}

struct apppass_store *ledger_apppass(struct ledger *ledger)
{
	return ledger->stores.apppass;
}

struct stale_store *ledger_stale(struct ledger *ledger)
{
	return ledger->stores.stale;
}

const unsigned char *ledger_apppass_key(const struct ledger *ledger)
{
	return ledger->stores.apppass_key;
}

const unsigned char *ledger_name_key(const struct ledger *ledger)
{
	return ledger->settings->journal_hash_unknown ? ledger->stores.name_key : NULL;
}

void ledger_status(const struct ledger *ledger, struct ledger_status *status)
{
	const struct ledger_stores *stores = &ledger->stores;

	*status = (struct ledger_status){
	    .journal_failing =
		ledger->failing || (ledger->settings->state_directory && !stores->database),
	    .waiting = ledger->notes.count + ledger->flying.count,
	    .lost = ledger->notes.lost,
	    .credentials = stores->wants_apppass || stores->wants_stale,
	    .credentials_fault = buf_span(&stores->credentials_fault),
	    .fleet = ledger->settings->fleet,
	    .fleet_connected = stores->fleet && fleet_connected(stores->fleet),
	};
}
