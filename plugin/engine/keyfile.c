/* SPDX-License-Identifier: MIT */
/* The daemon's key: from key_file, so that what is made from it survives a restart. */
#include "engine/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define OCTETS_MADE 32
#define OCTETS_MIN  16
#define OCTETS_MAX  4096

static bool fail(struct buf *fault, const char *path, const char *what)
{
	buf_put_text(fault, path);
	buf_put_text(fault, ": ");
	buf_put_text(fault, what);
	return false;
}

/* Closes `fd`, which may be -1 with an errno. */
static bool take(int fd, const char *path, unsigned char key[SCRAMKEY_LEN], struct buf *fault)
{
	unsigned char octets[OCTETS_MAX];
	ssize_t got = -1;

	if (fd >= 0) {
		got = read(fd, octets, sizeof(octets));
		close(fd);
	}
	if (got < 0)
		return fail(fault, path, strerror(errno));
	if (got >= OCTETS_MIN)
		crypto_generichash(key, SCRAMKEY_LEN, octets, (unsigned long long)got, NULL, 0);
	sodium_memzero(octets, sizeof(octets));
	return got >= OCTETS_MIN || fail(fault, path, "the key file has less than 16 octets");
}

bool keyfile_read(const char *path, unsigned char key[SCRAMKEY_LEN], struct buf *fault)
{
	if (path)
		return take(open(path, O_RDONLY | O_CLOEXEC), path, key, fault);
	randombytes_buf(key, SCRAMKEY_LEN);
	return true;
}

/* Whole or not at all: written beside its place and linked into it, where another may have come
 * first. False with errno. */
static bool make(int folder)
{
	unsigned char octets[OCTETS_MADE];
	char beside[32];
	bool made;
	int fd, error;

	snprintf(beside, sizeof(beside), "key.%d", (int)getpid());
	/* One that had this number before may have been stopped halfway. */
	unlinkat(folder, beside, 0);
	fd = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	randombytes_buf(octets, sizeof(octets));
	made = write(fd, octets, sizeof(octets)) == (ssize_t)sizeof(octets) && fsync(fd) == 0 &&
	       (linkat(folder, beside, folder, "key", 0) == 0 || errno == EEXIST) &&
	       fsync(folder) == 0;
	error = errno;
	sodium_memzero(octets, sizeof(octets));
	close(fd);
	unlinkat(folder, beside, 0);
	errno = error;
	return made;
}

/* The folder belongs to somebody who may put a FIFO there: nobody waits for its other end. */
static int open_kept(int folder)
{
	return openat(folder, "key", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* What was made with another key can be used no more. */
static void say_made(const char *directory, int folder)
{
	if (faccessat(folder, "credentials.sqlite", F_OK, 0) == 0)
		log_say(LOG_LEVEL_ERROR, "key",
			"a new one was made beside credentials.sqlite: app passwords that were "
			"made with the old one cannot be used",
			directory);
}

bool keyfile_keep(const char *directory, unsigned char key[SCRAMKEY_LEN], struct buf *fault)
{
	int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	bool fine;

	if (folder < 0)
		return fail(fault, directory, strerror(errno));
	fd = open_kept(folder);
	if (fd < 0 && errno == ENOENT && make(folder)) {
		say_made(directory, folder);
		fd = open_kept(folder);
	}
	fine = take(fd, directory, key, fault);
	close(folder);
	return fine;
}

bool keyfile_kept(const char *directory, unsigned char key[SCRAMKEY_LEN])
{
	char text[512];
	struct buf fault = BUF_ON(text);
	int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool kept = folder >= 0 && take(open_kept(folder), directory, key, &fault);

	if (folder >= 0)
		close(folder);
	return kept;
}
