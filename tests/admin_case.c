/* SPDX-License-Identifier: MIT */
/* An admin socket over a real engine, in a folder of its own, and a client of it. */
#include "admin_case.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/inquire.h"
#include "engine/session.h"

struct admin_case admin_case;

static const char accounts[] = "alice:{PLAIN}right-pw\n"
			       "bob:{SSHA512}"
			       "OYM8KKZVXAV4TKf8zPAoRp4tCI/i2VUKZHJzJJqEFsWbM0o9gGBLDwBzD9kjp9q"
			       "CLqnjlySQkIpk5AZg0LgYLnNhbHQ=::::::disabled services=smtp,imap "
			       "previous=2026-11-04,{PLAIN}old-pw\n"
			       "phone:{PLAIN}right-pw::::::app_password_required "
			       "app_password=my%20phone,{PLAIN}abcdefghijklmnop,services=smtp "
			       "app_password=older,{PLAIN}cbcdefghijklmnop,revoked=2025-01-01 "
			       "app_password=gone,{PLAIN}bbcdefghijklmnop,revoked=2026-01-01 "
			       "app_password=oldest,{PLAIN}dbcdefghijklmnop,revoked=2024-01-01\n"
			       "other:{PLAIN}right-pw::::::user=Real.Name@example.org\n"
			       "broken:{NO-SUCH-SCHEME}x::::::hours=nonsense\n";

static const char config[] =
    "user = root\nlog = stderr\nlog_level = error\ndefault_realm = \"example.org\"\n"
    "state_directory = \"%s\"\nadmin_socket = \"%s/admin\"\n"
    "listener \"%s/auth\" { mechanisms = {PLAIN, LOGIN} mode = 0666 }\n"
    "backend_file \"users\" { path = \"%s/users\" }\n"
    "backend_file \"gone\" { path = \"%s/gone\" }\n"
    "backend_file \"entries\" { path = \"%s/users\" }\n"
    "realm \"example.org\" { backends = {\"users\"} secrets = hashed floor = 1ms "
    "scheme = SSHA512 app_passwords = yes lock_threshold = 3 lock_delay = 0ms "
    "remember_passwords = %s }\n"
    "realm \"plain.example.org\" { backends = {\"users\"} secrets = hashed floor = 1ms "
    "scheme = SSHA512 }\n"
    "realm \"down.example.org\" { backends = {\"users\", \"gone\"} secrets = hashed floor = 1ms "
    "scheme = SSHA512 app_passwords = yes }\n"
    "realm \"quiet.example.org\" { backends = {\"users\"} secrets = hashed floor = 1ms "
    "scheme = SSHA512 observe = yes }\n"
    "realm \"dir.example.org\" { backends = {\"entries\"} secrets = hashed floor = 1ms "
    "scheme = SSHA512 app_passwords = yes }\n";

/* ---- the backend that keeps app passwords ---- */

static void sleep_ms(unsigned ms)
{
	struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&pause, NULL);
}

static enum backend_found entry_lookup(struct backend *backend, const struct backend_name *name,
				       struct backend_record *record)
{
	struct admin_case_entry *entry = (struct admin_case_entry *)backend;

	sleep_ms(entry->sleep_ms);
	if (entry->down)
		return BACKEND_DOWN;
	if (!span_is(name->local, "erin"))
		return BACKEND_UNKNOWN;
	record->account.exists = YES;
	record->stable = span_of("0000-1111");
	record->stored[record->stored_count++] =
	    backend_record_keep(record, span_of("{PLAIN}right-pw"));
	for (size_t i = 0; i < entry->count; i++)
		backend_record_add_app(record)->value =
		    backend_record_keep(record, span_of(entry->values[i]));
	return BACKEND_KNOWN;
}

static enum backend_write entry_write(struct backend *backend, const struct backend_name *name,
				      struct span old, struct span new)
{
	struct admin_case_entry *entry = (struct admin_case_entry *)backend;
	size_t at = 0;

	(void)name;
	sleep_ms(entry->sleep_ms);
	entry->writes++;
	if (entry->write != BACKEND_WRITE_DONE)
		return entry->write;
	while (old.at && at < entry->count && !span_is(old, entry->values[at]))
		at++;
	if (old.at && at == entry->count)
		return BACKEND_WRITE_ABSENT;
	if (!old.at)
		at = entry->count++;
	snprintf(entry->values[at], sizeof(entry->values[at]), "%.*s", (int)new.len, new.at);
	return BACKEND_WRITE_DONE;
}

