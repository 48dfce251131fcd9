/* SPDX-License-Identifier: MIT */
/* What the fleet's server answers, read without trust in its form. */
#ifndef STORE_FLEET_REPLY_H
#define STORE_FLEET_REPLY_H

#include "store/attempts.h"

/* hiredis' own struct; borrowed for the call that gives it. */
struct redisReply;

/* A counter from an array of fleet_script_fields, of numbers as text, null where there is none;
 * beginning with the element `first`. False if it is anything else. */
bool fleet_reply_counter(const struct redisReply *reply, size_t first,
			 struct attempts_counter *counter);

/* The row at `index` of a script's answer, and its kind. False if there is none, or of another
 * form. */
bool fleet_reply_row(const struct redisReply *reply, size_t index, enum attempts_kind *kind,
		     struct attempts_counter *counter);

/* What FLEET_SCRIPT_FORGET has behind its rows; false if it is no answer of that. */
bool fleet_reply_lifted(const struct redisReply *reply, uint64_t *count);

size_t fleet_reply_rows(const struct redisReply *reply);

/* The text of a status or a string; absent for anything else. */
struct span fleet_reply_text(const struct redisReply *reply);
/* The text of an error; absent if it is none. */
struct span fleet_reply_error(const struct redisReply *reply);

#endif
