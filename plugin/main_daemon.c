/* SPDX-License-Identifier: MIT */
/* sasl-reasond: reads its arguments and its configuration and wires the rooms together. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/notify.h"
#include "base/privilege.h"
#include "base/supervise.h"
#include "engine/keyfile.h"
#include "engine/keymatch.h"
#include "face/serve.h"
#include "face/sockets.h"

#define PROGRAM "sasl-reasond"

struct daemon {
	const char *path; /* of the configuration */
	struct settings *settings;
	unsigned char key[SCRAMKEY_LEN];
	int *fds;
	int background; /* privilege_background()'s; -1 in the foreground or when done */
};

static const char usage[] =
    "Usage: " PROGRAM " [-c FILE] [--foreground | --daemon | -t | --print-config]\n"
    "Tells mail servers why a login failed.\n\n"
    "  -c, --config FILE    configuration [" SETTINGS_PATH "]\n"
    "  -t, --test           check the configuration and the files it names, and exit\n"
    "      --print-config   print the effective configuration, and exit\n"
    "  -F, --foreground     stay in the foreground (the default)\n"
    "  -D, --daemon         go to the background when ready\n"
    "  -V, --version        print the version, and exit\n"
    "  -h, --help           print this, and exit\n\n"
    "Exit status: 0, 64 for a usage error, 71 for a system error, 78 for a fault in the\n"
    "configuration. SIGHUP reloads, SIGTERM ends. See sasl-reasond(8), sasl-reason.conf(5).\n";

/* ---- configuration ---- */

#define SOCKET_PATH_MAX sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* The folder of the admin socket; "" if there is none to be made. */
static void put_admin_folder(const struct settings *settings, char folder[SOCKET_PATH_MAX])
{
	const struct settings_listener *last = &settings->listeners[settings->listener_count - 1];

	folder[0] = '\0';
	if (last->face != SETTINGS_FACE_ADMIN)
		return;
	snprintf(folder, SOCKET_PATH_MAX, "%s", last->path);
	*strrchr(folder, '/') = '\0';
}

/* Whether make_places() will work. */
static bool check_places(const struct settings *settings, struct buf *faults)
{
	char folder[SOCKET_PATH_MAX];

	put_admin_folder(settings, folder);
	return (!folder[0] || directory_check(folder, 0755, settings->uid, faults)) &&
	       (!settings->state_directory ||
		directory_check(settings->state_directory, 0700, settings->uid, faults));
}

/* The folder of the admin socket, and the one of what is kept, with its key. */
static bool make_places(const struct settings *settings, unsigned char *key, struct buf *faults)
{
	char folder[SOCKET_PATH_MAX];
	const char *state = settings->state_directory;

	put_admin_folder(settings, folder);
	if (folder[0] && !directory_make(folder, 0755, settings->uid, settings->gid, faults))
		return false;
	if (!state)
		return true;
	return directory_make(state, 0700, settings->uid, settings->gid, faults) &&
	       (settings->key_file || keyfile_keep(state, key, faults));
}

/* Loads the configuration and all it names; false with lines in `faults`. */
static bool load(const char *path, struct settings **settings, unsigned char *key,
		 struct buf *faults, struct buf *warnings)
{
	if (!settings_load(path, settings, faults))
		return false;
	buf_put_text(warnings, (*settings)->warnings);
	if (settings_check_files(*settings, faults, warnings) &&
	    keyfile_read((*settings)->key_file, key, faults))
		return true;
	settings_close(settings);
	return false;
}

static void say_lines(enum log_level level, const char *event, const struct buf *lines)
{
	struct span rest = buf_span(lines), text;

	while (span_take_until(&rest, '\n', &text)) {
		struct log_line line;

		if (text.len == 0)
			continue;
		log_begin(&line, level, event);
		log_put(&line, "what", text);
		log_end(&line);
	}
}

/* Each line behind `before`. */
static void print_lines(const char *before, const struct buf *lines)
{
	struct span rest = buf_span(lines), text;

	while (span_take_until(&rest, '\n', &text))
		if (text.len)
			fprintf(stderr, "%s%.*s\n", before, (int)text.len, text.at);
}