static void entry_health(struct backend *backend, struct backend_health *health)
{
	(void)backend;
	health->up = YES;
	health->certificate_until = 2000000000;
}

static void entry_close(struct backend **backend)
{
	*backend = NULL;
}

static const struct backend_type entry_type = {.name = "entry",
					       .blocking = true,
					       .lookup = entry_lookup,
					       .write_app = entry_write,
					       .health = entry_health,
					       .close = entry_close};

/* In the place of the backend "entries". */
static void put_entry_backend(void)
{
	const struct worker_limits limits = {.threads = 1, .length = 4, .wait_ms = 500};
	struct engine_backend *slot = &admin_case.engine->backends[2];

	admin_case.entry = (struct admin_case_entry){.backend = {&entry_type, "entries"},
						     .write = BACKEND_WRITE_DONE};
	slot->backend->type->close(&slot->backend);
	slot->backend = &admin_case.entry.backend;
	slot->worker = worker_open(&admin_case.loop, &limits);
	ck_assert_ptr_nonnull(slot->worker);
}

/* ---- opening and closing ---- */

const char *admin_case_path(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", admin_case.folder, name);
	return path;
}

void admin_case_write(const char *name, const char *text)
{
	FILE *file = fopen(admin_case_path(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	chmod(admin_case_path(name), 0600);
}

static void on_connection(uv_stream_t *stream, int status)
{
	ck_assert_int_eq(status, 0);
	admin_case.accepted =
	    admin_accept(admin_case.group, stream,
			 &admin_case.settings->listeners[admin_case.settings->listener_count - 1]);
}

static void ask_reload(void *context)
{
	(void)context;
	admin_case.reloads++;
}

/* `state` is "" for none. */
static void load(const char *state)
{
	char text[4096], fault_text[2048];
	struct buf faults = {fault_text, 0, sizeof(fault_text) - 1, false};
	const char *folder = admin_case.folder;

	snprintf(text, sizeof(text), config, state, folder, folder, folder, folder, folder,
		 state[0] ? "30d" : "0d");
	admin_case_write("conf", text);
	if (!settings_load(admin_case_path("conf"), &admin_case.settings, &faults))
		ck_abort_msg("%.*s", (int)faults.len, fault_text);
	for (size_t i = 0; i < admin_case.settings->realm_count; i++)
		if (strcmp(admin_case.settings->realms[i].name, "dir.example.org") == 0)
			admin_case.settings->realms[i].app_in_directory = true;
}

static void open_worker(void)
{
	static const unsigned char key[SCRAMKEY_LEN] = {1};
	const char *fault = NULL;

	ck_assert_int_eq(uv_loop_init(&admin_case.loop), 0);
	admin_case.engine = engine_open(&admin_case.loop, admin_case.settings, key, &fault);
	ck_assert_msg(admin_case.engine != NULL, "%s", fault);
	put_entry_backend();
	admin_case.peers = (struct peer_group){.engine = admin_case.engine};
	admin_case.group = admin_open(admin_case.engine, &admin_case.peers, "/etc/sasl-reason.conf",
				      ask_reload, NULL);
	ck_assert_ptr_nonnull(admin_case.group);
	uv_pipe_init(&admin_case.loop, &admin_case.listener, 0);
	ck_assert_int_eq(uv_pipe_bind(&admin_case.listener, admin_case_path("admin")), 0);
	ck_assert_int_eq(uv_listen((uv_stream_t *)&admin_case.listener, 64, on_connection), 0);
}

static void close_worker(void)
{
	admin_close(&admin_case.group);
	uv_close((uv_handle_t *)&admin_case.listener, NULL);
	admin_case_turn();
	while (engine_busy(admin_case.engine))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	admin_case_turn();
	engine_close(&admin_case.engine);
	uv_run(&admin_case.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&admin_case.loop), 0);
}

void admin_case_restart(void)
{
	close_worker();
	open_worker();
}

static void open_all(bool bare)
{
	const char *fault = NULL;
	char state[96];

	signal(SIGPIPE, SIG_IGN);
	memset(&admin_case, 0, sizeof(admin_case));
	snprintf(admin_case.folder, sizeof(admin_case.folder), "/tmp/test_admin.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(admin_case.folder));
	snprintf(state, sizeof(state), "%s", admin_case_path("state"));
	ck_assert_int_eq(mkdir(state, 0700), 0);
	admin_case_write("users", accounts);
	load(bare ? "" : state);
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert(session_global_init(&fault));
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR, "test");
	open_worker();
}

void admin_case_setup(void)
{
	open_all(false);
}

void admin_case_setup_bare(void)
{
	open_all(true);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)status, (void)kind, (void)ftw;
	return remove(path);
}

