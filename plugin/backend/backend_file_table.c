/* SPDX-License-Identifier: MIT */
/* An account file in memory: its text, and where each name's line is. */
#include "backend/backend_file_table.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/backend_file_parse.h"
#include "base/fold.h"
#include "base/secret.h"

struct account_at {
	uint32_t start; /* of the line */
	uint32_t name_len; /* as written, up to the colon */
	uint32_t rest_len;
	uint32_t line;
};

/* Open addressing, half full at most; slot 0 in `index` means empty, else index + 1. The key makes
 * collisions unknown to whoever chose the names. */
struct slot {
	uint64_t hash;
	uint32_t account;
};

struct backend_file_table {
	int fd;
	char *text;
	size_t len;
	struct account_at *accounts;
	size_t count;
	struct slot *slots;
	size_t mask;
	unsigned char key[crypto_shorthash_KEYBYTES];
};

static uint64_t hash_name(const struct backend_file_table *table, struct span name)
{
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)name.at, name.len,
			 table->key);
	return hash;
}

/* Where the name is or would be. Names that have the same hash are compared in normal form. */
static struct slot *slot_of(const struct backend_file_table *table, struct span name, uint64_t hash)
{
	for (size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
		struct slot *slot = &table->slots[at];
		const struct account_at *account;
		char storage[FOLD_NAME_MAX];
		struct buf other = BUF_ON(storage);

		if (slot->account == 0)
			return slot;
		if (slot->hash != hash)
			continue;
		account = &table->accounts[slot->account - 1];
		fold_name((struct span){table->text + account->start, account->name_len}, &other);
		if (span_equal(buf_span(&other), name))
			return slot;
	}
}

static void put_fault(struct buf *fault, const char *path, size_t line, const char *what)
{
	buf_put_text(fault, path);
	if (line) {
		buf_put_char(fault, ':');
		buf_put_number(fault, line);
	}
	buf_put_text(fault, ": ");
	buf_put_text(fault, what);
}

static bool add_account(struct backend_file_table *table, struct span line, size_t number,
			const char **what)
{
	char storage[FOLD_NAME_MAX];
	struct buf name = BUF_ON(storage);
	struct span rest;
	struct slot *slot;
	uint64_t hash;

	switch (backend_file_parse_name(line, &name, &rest, what)) {
	case BACKEND_FILE_LINE_MALFORMED:
		return false;
	case BACKEND_FILE_LINE_SKIP:
		return true;
	case BACKEND_FILE_LINE_ACCOUNT:
		break;
	}
	hash = hash_name(table, buf_span(&name));
	slot = slot_of(table, buf_span(&name), hash);
	*what = "the user name stands in an earlier line too";
	if (slot->account)
		return false;
	table->accounts[table->count++] = (struct account_at){
		(uint32_t)(line.at - table->text), (uint32_t)(rest.at - line.at - 1),
		(uint32_t)rest.len, (uint32_t)number};
	*slot = (struct slot){hash, (uint32_t)table->count};
	return true;
}

static size_t count_lines(const struct backend_file_table *table)
{
	const char *at = table->text, *end = table->text + table->len;
	size_t count = 0;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		count++;
		at++;
	}
	return count;
}

static bool make_index(struct backend_file_table *table)
{
	size_t lines = count_lines(table), slots = 8;

	while (slots < lines * 2)
		slots *= 2;
	randombytes_buf(table->key, sizeof(table->key));
	table->mask = slots - 1;
	table->slots = calloc(slots, sizeof(*table->slots));
	table->accounts = malloc((lines + 1) * sizeof(*table->accounts));
	return table->slots && table->accounts;
}