/* ---- what the supervisor calls ---- */

static int work(void *context, int heartbeat)
{
	struct daemon *daemon = context;
	const struct settings *settings = daemon->settings;

	if (daemon->background >= 0) {
		close(daemon->background);
		privilege_background_silence();
	}
	privilege_raise_files();
	if (!privilege_drop(settings->user, settings->uid, settings->gid)) {
		log_say(LOG_LEVEL_ERROR, "worker", strerror(errno), "privileges are not dropped");
		return EX_OSERR;
	}
	return serve_run(settings, daemon->path, daemon->key, daemon->fds, heartbeat);
}

static bool write_pid(const char *path)
{
	FILE *file;
	bool ok;

	if (!path)
		return true;
	file = fopen(path, "we");
	ok = file && fprintf(file, "%d\n", (int)getpid()) > 0;
	if (file)
		ok = fclose(file) == 0 && ok;
	return ok;
}

static void move_pid(const char *from, const char *to)
{
	if (from && to && strcmp(from, to) == 0)
		return;
	if (!write_pid(to))
		log_say(LOG_LEVEL_ERROR, "pid_file", strerror(errno), to);
	if (from)
		unlink(from);
}

/* What is in effect from now on. */
static void take_over(struct daemon *daemon, struct settings *settings, int *fds,
		      const unsigned char *key)
{
	/* A random key lasts as long as the daemon: a reload must not change made-up salts alone.
	 */
	if (settings->key_file || settings->state_directory || daemon->settings->key_file ||
	    daemon->settings->state_directory)
		memcpy(daemon->key, key, sizeof(daemon->key));
	sockets_close(daemon->settings, &daemon->fds, settings, fds);
	move_pid(daemon->settings->pid_file, settings->pid_file);
	settings_close(&daemon->settings);
	daemon->settings = settings;
	daemon->fds = fds;
	log_open(settings->log_target, settings->log_level, PROGRAM);
}

static bool reload(void *context)
{
	struct daemon *daemon = context;
	struct settings *settings = NULL;
	unsigned char key[SCRAMKEY_LEN];
	char fault_text[8192], warning_text[8192];
	struct buf faults = BUF_ON(fault_text), warnings = BUF_ON(warning_text);
	int *fds = NULL;

	notify_send("RELOADING=1");
	if (load(daemon->path, &settings, key, &faults, &warnings) &&
	    keymatch_check(settings, key, &faults) && make_places(settings, key, &faults))
		fds = sockets_open(settings, daemon->settings, daemon->fds, &faults);
	say_lines(LOG_LEVEL_WARNING, "configuration", &warnings);
	if (fds) {
		take_over(daemon, settings, fds, key);
	} else {
		say_lines(LOG_LEVEL_ERROR, "configuration not reloaded", &faults);
		settings_close(&settings);
		notify_send(
		    "READY=1\nSTATUS=The new configuration has faults; the old one is used.");
	}
	sodium_memzero(key, sizeof(key));
	return fds != NULL;
}

static void ready(void *context, pid_t worker)
{
	struct daemon *daemon = context;
	struct log_line line;

	log_begin(&line, LOG_LEVEL_INFO, "ready");
	log_put_number(&line, "worker", worker);
	log_put_text(&line, "config", daemon->path);
	log_end(&line);
	notify_send("READY=1\nSTATUS=Answering.");
	if (daemon->background >= 0)
		privilege_background_ready(daemon->background);
	daemon->background = -1;
}

static void well(void *context)
{
	(void)context;
	if (notify_watchdog_ms())
		notify_send("WATCHDOG=1");
}

/* ---- start and end ---- */

