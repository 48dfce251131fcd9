/* SPDX-License-Identifier: MIT */
/* One connection of a listener: reads lines, runs its exchanges, writes answers; bounded in all. */
#include "face/peer.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/peercred.h"
#include "base/secret.h"
#include "base/tabline.h"
#include "engine/ledger.h"
#include "face/auth.h"
#include "face/dialogue.h"
#include "face/outbox.h"

struct peer {
	uv_pipe_t pipe;
	struct peer_group *group;
	struct peer *next, **at;
	const struct settings_listener *settings;
	unsigned *listener_count;
	struct dialogue dialogue;
	struct outbox outbox;
	struct secret
	    partial;	 /* the beginning of a line; or, while it is paused, all that is unread */
	uint64_t begun;	 /* loop time of its first octet */
	uint64_t active; /* loop time of the last octet */
	bool ended;	 /* the other side will send no more */
	bool served;	 /* an answer has gone */
	bool closing;
	unsigned lines; /* obeyed in this turn of the loop ... */
	uint64_t turn;	/* ... which is group->turns */
	bool paused;	/* it goes on in the next one */
	char who[64];
};

/* Belongs to the turn of the loop in which it is used. */
static char inbox[64 * 1024];

static uint64_t now_ms(const struct peer *peer)
{
	return uv_now(peer->group->engine->loop);
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_peer(struct peer *peer)
{
	if (peer->closing)
		return;
	peer->closing = true;
	peer->group->paused -= peer->paused;
	outbox_close(&peer->outbox);
	dialogue_end(&peer->dialogue);
	secret_wipe(&peer->partial);
	*peer->at = peer->next;
	if (peer->next)
		peer->next->at = peer->at;
	peer->group->count--;
	--*peer->listener_count;
	uv_close((uv_handle_t *)&peer->pipe, on_closed);
}

static void close_broken(struct peer *peer, const char *what)
{
	log_say(LOG_LEVEL_WARNING, "connection closed", what, peer->who);
	close_peer(peer);
}

/* ---- writing ---- */

static void on_broken(void *owner, const char *what)
{
	if (what)
		close_broken(owner, what);
	else
		close_peer(owner);
}

static void answer(struct peer *peer, const struct buf *line)
{
	if (line->failed)
		close_broken(peer, "an answer is too long");
	else if (!peer->closing)
		outbox_put(&peer->outbox, buf_span(line));
}

/* ---- what its dialogue calls ---- */

/* Something has come that was not read yet. If not, a peer that writes from now on gets EPIPE. */
static bool last_input(const struct peer *peer)
{
	uv_os_fd_t fd;
	char octet;

	return uv_fileno((const uv_handle_t *)&peer->pipe, &fd) == 0 &&
	       (recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0 ||
		(shutdown(fd, SHUT_RD) == 0 && recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0));
}

static void close_if_done(struct peer *peer)
{
	/* While the worker ends, one that has only just come is about to ask. */
	bool is_new = !peer->served && now_ms(peer) - peer->active < PEER_NEW_MS;
	bool leaves = peer->ended || (peer->group->draining && !is_new);

	if (peer->closing || !leaves || dialogue_owes(&peer->dialogue) ||
	    (!peer->ended && (dialogue_lives(&peer->dialogue, PEER_NEW_MS) || last_input(peer))))
		return;
	close_peer(peer);
}

static void on_send(void *owner, const struct buf *line)
{
	answer(owner, line);
}

static void on_answered(void *owner)
{
	struct peer *peer = owner;

	peer->served = true;
	close_if_done(peer);
}

static void on_hang_up(void *owner, const char *fault)
{
	struct peer *peer = owner;

	if (fault)
		close_broken(peer, fault);
	else
		close_peer(peer);
}

/* ---- reading ---- */

static bool may_obey(const struct peer *peer)
{
	return peer->lines < PEER_LINES_OF_TURN && !ledger_is_full(peer->group->engine->ledger);
}

static void obey_lines(struct peer *peer, struct span *octets)
{
	struct span line;

	if (peer->turn != peer->group->turns)
		peer->lines = 0;
	peer->turn = peer->group->turns;
	while (!peer->closing && may_obey(peer) && tabline_take_line(octets, &line)) {
		peer->lines++;
		if (line.len > AUTH_LINE_MAX)
			close_broken(peer, "a line is too long");
		else
			dialogue_obey(&peer->dialogue, line);
	}
}

/* What is left of a line waits for the rest. */
static void keep_partial(struct peer *peer, struct span octets)
{
	struct secret old = peer->partial;

	peer->partial = (struct secret){NULL, 0};
	if (!old.at)
		peer->begun = now_ms(peer);
	if (!peer->closing && octets.len > AUTH_LINE_MAX)
		close_broken(peer, "a line is too long");
	if (!peer->closing && octets.len && !secret_init(&peer->partial, octets))
		close_broken(peer, "out of memory");
	secret_wipe(&old);
}

/* Reads no more in this turn. */
static void pause_peer(struct peer *peer, struct span unread)
{
	peer->paused = true;
	peer->group->paused++;
	uv_read_stop((uv_stream_t *)&peer->pipe);
	if (unread.len && !secret_init(&peer->partial, unread))
		close_broken(peer, "out of memory");
}

static void take_octets(struct peer *peer, struct span octets)
{
	char storage[AUTH_LINE_MAX + 1];
	struct buf joined = BUF_ON(storage);
	struct span line = octets, first;

	if (peer->partial.at && tabline_take_line(&line, &first)) {
		/* Completes the line that waits; the rest follows as it is. */
		buf_put_span(&joined, secret_span(&peer->partial));
		buf_put_span(&joined, first);
		if (joined.failed)
			close_broken(peer, "a line is too long");
		else
			dialogue_obey(&peer->dialogue, buf_span(&joined));
		secret_wipe(&peer->partial);
		octets = line;
	}
	obey_lines(peer, &octets);
	if (!peer->closing && !peer->partial.at && !may_obey(peer)) {
		pause_peer(peer, octets);
		secret_wipe_octets(storage, joined.len);
		return;
	}
	if (peer->partial.at && !peer->closing) {
		buf_put_span(&joined, secret_span(&peer->partial));
		buf_put_span(&joined, octets);
		if (joined.failed)
			close_broken(peer, "a line is too long");
		octets = buf_span(&joined);
	}
	keep_partial(peer, octets);
	secret_wipe_octets(storage, joined.len);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *chunk)
{
	(void)handle, (void)suggested;
	*chunk = uv_buf_init(inbox, sizeof(inbox));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *chunk)
{
	struct peer *peer = stream->data;

	if (count == 0)
		return;
	if (count < 0) {
		/* Only the end of its side: what is under way is still answered. */
		uv_read_stop(stream);
		peer->ended = true;
		if (count != UV_EOF)
			close_peer(peer);
		close_if_done(peer);
		return;
	}
	peer->active = now_ms(peer);
	take_octets(peer, (struct span){chunk->base, (size_t)count});
	secret_wipe_octets(inbox, (size_t)count);
}

/* ---- the end of a turn ---- */

/* Goes on with what was left unread, and then with reading. */
static void resume(struct peer *peer)
{
	struct secret unread = peer->partial;

	peer->paused = false;
	peer->group->paused--;
	peer->partial = (struct secret){NULL, 0};
	if (!peer->ended && uv_read_start((uv_stream_t *)&peer->pipe, on_alloc, on_read) != 0)
		close_peer(peer);
	if (!peer->closing)
		take_octets(peer, secret_span(&unread));
	secret_wipe(&unread);
	if (!peer->closing && !peer->paused)
		close_if_done(peer);
}

static bool on_turn(void *context, bool committed)
{
	struct peer_group *group = context;
	const struct ledger *ledger = group->engine->ledger;
	struct peer *peer = group->first;

	outbox_flush();
	group->turns += committed;
	while (committed && peer && !ledger_is_full(ledger)) {
		struct peer *next = peer->next;

		if (peer->paused && !peer->closing)
			resume(peer);
		peer = next;
	}
	/* The end of a commit is a turn too. */
	return group->paused > 0 && !ledger_is_full(ledger);
}

/* ---- opening ---- */

static void read_credentials(struct peer *peer)
{
	struct buf who = {peer->who, 0, sizeof(peer->who) - 1, false};
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)&peer->pipe, &fd) == 0)
		peercred_put(&who, fd);
}

