/* SPDX-License-Identifier: MIT */
/* The AUTH exchanges of one connection: command lines in, answer lines out. No I/O of its own. */
#include "face/dialogue.h"

#include <stdlib.h>

#include "base/b64.h"
#include "base/secret.h"
#include "face/auth.h"

/* An AUTH command under way. */
struct dialogue_running {
	struct dialogue *dialogue;
	struct dialogue_running *next;
	struct exchange *exchange;
	uint64_t asked; /* loop time when the last challenge left; 0: we owe the answer */
	uint32_t id;
	bool final_ok;
	bool plugin;
	bool allowed; /* the verdict is OK, only the final data has to be acknowledged */
};

static uint64_t now_ms(const struct dialogue *dialogue)
{
	return uv_now(dialogue->engine->loop);
}

static void end_running(struct dialogue_running *running)
{
	struct dialogue_running **at = &running->dialogue->running;

	while (*at != running)
		at = &(*at)->next;
	*at = running->next;
	running->dialogue->count--;
	exchange_close(&running->exchange);
	free(running);
}

void dialogue_end(struct dialogue *dialogue)
{
	while (dialogue->running)
		end_running(dialogue->running);
}

bool dialogue_owes(const struct dialogue *dialogue)
{
	const struct dialogue_running *running = dialogue->running;

	while (running && running->asked)
		running = running->next;
	return running != NULL;
}

bool dialogue_lives(const struct dialogue *dialogue, uint64_t ms)
{
	const struct dialogue_running *running = dialogue->running;
	uint64_t now = now_ms(dialogue);

	while (running && running->asked && now - running->asked > ms)
		running = running->next;
	return running != NULL;
}

void dialogue_sweep(struct dialogue *dialogue)
{
	struct dialogue_running *running = dialogue->running;
	uint64_t now = now_ms(dialogue);

	while (running) {
		struct dialogue_running *next = running->next;

		if (running->asked && now - running->asked > DIALOGUE_ABANDONED_MS)
			end_running(running);
		running = next;
	}
}

static void forget_oldest(struct dialogue *dialogue)
{
	struct dialogue_running *oldest = NULL;
	unsigned asked = 0;

	for (struct dialogue_running *it = dialogue->running; it; it = it->next) {
		if (!it->asked)
			continue;
		asked++;
		if (!oldest || it->asked <= oldest->asked)
			oldest = it;
	}
	if (asked > DIALOGUE_ASKED_MAX)
		end_running(oldest);
}

static void say(struct dialogue *dialogue, const struct buf *line)
{
	dialogue->send(dialogue->owner, line);
	dialogue->answered(dialogue->owner);
}

/* An allowed login: with final data for a peer that takes it only as a challenge, that goes first,
 * and OK follows its empty response. */
static void answer_ok(struct dialogue_running *running, struct buf *line)
{
	const struct inquiry *inquiry = exchange_verdict(running->exchange);
	struct span final = exchange_final(running->exchange);

	if (final.at && !running->final_ok && !running->allowed) {
		running->allowed = true;
		running->asked = now_ms(running->dialogue);
		auth_put_challenge(line, running->id, final);
		return;
	}
	auth_put_ok(line, running->id, inquire_user(inquiry), running->allowed ? SPAN_NONE : final,
		    running->plugin ? inquire_id(inquiry) : SPAN_NONE);
	running->asked = 0;
	running->allowed = false;
}

/* Answers with the verdict; false if the answer is that the connection closes. */
static bool answer_verdict(struct dialogue_running *running, struct buf *line)
{
	const struct inquiry *inquiry = exchange_verdict(running->exchange);

	switch (inquire_verdict(inquiry)->outcome) {
	case OUTCOME_ALLOW:
		answer_ok(running, line);
		return true;
	case OUTCOME_TRY_LATER:
		if (!running->plugin)
			return false;
		break;
	case OUTCOME_REFUSE:
		break;
	}
	auth_put_fail(line, running->id, inquiry, running->plugin);
	return true;
}