static int run(struct daemon *daemon, bool background)
{
	const struct supervise supervise = {daemon, work, reload, ready, well};
	char text[1024];
	struct buf fault = BUF_ON(text);
	int status = EX_OSERR;

	if (make_places(daemon->settings, daemon->key, &fault))
		daemon->fds = sockets_open(daemon->settings, NULL, NULL, &fault);
	if (!daemon->fds) {
		print_lines(PROGRAM ": ", &fault);
		return EX_OSERR;
	}
	if (background) {
		daemon->background = privilege_background();
		if (daemon->background < 0) {
			fprintf(stderr, PROGRAM ": %s\n", strerror(errno));
			goto out;
		}
	}
	if (!write_pid(daemon->settings->pid_file)) {
		fprintf(stderr, PROGRAM ": %s: %s\n", daemon->settings->pid_file, strerror(errno));
		goto out;
	}
	log_open(daemon->settings->log_target, daemon->settings->log_level, PROGRAM);
	status = supervise_run(&supervise);
	notify_send("STOPPING=1");
	if (daemon->settings->pid_file)
		unlink(daemon->settings->pid_file);
	log_flush();
out:
	sockets_close(daemon->settings, &daemon->fds, NULL, NULL);
	return status;
}

/* An absolute name, because the daemon leaves its directory. A link stays one: it may lead to
 * another file when the daemon reloads. */
static const char *absolute(const char *path)
{
	char *full = path[0] == '/' ? NULL : realpath(path, NULL);

	return full ? full : path;
}

enum mode { MODE_RUN, MODE_TEST, MODE_PRINT };

/* Shows what would be in effect, without the files it names: it may be for another machine. */
static int print_config(const char *path)
{
	struct settings *settings = NULL;
	char text[8192];
	struct buf faults = BUF_ON(text);

	if (!settings_load(path, &settings, &faults)) {
		print_lines("", &faults);
		return EX_CONFIG;
	}
	settings_print(settings, stdout);
	settings_close(&settings);
	return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

static int act(struct daemon *daemon, bool only_test, bool background)
{
	char fault_text[8192], warning_text[8192];
	struct buf faults = BUF_ON(fault_text), warnings = BUF_ON(warning_text);
	bool ok = load(daemon->path, &daemon->settings, daemon->key, &faults, &warnings);
	int status = 0;

	/* A broken accounts file stops no start: its realm tries later until it is mended. */
	if (ok && only_test)
		ok = check_places(daemon->settings, &faults) &&
		     keymatch_check(daemon->settings, daemon->key, &faults) &&
		     engine_check(daemon->settings, &faults);
	/* Nor does a key with which everything but app passwords works. */
	if (ok && !only_test)
		keymatch_check(daemon->settings, daemon->key, &warnings);
	print_lines("warning: ", &warnings);
	print_lines("", &faults);
	if (!ok)
		status = EX_CONFIG;
	else if (only_test)
		fprintf(stderr, "%s: the configuration is good\n", daemon->path);
	else
		status = run(daemon, background);
	settings_close(&daemon->settings);
	sodium_memzero(daemon->key, sizeof(daemon->key));
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'}, {"test", no_argument, NULL, 't'},
	    {"print-config", no_argument, NULL, 'p'}, {"foreground", no_argument, NULL, 'F'},
	    {"daemon", no_argument, NULL, 'D'},	      {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'},	      {NULL, 0, NULL, 0}};
	struct daemon daemon = {.path = SETTINGS_PATH, .background = -1};
	enum mode mode = MODE_RUN;
	bool background = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:tFDVh", options, NULL)) != -1) {
		if (option == 'c')
			daemon.path = absolute(optarg);
		else if (option == 't')
			mode = MODE_TEST;
		else if (option == 'p')
			mode = MODE_PRINT;
		else if (option == 'F' || option == 'D')
			background = option == 'D';
		else if (option == 'V')
			return puts(PROGRAM " " PACKAGE_VERSION) < 0 ? EX_IOERR : 0;
		else if (option == 'h')
			return fputs(usage, stdout) < 0 ? EX_IOERR : 0;
		else
			return EX_USAGE;
	}
	if (optind < argc) {
		fprintf(stderr, PROGRAM ": unexpected argument: %s\n", argv[optind]);
		return EX_USAGE;
	}
	if (sodium_init() < 0) {
		fputs(PROGRAM ": libsodium cannot start\n", stderr);
		return EX_OSERR;
	}
	if (mode == MODE_PRINT)
		return print_config(daemon.path);
	return act(&daemon, mode == MODE_TEST, background);
}