static void greet(struct peer *peer)
{
	unsigned char random[16];
	char hex[33], storage[AUTH_REPLY_MAX];
	struct buf cookie = BUF_ON(hex);
	struct buf greeting = BUF_ON(storage);

	randombytes_buf(random, sizeof(random));
	buf_put_hex(&cookie, random, sizeof(random));
	auth_put_greeting(&greeting, peer->settings->mechanisms, peer->settings->mechanism_count,
			  peer->group->pid, ++peer->group->opened, buf_span(&cookie));
	answer(peer, &greeting);
}

static void link_peer(struct peer *peer)
{
	struct peer_group *group = peer->group;

	peer->at = &group->first;
	peer->next = group->first;
	if (group->first)
		group->first->at = &peer->next;
	group->first = peer;
	group->count++;
	++*peer->listener_count;
}

bool peer_accept(struct peer_group *group, uv_stream_t *listener,
		 const struct settings_listener *settings, unsigned *count)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (!peer || uv_pipe_init(group->engine->loop, &peer->pipe, 0) != 0) {
		free(peer);
		return false;
	}
	peer->pipe.data = peer;
	peer->group = group;
	peer->settings = settings;
	peer->listener_count = count;
	peer->active = now_ms(peer);
	peer->outbox = (struct outbox){(uv_stream_t *)&peer->pipe, peer, on_broken};
	ledger_each_turn(group->engine->ledger, on_turn, group);
	peer->dialogue = (struct dialogue){.engine = group->engine,
					   .settings = settings,
					   .who = peer->who,
					   .owner = peer,
					   .send = on_send,
					   .answered = on_answered,
					   .hang_up = on_hang_up};
	link_peer(peer);
	if (uv_accept(listener, (uv_stream_t *)&peer->pipe) != 0) {
		close_peer(peer);
		return true;
	}
	read_credentials(peer);
	if (*count > settings->max_connections) {
		close_broken(peer, "max_connections of the listener is reached");
		return true;
	}
	log_say(LOG_LEVEL_DEBUG, "connection", settings->path, peer->who);
	greet(peer);
	if (!peer->closing && uv_read_start((uv_stream_t *)&peer->pipe, on_alloc, on_read) != 0)
		close_peer(peer);
	return true;
}

/* ---- time ---- */

static void sweep_peer(struct peer *peer, uint64_t now)
{
	uint64_t silent = now - peer->active;

	dialogue_sweep(&peer->dialogue);
	if (peer->partial.at && !peer->paused && now - peer->begun > PEER_LINE_MS)
		close_broken(peer, "a line was not completed in time");
	else if (!peer->dialogue.running && peer->settings->idle_ms &&
		 silent > peer->settings->idle_ms)
		close_peer(peer);
	else
		close_if_done(peer);
}

void peer_sweep(struct peer_group *group)
{
	uint64_t now = uv_now(group->engine->loop);
	struct peer *peer = group->first;

	while (peer) {
		struct peer *next = peer->next;

		sweep_peer(peer, now);
		peer = next;
	}
}

void peer_close_all(struct peer_group *group)
{
	while (group->first)
		close_peer(group->first);
}