static void on_answer(void *owner)
{
	struct dialogue_running *running = owner;
	struct dialogue *dialogue = running->dialogue;
	char storage[AUTH_REPLY_MAX];
	struct buf line = BUF_ON(storage);
	struct span challenge;

	if (exchange_challenge(running->exchange, &challenge)) {
		running->asked = now_ms(dialogue);
		auth_put_challenge(&line, running->id, challenge);
		forget_oldest(dialogue);
		say(dialogue, &line);
		return;
	}
	if (!answer_verdict(running, &line)) {
		/* The protocol's clients take every FAIL for a wrong password: only a closed
		 * connection is a temporary failure to them. */
		dialogue->hang_up(dialogue->owner, NULL);
		return;
	}
	if (!running->allowed)
		end_running(running);
	say(dialogue, &line);
}

static struct dialogue_running *find(struct dialogue *dialogue, uint32_t id)
{
	struct dialogue_running *running = dialogue->running;

	while (running && running->id != id)
		running = running->next;
	return running;
}

/* Decodes a response and hands it over. `running` may be gone afterwards. */
static void step(struct dialogue_running *running, struct span response)
{
	struct span one = {"=", 1};
	char storage[AUTH_LINE_MAX];
	struct buf octets = BUF_ON(storage);

	running->asked = 0;
	/* RFC 4954 section 4: "=" is an initial response of no octets. */
	if (span_equal(response, one))
		response.len = 0;
	if (!response.at)
		exchange_step(running->exchange, SPAN_NONE);
	else if (b64_decode(response, &octets))
		exchange_step(running->exchange, buf_span(&octets));
	else
		exchange_defect(running->exchange, DEFECT_NOT_BASE64);
	secret_wipe_octets(storage,
			   response.len < sizeof(storage) ? response.len : sizeof(storage));
}

static bool offers(const struct settings_listener *settings, enum mech mech)
{
	for (size_t i = 0; i < settings->mechanism_count; i++)
		if (settings->mechanisms[i] == mech)
			return true;
	return false;
}

static void begin(struct dialogue *dialogue, const struct auth_command *command)
{
	enum mech mech = mech_find(command->mechanism);
	struct inquire_request request = {.engine = dialogue->engine,
					  .mech = mech,
					  .mech_offered = offers(dialogue->settings, mech),
					  .tls = command->secured,
					  .mechanism = command->mechanism,
					  .service = command->service,
					  .client = command->client,
					  .forwarder = command->forwarder,
					  .peer = span_of(dialogue->who)};
	struct dialogue_running *running;

	if (find(dialogue, command->id) || dialogue->count >= DIALOGUE_RUNNING_MAX) {
		dialogue->hang_up(dialogue->owner, "an id used twice, or too many logins at once");
		return;
	}
	running = calloc(1, sizeof(*running));
	if (running)
		running->exchange = exchange_open(&request, on_answer, running);
	if (!running || !running->exchange) {
		free(running);
		dialogue->hang_up(dialogue->owner, "out of memory");
		return;
	}
	running->dialogue = dialogue;
	running->id = command->id;
	running->final_ok = command->final_ok;
	running->plugin = command->plugin;
	running->next = dialogue->running;
	dialogue->running = running;
	dialogue->count++;
	/* Exim writes an empty resp= where the mail client sent no initial response at all. */
	step(running, command->plugin || command->response.len ? command->response : SPAN_NONE);
}

static void proceed(struct dialogue *dialogue, const struct auth_command *command)
{
	struct dialogue_running *running = find(dialogue, command->id);
	char storage[AUTH_REPLY_MAX];
	struct buf line = BUF_ON(storage);

	/* It was abandoned and is forgotten: no FAIL, which says that the password is wrong. */
	if (!running) {
		dialogue->hang_up(dialogue->owner, "a response to a login that there is not");
		return;
	}
	if (!running->asked) {
		dialogue->hang_up(dialogue->owner, "a response that was not asked for");
		return;
	}
	if (!running->allowed) {
		step(running, command->response);
		return;
	}
	answer_ok(running, &line);
	end_running(running);
	say(dialogue, &line);
}

void dialogue_obey(struct dialogue *dialogue, struct span line)
{
	struct auth_command command = auth_take_command(line);
	struct dialogue_running *running;

	switch (command.kind) {
	case AUTH_BROKEN:
		dialogue->hang_up(dialogue->owner, "it does not speak the auth protocol");
		break;
	case AUTH_IGNORED:
		break;
	case AUTH_BEGIN:
		begin(dialogue, &command);
		break;
	case AUTH_CONTINUE:
		proceed(dialogue, &command);
		break;
	case AUTH_CANCEL:
		running = find(dialogue, command.id);
		if (running)
			end_running(running);
		break;
	}
}