/* All lines; false with the fault. */
static bool add_all(struct backend_file_table *table, const char *path, struct buf *fault)
{
	struct span in = {table->text, table->len};
	struct span line;
	size_t number = 0;
	const char *what;

	while (in.len && span_take_until(&in, '\n', &line)) {
		number++;
		if (!in.at) {
			put_fault(fault, path, number,
				  "the last line has no end: is it still being written?");
			return false;
		}
		if (!add_account(table, line, number, &what)) {
			put_fault(fault, path, number, what);
			return false;
		}
	}
	return true;
}

static const char *exposed(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return "this is not a regular file";
	if (status->st_mode & 077)
		return "others may use this file of secrets (chmod 600)";
	if (status->st_uid != 0 && status->st_uid != geteuid() && geteuid() != 0)
		return "this file of secrets belongs to another user (chown)";
	return NULL;
}

/* The file's octets, or false with errno. */
static bool read_text(struct backend_file_table *table, size_t size)
{
	size_t len = 0;
	ssize_t got = 1;

	table->text = malloc(size + 1);
	if (!table->text)
		return false;
	table->len = size; /* so that all of it is wiped */
	memset(table->text, 0, size + 1);
	while (got > 0 && len < size + 1) {
		got = read(table->fd, table->text + len, size + 1 - len);
		if (got > 0)
			len += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	if (got < 0)
		return false;
	errno = EBUSY; /* it grew or shrank under our hands */
	return len == size;
}

static enum backend_file_read read_open(const char *path, struct backend_file_table *table,
					struct stat *status, struct buf *fault)
{
	const char *why;

	if (table->fd < 0 || fstat(table->fd, status) != 0) {
		put_fault(fault, path, 0, strerror(errno));
		return BACKEND_FILE_UNREADABLE;
	}
	why = exposed(status);
	if (why) {
		put_fault(fault, path, 0, why);
		return BACKEND_FILE_EXPOSED;
	}
	if (status->st_size > (off_t)BACKEND_FILE_SIZE_MAX) {
		put_fault(fault, path, 0, "the file is larger than 512 MiB");
		return BACKEND_FILE_MALFORMED;
	}
	if (!read_text(table, (size_t)status->st_size) || !make_index(table)) {
		put_fault(fault, path, 0, strerror(errno));
		return BACKEND_FILE_UNREADABLE;
	}
	return add_all(table, path, fault) ? BACKEND_FILE_READ : BACKEND_FILE_MALFORMED;
}

enum backend_file_read backend_file_table_read(const char *path, struct backend_file_table **table,
					       struct stat *status, struct buf *fault)
{
	struct backend_file_table *made = calloc(1, sizeof(*made));
	enum backend_file_read outcome = BACKEND_FILE_UNREADABLE;

	*status = (struct stat){0};
	*table = NULL;
	if (!made) {
		put_fault(fault, path, 0, strerror(ENOMEM));
		return outcome;
	}
	made->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	outcome = read_open(path, made, status, fault);
	if (outcome == BACKEND_FILE_READ)
		*table = made;
	else
		backend_file_table_close(&made);
	return outcome;
}

void backend_file_table_close(struct backend_file_table **table)
{
	struct backend_file_table *it = *table;

	*table = NULL;
	if (!it)
		return;
	if (it->fd >= 0)
		close(it->fd);
	secret_wipe_octets(it->text, it->text ? it->len + 1 : 0);
	free(it->text);
	free(it->accounts);
	free(it->slots);
	free(it);
}

size_t backend_file_table_count(const struct backend_file_table *table)
{
	return table->count;
}

bool backend_file_table_find(const struct backend_file_table *table, struct span name,
			     struct span *rest)
{
	const struct slot *slot = slot_of(table, name, hash_name(table, name));
	size_t line;

	if (slot->account == 0)
		return false;
	*rest = backend_file_table_at(table, slot->account - 1, &line);
	return true;
}

struct span backend_file_table_at(const struct backend_file_table *table, size_t index,
				  size_t *line)
{
	const struct account_at *account = &table->accounts[index];

	*line = account->line;
	return (struct span){table->text + account->start + account->name_len + 1,
			     account->rest_len};
}
