/* SPDX-License-Identifier: MIT */
/* The name of an attempt in its one normal form, and the realm that it belongs to. */
#ifndef ENGINE_NAME_H
#define ENGINE_NAME_H

#include "backend/backend.h"
#include "engine/settings.h"

/* Octets of a name as a client may send it (RFC 4616 section 2 allows any; RFC 5321 section
 * 4.5.3.1 needs 64 + 1 + 255). */
#define NAME_MAX_OCTETS 320

/* Case folding and the added realm can make it longer. */
struct name {
	struct backend_name parts; /* spans into `text` */
	const struct settings_realm *realm; /* the stranger realm if the domain is none of ours */
	bool stranger;
	struct buf text;
	char storage[1280];
};

/* Reads the authcid that a client sent: trimmed, case-folded and NFKC, the default realm added to
 * a name without a domain. On a defect it belongs to the stranger realm, and of the name there is
 * what could be read, if anything. */
enum defect name_init(struct name *name, struct span authcid, const struct settings *settings);

/* The form that MTAs key their maps on (username_format); borrows from `name`. */
struct span name_canonical(const struct name *name, const struct settings *settings);

/* The same of the name that a backend has for the account: without a domain where the form has
 * none, else as it is. */
struct span name_other(struct span other, const struct settings *settings);

/* True if such a name is one at all: UTF-8 without control characters, and no longer than what
 * name_init() takes. */
bool name_is_sound(struct span other);

#endif
