/* SPDX-License-Identifier: MIT */
/* A request that has to wait: for the backends that know its user, for work in a thread. */
#include "face/admin_task.h"

#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"

void *admin_task_open(struct admin_call *call, size_t size, void (*wipe)(struct admin_task *task))
{
	struct admin_task *task = calloc(1, size);

	if (!task) {
		admin_fail(call, EX_TEMPFAIL, "out of memory");
		return NULL;
	}
	task->call = call;
	task->engine = call->engine;
	task->now = time(NULL);
	task->owner = BUF_ON(task->owner_storage);
	task->references = 1;
	task->wipe = wipe;
	return task;
}

static void release(struct admin_task *task)
{
	if (--task->references > 0)
		return;
	if (task->wipe)
		task->wipe(task);
	survey_close(&task->survey);
	free(task);
}

void admin_task_close(struct admin_task *task)
{
	task->call = NULL;
	release(task);
}

static bool any_down(const struct survey *survey)
{
	for (size_t i = 0; i < survey_count(survey); i++)
		if (survey_at(survey, i)->found == BACKEND_DOWN)
			return true;
	return false;
}

static void on_surveyed(struct survey *survey, void *owner)
{
	struct admin_task *task = owner;

	task->known = survey_known(survey);
	task->down = any_down(survey);
	if (task->known)
		owner_put(&task->owner, task->known->backend, &task->known->record,
			  survey_name(survey)->parts.full);
	task->next(task);
}

bool admin_task_find(struct admin_task *task, void (*next)(struct admin_task *task))
{
	const char *user = json_string_value(json_object_get(task->call->request, "user"));

	task->next = next;
	task->survey = survey_open(task->engine, span_of(user), on_surveyed, task);
	if (!task->survey)
		admin_fail(task->call, EX_TEMPFAIL, "out of memory");
	else if (survey_defect(task->survey) == DEFECT_NO_DOMAIN)
		admin_fail(task->call, EX_USAGE,
			   "the user name needs its domain: there is no "
			   "default_realm");
	else if (survey_defect(task->survey) != DEFECT_NONE)
		admin_fail(task->call, EX_USAGE, "this cannot be a user name");
	else
		return true;
	admin_task_close(task);
	return false;
}

static void run_job(struct worker_job *job)
{
	struct admin_task *task = (struct admin_task *)job;

	task->run(task);
}

static void job_done(struct worker_job *job, enum worker_end end)
{
	struct admin_task *task = (struct admin_task *)job;

	if (end == WORKER_DONE) {
		task->next(task);
		return;
	}
	admin_fail(task->call, EX_TEMPFAIL, "too much is waiting for the store or the backend");
	admin_task_close(task);
}

static void job_free(struct worker_job *job)
{
	release((struct admin_task *)job);
}

void admin_task_submit(struct admin_task *task, struct worker *worker,
		       void (*run)(struct admin_task *task), void (*next)(struct admin_task *task))
{
	task->run = run;
	task->next = next;
	task->job.run = run_job;
	task->job.done = job_done;
	task->job.free = job_free;
	task->job.due = 0;
	task->references++;
	worker_submit(worker, &task->job);
}

bool admin_task_refuse_unknown(struct admin_task *task)
{
	struct span name = survey_name(task->survey)->parts.full;

	if (task->known && !task->owner.failed)
		return false;
	if (!task->known && task->down)
		admin_fail(task->call, EX_TEMPFAIL,
			   "a backend is down: whether there is a user "
			   "%.*s cannot be told now",
			   (int)name.len, name.at);
	else
		admin_fail(task->call, EX_NOUSER, "no backend knows a user %.*s", (int)name.len,
			   name.at);
	admin_task_close(task);
	return true;
}

void admin_task_log(const struct admin_call *call, struct span user, const char *key,
		    struct span value)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_INFO, "admin");
	log_put_text(&line, "command",
		     json_string_value(json_object_get(call->request, "command")));
	log_put(&line, "user", user);
	if (key)
		log_put(&line, key, value);
	log_put_text(&line, "who", call->who);
	log_end(&line);
}
