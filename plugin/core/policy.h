/* SPDX-License-Identifier: MIT */
/* What the administrator decided for a realm, as far as the decision needs it. Plain data. */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include "core/attempt.h"

enum policy_disclose {
	POLICY_DISCLOSE_PROOF, /* the rule: request-class, or uniform-class, or proven */
	POLICY_DISCLOSE_ALWAYS,
	POLICY_DISCLOSE_NEVER /* bad-credentials for all but temporary failures */
};

struct policy {
	enum mech_secrets secrets;
	enum policy_disclose disclose; /* already chosen for the client's network */
	bool lock_told_always;         /* a lock only the backend knows of is told to everybody */
	bool require_tls;
	bool app_required; /* for every account of the realm */
	/* For how many days after the change the latest old password is recognised. */
	unsigned previous_days;
};

#endif
