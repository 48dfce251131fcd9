/* SPDX-License-Identifier: MIT */
/* Fuzzes backend/ldap_state: a dialect, "|", a policy in LDIF, "|", an entry in LDIF. */
#include <string.h>

#include "backend/ldap_state.h"
#include "backend/ldap_state_value.h"
#include "fuzz_drive.h"

#define NOW INT64_C(1795262400)

const char *const fuzz_seeds[] = {
	"0|pwdAttribute:x\npwdMaxAge:7776000\npwdLockout:TRUE\npwdLockoutDuration:600|"
	"pwdAccountLockedTime:000001010000Z\npwdChangedTime:20261001000000.5Z\npwdReset:TRUE",
	"0||pwdHistory:20261001000000Z#1.3.6#5#{SHA}\nuserPassword:{CRYPT}!x\nuserPassword:y",
	"0||pwdAccountTmpLockoutEnd:20261121130000+0100\npwdStartTime:2027010100Z\npwdEndTime:x",
	"1|maxPwdAge:-36288000000000\nlockoutDuration:-18000000000\nlockoutThreshold:3|"
	"userAccountControl:514\npwdLastSet:134352864000000000\nlockoutTime:134397342000000000",
	"1||logonHours:123456789012345678901\naccountExpires:9223372036854775806",
	"1||msDS-User-Account-Control-Computed:8388624\nmsDS-UserPasswordExpiryTimeComputed:0",
	"2|passwordMaxFailure:3\npasswordExp:off|accountUnlockTime:19700101000000Z\n"
	"passwordRetryCount:3\npasswordExpirationTime:19700101000001Z\nnsAccountLock:true",
	"2||passwordHistory:20261001000000Z{SHA}x\nauthPassword:SHA1 $ q4bOHg== $ AAAA",
	"3|krbPwdMaxFailure:6\nkrbPwdLockoutDuration:600|krbLoginFailedCount:6\n"
	"krbLastFailedAuth:20261121115001Z\nkrbPasswordExpiration:20261121120000Z",
	"3||ipaNTHash:1234567890123456\nkrbPrincipalExpiration:00000101000000Z",
	"4||shadowLastChange:20700\nshadowMax:90\nshadowInactive:7\nshadowExpire:-1\n"
	"loginShell:/sbin/nologin",
	"4||saslReasonExpires:20261121120000Z\nsaslReasonNetwork:192.0.2.0/24\n"
	"saslReasonMechanism:PLAIN\nsaslReasonURL:https://x/\nsambaNTPassword:x",
	"4||memberOf:cn=A\\, b + c=d , dc=e\nsaslReasonDisabled:TRUE\nsaslReasonService:smtp",
	NULL,
};

#define ATTRIBUTES_MAX 32
#define VALUES_MAX     64

struct made {
	struct ldap_state_entry entry;
	struct ldap_state_attribute attributes[ATTRIBUTES_MAX];
	struct span values[VALUES_MAX];
};

static void make(struct made *made, struct span ldif)
{
	struct span line, name;
	size_t count = 0, value = 0;

	for (; value < VALUES_MAX && span_take_until(&ldif, '\n', &line); value++) {
		if (!span_take_until(&line, ':', &name) || !line.at)
			continue;
		made->values[value] = line;
		if (count && span_equal(made->attributes[count - 1].name, name) &&
		    made->attributes[count - 1].values + made->attributes[count - 1].count ==
			made->values + value) {
			made->attributes[count - 1].count++;
			continue;
		}
		if (count == ATTRIBUTES_MAX)
			break;
		made->attributes[count++] =
		    (struct ldap_state_attribute){name, made->values + value, 1};
	}
	made->entry = (struct ldap_state_entry){made->attributes, count};
}

static bool dated(int64_t seconds)
{
	return seconds < INT64_C(253402300800);
}

static void look(const struct backend_record *record)
{
	const struct account *account = &record->account;

	FUZZ_HOLDS(account->exists == YES);
	FUZZ_HOLDS(account->defect == (record->defect != NULL));
	FUZZ_HOLDS(account->locked || !account->locked_until);
	FUZZ_HOLDS(dated(account->expires) && dated(account->password_expires));
	FUZZ_HOLDS(dated(account->password_changed) && account->password_changed >= 0);
	FUZZ_HOLDS(account->network_count <= BACKEND_NETWORKS_MAX);
	FUZZ_HOLDS(record->stored_count <= BACKEND_SECRETS_MAX);
	for (size_t i = 0; i < record->stored_count; i++)
		FUZZ_HOLDS(record->stored[i].len > 0 && record->stored[i].at[0] == '{');
	FUZZ_HOLDS(!record->previous.at || record->previous_changed > 0);
	FUZZ_HOLDS(!account->url.at || span_printable(account->url));
}

/* The text as a diagnostic: what is not judged leaves the record alone, and no answer to a bind makes
 * an account look better that does not prove its password. */
static void look_bind(enum ldap_state_dialect dialect, struct span text,
		      const struct backend_record *filled)
{
	static const int codes[] = {0, 19, 32, 48, 49, 51, 53};
	static struct backend_record record;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]) * 10; i++) {
		struct ldap_state_bind bind = {.code = codes[i / 10],
					       .diagnostic = text,
					       .has_ppolicy = i % 10 > 0,
					       .ppolicy_error = (int)(i % 10) - 2,
					       .now = NOW};
		enum ldap_state_said said;

		memcpy(&record, filled, offsetof(struct backend_record, storage));
		said = ldap_state_judge(dialect, &bind, &record);
		if (said != LDAP_STATE_JUDGED) {
			FUZZ_HOLDS(record.proof == PROOF_UNKNOWN);
			continue;
		}
		FUZZ_HOLDS(record.proof == PROOF_NONE || record.proof == PROOF_CURRENT);
		FUZZ_HOLDS(record.proof == PROOF_CURRENT || !filled->account.locked ||
			   record.account.locked);
		FUZZ_HOLDS(!filled->account.disabled || record.account.disabled);
		FUZZ_HOLDS(record.account.defect == filled->account.defect);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct backend_record record;
	static struct made policy_made, made;
	static const bool matched[LDAP_STATE_FACTS] = {[LDAP_STATE_DISABLED] = true};
	struct span in = {(const char *)data, size}, head, ldif;
	struct ldap_state_policy policy;
	enum ldap_state_dialect dialect;

	if (!span_take_until(&in, '|', &head) || head.len != 1 || head.at[0] < '0' ||
	    head.at[0] > '4' || !span_take_until(&in, '|', &ldif) || !in.at)
		return 0;
	dialect = (enum ldap_state_dialect)(head.at[0] - '0');
	make(&policy_made, ldif);
	ldap_state_policy_take(dialect, &policy_made.entry, &policy);
	FUZZ_HOLDS(policy.max_age >= 0 && policy.lockout_duration >= 0);
	FUZZ_HOLDS(policy.lockout_threshold >= 0);
	make(&made, in);
	backend_record_init(&record);
	ldap_state_fill(dialect, &made.entry, &policy, ldap_state_own_maps(), matched, NOW, &record);
	ldap_state_fill_secrets(dialect, &made.entry, &record);
	look(&record);
	look_bind(dialect, in, &record);
	backend_record_wipe(&record);
	return 0;
}
