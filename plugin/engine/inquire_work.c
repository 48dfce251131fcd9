/* SPDX-License-Identifier: MIT */
/* The waiting parts of an inquiry: jobs in threads, the realm's backends in order. */
#include "engine/inquire_work.h"

#include <stdlib.h>

#include "engine/inquire_app.h"
#include "engine/inquire_end.h"

static void free_inquiry(struct inquiry *inquiry)
{
	secret_wipe(&inquiry->password);
	secret_wipe_octets(&inquiry->secret, sizeof(inquiry->secret));
	backend_record_wipe(&inquiry->record);
	if (inquiry->rest)
		backend_record_wipe(inquiry->rest);
	free(inquiry->rest);
	free(inquiry);
}

void inquire_work_release(struct inquiry *inquiry)
{
	if (--inquiry->references == 0)
		free_inquiry(inquiry);
}

void inquire_work_tell(struct inquiry *inquiry)
{
	if (inquiry->done)
		inquiry->done(inquiry->owner);
}

struct inquiry *inquire_work_of(struct worker_job *job)
{
	return (struct inquiry *)job;
}

static void work_done(struct worker_job *job, enum worker_end end)
{
	struct inquiry *inquiry = inquire_work_of(job);

	if (!inquiry->done)
		return;
	if (end == WORKER_DONE) {
		inquiry->after_work(inquiry);
		return;
	}
	inquiry->late = true;
	inquiry->attempt.unavailable = true;
	if (inquiry->asks_secret)
		inquire_work_tell(inquiry);
	else
		inquire_end_finish(inquiry);
}

static void work_free(struct worker_job *job)
{
	inquire_work_release(inquire_work_of(job));
}

static void set_job(struct inquiry *inquiry, void (*run)(struct worker_job *),
		    void (*after)(struct inquiry *))
{
	inquiry->job.run = run;
	inquiry->job.done = work_done;
	inquiry->job.free = work_free;
	inquiry->job.due = inquiry->stepped + ENGINE_DEADLINE_MS * UINT64_C(1000000);
	inquiry->after_work = after;
	inquiry->fresh = false;
}

void inquire_work_submit(struct inquiry *inquiry, struct worker *worker,
			 void (*run)(struct worker_job *), void (*after)(struct inquiry *))
{
	inquiry->queued = inquiry->queued || worker == inquiry->engine->hashes;
	set_job(inquiry, run, after);
	inquiry->references++;
	worker_submit(worker, &inquiry->job);
}

bool inquire_work_set_aside(struct inquiry *inquiry, void (*run)(struct worker_job *),
			    void (*after)(struct inquiry *))
{
	set_job(inquiry, run, after);
	if (!worker_set_aside(inquiry->engine->hashes, &inquiry->job))
		return false;
	inquiry->references++;
	return true;
}

static struct engine_backend *current_backend(struct inquiry *inquiry)
{
	size_t index = inquiry->name.realm->backends[inquiry->asked];

	return &inquiry->engine->backends[index];
}

/* Only a password, and none that the service would count against its own lock: where there are app
 * passwords, what looks like one is none of its; and a name that we have locked is not to be locked
 * there too. */
static bool service_judges(const struct inquiry *inquiry)
{
	bool is_app = inquiry->name.realm->app_passwords && inquire_app_has_form(inquiry);

	return inquiry->password.at && !is_app && inquiry->attempt.lock == LOCK_NONE;
}

static void run_lookup(struct worker_job *job)
{
	struct inquiry *inquiry = inquire_work_of(job);
	struct backend *backend = current_backend(inquiry)->backend;
	struct backend_record *record = inquiry->rest ? inquiry->rest : &inquiry->record;
	/* Those that are asked for no more than whether they are down judge nobody. */
	struct span secret = inquiry->rest ? SPAN_NONE : secret_span(&inquiry->password);

	backend_record_wipe(record);
	backend_record_init(record);
	if (backend->type->prove && service_judges(inquiry))
		inquiry->found =
		    backend->type->prove(backend, &inquiry->name.parts, secret, record);
	else
		inquiry->found = backend->type->lookup(backend, &inquiry->name.parts, record);
}

/* A name of the backend's goes to the mail server, and into lines of ours. */
static void check_canonical(struct backend_record *record)
{
	if (record->canonical.len > 0 && !name_is_sound(record->canonical))
		backend_record_spoil(record, "the canonical name of the account is no name");
}

/* Takes one backend's answer; true if it ends the search. */
static bool take_found(struct inquiry *inquiry)
{
	const struct backend *backend = current_backend(inquiry)->backend;

	inquiry->asked++;
	switch (inquiry->found) {
	case BACKEND_DOWN:
		inquiry->attempt.unavailable = true;
		return false;
	case BACKEND_UNKNOWN:
		return false;
	case BACKEND_KNOWN:
		if (inquiry->asked_all_for_refusal)
			return false;
		inquiry->known = backend;
		check_canonical(&inquiry->record);
		return true;
	}
	return false;
}

static void after_lookup_job(struct inquiry *inquiry)
{
	if (take_found(inquiry))
		inquiry->after_lookup(inquiry);
	else
		inquire_work_ask(inquiry);
}

void inquire_work_ask(struct inquiry *inquiry)
{
	while (!inquiry->stranger && inquiry->asked < inquiry->name.realm->backend_count) {
		struct engine_backend *slot = current_backend(inquiry);

		if (slot->worker) {
			inquire_work_submit(inquiry, slot->worker, run_lookup, after_lookup_job);
			return;
		}
		run_lookup(&inquiry->job);
		if (take_found(inquiry))
			break;
	}
	inquiry->after_lookup(inquiry);
}

void inquire_work_ask_rest(struct inquiry *inquiry, void (*after)(struct inquiry *))
{
	inquiry->asked_all_for_refusal = true;
	inquiry->after_lookup = after;
	if (inquiry->asked == inquiry->name.realm->backend_count) {
		after(inquiry);
		return;
	}
	inquiry->rest = malloc(sizeof(*inquiry->rest));
	if (!inquiry->rest) {
		inquiry->attempt.unavailable = true;
		after(inquiry);
		return;
	}
	backend_record_init(inquiry->rest);
	inquire_work_ask(inquiry);
}
