/* SPDX-License-Identifier: MIT */
/* What the stores' thread keeps open: handles of its own, and the checkpoints of all files. */
#ifndef ENGINE_ENGINE_THREAD_H
#define ENGINE_ENGINE_THREAD_H

#include "engine/engine.h"
#include "store/apppass_store.h"
#include "store/stale.h"

/* With the engine, whose `stores` are there; has a checkpoint made every few seconds. Null without
 * memory. Its handle needs one more turn of the loop when it is closed, after `stores`. */
struct engine_thread *engine_thread_open(struct engine *engine);
void engine_thread_close(struct engine_thread **thread);

/* For jobs of engine->stores alone: opened at the first use. Null where there is no state
 * directory, or if the file cannot be opened now (logged). */
struct apppass_store *engine_thread_apppass(struct engine *engine);
struct stale_store *engine_thread_stale(struct engine *engine);

#endif
