/* SPDX-License-Identifier: MIT */
/* The last logins of a user, as the admin command "explain" tells them. */
#include "face/admin_recent.h"

#include "core/word.h"
#include "face/admin_json.h"

static json_t *put_one(const struct journal_recent *one)
{
	bool refused = one->outcome != OUTCOME_ALLOW;

	return json_pack("{s:I, s:I, s:I, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "count",
			 (json_int_t)one->count, "first", (json_int_t)(one->first_ms / 1000),
			 "last", (json_int_t)(one->last_ms / 1000), "id", one->id, "outcome",
			 word_of_outcome(one->outcome), "reason",
			 admin_json_cstring(refused ? reason_row(one->cause)->token : NULL), "said",
			 admin_json_cstring(refused ? reason_row(one->told)->token : NULL), "proof",
			 word_of_proof(one->proof), "client", admin_json_cstring(one->client),
			 "mechanism", admin_json_cstring(one->mechanism), "service",
			 admin_json_cstring(one->service));
}

json_t *admin_recent_array(const struct admin_recent *recent)
{
	json_t *array = recent->read ? json_array() : json_null();

	for (size_t i = 0; recent->read && array && i < recent->count; i++) {
		if (json_array_append_new(array, put_one(&recent->list[i])) == 0)
			continue;
		json_decref(array);
		array = NULL;
	}
	return array;
}
