/* SPDX-License-Identifier: MIT */
/* The worker process: listeners, their connections and the heartbeat on one event loop. */
#include "face/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/supervise.h"
#include "engine/session.h"
#include "face/admin.h"

#define BACKLOG	 1024
#define SWEEP_MS 1000
/* How long a worker that is to end waits for what is under way. */
#define DRAIN_MS 9000

struct serve;

struct listener {
	uv_pipe_t pipe;
	struct serve *serve;
	struct settings_listener settings; /* a copy with the mechanisms that there are */
	unsigned connections;
	bool stalled; /* a connection waits to be accepted */
};

struct serve {
	uv_loop_t loop;
	const struct settings *settings;
	const char *config_path;
	struct peer_group peers;
	struct admin_group *admin;
	struct listener *listeners;
	size_t listener_count;
	uv_timer_t beat, sweep, drain;
	uv_prepare_t turn;
	uv_signal_t terminate, interrupt;
	int heartbeat;
	bool wants_reload; /* the parent was not told yet */
};

static void accept_one(struct listener *listener)
{
	struct serve *serve = listener->serve;
	uv_stream_t *stream = (uv_stream_t *)&listener->pipe;

	switch (listener->settings.face) {
	case SETTINGS_FACE_AUTH:
		listener->stalled = !peer_accept(&serve->peers, stream, &listener->settings,
						 &listener->connections);
		break;
	case SETTINGS_FACE_ADMIN:
		listener->stalled = !admin_accept(serve->admin, stream, &listener->settings);
		break;
	}
	if (listener->stalled)
		log_say(LOG_LEVEL_ERROR, "listener", "out of memory", listener->settings.path);
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct listener *listener = stream->data;

	if (status < 0) {
		log_say(LOG_LEVEL_ERROR, "listener", uv_strerror(status), listener->settings.path);
		return;
	}
	accept_one(listener);
}

/* Offered is what libsasl2 has: CRAM-MD5 has left its master branch. */
static void offer_available(struct settings_listener *settings)
{
	size_t kept = 0;

	for (size_t i = 0; i < settings->mechanism_count; i++) {
		enum mech mech = settings->mechanisms[i];

		if (mech_kind(mech) == MECH_KIND_PLAINTEXT || session_available(mech))
			settings->mechanisms[kept++] = mech;
		else
			log_say(LOG_LEVEL_ERROR, "mechanism not offered",
				"libsasl2 does not have it (package libsasl2-modules)",
				mech_name(mech));
	}
	settings->mechanism_count = kept;
}

static bool open_listener(struct serve *serve, size_t index, int fd)
{
	struct listener *listener = &serve->listeners[index];

	listener->serve = serve;
	listener->settings = serve->settings->listeners[index];
	offer_available(&listener->settings);
	uv_pipe_init(&serve->loop, &listener->pipe, 0);
	listener->pipe.data = listener;
	serve->listener_count++;
	if (uv_pipe_open(&listener->pipe, fd) != 0)
		return false;
	return uv_listen((uv_stream_t *)&listener->pipe, BACKLOG, on_connection) == 0;
}

/* ---- time and signals ---- */

static void on_drained(uv_timer_t *timer)
{
	struct serve *serve = timer->data;

	uv_stop(&serve->loop);
}

static void drain(struct serve *serve)
{
	if (serve->peers.draining)
		return;
	serve->peers.draining = true;
	for (size_t i = 0; i < serve->listener_count; i++)
		uv_close((uv_handle_t *)&serve->listeners[i].pipe, NULL);
	serve->listener_count = 0;
	uv_timer_start(&serve->drain, on_drained, DRAIN_MS, 0);
	peer_sweep(&serve->peers);
	admin_sweep(serve->admin, true);
}

static bool is_drained(const struct serve *serve)
{
	return serve->peers.draining && serve->peers.count == 0 && admin_idle(serve->admin);
}

static void beat(struct serve *serve)
{
	char octet = serve->wants_reload ? SUPERVISE_ASK_RELOAD : '\0';

	/* A full pipe is a parent that is stopped, which may go on; a broken one is gone. */
	if (write(serve->heartbeat, &octet, 1) == 1)
		serve->wants_reload = false;
	else if (errno == EPIPE)
		drain(serve);
}

static void on_beat(uv_timer_t *timer)
{
	beat(timer->data);
}

static void ask_reload(void *context)
{
	struct serve *serve = context;

	serve->wants_reload = true;
	beat(serve);
}

