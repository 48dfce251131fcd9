/* SPDX-License-Identifier: MIT */
/* The facts a decision rests on: the attempt, the account, the evidence. Plain data. */
#ifndef CORE_ATTEMPT_H
#define CORE_ATTEMPT_H

#include "base/span.h"
#include "core/mech.h"
#include "core/network.h"
#include "core/reason.h"

/* Answers are three-valued, and 0 is not yes. */
enum answer { CANNOT_TELL, NO, YES };

/* What is malformed in a PLAIN, LOGIN or challenge response. */
enum defect {
	DEFECT_NONE,
	DEFECT_NOT_BASE64,
	DEFECT_FIELD_COUNT,
	DEFECT_EMPTY_NAME,
	DEFECT_EMPTY_PASSWORD,
	DEFECT_NUL,
	DEFECT_NOT_UTF8,
	DEFECT_CONTROL,
	DEFECT_TOO_LONG,
	DEFECT_NO_DOMAIN,
	DEFECT_SYNTAX
};

/* Which of our own locks stands, computed before any lookup (store/attempts). */
enum lock_scope {
	LOCK_NONE,
	LOCK_NAME_NETWORK, /* this name from this network */
	LOCK_NAME,	   /* this name from anywhere: an app password still logs in */
	LOCK_NETWORK,	   /* too many attempts from this network */
	LOCK_SILENT /* per entry, catches aliases: answered as an unknown name is; likewise */
};

/* What one client did. Times are seconds since 1970-01-01 UTC. */
struct attempt {
	int64_t now;
	int32_t utc_offset; /* seconds east of UTC at `now`: dates are told in local time */
	enum mech mech;	    /* MECH_UNKNOWN if the name is not one of ours */
	bool mech_offered;  /* by this listener */
	bool tls;
	enum defect defect;
	bool authzid_differs;
	enum lock_scope lock;
	int64_t lock_until;
	/* A backend of the realm's stack is down, or a full queue refused the work. */
	bool unavailable;
	struct span service;   /* "smtp" */
	struct span mechanism; /* as the client wrote it */
	struct span client;    /* its address as text, for the log */
	struct span peer;      /* the process that asks for it, for the log */
	bool has_address;
	unsigned char address[16];
};

/* What the backend knows. All zero is an account that does not exist. 0 in a time: not limited. */
struct account {
	enum answer exists;
	bool defect; /* something about the entry cannot be used: answered as an unknown name is */
	bool disabled;
	bool locked; /* by the backend's own counting or its administrator */
	bool must_change;
	bool app_required;
	bool oauth2_required;
	bool service_disabled;
	int64_t expires;	  /* refused from this second on */
	int64_t password_expires; /* refused from this second on */
	int64_t locked_until;	  /* with `locked`: 0 if no end is known */
	int64_t password_changed; /* when the current password came, told with password-changed */
	struct span mechanisms;	  /* allowed ones, comma-separated; absent: all */
	struct span services;	  /* likewise */
	const struct network *networks;
	size_t network_count; /* 0: all */
	bool hours_limited;
	bool hours_local;	 /* hours are in local time, else UTC (as AD's logonHours) */
	unsigned char hours[21]; /* bit per hour of the week from Sunday 00:00, low bit first */
	struct span restriction; /* text of the allowed hours or networks, for the reply */
	struct span url;	 /* help page of this account, instead of the realm's */
};

/* How the secret relates to the account. */
enum proof {
	PROOF_UNKNOWN, /* could not be checked */
	PROOF_NONE,
	PROOF_CURRENT,
	PROOF_APP,
	PROOF_APP_STALE,
	PROOF_PREVIOUS,	 /* the latest old password, no older one */
	PROOF_IMPOSSIBLE /* this mechanism can never prove this account */
};

enum app_fault { APP_REVOKED, APP_EXPIRED, APP_SCOPE };

struct evidence {
	enum proof proof;
	enum app_fault app_fault; /* with PROOF_APP_STALE */
	struct span app_label;	  /* with PROOF_APP and PROOF_APP_STALE */
	int64_t app_since;	  /* with PROOF_APP_STALE: revoked or expired then */
	int64_t app_until;	  /* with PROOF_APP: expires then; 0: never */
};

#endif