void admin_case_teardown(void)
{
	close_worker();
	settings_close(&admin_case.settings);
	session_global_done();
	nftw(admin_case.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void admin_case_turn(void)
{
	uv_run(&admin_case.loop, UV_RUN_NOWAIT);
	sleep_ms(1);
}

/* ---- a client ---- */

int admin_case_join(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", admin_case_path("admin"));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void admin_case_say(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);

		ck_assert(sent > 0 || errno == EAGAIN);
		text += sent > 0 ? sent : 0;
		len -= sent > 0 ? (size_t)sent : 0;
		admin_case_turn();
	}
}

char *admin_case_hear(int fd)
{
	size_t len = 0, room = 65536;
	char *line = malloc(room + 1);

	for (;;) {
		ssize_t got = recv(fd, line + len, room - len, MSG_PEEK);
		char *end = got > 0 ? memchr(line + len, '\n', (size_t)got) : NULL;

		if (got == 0 || (got < 0 && errno != EAGAIN))
			break;
		if (got < 0) {
			admin_case_turn();
			continue;
		}
		/* What stands behind the line is left to the next call. */
		len += (size_t)recv(fd, line + len,
				    end ? (size_t)(end - line) + 1 - len : (size_t)got, 0);
		if (end) {
			line[len - 1] = '\0';
			return line;
		}
		if (len == room)
			line = realloc(line, (room *= 2) + 1);
	}
	free(line);
	return NULL;
}

json_t *admin_case_ask(int status, const char *request)
{
	int fd = admin_case_join();
	char *line;
	json_t *answer;

	admin_case_say(fd, request, strlen(request));
	admin_case_say(fd, "\n", 1);
	line = admin_case_hear(fd);
	ck_assert_msg(line != NULL, "no answer to %s", request);
	answer = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(answer != NULL, "no JSON: %s", line);
	ck_assert_msg(json_integer_value(json_object_get(answer, "status")) == status, "%s: %s",
		      request, line);
	ck_assert_msg(!status == !json_object_get(answer, "error"), "%s", line);
	free(line);
	close(fd);
	return answer;
}

json_t *admin_case_askf(int status, const char *format, ...)
{
	char request[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(request, sizeof(request), format, arguments);
	va_end(arguments);
	return admin_case_ask(status, request);
}

static const json_t *find(const json_t *value, const char *path)
{
	char key[64];

	while (value && *path) {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
					     : json_object_get(value, key);
		path += len + (path[len] == '.');
	}
	return value;
}

const char *admin_case_at(const json_t *answer, const char *path)
{
	static char text[1024];
	const json_t *value = find(answer, path);

	if (!value)
		return "(absent)";
	if (json_is_string(value))
		snprintf(text, sizeof(text), "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	else if (json_is_array(value))
		snprintf(text, sizeof(text), "[%zu]", json_array_size(value));
	else if (json_is_object(value))
		snprintf(text, sizeof(text), "{%zu}", json_object_size(value));
	else
		snprintf(text, sizeof(text), "%s",
			 json_is_null(value)   ? "null"
			 : json_is_true(value) ? "true"
					       : "false");
	return text;
}

/* ---- a login ---- */

static void on_told(void *owner)
{
	*(bool *)owner = true;
}

const char *admin_case_login(const char *user, const char *password, const char *client,
			     struct verdict *verdict)
{
	static char id[REPLY_ID_LEN + 1];
	bool told = false;
	struct inquire_request request = {.engine = admin_case.engine,
					  .mech = MECH_PLAIN,
					  .mech_offered = true,
					  .tls = true,
					  .mechanism = span_of("PLAIN"),
					  .service = span_of("smtp"),
					  .client = span_of(client),
					  .peer = span_of("pid 1 uid 0 gid 0")};
	struct inquiry *inquiry = inquire_open(&request, on_told, &told);

	ck_assert_ptr_nonnull(inquiry);
	snprintf(id, sizeof(id), "%.*s", (int)inquire_id(inquiry).len, inquire_id(inquiry).at);
	if (inquire_name(inquiry, span_of(user), SPAN_NONE))
		inquire_conclude(inquiry, false, false);
	else
		inquire_password(inquiry, span_of(password));
	while (!told)
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	if (verdict)
		*verdict = *inquire_verdict(inquiry);
	inquire_close(&inquiry);
	while (engine_busy(admin_case.engine))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	return id;
}