static void on_sweep(uv_timer_t *timer)
{
	struct serve *serve = timer->data;

	for (size_t i = 0; i < serve->listener_count; i++)
		if (serve->listeners[i].stalled)
			accept_one(&serve->listeners[i]);
	peer_sweep(&serve->peers);
	admin_sweep(serve->admin, serve->peers.draining);
	if (is_drained(serve))
		uv_stop(&serve->loop);
}

/* Before the loop waits: the log lines of all decisions of a turn leave with one write. */
static void on_turn(uv_prepare_t *prepare)
{
	struct serve *serve = prepare->data;

	log_flush();
	if (is_drained(serve))
		uv_stop(&serve->loop);
}

static void on_signal(uv_signal_t *signal, int number)
{
	(void)number;
	drain(signal->data);
}

static void start_handles(struct serve *serve)
{
	uv_loop_t *loop = &serve->loop;

	uv_timer_init(loop, &serve->beat);
	uv_timer_init(loop, &serve->sweep);
	uv_timer_init(loop, &serve->drain);
	uv_prepare_init(loop, &serve->turn);
	uv_signal_init(loop, &serve->terminate);
	uv_signal_init(loop, &serve->interrupt);
	serve->beat.data = serve->sweep.data = serve->drain.data = serve;
	serve->turn.data = serve->terminate.data = serve->interrupt.data = serve;
	uv_timer_start(&serve->beat, on_beat, 0, SUPERVISE_BEAT_MS);
	uv_timer_start(&serve->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	uv_prepare_start(&serve->turn, on_turn);
	uv_signal_start(&serve->terminate, on_signal, SIGTERM);
	uv_signal_start(&serve->interrupt, on_signal, SIGINT);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* What is still at work in a thread of a black-holed backend is left to the process's end. */
static void stop(struct serve *serve)
{
	bool busy;

	/* They look at what is closed here. */
	uv_prepare_stop(&serve->turn);
	uv_timer_stop(&serve->sweep);
	uv_timer_stop(&serve->beat);
	peer_close_all(&serve->peers);
	admin_close(&serve->admin);
	uv_run(&serve->loop, UV_RUN_NOWAIT);
	busy = engine_busy(serve->peers.engine);
	if (!busy)
		engine_close(&serve->peers.engine);
	for (int i = 0; i < 3 && !busy; i++)
		uv_run(&serve->loop, UV_RUN_NOWAIT);
	if (!busy) {
		uv_walk(&serve->loop, close_handle, NULL);
		uv_run(&serve->loop, UV_RUN_DEFAULT);
		uv_loop_close(&serve->loop);
		free(serve->listeners);
		session_global_done();
	}
	log_flush();
}

static bool start(struct serve *serve, const unsigned char *key, const int *fds)
{
	const struct settings *settings = serve->settings;
	const char *fault = "out of memory";

	serve->listeners = calloc(settings->listener_count, sizeof(*serve->listeners));
	if (!serve->listeners || uv_loop_init(&serve->loop) != 0 || !session_global_init(&fault)) {
		log_say(LOG_LEVEL_ERROR, "worker", "cannot start", fault);
		return false;
	}
	serve->peers.pid = (unsigned)getpid();
	serve->peers.engine = engine_open(&serve->loop, settings, key, &fault);
	if (!serve->peers.engine) {
		log_say(LOG_LEVEL_ERROR, "worker", "cannot start", fault);
		return false;
	}
	serve->admin =
	    admin_open(serve->peers.engine, &serve->peers, serve->config_path, ask_reload, serve);
	if (!serve->admin) {
		log_say(LOG_LEVEL_ERROR, "worker", "cannot start", "out of memory");
		return false;
	}
	for (size_t i = 0; i < settings->listener_count; i++) {
		if (!open_listener(serve, i, fds[i])) {
			log_say(LOG_LEVEL_ERROR, "worker", "cannot listen",
				settings->listeners[i].path);
			return false;
		}
	}
	return true;
}

int serve_run(const struct settings *settings, const char *config_path,
	      const unsigned char key[SCRAMKEY_LEN], const int *fds, int heartbeat)
{
	struct serve serve = {
	    .settings = settings, .config_path = config_path, .heartbeat = heartbeat};

	signal(SIGPIPE, SIG_IGN);
	if (!start(&serve, key, fds)) {
		log_flush();
		return 1;
	}
	start_handles(&serve);
	uv_run(&serve.loop, UV_RUN_DEFAULT);
	stop(&serve);
	return 0;
}
