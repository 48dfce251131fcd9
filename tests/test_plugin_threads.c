/* SPDX-License-Identifier: MIT */
/* The plugin in an application with threads: many logins at once, one kept connection. */
#include "plugin_app.h"
#include "plugin_fake.h"
#include "plugin_place.h"

#include <check.h>
#include <dirent.h>
#include <pthread.h>
#include <sasl/sasl.h>
#include <stdlib.h>

#define THREADS 8

static unsigned count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void *log_in_often(void *failed)
{
	static const sasl_callback_t none[] = {{SASL_CB_LIST_END, NULL, NULL}};

	for (int i = 0; i < 200; i++) {
		const char *out;
		unsigned out_len;
		sasl_conn_t *conn = NULL;

		if (sasl_server_new("smtp", "mx", NULL, NULL, NULL, none, 0, &conn) != SASL_OK ||
		    sasl_server_start(conn, "PLAIN", "\0alice\0right-pw", 15, &out, &out_len) !=
			SASL_OK)
			*(int *)failed += 1;
		sasl_dispose(&conn);
	}
	return NULL;
}

static void *new_mutex(void)
{
	pthread_mutex_t *mutex = malloc(sizeof(*mutex));

	pthread_mutex_init(mutex, NULL);
	return mutex;
}

static int lock_mutex(void *mutex)
{
	return pthread_mutex_lock(mutex) ? SASL_FAIL : SASL_OK;
}

static int unlock_mutex(void *mutex)
{
	return pthread_mutex_unlock(mutex) ? SASL_FAIL : SASL_OK;
}

static void free_mutex(void *mutex)
{
	pthread_mutex_destroy(mutex);
	free(mutex);
}

START_TEST(test_threads)
{
	static const char *const scripts[] = {"greet|read|say OK\t%\tuser=alice|again", NULL};
	struct plugin_place place;
	struct plugin_app app = {.folders = place.plugins, .socket = place.socket};
	pthread_t threads[THREADS];
	int failed[THREADS] = {0};
	unsigned before;
	pid_t server;

	plugin_place_make(&place);
	server = plugin_fake_start(place.socket, scripts, NULL);
	sasl_set_mutex(new_mutex, lock_mutex, unlock_mutex, free_mutex);
	before = count_descriptors();
	plugin_app_open(&app);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, log_in_often, &failed[i]), 0);
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(failed[i], 0);
	}
	ck_assert_uint_eq(count_descriptors(), before + 1);
	plugin_app_close();
	ck_assert_uint_eq(count_descriptors(), before);
	plugin_fake_stop(server);
	plugin_place_remove(&place);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plugin_threads");
	SRunner *runner = srunner_create(suite);
	TCase *tests = tcase_create("threads");
	int failed;

	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	tcase_add_test(tests, test_threads);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
