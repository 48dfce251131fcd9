/* SPDX-License-Identifier: MIT */
/* What all backends of a realm know of a name, without a password: for `explain` and app passwords.
 */
#include "engine/survey.h"

#include <stdlib.h>

struct slot {
	struct worker_job job; /* first: the job is the slot */
	struct survey *survey;
	struct survey_answer answer;
	/* What the thread found. It becomes answer.found on the loop, if it came in time. */
	enum backend_found found;
};

struct survey {
	struct engine *engine;
	survey_done *done; /* null once it is closed, or told */
	void *owner;
	/* So that done() never comes from inside survey_open(). */
	uv_idle_t begin;
	unsigned references; /* the owner, the handle, the job in a thread */
	enum defect defect;
	struct name name;
	size_t count, asked;
	struct slot slots[];
};

static void release(struct survey *survey)
{
	if (--survey->references > 0)
		return;
	for (size_t i = 0; i < survey->count; i++)
		backend_record_wipe(&survey->slots[i].answer.record);
	free(survey);
}

static void run_lookup(struct worker_job *job)
{
	struct slot *slot = (struct slot *)job;
	struct backend *backend = slot->answer.backend;

	slot->found =
	    backend->type->lookup(backend, &slot->survey->name.parts, &slot->answer.record);
}

static void ask(struct survey *survey);

/* A name that goes into lines of ours must be one. */
static void take_answer(struct slot *slot)
{
	struct backend_record *record = &slot->answer.record;

	slot->answer.found = slot->found;
	if (slot->found == BACKEND_KNOWN && record->canonical.len > 0 &&
	    !name_is_sound(record->canonical)) {
		record->canonical = SPAN_NONE;
		backend_record_spoil(record, "the canonical name of the account is no name");
	}
}

static void lookup_done(struct worker_job *job, enum worker_end end)
{
	struct slot *slot = (struct slot *)job;

	if (!slot->survey->done)
		return;
	if (end == WORKER_DONE)
		take_answer(slot);
	ask(slot->survey);
}

static void lookup_free(struct worker_job *job)
{
	release(((struct slot *)job)->survey);
}

static void submit(struct survey *survey, struct slot *slot, struct worker *worker)
{
	slot->job.run = run_lookup;
	slot->job.done = lookup_done;
	slot->job.free = lookup_free;
	slot->job.due = uv_hrtime() + ENGINE_DEADLINE_MS * UINT64_C(1000000);
	survey->references++;
	worker_submit(worker, &slot->job);
}

/* Asks those that are left; tells the owner when none is. */
static void ask(struct survey *survey)
{
	survey_done *done = survey->done;

	while (survey->asked < survey->count) {
		struct slot *slot = &survey->slots[survey->asked];
		size_t index = survey->name.realm->backends[survey->asked++];
		struct worker *worker = survey->engine->backends[index].worker;

		if (worker) {
			submit(survey, slot, worker);
			return;
		}
		run_lookup(&slot->job);
		take_answer(slot);
	}
	survey->done = NULL;
	done(survey, survey->owner);
}

static void on_begin_closed(uv_handle_t *handle)
{
	release(handle->data);
}

static void on_begin(uv_idle_t *begin)
{
	struct survey *survey = begin->data;

	uv_close((uv_handle_t *)begin, on_begin_closed);
	if (survey->done)
		ask(survey);
}

static void fill_slots(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct slot *slot = &survey->slots[i];
		size_t index = survey->name.realm->backends[i];

		slot->survey = survey;
		slot->found = BACKEND_DOWN;
		slot->answer.found = BACKEND_DOWN;
		slot->answer.settings = &survey->engine->settings->backends[index];
		slot->answer.backend = survey->engine->backends[index].backend;
		backend_record_init(&slot->answer.record);
	}
}

struct survey *survey_open(struct engine *engine, struct span name, survey_done *done, void *owner)
{
	struct name parsed;
	enum defect defect = name_init(&parsed, name, engine->settings);
	bool asks = defect == DEFECT_NONE && !parsed.stranger;
	size_t count = asks ? parsed.realm->backend_count : 0;
	struct survey *survey = calloc(1, sizeof(*survey) + count * sizeof(survey->slots[0]));

	if (!survey)
		return NULL;
	survey->engine = engine;
	survey->done = done;
	survey->owner = owner;
	survey->references = 2;
	survey->defect = name_init(&survey->name, name, engine->settings);
	survey->count = count;
	fill_slots(survey);
	uv_idle_init(engine->loop, &survey->begin);
	survey->begin.data = survey;
	uv_idle_start(&survey->begin, on_begin);
	return survey;
}

void survey_close(struct survey **closed)
{
	struct survey *survey = *closed;

	*closed = NULL;
	if (!survey)
		return;
	survey->done = NULL;
	release(survey);
}

const struct name *survey_name(const struct survey *survey)
{
	return &survey->name;
}

enum defect survey_defect(const struct survey *survey)
{
	return survey->defect;
}

size_t survey_count(const struct survey *survey)
{
	return survey->count;
}

const struct survey_answer *survey_at(const struct survey *survey, size_t index)
{
	return &survey->slots[index].answer;
}

const struct survey_answer *survey_known(const struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++)
		if (survey->slots[i].answer.found == BACKEND_KNOWN)
			return &survey->slots[i].answer;
	return NULL;
}
