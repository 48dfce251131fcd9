/* SPDX-License-Identifier: MIT */
/* What all backends of a realm know of a name, without a password: for `explain` and app passwords.
 */
#ifndef ENGINE_SURVEY_H
#define ENGINE_SURVEY_H

#include "engine/engine.h"
#include "engine/name.h"

/* One backend's answer. */
struct survey_answer {
	const struct settings_backend *settings;
	struct backend *backend;
	enum backend_found found;
	struct backend_record record; /* with BACKEND_KNOWN */
};

struct survey;

typedef void survey_done(struct survey *survey, void *owner);

/* Asks every backend of the name's realm, each in its own threads, one after the other; then calls
 * done() once, never from inside this. Null without memory. A name that cannot be read, or of no
 * realm of ours, has no answers. */
struct survey *survey_open(struct engine *engine, struct span name, survey_done *done, void *owner);
/* At any moment; no done() after it. Wipes the records. */
void survey_close(struct survey **survey);

const struct name *survey_name(const struct survey *survey);
/* DEFECT_NONE, or what is malformed about the name. */
enum defect survey_defect(const struct survey *survey);
size_t survey_count(const struct survey *survey);
const struct survey_answer *survey_at(const struct survey *survey, size_t index);
/* The first that knows the name; null if none does. */
const struct survey_answer *survey_known(const struct survey *survey);

#endif
