/* SPDX-License-Identifier: MIT */
/* What the fleet's server answers, read without trust in its form. */
#include "store/fleet_reply.h"

#include "store/fleet_script.h"

#include <hiredis/hiredis.h>

/* Seconds and counts far beyond any that make sense, whose sums still do not overflow. */
#define NUMBER_MAX ((uint64_t)1 << 40)

/* Null counts as 0: the server has no such field. */
static bool number_of(const struct redisReply *reply, uint64_t *number)
{
	*number = 0;
	if (!reply)
		return false;
	if (reply->type == REDIS_REPLY_NIL)
		return true;
	if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= 0) {
		*number = (uint64_t)reply->integer;
		return *number <= NUMBER_MAX;
	}
	return reply->type == REDIS_REPLY_STRING &&
	       span_take_number((struct span){reply->str, (size_t)reply->len}, NUMBER_MAX, number);
}

static unsigned narrow(uint64_t number)
{
	return number > UINT32_MAX ? UINT32_MAX : (unsigned)number;
}

bool fleet_reply_counter(const struct redisReply *reply, size_t first,
			 struct attempts_counter *counter)
{
	uint64_t field[FLEET_SCRIPT_FIELDS];

	if (!reply || reply->type != REDIS_REPLY_ARRAY ||
	    reply->elements != first + FLEET_SCRIPT_FIELDS)
		return false;
	for (size_t i = 0; i < FLEET_SCRIPT_FIELDS; i++)
		if (!number_of(reply->element[first + i], &field[i]))
			return false;
	*counter = (struct attempts_counter){
	    .failures = narrow(field[0]),
	    .since = (int64_t)field[1],
	    .window = narrow(field[2]),
	    .lock = narrow(field[3]),
	    .until = (int64_t)field[4],
	    .cleared = (int64_t)field[5],
	    .forgotten = (int64_t)field[6],
	};
	return true;
}

size_t fleet_reply_rows(const struct redisReply *reply)
{
	return reply && reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0;
}

bool fleet_reply_row(const struct redisReply *reply, size_t index, enum attempts_kind *kind,
		     struct attempts_counter *counter)
{
	const struct redisReply *row =
	    index < fleet_reply_rows(reply) ? reply->element[index] : NULL;
	uint64_t number;

	if (!fleet_reply_counter(row, 1, counter) || !number_of(row->element[0], &number) ||
	    number >= ATTEMPTS_KINDS)
		return false;
	*kind = (enum attempts_kind)number;
	return true;
}

bool fleet_reply_lifted(const struct redisReply *reply, uint64_t *count)
{
	size_t last = fleet_reply_rows(reply);
	struct attempts_counter counter;
	enum attempts_kind kind;

	if (last-- == 0)
		return false;
	for (size_t i = 0; i < last; i++)
		if (!fleet_reply_row(reply, i, &kind, &counter))
			return false;
	return reply->element[last]->type == REDIS_REPLY_INTEGER &&
	       number_of(reply->element[last], count);
}

static struct span text_if(const struct redisReply *reply, bool wanted)
{
	return wanted ? (struct span){reply->str, (size_t)reply->len} : SPAN_NONE;
}

struct span fleet_reply_text(const struct redisReply *reply)
{
	return text_if(reply, reply && (reply->type == REDIS_REPLY_STATUS ||
					reply->type == REDIS_REPLY_STRING));
}

struct span fleet_reply_error(const struct redisReply *reply)
{
	return text_if(reply, reply && reply->type == REDIS_REPLY_ERROR);
}
