/* SPDX-License-Identifier: MIT */
/* A whole config file in memory, before anything parses it. */
#include "base/conf_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF_READ_MAX ((size_t)1 << 20)

static char *read_open(int fd, size_t *len, const char **why)
{
	char *text = NULL;
	struct stat about;
	ssize_t n = 1;

	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
		*why = "not a regular file";
		return NULL;
	}
	text = malloc(CONF_READ_MAX + 1);
	for (*len = 0; text && n > 0 && *len <= CONF_READ_MAX; *len += (size_t)n) {
		n = read(fd, text + *len, CONF_READ_MAX + 1 - *len);
		if (n < 0)
			break;
	}
	if (!text || n < 0)
		*why = strerror(errno);
	else if (n > 0)
		*why = "larger than 1 MiB";
	else if (memchr(text, '\0', *len))
		*why = "it contains a NUL";
	else
		return text;
	free(text);
	return NULL;
}

char *conf_read(const char *path, size_t *len, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text;

	*len = 0;
	if (fd < 0) {
		*why = strerror(errno);
		return NULL;
	}
	text = read_open(fd, len, why);
	close(fd);
	return text;
}
