/* SPDX-License-Identifier: MIT */
/* The daemon's key: from key_file, so that what is made up from it survives a restart. */
#include "engine/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define OCTETS_MIN 16
#define OCTETS_MAX 4096

bool keyfile_read(const char *path, unsigned char key[SCRAMKEY_LEN], struct buf *fault)
{
	unsigned char octets[OCTETS_MAX];
	ssize_t got = -1;
	int fd;

	if (!path) {
		randombytes_buf(key, SCRAMKEY_LEN);
		return true;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, octets, sizeof(octets));
		close(fd);
	}
	if (got < OCTETS_MIN) {
		buf_put_text(fault, path);
		buf_put_text(fault, ": ");
		buf_put_text(fault, got < 0 ? strerror(errno)
					    : "the key file has less than 16 octets");
	} else {
		crypto_generichash(key, SCRAMKEY_LEN, octets, (unsigned long long)got, NULL, 0);
	}
	sodium_memzero(octets, sizeof(octets));
	return got >= OCTETS_MIN;
}
